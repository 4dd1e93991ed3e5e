// When the log bucket received an entry, next to when it says that it happened. A person who writes entries chooses every
// time in them but this one. Pure.
import type { Finding } from './finding.ts'
import { type Told, type ToldEvidence } from './told.ts'

/** Evidence is published at the latest so long after its sign-in was recorded: an hour, ten minutes, and an hour more. */
export const publishedMs = (3600 + 600 + 3600) * 1000

/** Entries wait while Logging does not answer. What comes later than this was written later, or waited for very long. */
const lateMs = 86_400_000

/** Google's clock and that of the controller may differ by this much. */
const skewMs = 300_000

/** Whether it came more than a day after it was due. True for an honest log only after a long outage. */
export function isLate(told: Told): boolean {
  const { receiveTimestamp } = told
  return receiveTimestamp !== undefined && Date.parse(receiveTimestamp) > dueAt(told) + lateMs
}

function dueAt(told: Told): number {
  return 'recordedAt' in told ? Date.parse(told.recordedAt) + publishedMs : Date.parse(told.at)
}

/** Entries that were received before they say that they happened. */
export function receivedBefore(all: readonly Told[], about: string): Finding[] {
  return all.flatMap(told => {
    const { receiveTimestamp, insertId } = told
    const at = 'recordedAt' in told ? told.recordedAt : told.at
    if (
      receiveTimestamp === undefined ||
      isClearlyLater(receiveTimestamp, at) ||
      Date.parse(receiveTimestamp) >= Date.parse(at) - skewMs
    )
      return []
    const why = `the entry "${insertId}" was received at ${receiveTimestamp}, and says that it happened at ${at}`
    return [{ kind: 'moved', about, why }]
  })
}

// Times of UTC are in the order of their texts, up to the second. Most entries need no more than this.
function isClearlyLater(time: string, at: string): boolean {
  return time.endsWith('Z') && at.endsWith('Z') && time.slice(0, 19) > at.slice(0, 19)
}

/** Whether late evidence came when its key was no longer one of Google's: then it may be that the key has leaked. */
export function isUnderRetiredKey(told: ToldEvidence, until: Date): boolean {
  return isLate(told) && Date.parse(told.receiveTimestamp ?? '') > until.getTime() + skewMs
}
