// Whether an approval covers what a policy write added, as Google itself recorded it: by uid, writer, member, role, condition
// and time. Anybody can set a title or a header, so neither is enough. Pure.
import { writerIn } from '../domain/approval/quorum.ts'
import type { Added } from './around.ts'

/** One member that a policy write added under a title of Hallpass; `reason` is its header X-Goog-Request-Reason. */
export type AddedEntry = Added & { reason: string }

type Grant = { resource: string; role: string }

/** What was approved for one request. */
export type Backing = {
  approvedBy: string
  person: string
  /** What was asked for, and what the approver left of it. */
  asked: readonly Grant[]
  entries: readonly (Grant & { expression: string })[]
  /** When the grant was begun, if that is known. */
  begunAt?: Date
  expiresAt: Date
}

/** Google's time and that of the controller may differ by this much. */
export const skewMs = 120_000

/** Why the approval does not cover the entry; undefined when it does. */
export function refuseUnbacked(write: AddedEntry, backing: Backing): string | undefined {
  const { approvedBy, person, asked, entries, begunAt, expiresAt } = backing
  if (writerIn(approvedBy) !== write.by) return `the approver was ${writerIn(approvedBy)}`
  if (write.reason.startsWith('hallpass ') && write.reason !== write.title)
    return 'its request reason names another request'
  const isSame = ({ resource, role }: Grant): boolean => resource === write.resource && role === write.role
  if (!asked.some(isSame)) return 'the request is for other roles or resources'
  const entry = entries.find(isSame)
  if (!entry) return 'the approver left it out'
  if (write.member !== `user:${person}`) return `the request is of ${person}`
  if (write.expression !== entry.expression) return 'its condition is another one'
  const at = Date.parse(write.at)
  const isInTime = (begunAt === undefined || at >= begunAt.getTime() - skewMs) && at <= expiresAt.getTime() + skewMs
  return isInTime ? undefined : 'it was written at another time than the grant'
}
