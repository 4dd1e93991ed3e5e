// Where several sources differ about who had access: for each grant, the times at which one source says yes and another
// says no.
import { type AccessReport, type GrantInForce, never, type Query } from './access-report.ts'

/**
 * Differences that are shorter are not told. A binding is written some seconds after the beginning that Hallpass stores for
 * it, and each source has its own clock.
 */
export const slackSeconds = 60

/** Some time of one grant, about which the sources do not say the same. */
export type Difference = {
  person: string
  resource: string
  role: string
  uid: string
  /** The request's name in one of the sources; the uid where none knows it. */
  request: string
  from: Date
  until: Date
  /** The sources that say that it was held then, and those that say that it was not. */
  held: string[]
  notHeld: string[]
}

/** The answer of one source, under the name that people know it by. */
export type Named = { name: string; report: AccessReport }

/**
 * The differences in the span of the query, sorted by person, resource, role and time. A grant that a source marks as
 * uncertain differs from nothing: that source does not know.
 */
export function differences(reports: readonly Named[], query: Query): Difference[] {
  const grants = new Map<string, Map<string, GrantInForce[]>>()
  for (const { name, report } of reports)
    for (const grant of report.grants) {
      const bySource = grants.get(keyOf(grant)) ?? new Map<string, GrantInForce[]>()
      grants.set(keyOf(grant), bySource.set(name, [...(bySource.get(name) ?? []), grant]))
    }
  const names = reports.map(({ name }) => name)
  return [...grants]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, bySource]) => differencesOf(bySource, names, query))
}

function keyOf({ person, resource, role, uid }: GrantInForce): string {
  return [person.toLowerCase(), resource, role, uid].join('\n')
}

function differencesOf(
  bySource: ReadonlyMap<string, readonly GrantInForce[]>,
  names: readonly string[],
  query: Query,
): Difference[] {
  const all = [...bySource.values()].flat()
  const [first] = all
  if (!first) return []
  const { person, resource, role, uid } = first
  const request = all.find(grant => grant.request !== uid)?.request ?? uid
  const unsure = names.filter(name => bySource.get(name)?.some(({ isUncertain }) => isUncertain))
  const sure = names.filter(name => !unsure.includes(name))
  const spans = piecesOf(all).map(([from, until]) => {
    const held = sure.filter(name => bySource.get(name)?.some(grant => grant.from <= from && until <= grant.until))
    return { from, until, held, notHeld: sure.filter(name => !held.includes(name)) }
  })
  return joined(spans)
    .filter(({ held, notHeld }) => held.length > 0 && notHeld.length > 0)
    .filter(({ from, until }) => isWorthTelling(from, until, query))
    .map(span => ({ person, resource, role, uid, request, ...span }))
}

/** The times between which no source changes its answer. */
function piecesOf(grants: readonly GrantInForce[]): [Date, Date][] {
  const edges = [...new Set(grants.flatMap(({ from, until }) => [from.getTime(), until.getTime()]))].toSorted(
    (a, b) => a - b,
  )
  return edges.slice(1).map((until, n): [Date, Date] => [new Date(edges[n] ?? 0), new Date(until)])
}

type Span = Pick<Difference, 'from' | 'until' | 'held' | 'notHeld'>

function joined(spans: readonly Span[]): Span[] {
  const result: Span[] = []
  for (const span of spans) {
    const last = result.at(-1)
    if (last && String(last.held) === String(span.held)) last.until = span.until
    else result.push({ ...span })
  }
  return result
}

// An instant is answered from everything that is in force then; what differs at another time is not asked about.
function isWorthTelling(from: Date, until: Date, { at, to }: Query): boolean {
  const isLong = until.getTime() - from.getTime() >= slackSeconds * 1000 || until >= never
  return isLong && until > at && (to ? from < to : from <= at)
}
