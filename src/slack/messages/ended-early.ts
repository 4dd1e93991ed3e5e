// The words for access that a person ended before its time.
import { sayMinutes } from '../../domain/asking/duration.ts'
import { removal } from '../../domain/ending/revoking.ts'
import type { MessageView } from '../../domain/view/view.ts'
import { quoted, sayPerson } from './words.ts'

/** `Ended at 14:20 by mo@example.com (Mo Manager), 15 minutes early: "the batch is through".`, and when Google follows. */
export function endedEarlyLine(view: MessageView, at: string): string {
  const comment = view.endedBy?.comment
  if (view.removedFor?.isSeen) return `Ended at ${at}${endedBy(view)}${earlier(view)}.`
  if (view.removedFor) return `Removed at ${at}${endedBy(view)}${earlier(view)}. ${removal}`
  return `Ended at ${at}${endedBy(view)}${earlier(view)}${comment ? `: ${quoted(comment)}` : ''}. ${removal}`
}

/** ` by mo@example.com (Mo Manager)`, or for whom the janitor ended it; empty when it is not known who ended it. */
export function endedBy({ endedBy: who, removedFor }: MessageView): string {
  if (removedFor?.isSeen) return ` for ${sayPerson(removedFor)}; it was gone when Hallpass's janitor looked`
  if (removedFor) return ` by Hallpass's janitor for ${sayPerson(removedFor)}`
  return who ? ` by ${sayPerson(who)}` : ''
}

function earlier({ endedAt, expiresAt }: MessageView): string {
  if (!endedAt || !expiresAt) return ''
  const seconds = Math.floor((new Date(expiresAt).getTime() - new Date(endedAt).getTime()) / 1000)
  return seconds > 0 ? `, ${sayMinutes(seconds)} early` : ''
}
