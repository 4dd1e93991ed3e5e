// What people see of the part of a request that its approvers left out. Pure.
import type { AccessRequest, GrantSpec } from '../../api/kinds.ts'
import { durationSeconds } from '../asking/duration.ts'
import { grantedSeconds } from '../granting/expiry.ts'
import { grantsLeft } from '../approval/narrowing.ts'
import { approvedNarrowing } from '../approval/quorum.ts'

/** The grants that were asked for and not approved, and the duration that was asked for if a shorter one was approved. */
export type Narrowed = { without: Pick<GrantSpec, 'resource' | 'role'>[]; insteadOf?: number }

/** What the approvers left out; undefined when they approved everything. */
export function narrowedBy(request: AccessRequest): Narrowed | undefined {
  const { spec } = request
  const narrowing = approvedNarrowing(request)
  if (!narrowing) return undefined
  const left = grantsLeft(spec, narrowing)
  const without = spec.grants.filter(grant => !left.includes(grant))
  const asked = durationSeconds(spec.duration)
  const isShorter = grantedSeconds(spec, narrowing) < asked
  return {
    without: without.map(({ resource, role }) => ({ resource, role })),
    ...(isShorter && { insteadOf: asked }),
  }
}
