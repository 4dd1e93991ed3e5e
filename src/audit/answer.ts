// Who had access at an instant: the question, its answer, and the one rule that decides both for the cluster and the log.
import type { GrantRecord } from '../api/kinds.ts'
import type { GrantFacts } from '../domain/audit.ts'
import { isSamePerson } from '../domain/identity.ts'

/** Who held what at `at`; of one resource or one person when they are given. */
export type Query = { at: Date; resource?: string | undefined; person?: string | undefined }

/** One role that one person held on one resource, from `from` until just before `until`. */
export type GrantInForce = {
  person: string
  resource: string
  role: string
  from: Date
  /** The actual end: the expiry, or the earlier instant at which access was taken away. */
  until: Date
  approvedBy?: string
  namespace: string
  request: string
  /** Google never confirmed the grant: it may hold. */
  isUncertain: boolean
}

export type Answer = {
  query: Query
  source: 'cluster' | 'log'
  /** Sorted by person, resource, role and beginning. */
  grants: GrantInForce[]
  /** How many requests the answer was found in, and since when there are any. */
  requests: number
  since?: Date
  /** Log only: requests of which an event is missing from what was read. */
  incomplete?: number
}

/** Whose access, by which request. */
export type Holder = { person: string; namespace: string; request: string }

/** What this holder held at the instant of the query. */
export function heldBy({ person, namespace, request }: Holder, facts: GrantFacts, query: Query): GrantInForce[] {
  if (query.person && !isSamePerson({ email: person }, { email: query.person })) return []
  const from = new Date(facts.startsAt)
  return facts.grants.flatMap(grant => {
    const { resource, role, state } = grant
    const until = untilOf(facts, grant)
    if (!until || !(from <= query.at && query.at < until)) return []
    if (query.resource && query.resource !== resource) return []
    const isUncertain = state === 'Unknown' || state === 'Writing'
    const by = facts.approvedBy ? { approvedBy: facts.approvedBy } : {}
    return [{ person, resource, role, from, until, ...by, namespace, request, isUncertain }]
  })
}

// A grant that Google did not confirm may outlive the request's own early end: nobody knows that it was taken away.
function untilOf(
  { expiresAt, endedAt }: GrantFacts,
  { state, at }: Pick<GrantRecord, 'state' | 'at'>,
): Date | undefined {
  switch (state) {
    case 'Pending':
    case 'Refused':
      return undefined
    case 'Writing':
    case 'Unknown':
      return new Date(expiresAt)
    case 'Written':
      return earliest(expiresAt, endedAt)
    case 'Removed':
      return earliest(expiresAt, at ?? endedAt)
  }
}

function earliest(expiresAt: string, other: string | undefined): Date {
  const instants = [expiresAt, other ?? expiresAt].map(text => Date.parse(text))
  return new Date(Math.min(...instants))
}

/** The grants in the one order that answers have. */
export function sorted(grants: readonly GrantInForce[]): GrantInForce[] {
  const key = ({ person, resource, role, from, namespace, request }: GrantInForce): string =>
    [person, resource, role, from.toISOString(), namespace, request].join('\n')
  return grants.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}
