// Access that would never work, because all of its time is outside of the hours.
import { type Refusal, refusal } from '../outcome.ts'
import { sayMoment } from './local-time.ts'
import { opensAt, type Period, periodsIn } from './opening.ts'
import type { Hours } from './span.ts'
import { sayHours } from './words.ts'

/** Why access in these times would never work; undefined when it works at least for a part of them. */
export function refuseOutsideHours(
  hours: Hours | undefined,
  times: readonly Period[],
  { what, now, remedy = '' }: { what: string; now: Date; remedy?: string },
): Refusal | undefined {
  if (!hours || times.some(time => periodsIn([hours], time).length > 0)) return undefined
  const opens = opensAt([hours], now)
  const next = opens ? ` It opens next on ${sayMoment(opens, hours.zone)}.${remedy}` : ''
  return refusal(
    'OutsideHours',
    `${what} works only ${sayHours(hours)}, and all of the time that was asked for is outside of these hours.${next}`,
  )
}
