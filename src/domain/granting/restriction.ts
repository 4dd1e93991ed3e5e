// What narrows an entry besides its start and end: the mapping's own condition, its hours, and the window of the request.
import type { GrantSpec, RequestSpec } from '../../api/kinds.ts'
import { readCondition } from '../../cel/condition.ts'
import { clauseOf } from '../hours/clause.ts'
import type { Hours } from '../hours/span.ts'
import { meetingOf } from '../hours/week.ts'

type Window = NonNullable<RequestSpec['window']>

/** The mapping's hours in a request, and its window of several days. */
export type Restricting = { hours?: Hours | undefined; window?: Window | undefined }

/** The hours of a window: the same every day. */
export function hoursOfWindow({ zone, from, to }: Window): Hours {
  return { zone, spans: [{ from, to }] }
}

/** The hours that must all be open for the access of a request to work; none when it works at any time. */
export function hoursOfRequest({ hours, window }: Restricting): Hours[] {
  return [...(hours ? [hours] : []), ...(window ? [hoursOfWindow(window)] : [])]
}

/** The condition of an entry before its time is added; undefined when nothing narrows it. */
export function restrictionOf(spec: Restricting, { condition }: Pick<GrantSpec, 'condition'>): string | undefined {
  return joined([...(condition ? [condition] : []), ...clausesOf(hoursOfRequest(spec))])
}

// Hours and a window in one zone are one clause if that has fewer operators than both, because IAM takes only twelve.
function clausesOf(all: readonly Hours[]): string[] {
  const apart = all.map(clauseOf)
  const met = all.length > 1 ? meetingOf(all) : undefined
  const together = met && [clauseOf(met)]
  return together && operatorsOf(together) < operatorsOf(apart) ? together : apart
}

function operatorsOf(clauses: readonly string[]): number {
  return readCondition(joined(clauses) ?? '').operators
}

function joined(parts: readonly string[]): string | undefined {
  return parts.length > 1 ? parts.map(part => `(${part})`).join(' && ') : parts[0]
}
