// How long access by a mapping lasts, and how long a request waits.
import { sayDuration } from '../asking/duration.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { type Change, changed, gained, lost, say } from './change.ts'

/** Longer and shorter times. */
export function timeChanges(before: Mapping, after: Mapping): Change[] {
  return [
    ...longest(before.maxSeconds, after.maxSeconds, 'at most'),
    ...longest(before.maxConsecutiveSeconds, after.maxConsecutiveSeconds, 'in sequence at most'),
    ...recurring(before.recurringDays ?? 1, after.recurringDays ?? 1),
    ...different(before.defaultSeconds, after.defaultSeconds, 'when nobody names a time, access lasts'),
    ...different(before.minSeconds, after.minSeconds, 'access lasts at least'),
  ]
}

function longest(before: number | undefined, after: number | undefined, most: string): Change[] {
  if (before === after) return []
  const now = [`access lasts ${most} `, ...(after === undefined ? ['without a limit'] : say`${sayDuration(after)}`)]
  const says = [...now, ', until now ', ...(before === undefined ? ['without a limit'] : say`${sayDuration(before)}`)]
  return [(after ?? Infinity) > (before ?? Infinity) ? gained(says) : lost(says)]
}

function recurring(before: number, after: number): Change[] {
  if (before === after) return []
  const says = say`one approval is for the same time of up to ${after} days, until now ${before}`
  return [after > before ? gained(says) : lost(says)]
}

function different(before: number, after: number, what: string): Change[] {
  return before === after
    ? []
    : [changed([`${what} `, ...say`${sayDuration(after)}, until now ${sayDuration(before)}`])]
}
