// Google's limits on one IAM policy: how much of them a policy uses, and whether our entries still have room in it
// (https://cloud.google.com/iam/quotas). Google can count more than it shows, so the write is the real check.
import { instant } from '../asking/duration.ts'
import { type LeftoversByRole, leftoversByRole } from './leftovers.ts'
import { type Refusal, refusal } from '../outcome.ts'
import { type Binding, type BindingWanted, endOfOurs, isLeftover, type Policy } from './policy.ts'
import { withBindings } from './adding.ts'

/** What Google limits. `entries` are the conditional ones of one role for one member. */
export type PolicyLimit = 'members' | 'groups' | 'entries'

/** Google's limits. Expired entries count until they are removed. */
export const mostOf: Readonly<Record<PolicyLimit, number>> = {
  // Members of all bindings and of audit exemptions, each as often as it occurs.
  members: 1500,
  // Groups and domains, each once.
  groups: 250,
  entries: 20,
}
export const policyLimits = Object.keys(mostOf) as PolicyLimit[]

/** From this part of a limit on, people are warned. */
const nearPart = 0.8

/**
 * How much of each limit a policy uses. `entries`: the most that one member has of one role, without those that the next
 * write of that role removes. `leftovers`: expired entries of Hallpass, and how many each role has. `bytes`: its size as
 * JSON; Google says only that a policy has "a few 10s of KB".
 */
export type PolicyUse = Readonly<Record<PolicyLimit, number>> & {
  leftovers: number
  leftoversByRole: LeftoversByRole
  bytes: number
}

/** How full a policy is at this instant. */
export function useOf(policy: Policy, now: Date): PolicyUse {
  const { bindings = [] } = policy
  const inForce = bindings.filter(binding => !isLeftover(binding, now))
  return {
    members: membersIn(policy),
    groups: groupsIn(bindings),
    entries: Math.max(0, ...[...conditionsByGrant(inForce).values()].map(({ size }) => size)),
    leftovers: bindings.length - inForce.length,
    leftoversByRole: leftoversByRole(policy, now),
    bytes: Buffer.byteLength(JSON.stringify(policy)),
  }
}

/** The limits of which a policy uses four fifths or more. */
export function nearLimits(use: Readonly<Record<PolicyLimit, number>>): PolicyLimit[] {
  return policyLimits.filter(limit => use[limit] >= nearPart * mostOf[limit])
}

/** Entries of one request in one policy. */
export type Adding = { resource: string; policy: Policy; wanted: readonly BindingWanted[] }

/**
 * Why these entries have no room in a policy, judged on exactly the policy that would be written: that write also removes
 * expired entries of Hallpass. A policy that exceeds a limit already is not refused, because Google evidently allows it
 * there.
 */
export function refuseFull(adding: Adding, now: Date): Refusal | undefined {
  const { policy, wanted } = adding
  const after = withBindings(policy, wanted, now)
  const [had, has] = [conditionsByGrant(policy.bindings), conditionsByGrant(after.bindings)]
  const full = wanted.find(one => {
    const grant = grantOf(one)
    return countOf(has, grant) > mostOf.entries && countOf(had, grant) <= mostOf.entries
  })
  if (full) return tooManyEntries(adding, full, now)
  return membersIn(after) > mostOf.members && membersIn(policy) <= mostOf.members ? policyFull(adding, now) : undefined
}

/** The limit that a policy exceeds, as a clause about it; undefined when it exceeds none that can be counted. */
export function exceededLimit(policy: Policy): string | undefined {
  const members = membersIn(policy)
  if (members > mostOf.members) return `it would have ${members} members, and Google's limit is ${mostOf.members}`
  const groups = groupsIn(policy.bindings)
  if (groups > mostOf.groups)
    return `it would have ${groups} groups and domains, and Google's limit is ${mostOf.groups}`
  const counted = [...conditionsByGrant(policy.bindings)].find(([, conditions]) => conditions.size > mostOf.entries)
  return (
    counted && `it would have ${counted[1].size} entries for ${counted[0]}, and Google's limit is ${mostOf.entries}`
  )
}

function policyFull({ resource, policy }: Adding, now: Date): Refusal {
  const { leftovers } = useOf(policy, now)
  const ours = leftovers > 0 ? ` ${leftovers} of them are expired entries of Hallpass.` : ''
  return refusal(
    'PolicyFull',
    `The IAM policy of "${resource}" is full: Google allows ${mostOf.members} members, and it has ${membersIn(policy)}.${ours} The platform team must remove entries that nobody needs any more.`,
  )
}

function tooManyEntries({ resource, policy }: Adding, wanted: BindingWanted, now: Date): Refusal {
  const ends = (policy.bindings ?? [])
    .filter(other => grantsOf(other).includes(grantOf(wanted)))
    .flatMap(other => endOfOurs(other) ?? [])
    .filter(end => end > now)
  const next = ends.toSorted((a, b) => Number(a) - Number(b))[0]
  const wayOut = next
    ? `One of them ends at ${instant(next)}; ask again then, or the platform team removes one.`
    : 'None of them is of Hallpass and ends: the platform team must remove one that is not needed any more.'
  return refusal(
    'TooManyEntries',
    `${wanted.member.replace(/^user:/, '')} has ${mostOf.entries} entries of "${wanted.role}" with conditions in the IAM policy of "${resource}", as many as Google allows for one person and role. ${wayOut}`,
  )
}

type Conditions = Map<string, Set<string>>

function conditionsByGrant(bindings: readonly Binding[] = []): Conditions {
  const found: Conditions = new Map()
  for (const binding of bindings)
    for (const grant of grantsOf(binding))
      found.set(grant, (found.get(grant) ?? new Set()).add(JSON.stringify(binding.condition)))
  return found
}

function countOf(conditions: Conditions, grant: string): number {
  return conditions.get(grant)?.size ?? 0
}

function grantsOf({ role, members = [], condition }: Binding): string[] {
  return condition ? members.map(member => grantOf({ role, member })) : []
}

function grantOf({ role, member }: { role: string; member: string }): string {
  return `"${role}" to "${lowerCase(member)}"`
}

// Google's answer is not checked that deeply, and a surprise in it must not stop an approval.
function lowerCase(member: unknown): string {
  return String(member).toLowerCase()
}

function groupsIn(bindings: readonly Binding[] = []): number {
  const all = bindings.flatMap(({ members = [] }) => members.map(lowerCase))
  return new Set(all.filter(member => /^(group|domain):/.test(member))).size
}

type AuditConfig = { auditLogConfigs?: ({ exemptedMembers?: unknown[] } | null)[] } | null

// Audit exemptions are outside of what Hallpass writes, so their type is not part of a policy.
function membersIn({ bindings = [], auditConfigs }: Policy): number {
  const configs = Array.isArray(auditConfigs) ? (auditConfigs as AuditConfig[]) : []
  const exempted = configs.flatMap(config => config?.auditLogConfigs ?? []).flatMap(log => log?.exemptedMembers ?? [])
  return bindings.reduce((sum, { members = [] }) => sum + members.length, exempted.length)
}
