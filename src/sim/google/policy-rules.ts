// What setIamPolicy accepts: limits, conditions, roles and members of a proposed policy
// (https://cloud.google.com/iam/quotas).
import { lint, requireCondition } from './condition.ts'
import { errorInfo, GoogleFailure, invalid } from './failure.ts'
import { canonicalMember } from './policies.ts'
import { primitiveRoles, type Roles } from './roles.ts'
import type { Binding, CustomConstraint, GoogleSeeds, Policy } from './types.ts'

const maxPrincipals = 1500
const maxGroupsAndDomains = 250
/** Bindings of one role and principal that differ by condition; expired ones count until they are removed. */
const maxConditionsPerGrant = 20

export type Proposal = {
  resource: string
  before: Policy
  after: Pick<Policy, 'bindings' | 'auditConfigs'>
  /** The resource and what it is in, by name. */
  ancestry: readonly string[]
  /** Whether this type of resource can have a policy without any binding. */
  mayBeEmpty: boolean
}
export type Directory = Pick<
  GoogleSeeds,
  'people' | 'groups' | 'serviceIdentities' | 'allowedMemberDomains' | 'customConstraints'
>

/** Throws the error with which Google refuses the proposed policy, the first that applies. */
export function requireAcceptable(proposal: Proposal, roles: Roles, directory: Directory): void {
  const { resource, before, after, ancestry, mayBeEmpty } = proposal
  const stood = new Set(before.bindings.map(binding => binding.role))
  for (const { role } of after.bindings)
    if (!stood.has(role) && !roles.isSupported(role, resource, ancestry))
      throw invalid(`Role ${role} is not supported for this resource.`)
  if (after.bindings.length === 0 && !mayBeEmpty) throw invalid('Policy must have at least one role binding.')
  after.bindings.forEach(requireBindingCondition)
  requireLimits(after)
  const known = new Set(before.bindings.flatMap(binding => binding.members))
  const added = after.bindings.flatMap(binding => binding.members.map(canonicalMember)).filter(m => !known.has(m))
  for (const member of added) requireMember(member, resource, directory)
  for (const constraint of directory.customConstraints ?? []) requireConstraint(constraint, after.bindings)
}

/** The binding with every account under its primary address, whichever of its addresses was written. */
export function underPrimary({ members, ...binding }: Binding, { people }: Pick<Directory, 'people'>): Binding {
  const primaryOf = (member: string): string => {
    const [, alias] = /^user:(.+)$/.exec(canonicalMember(member)) ?? []
    const known = people.find(({ aliases = [] }) => aliases.some(other => other.toLowerCase() === alias))
    return known ? `user:${known.email}` : member
  }
  return { ...binding, members: members.map(primaryOf) }
}

function requireBindingCondition({ role, members, condition }: Binding): void {
  if (!condition) return
  if (!condition.title) throw invalid('Condition title must be specified.')
  if (!condition.expression) throw invalid('Condition expression must be specified.')
  if (primitiveRoles.includes(role))
    throw lint('BindingRoleAllowConditionCheck', "Conditions can't be set on primitive roles.")
  if (members.some(isPublic))
    throw lint('BindingMemberAllowConditionCheck', "Conditions can't be set for public principals.")
  requireCondition(condition.expression)
}

function requireLimits({ bindings, auditConfigs }: Proposal['after']): void {
  const members = bindings.flatMap(binding => binding.members)
  const exempted = (auditConfigs ?? []).flatMap(config =>
    (config.auditLogConfigs ?? []).flatMap(log => log.exemptedMembers ?? []),
  )
  const principals = members.length + exempted.length
  if (principals > maxPrincipals)
    throw invalid(
      `The number of members in the policy (${counted(principals)}) is larger than the maximum allowed size ${counted(maxPrincipals)}.`,
    )
  const wide = new Set(members.filter(member => /^(group|domain):/.test(member))).size
  if (wide > maxGroupsAndDomains)
    throw invalid(
      `The number of groups and domains in the policy (${wide}) is larger than the maximum ${maxGroupsAndDomains}.`,
    )
  for (const [grant, conditions] of conditionsPerGrant(bindings))
    if (conditions.size > maxConditionsPerGrant)
      throw invalid(
        `The policy has ${conditions.size} role bindings of ${grant} with different conditions; the maximum is ${maxConditionsPerGrant}.`,
      )
}

// As Google writes numbers in these messages.
function counted(count: number): string {
  return count.toLocaleString('en-US')
}

function conditionsPerGrant(bindings: readonly Binding[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const { role, members, condition } of bindings)
    for (const member of condition ? members : []) {
      const grant = `${role} to ${canonicalMember(member)}`
      found.set(grant, (found.get(grant) ?? new Set()).add(JSON.stringify(condition)))
    }
  return found
}

function requireMember(member: string, resource: string, directory: Directory): void {
  if (isPublic(member)) throw invalid(`Member ${member} cannot be granted roles on this resource.`)
  const [kind, ...rest] = member.split(':')
  const who = rest.join(':')
  if (!['user', 'group', 'serviceAccount', 'domain', 'principal', 'principalSet'].includes(kind ?? '') || !who)
    throw invalid(`Invalid member: ${member}.`)
  if (kind === 'user' && !isIn(directory.people, who)) throw invalid(`User ${who} does not exist.`)
  if (kind === 'group' && !Object.hasOwn(directory.groups, who)) throw invalid(`Group ${who} does not exist.`)
  if (kind === 'serviceAccount' && !isIn(directory.serviceIdentities, who))
    throw invalid(`Service account ${who} does not exist.`)
  if (isOutside(kind ?? '', who, directory.allowedMemberDomains)) throw outsider(who, resource)
}

// As public reports show it, with a violation that names constraint and account.
function outsider(who: string, resource: string): GoogleFailure {
  const violation = {
    type: 'constraints/iam.allowedPolicyMemberDomains',
    subject: `orgpolicy:${resource}?configvalue=${encodeURIComponent(who)}`,
    description: `User ${who} is not in permitted organization.`,
  }
  return new GoogleFailure(
    'FAILED_PRECONDITION',
    'One or more users named in the policy do not belong to a permitted customer, perhaps due to an organization policy.',
    [{ '@type': 'type.googleapis.com/google.rpc.PreconditionFailure', violations: [violation] }],
  )
}

// https://cloud.google.com/iam/docs/org-policy-custom-constraints
function requireConstraint({ name, role, description }: CustomConstraint, bindings: readonly Binding[]): void {
  if (!bindings.some(binding => binding.role === role)) return
  const service = 'cloudresourcemanager.googleapis.com'
  throw new GoogleFailure(
    'FAILED_PRECONDITION',
    `Operation denied by custom org policies: ["${name}": "${description}"].`,
    [errorInfo('CUSTOM_ORG_POLICY_VIOLATION', 'googleapis.com', { customConstraints: name, service })],
  )
}

function isOutside(kind: string, who: string, allowed: readonly string[] | undefined): boolean {
  if (!allowed || !['user', 'group', 'domain'].includes(kind)) return false
  return !allowed.includes(who.slice(who.lastIndexOf('@') + 1))
}

function isIn(accounts: readonly { email: string }[], email: string): boolean {
  return accounts.some(account => account.email.toLowerCase() === email)
}

function isPublic(member: string): boolean {
  return member === 'allUsers' || member === 'allAuthenticatedUsers'
}
