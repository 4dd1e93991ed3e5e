// The entries that an approval would add to IAM policies, before its times are fixed. They are for judging whether a
// policy has room; what is written is made from the proved approval, in the controller.
import type { AccessRequest, GrantSpec, Narrowing } from '../../api/kinds.ts'
import { endFrom } from './expiry.ts'
import { grantsLeft } from '../approval/narrowing.ts'
import type { BindingWanted } from './policy.ts'
import { restrictionOf } from './restriction.ts'

/** The entries for one resource. */
export type Wanted = { resource: string; wanted: BindingWanted[] }

/** What approving a request like this would add, resource by resource. */
export function wantedBy(
  { metadata: { uid }, spec }: AccessRequest,
  narrowing: Narrowing | undefined,
  now: Date,
): Wanted[] {
  const startsAt = spec.notBefore ? new Date(spec.notBefore) : now
  const expiresAt = endFrom(startsAt, spec, narrowing)
  const member = `user:${spec.requester.email}`
  const entryOf = (grant: GrantSpec): BindingWanted => ({
    uid,
    member,
    role: grant.role,
    condition: restrictionOf(spec, grant),
    startsAt,
    expiresAt,
    description: '',
  })
  const byResource = Map.groupBy(grantsLeft(spec, narrowing), ({ resource }) => resource)
  return [...byResource].map(([resource, grants]) => ({ resource, wanted: grants.map(entryOf) }))
}
