// Whether the IAM policies of a mapping have room: its `status.policies` and the condition PolicyRoom, from what this
// process saw at grants. After a restart the stored figures stay until a policy is seen again.
import { isDeepStrictEqual } from 'node:util'
import type { MappingStatus, RoleMapping } from '../../api/kinds.ts'
import type { Condition } from '../../api/meta.ts'
import { type NewCondition, saysAlready, withCondition } from '../../domain/conditions.ts'
import { instant } from '../../domain/asking/duration.ts'
import type { PoliciesSeen } from '../../domain/granting/policies-seen.ts'
import { mostOf, nearLimits, type PolicyLimit } from '../../domain/granting/policy-limits.ts'

type Stored = NonNullable<MappingStatus['policies']>[number]

/** As the schema has it: a policy is outside data, and must not keep the status from being written. */
const [mostRoles, visibleRole] = [10, /^[!-~]{1,200}$/]

/** What is stored about the policies. */
export type PolicyRoom = {
  policies: Stored[]
  /** Absent until a policy was seen. */
  condition?: NewCondition
  /** Whether anything of it differs from what is stored. */
  isNews: boolean
  /** Told once, when the condition changes. */
  event?: { type: 'Normal' | 'Warning'; reason: string; message: string }
}

const limitWords: Readonly<Record<PolicyLimit, string>> = {
  members: `${mostOf.members} members`,
  groups: `${mostOf.groups} groups and domains`,
  entries: `${mostOf.entries} entries of one role for one person`,
}

/** The policies of the mapping as they were last seen, in the order of its grants. */
export function policyRoom({ metadata, spec, status }: RoleMapping, seen: Pick<PoliciesSeen, 'of'>): PolicyRoom {
  const resources = [...new Set(spec.grants.map(({ resource }) => resource))]
  const policies = resources.flatMap(resource => {
    const stored = status?.policies?.find(other => other.resource === resource)
    return seenNow(resource, seen, stored) ?? stored ?? []
  })
  const standing = status?.conditions?.find(({ type }) => type === 'PolicyRoom')
  const full = policies.flatMap(policy => nearLimits(policy).map(limit => ({ ...policy, limit })))
  const condition = policies.length > 0 ? { ...conditionOf(full), observedGeneration: metadata.generation } : undefined
  const isSaid = condition ? saysAlready(status?.conditions, condition) : !standing
  const isNews = !isSaid || !isDeepStrictEqual(policies, status?.policies ?? [])
  // Enough room is news only after there was not enough.
  const isTold = condition !== undefined && condition.status !== (standing?.status ?? 'True')
  return { policies, ...(condition && { condition }), isNews, ...(isTold && { event: eventOf(condition) }) }
}

/** The conditions with PolicyRoom as it is now. */
export function withRoom(conditions: readonly Condition[], { condition }: PolicyRoom, now: Date): Condition[] {
  return condition ? withCondition(conditions, condition, now) : conditions.filter(({ type }) => type !== 'PolicyRoom')
}

function eventOf({ status, reason, message }: NewCondition): NonNullable<PolicyRoom['event']> {
  return { type: status === 'True' ? 'Normal' : 'Warning', reason, message }
}

// The later one counts: another process may have led, and stored what it saw.
function seenNow(resource: string, seen: Pick<PoliciesSeen, 'of'>, stored: Stored | undefined): Stored | undefined {
  const last = seen.of(resource)
  if (!last || (stored && last.at < new Date(stored.seenAt))) return undefined
  const { at, leftoversByRole, ...use } = last
  const byRole = leftoversByRole.filter(({ role }) => visibleRole.test(role)).slice(0, mostRoles)
  return { resource, seenAt: instant(at), ...use, ...(byRole.length > 0 && { leftoversByRole: byRole }) }
}

// No figures: they change with every grant, and the condition should not.
function conditionOf(full: readonly { resource: string; limit: PolicyLimit }[]): NewCondition {
  if (full.length === 0) {
    const message = 'The IAM policies that were seen have room.'
    return { type: 'PolicyRoom', status: 'True', reason: 'RoomLeft', message }
  }
  const which = full.map(({ resource, limit }) => `"${resource}" (${limitWords[limit]})`)
  const message = `The IAM policy is nearly full, and what Google allows is in brackets: ${which.join(', ')}. Remove entries that nobody needs any more; status.policies has the figures.`
  return { type: 'PolicyRoom', status: 'False', reason: 'NearlyFull', message }
}
