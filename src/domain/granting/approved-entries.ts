// The entries that were approved for a request, as they are written into the policies: computed from spec, approvals and
// times, in the order of the record of its grants.
import type { AccessRequest, GrantSpec } from '../../api/kinds.ts'
import { approvedNarrowing } from '../approval/quorum.ts'
import { grantsLeft } from '../approval/narrowing.ts'
import { cut } from '../text.ts'
import { restrictionOf } from './restriction.ts'
import type { BindingWanted } from './policy.ts'

/** The description of a request's bindings: 256 characters at most. */
export function descriptionOf(
  { namespace, name }: { namespace: string; name: string },
  requester: string,
  approvedBy: string | undefined,
): string {
  return cut(`${namespace}/${name}, asked by ${requester}, approved by ${approvedBy ?? ''}`, 256)
}

/** An entry, and the resource whose policy it is in. */
export type ApprovedEntry = { resource: GrantSpec['resource']; wanted: BindingWanted }

/** The entries of a request whose times are stored; none before that. */
export function approvedEntries(request: AccessRequest): ApprovedEntry[] {
  const { metadata, spec, status = {} } = request
  const { startsAt, expiresAt, approvedBy } = status
  if (!startsAt || !expiresAt) return []
  const { email } = spec.requester
  const description = descriptionOf(metadata, email, approvedBy)
  const times = { startsAt: new Date(startsAt), expiresAt: new Date(expiresAt) }
  const entry = { uid: metadata.uid, member: `user:${email}`, ...times, description }
  return grantsLeft(spec, approvedNarrowing(request)).map(grant => ({
    resource: grant.resource,
    wanted: { ...entry, role: grant.role, condition: restrictionOf(spec, grant) },
  }))
}
