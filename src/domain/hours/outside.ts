// Access that would never work, because all of its time is outside of the hours.
import { type Refusal, refusal } from '../outcome.ts'
import { opensAt, type Period, periodsIn } from './opening.ts'
import type { Hours } from './span.ts'
import { sayHours, sayMoment } from './words.ts'

/** Why access in this time would never work; undefined when it works at least for a part of it. */
export function refuseOutsideHours(
  hours: Hours | undefined,
  span: Period,
  { what, now, remedy = '' }: { what: string; now: Date; remedy?: string },
): Refusal | undefined {
  if (!hours || periodsIn(hours, span).length > 0) return undefined
  const opens = opensAt(hours, now)
  const next = opens ? ` It opens next on ${sayMoment(opens, hours.zone)}.${remedy}` : ''
  return refusal(
    'OutsideHours',
    `${what} works only ${sayHours(hours)}, and all of the time that was asked for is outside of these hours.${next}`,
  )
}
