// What a person's rights on a policy look like before anything is written: what Google answers, and what the policy itself
// says about rights that name the person. Pure. Only the write is the real check.
import type { RoleMapping } from '../../api/kinds.ts'
import { isSamePerson, type People } from '../people/identity.ts'
import { type Mapping, readMapping } from '../mapping/mapping.ts'
import type { Policy } from '../granting/policy.ts'
import { resourceOf } from '../mapping/resources.ts'

/**
 * What is known about one person, one policy and the roles of one mapping there.
 *
 * - `can`: a right without a limit names the person in this policy.
 * - `covered`: a right that is limited to roles names the person, and has all roles of the mapping.
 * - `narrow`: rights with limits name the person, and none has all roles of the mapping.
 * - `unsure`: the same, on a type of resource where Google does not document that such limits count.
 * - `unseen`: Google says yes, by a group or from a resource above, where a limit cannot be seen.
 * - `noRead`, `noWrite`, `neither`: Google says that the right to read or write the policy is missing.
 * - `unknown`: Google could not be asked, or did not answer in time.
 */
export const heldRights = [
  ...(['can', 'covered', 'narrow', 'unsure', 'unseen'] as const),
  ...(['noRead', 'noWrite', 'neither', 'unknown'] as const),
] as const
export type HeldRight = (typeof heldRights)[number]

/** Whether something must be given to the person before they can grant. */
export function isMissing(right: HeldRight | 'unasked'): boolean {
  return right === 'noRead' || right === 'noWrite' || right === 'neither' || right === 'narrow'
}

/** Google's answers. `policy` is absent when the person may not read it. */
export type Answers = { policy?: Policy | undefined; mayWrite: boolean }

/** What a mapping grants on one resource. */
type Wished = { resource: string; roles: readonly string[] }

/**
 * What these answers say about this person and these roles. A right counts here when its role is known to change policies of
 * this type, or may do so: what a custom role permits is not visible in a policy.
 */
export function heldRight({ policy, mayWrite }: Answers, email: string, { resource, roles }: Wished): HeldRight {
  if (!policy) return mayWrite ? 'noRead' : 'neither'
  if (!mayWrite) return 'noWrite'
  const { owners = [], isLimitDocumented = false } = resourceOf(resource) ?? {}
  const own = (policy.bindings ?? []).filter(({ members = [] }) =>
    members.some(member => member.toLowerCase() === `user:${email}`),
  )
  if (own.some(({ role, condition }) => !condition && owners.includes(role))) return 'can'
  const limits = own
    .filter(({ role }) => owners.includes(role) || !role.startsWith('roles/'))
    .flatMap(({ condition }) => limitIn(condition?.expression) ?? [])
  if (limits.length === 0) return 'unseen'
  if (limits.some(limit => roles.every(role => limit.includes(role)))) return 'covered'
  return isLimitDocumented ? 'narrow' : 'unsure'
}

const limitForm =
  /^api\.getAttribute\((["'])iam\.googleapis\.com\/modifiedGrantsByRole\1, \[\]\)\.hasOnly\(\[([^\]]*)\]\)$/

// The whole expression is the limit, as `hallpass approver-rights` and Google's documentation write it. One that says
// more is not understood here, and shows nothing.
function limitIn(expression: string | undefined): string[][] | undefined {
  const listed = limitForm.exec(expression?.trim() ?? '')?.[2]
  return listed === undefined ? undefined : [listed.split(',').map(role => role.trim().replace(/^(["'])(.*)\1$/, '$2'))]
}

/**
 * The mappings that can be granted now: `named` name this person as an approver, in `byDuty` others decide who is asked,
 * and `byGroup` have Google groups that must be asked about this person. One can be in both of the last two.
 */
export type Approvable = { named: RoleMapping[]; byDuty: RoleMapping[]; byGroup: RoleMapping[] }

/** Which mappings this person may approve, or may be asked to approve. */
export function approvableBy(email: string, stored: readonly RoleMapping[], people: People): Approvable {
  const read = stored.map(one => ({ one, mapping: readMapping(one) })).filter(({ mapping }) => mapping.isSound)
  const named = read.filter(({ mapping }) => isNamed(email, mapping, people))
  const others = read.filter(entry => !named.includes(entry))
  const byDuty = others.filter(({ mapping }) =>
    waysOf(mapping).some(({ onCall, fallback }) => onCall !== undefined || fallback?.slackUserGroup !== undefined),
  )
  const byGroup = others.filter(({ mapping }) => groupsIn(mapping).length > 0)
  const stores = (entries: typeof read): RoleMapping[] => entries.map(({ one }) => one)
  return { named: stores(named), byDuty: stores(byDuty), byGroup: stores(byGroup) }
}

/** The Google groups whose members may approve requests of this mapping, or its emergencies. */
export function approverGroupsOf(stored: RoleMapping): string[] {
  return groupsIn(readMapping(stored))
}

function groupsIn(mapping: Mapping): string[] {
  return [...new Set(allowedIn(mapping).flatMap(({ googleGroups = [] }) => googleGroups))]
}

function isNamed(email: string, mapping: Mapping, people: People): boolean {
  const named = [...waysOf(mapping).map(({ fallback }) => fallback), ...allowedIn(mapping)]
  return named.flatMap(one => one?.emails ?? []).some(other => isSamePerson({ email: other }, { email }, people))
}

/** Who may approve without being asked. */
function allowedIn(mapping: Mapping): NonNullable<Mapping['approval']['allowed']>[] {
  return waysOf(mapping).flatMap(({ allowed, onlyOnCall }) => (onlyOnCall || !allowed ? [] : [allowed]))
}

/** The rules of approval: the usual ones, and those of emergencies. */
function waysOf({ approval, emergency }: Mapping): Mapping['approval'][] {
  return emergency ? [approval, emergency.approval] : [approval]
}
