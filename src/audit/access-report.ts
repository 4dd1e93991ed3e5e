// Who had access at an instant or in a span of time: the question, its answer, and the one rule that is used for every
// source.
import type { GrantSpec } from '../api/kinds.ts'
import { type GrantFacts, heldUntil } from '../domain/audit/audit.ts'
import { after } from '../domain/asking/duration.ts'
import { hoursOfRequest, type Restricting, restrictionOf } from '../domain/granting/restriction.ts'
import { type Period, periodsIn } from '../domain/hours/opening.ts'
import type { Hours } from '../domain/hours/span.ts'
import { hoursIn } from '../domain/hours/reading.ts'
import { sayAllHours } from '../domain/hours/words.ts'
import { isSamePerson } from '../domain/people/identity.ts'

/** Asks who held what at `at`, or between `at` and `to`, for one resource or one person when they are given. */
export type Query = {
  at: Date
  /** The end of a span, which is not in it. Absent for an instant. */
  to?: Date | undefined
  resource?: string | undefined
  person?: string | undefined
  /** What was in force so shortly before or after counts too: for comparing. */
  slackSeconds?: number
}

/**
 * One role that one person held on one resource, from `from` until just before `until`. If it works only in certain hours,
 * these are the ends of the time in which they were open.
 */
export type GrantInForce = {
  person: string
  resource: string
  role: string
  from: Date
  /** The actual end: the expiry, or the earlier instant at which access was removed. `never` when it has no end. */
  until: Date
  approvedBy?: string
  /** Empty when the source does not know it. */
  namespace: string
  request: string
  uid: string
  /** Google never confirmed the grant, so the person may or may not have the role. */
  isUncertain: boolean
  /** It was asked as an emergency. */
  isEmergency?: true
  /** The binding has a title of Hallpass and a condition that Hallpass does not write: it may hold at any time. */
  isForeign?: true
  /** The hours in which it works, in words. */
  hours?: string
}

/** The end of a grant without an end. */
export const never = new Date('9999-12-31T23:59:59Z')

/** `log` is a file or stdin, `logging` Hallpass's log in Cloud Logging, `google` Google's own audit log. */
export type SourceName = 'cluster' | 'log' | 'logging' | 'google'

/** The answer to a query. */
export type AccessReport = {
  query: Query
  source: SourceName
  /** Sorted by person, resource, role and beginning. */
  grants: GrantInForce[]
  /** How many requests were read, and the time of the oldest. */
  requests: number
  since?: Date
  /** Only for logs: requests with an event missing from the entries that were read. */
  incomplete?: number
  /** What else the reader must know: sentences. */
  notes?: readonly string[]
}

/** The person, and the request that gave access. */
export type Holder = Pick<GrantInForce, 'person' | 'namespace' | 'request' | 'uid' | 'isEmergency'> &
  Restricting & {
    /** What was asked for. */
    grants: readonly Pick<GrantSpec, 'resource' | 'role' | 'condition'>[]
  }

/** Whether something that lasts from `from` until just before `until` is asked about. */
export function isAskedAbout({ at, to, slackSeconds = 0 }: Query, from: Date, until: Date): boolean {
  const [begin, end] = [after(at, -slackSeconds), after(to ?? at, slackSeconds)]
  return until > begin && (to ? from < end : from <= end)
}

/** Whether this person is asked about. */
export function isAskedPerson({ person }: Query, email: string): boolean {
  return !person || isSamePerson({ email }, { email: person })
}

/** What this person held at the instant or in the span of the query. */
export function heldBy(holder: Holder, facts: GrantFacts, query: Query): GrantInForce[] {
  const { person, namespace, request, uid, isEmergency } = holder
  if (!isAskedPerson(query, person)) return []
  const from = new Date(facts.startsAt)
  return facts.grants.flatMap(grant => {
    const { resource, role, state } = grant
    const until = heldUntil(facts, grant)
    if (!until || until <= from || !isAskedAbout(query, from, until)) return []
    if (query.resource && query.resource !== resource) return []
    const hours = hoursOf(holder, grant)
    const isUncertain = state === 'Unknown' || state === 'Writing'
    const by = facts.approvedBy ? { approvedBy: facts.approvedBy } : {}
    const urgent = isEmergency ? { isEmergency } : {}
    const more = { ...by, namespace, request, uid, isUncertain, ...urgent, ...sayOf(hours) }
    return workingIn({ from, until }, hours, query).map(period => ({ person, resource, role, ...period, ...more }))
  })
}

// Those of the request, and what its own condition says about hours.
function hoursOf(holder: Holder, held: Pick<GrantSpec, 'resource' | 'role'>): readonly Hours[] {
  const asked = holder.grants.find(({ resource, role }) => resource === held.resource && role === held.role)
  const read = hoursIn(restrictionOf(holder, asked ?? {}) ?? '')
  return read.length > 0 ? read : hoursOfRequest(holder)
}

/** The hours in words, if there are any. */
export function sayOf(hours: readonly Hours[]): Pick<GrantInForce, 'hours'> {
  return hours.length > 0 ? { hours: sayAllHours(hours) } : {}
}

/** The parts of this time that are asked about, and in which access works. */
export function workingIn(span: Period, hours: readonly Hours[], query: Query): Period[] {
  return periodsIn(hours, span).filter(({ from, until }) => isAskedAbout(query, from, until))
}

/** The `since` of a report, from the oldest time in milliseconds; empty without one. */
export function sinceOf(oldest: number): Pick<AccessReport, 'since'> {
  return Number.isFinite(oldest) ? { since: new Date(oldest) } : {}
}

/** The grants in the order of every answer. */
export function sorted(grants: readonly GrantInForce[]): GrantInForce[] {
  const keyed = grants.map(grant => ({ grant, key: keyOf(grant) }))
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ grant }) => grant)
}

function keyOf({ person, resource, role, from, namespace, request, uid }: GrantInForce): string {
  return [person, resource, role, from.toISOString(), namespace, request, uid].join('\n')
}
