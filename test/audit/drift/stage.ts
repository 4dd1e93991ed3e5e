// A small world in memory for comparing policies with the record: mappings, requests that were granted, and policies that
// somebody may have changed since.
import type { AccessRequest, RoleMapping } from '../../../src/api/kinds.ts'
import { compareWithRecord, type DriftReport, type Seen } from '../../../src/audit/drift/drift.ts'
import type { Finding } from '../../../src/audit/drift/finding.ts'
import { recordedIn } from '../../../src/audit/drift/record.ts'
import { after } from '../../../src/domain/asking/duration.ts'
import { withBindings } from '../../../src/domain/granting/adding.ts'
import type { Binding, Policy } from '../../../src/domain/granting/policy.ts'
import { entriesOf } from '../../../src/domain/granting/removal-commands.ts'
import { noon, request } from '../../builders/history.ts'
import { mapping } from '../../builders/mapping.ts'

export const [eu, client] = ['projects/prod-eu', 'roles/cloudsql.client']
/** While the requests of the stage are in force. */
export const now = after(noon, 600)

/** The id of the request with this number. */
export const uidOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** A request in force from noon to half past, for one role on one resource. */
export function granted(n: number, change: Partial<AccessRequest['spec']> = {}, status: object = {}): AccessRequest {
  const { requester, ...born } = { requester: { email: 'dana@example.com' }, ...change }
  const made = request({}, { name: `prod-db-${n}`, email: requester.email })
  const spec = { ...made.spec, grants: [{ resource: eu, role: client }], ...born, requester }
  const grants = spec.grants.map(({ resource, role }) => ({ resource, role, state: 'Written' as const }))
  return { ...made, metadata: { ...made.metadata, uid: uidOf(n) }, spec, status: { ...made.status, grants, ...status } }
}

/** The policies with the entries of these requests, exactly as Hallpass writes them. */
export function policiesWith(requests: readonly AccessRequest[]): Map<string, Policy> {
  const policies = new Map<string, Policy>([[eu, { version: 3, etag: 'a', bindings: [] }]])
  for (const { resource, wanted } of requests.flatMap(entriesOf)) {
    const before = policies.get(resource) ?? { version: 3, etag: 'a', bindings: [] }
    policies.set(resource, withBindings(before, [wanted], noon))
  }
  return policies
}

export const mappings: readonly RoleMapping[] = [mapping()]

type Change = Partial<Omit<Seen, 'looked'>> & { bindings?: (before: Binding[]) => Binding[] }

/** What is found when these requests are on record and somebody changed the bindings of the project. */
export function found(requests: readonly AccessRequest[], { bindings = same, ...change }: Change = {}): DriftReport {
  const looked = [...policiesWith(requests)].map(([resource, policy]) => ({
    resource,
    policy: resource === eu ? { ...policy, bindings: bindings(structuredClone(policy.bindings ?? [])) } : policy,
  }))
  const records = new Map(requests.map(one => [one.metadata.uid, recordedIn(one)]))
  return compareWithRecord({ looked, records, coverage: {}, mappings, unread: [], now, ...change })
}

const same = (before: Binding[]): Binding[] => before

/** A finding in one line. */
export const say = ({ kind, resource, role, member, why }: Finding): string =>
  `${kind} ${resource} ${role} ${member}: ${why}`
