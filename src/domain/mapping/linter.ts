// The faults of a RoleMapping. A mapping with any fault is not Ready and cannot be requested.
import type { RoleMapping } from '../../api/kinds.ts'
import { faultOfHours } from '../hours/fault.ts'
import { faultOfCondition, faultWithHours } from './condition.ts'
import { type Refusal, refusal } from '../outcome.ts'
import { faultOfPattern } from './pattern.ts'
import { faultOfResource, resourceOf } from './resources.ts'

/** Google accepts no condition on these, so access with them could not end by itself. */
const basicRoles = ['roles/owner', 'roles/editor', 'roles/viewer']

/** Whether it is one of the basic roles, on which Google accepts no condition. */
export function isBasic(role: string): boolean {
  return basicRoles.includes(role)
}

type Others = readonly Pick<RoleMapping, 'metadata' | 'spec'>[]
type Grant = RoleMapping['spec']['grants'][number]

/** What a mapping is judged with: all watched mappings, the command that reaches every mapping, and the time. */
export type Beside = { others: Others; generic: string; now: Date }

/**
 * The faults of a mapping in its own text and in relation to other mappings, in order. `judgeRoles` checks what its
 * roles permit, and `judgePeople` the people that it names.
 */
export function lintMapping(mapping: RoleMapping, { others, generic, now }: Beside): Refusal[] {
  return [
    ...mapping.spec.grants.flatMap(grant => lintGrant(grant, now)),
    ...lintTwice(mapping.spec.grants),
    ...lintHours(mapping.spec, now),
    ...lintCommand(mapping, others, generic),
    ...lintPattern(mapping),
  ]
}

function lintGrant(grant: Grant, now: Date): Refusal[] {
  const { role, resource, condition } = grant
  const noPlace = faultOfResource(resource)
  const faults: Refusal[] = noPlace ? [noPlace] : lintPlace(grant)
  if (isBasic(role))
    faults.push(
      refusal(
        'RoleWithoutConditions',
        `"${role}" on "${resource}" cannot end by itself: Google accepts no condition on basic roles. Use a predefined or custom role.`,
      ),
    )
  const fault = condition === undefined ? undefined : faultOfCondition(condition, { resource, now })
  if (fault)
    faults.push(refusal('ConditionInvalid', `The condition of "${role}" on "${resource}" cannot be used: ${fault}.`))
  return faults
}

// A custom role can be granted where it is defined and below
// (https://cloud.google.com/iam/docs/roles-overview#custom). A project can be named by its number too, a bucket's name has
// none, and whose project an organisation's is, is not known here.
function lintPlace({ role, resource }: Grant): Refusal[] {
  const home = /^(?:projects|organizations)\/[^/]+(?=\/roles\/)/.exec(role)?.[0]
  const place = resourceOf(resource)
  if (home === undefined || !place || home === resource || home === `projects/${place.project}`) return []
  const isElsewhere = home.startsWith('projects/') ? isInNoUnknownProject(place) : resource.startsWith('organizations/')
  if (!isElsewhere) return []
  return [
    refusal(
      'RoleOfAnotherResource',
      `"${role}" cannot be granted on "${resource}": Google accepts a custom role only on the resource that defines it and below. Define the role for "${resource}", or list another one.`,
    ),
  ]
}

function isInNoUnknownProject({ project, parts }: NonNullable<ReturnType<typeof resourceOf>>): boolean {
  const [[kind] = ['']] = parts
  return kind !== 'projects' || (project !== undefined && !/^\d+$/.test(project))
}

// Hallpass finds its binding by request, role and person, so a role can be granted only once on a resource.
function lintTwice(grants: readonly Grant[]): Refusal[] {
  const twice = grants.find(
    (grant, i) => grants.findIndex(other => other.role === grant.role && other.resource === grant.resource) !== i,
  )
  return twice
    ? [
        refusal(
          'GrantTwice',
          `"${twice.role}" on "${twice.resource}" is listed twice. Join the two conditions with || in one grant.`,
        ),
      ]
    : []
}

// Together with a grant's own condition, hours may have too many operators, or never open.
function lintHours({ hours, grants }: RoleMapping['spec'], now: Date): Refusal[] {
  if (!hours) return []
  const fault = faultOfHours(hours)
  if (fault) return [refusal('HoursInvalid', `The hours cannot be used: ${fault}.`)]
  return grants.flatMap(grant => {
    const no = faultWithHours(grant, hours, now)
    if (!no) return []
    return [refusal('HoursInvalid', `The hours cannot be used with "${grant.role}" on "${grant.resource}": ${no}.`)]
  })
}

function lintCommand(mapping: RoleMapping, others: Others, generic: string): Refusal[] {
  const { command } = mapping.spec
  if (!command) return []
  if (command === generic)
    return [refusal('CommandReserved', `The command "${generic}" reaches every mapping and cannot belong to one.`)]
  const older = others.find(
    other => other.metadata.uid !== mapping.metadata.uid && other.spec.command === command && isOlder(other, mapping),
  )
  if (!older) return []
  return [
    refusal(
      'CommandTaken',
      `The command "${command}" already belongs to the mapping "${older.metadata.namespace}/${older.metadata.name}", which is older. Choose another.`,
    ),
  ]
}

function lintPattern({ spec }: RoleMapping): Refusal[] {
  const { pattern } = spec.reason ?? {}
  const fault = pattern && faultOfPattern(pattern)
  if (!fault) return []
  return [refusal('PatternInvalid', `reason.pattern "${pattern}" cannot be used: ${fault}.`)]
}

function isOlder(a: Pick<RoleMapping, 'metadata'>, b: Pick<RoleMapping, 'metadata'>): boolean {
  const [born, other] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp]
  return born < other || (born === other && a.metadata.uid < b.metadata.uid)
}
