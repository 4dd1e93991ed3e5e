// Copies of a message that Slack posts late, after another attempt has posted it again. Pure.
import type { AccessRequest } from '../api/kinds.ts'
import { after } from './asking/duration.ts'

/** Slack's answers are awaited for ten seconds, so an older attempt has ended. */
const promptSeconds = 9
/** After this time Slack will no longer post a late message. */
const lateSeconds = 30

/** A message of Hallpass as it is stored. */
type Stored = { ts?: string; intentAt?: string } | undefined

/**
 * Until when Slack may still post a late copy of a message that was posted again meanwhile; undefined when that is not
 * possible.
 */
export function lateUntil(message: Stored): Date | undefined {
  const { ts, intentAt } = message ?? {}
  if (!ts || !intentAt) return undefined
  const postedAt = new Date(Number(ts) * 1000)
  return postedAt >= after(new Date(intentAt), promptSeconds) ? after(postedAt, lateSeconds) : undefined
}

/** The same for the messages of a request, of which each is deleted once more before the request is settled. */
export function tidyAt({ status }: AccessRequest): Date | undefined {
  const late = [lateUntil(status?.message), lateUntil(status?.alert)].filter(at => at !== undefined)
  return late.length > 0 ? new Date(Math.max(...late.map(Number))) : undefined
}
