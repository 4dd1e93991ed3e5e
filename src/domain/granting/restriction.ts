// What narrows an entry besides its start and end: the mapping's own condition, and its hours.
import type { GrantSpec, RequestSpec } from '../../api/kinds.ts'
import { clauseOf } from '../hours/clause.ts'
import type { Hours } from '../hours/span.ts'

type Window = NonNullable<RequestSpec['window']>

/** The mapping's hours in a request, or its window of several days; never both. */
export type Restricting = { hours?: Hours | undefined; window?: Window | undefined }

/** The hours in which the access of a request works; undefined when at any time. */
export function hoursOfRequest({ hours, window }: Restricting): Hours | undefined {
  return window ? { zone: window.zone, spans: [{ from: window.from, to: window.to }] } : hours
}

/** The condition of an entry before its time is added; undefined when nothing narrows it. */
export function restrictionOf(spec: Restricting, { condition }: Pick<GrantSpec, 'condition'>): string | undefined {
  const hours = hoursOfRequest(spec)
  if (!hours) return condition
  const clause = clauseOf(hours)
  return condition ? `(${condition}) && (${clause})` : clause
}
