// Who had access at an instant: the question, its answer, and the one rule that is used for the cluster and for the
// log.
import { type GrantFacts, heldUntil } from '../domain/audit/audit.ts'
import { isSamePerson } from '../domain/people/identity.ts'

/** Asks who held what at `at`, for one resource or one person when they are given. */
export type Query = { at: Date; resource?: string | undefined; person?: string | undefined }

/** One role that one person held on one resource, from `from` until just before `until`. */
export type GrantInForce = {
  person: string
  resource: string
  role: string
  from: Date
  /** The actual end: the expiry, or the earlier instant at which access was removed. */
  until: Date
  approvedBy?: string
  namespace: string
  request: string
  /** Google never confirmed the grant, so the person may or may not have the role. */
  isUncertain: boolean
  /** It was asked as an emergency. */
  isEmergency?: true
}

/** The answer to a query. */
export type AccessReport = {
  query: Query
  source: 'cluster' | 'log'
  /** Sorted by person, resource, role and beginning. */
  grants: GrantInForce[]
  /** How many requests were read, and the time of the oldest. */
  requests: number
  since?: Date
  /** Only for the log: requests with an event missing from the entries that were read. */
  incomplete?: number
}

/** The person, and the request that gave access. */
export type Holder = { person: string; namespace: string; request: string; isEmergency?: true }

/** What this person held at the instant of the query. */
export function heldBy(
  { person, namespace, request, isEmergency }: Holder,
  facts: GrantFacts,
  query: Query,
): GrantInForce[] {
  if (query.person && !isSamePerson({ email: person }, { email: query.person })) return []
  const from = new Date(facts.startsAt)
  return facts.grants.flatMap(grant => {
    const { resource, role, state } = grant
    const until = heldUntil(facts, grant)
    if (!until || !(from <= query.at && query.at < until)) return []
    if (query.resource && query.resource !== resource) return []
    const isUncertain = state === 'Unknown' || state === 'Writing'
    const by = facts.approvedBy ? { approvedBy: facts.approvedBy } : {}
    const urgent = isEmergency ? { isEmergency } : {}
    return [{ person, resource, role, from, until, ...by, namespace, request, isUncertain, ...urgent }]
  })
}

/** The grants in the order of every answer. */
export function sorted(grants: readonly GrantInForce[]): GrantInForce[] {
  const key = ({ person, resource, role, from, namespace, request }: GrantInForce): string =>
    [person, resource, role, from.toISOString(), namespace, request].join('\n')
  return grants.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}
