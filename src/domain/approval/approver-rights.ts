// The least right that approvers need, and a janitor where one is installed: to change the IAM policy of a mapping's
// resources, only in the bindings of the mapped roles. It is computed from the mappings; people have to grant it.
import type { RoleMapping } from '../../api/kinds.ts'
import { refusal, type Refusal } from '../outcome.ts'
import { knownResource, type Resource } from '../mapping/resources.ts'
import { cut } from '../text.ts'

/** A custom role that reads and writes the IAM policy of one kind of resource, and nothing else. */
export type ApproverRole = {
  /** Where it is defined: `projects/P` or `organizations/N`. */
  parent: string
  id: string
  title: string
  permissions: string[]
}
/**
 * A conditional binding of that role. A change of the policy is allowed when all roles that it changes are in one of
 * them.
 */
export type ApproverBinding = {
  title: string
  description: string
  expression: string
  roles: string[]
  /** The mappings of these roles, as `namespace/name`. */
  mappings: string[]
}
/** The rights that an approver needs on one resource. */
export type ApproverRight = {
  resource: string
  role: ApproverRole
  bindings: ApproverBinding[]
  /** Whether Google documents that the conditions limit which roles a holder may change there. */
  isLimitDocumented: boolean
}

/** Who gets the right, as the titles of its bindings say. */
export type RightHolder = 'Approver' | 'Janitor'

type Listed = Pick<RoleMapping, 'metadata' | 'spec'>

/** `hasOnly` accepts at most this many values (https://cloud.google.com/iam/docs/setting-limits-on-granting-roles). */
const rolesPerBinding = 10

/**
 * The rights that approvers of these mappings need, by resource. The roles of one mapping on one resource stay in one binding.
 * The right on a project, or on something whose name has a project, is a role of that project, unless `organization` (a
 * number) is given to define the roles for all. Refused when a mapping is about a folder or a bucket and no organisation is
 * given: only an organisation can define roles for folders, and the name of a bucket does not say whose project it is in.
 */
export function approverRights(
  mappings: readonly Listed[],
  organization?: string,
  holder: RightHolder = 'Approver',
): ApproverRight[] | Refusal {
  const names = [...new Set(mappings.flatMap(({ spec }) => spec.grants.map(({ resource }) => resource)))].sort()
  const resources = names.map(knownResource)
  const homeless = resources.find(resource => homeOf(resource, organization) === undefined)
  if (homeless)
    return refusal(
      'OrganizationMissing',
      `The custom role for approvers on "${homeless.name}" must be defined in its organisation. Give the organisation's number: --organization NUMBER.`,
    )
  return resources.map(resource => ({
    resource: resource.name,
    role: roleFor(resource, homeOf(resource, organization) ?? ''),
    bindings: bindingsFor(resource.name, mappings, holder),
    isLimitDocumented: resource.isLimitDocumented,
  }))
}

/** Where the custom role is defined; undefined when the name does not say it and no organisation is given. */
function homeOf({ name, project }: Resource, organization: string | undefined): string | undefined {
  if (name.startsWith('organizations/')) return name
  if (organization) return `organizations/${organization}`
  return project === undefined ? undefined : `projects/${project}`
}

function roleFor({ parts, permissions, also, roleID }: Resource, parent: string): ApproverRole {
  const [kind = ''] = parts.at(-1) ?? []
  return {
    parent,
    id: roleID,
    title: `Hallpass approver on ${kind}`,
    permissions: [...(also ? [also] : []), permissions.get, permissions.set],
  }
}

type Part = { roles: Set<string>; mappings: string[] }

// All roles of a mapping go into the first part with enough room. A mapping has at most ten grants.
function bindingsFor(resource: string, mappings: readonly Listed[], holder: RightHolder): ApproverBinding[] {
  const parts: Part[] = []
  for (const { metadata, spec } of mappings.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))) {
    const roles = new Set(spec.grants.filter(grant => grant.resource === resource).map(({ role }) => role))
    if (roles.size === 0) continue
    let part = parts.find(other => other.roles.union(roles).size <= rolesPerBinding)
    if (!part) parts.push((part = { roles: new Set(), mappings: [] }))
    part.roles = part.roles.union(roles)
    part.mappings.push(nameOf({ metadata }))
  }
  return parts.map((part, i) => bindingOf(part, `${holder} of grants by Hallpass, part ${i + 1}`))
}

function bindingOf({ roles, mappings }: Part, title: string): ApproverBinding {
  const sorted = [...roles].sort()
  return {
    title,
    description: cut(`The roles of ${mappings.join(', ')}`, 256),
    expression: limitTo(sorted),
    roles: sorted,
    mappings,
  }
}

/** The condition that allows only changes of bindings of these roles. Calls that change no binding are allowed. */
function limitTo(roles: readonly string[]): string {
  // The schema of mappings allows no quote in a role's name, and CEL reads quoted JSON strings like JSON.
  return `api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly([${roles.map(role => JSON.stringify(role)).join(', ')}])`
}

function nameOf({ metadata }: Pick<Listed, 'metadata'>): string {
  return `${metadata.namespace}/${metadata.name}`
}
