// The least right that lets somebody approve: to change the IAM policy of a mapping's resources in the bindings of the
// mapped roles, and in no others. Worked out from the mappings; giving it is left to people.
import type { RoleMapping } from '../api/kinds.ts'
import { refusal, type Refusal } from './outcome.ts'
import { cut } from './text.ts'

/** A custom role that reads and writes the IAM policy of one kind of resource, and nothing else. */
export type ApproverRole = {
  /** Where it is defined: `projects/P` or `organizations/N`. */
  parent: string
  id: string
  title: string
  permissions: string[]
}
/** A conditional binding of that role. A change of the policy is allowed when all roles that it touches stand in one of them. */
export type ApproverBinding = {
  title: string
  description: string
  expression: string
  roles: string[]
  /** The mappings, as `namespace/name`, whose roles these are. */
  mappings: string[]
}
/** What an approver needs on one resource. */
export type ApproverRight = { resource: string; role: ApproverRole; bindings: ApproverBinding[] }

type Listed = Pick<RoleMapping, 'metadata' | 'spec'>

/** `hasOnly` takes no more values (https://cloud.google.com/iam/docs/setting-limits-on-granting-roles). */
const rolesPerBinding = 10

const roleIDs = {
  projects: 'hallpassApprover',
  folders: 'hallpassFolderApprover',
  organizations: 'hallpassOrganizationApprover',
}
type Kind = keyof typeof roleIDs

/**
 * The rights that approvers of these mappings need, by resource. The roles of one mapping on one resource stay in one binding.
 * A project's right is a role of its own project unless `organization` (a number) defines the roles for all. Refused when a
 * mapping is about a folder, whose roles only an organisation can define, and none is given.
 */
export function approverRights(mappings: readonly Listed[], organization?: string): ApproverRight[] | Refusal {
  const resources = [...new Set(mappings.flatMap(({ spec }) => spec.grants.map(({ resource }) => resource)))].sort()
  const folder = resources.find(resource => resource.startsWith('folders/'))
  if (folder && !organization)
    return refusal(
      'OrganizationMissing',
      `The custom role for approvers on "${folder}" must be defined in its organisation. Give the organisation's number: --organization NUMBER.`,
    )
  return resources.map(resource => ({
    resource,
    role: roleFor(resource, organization),
    bindings: bindingsFor(resource, mappings),
  }))
}

function roleFor(resource: string, organization: string | undefined): ApproverRole {
  const kind = resource.split('/')[0] as Kind
  const parent = kind === 'organizations' ? resource : organization ? `organizations/${organization}` : resource
  return {
    parent,
    id: roleIDs[kind],
    title: `Hallpass approver on ${kind}`,
    permissions: [`resourcemanager.${kind}.getIamPolicy`, `resourcemanager.${kind}.setIamPolicy`],
  }
}

type Part = { roles: Set<string>; mappings: string[] }

// Each mapping's roles go, whole, into the first part that has room for them. Ten grants are the most that a mapping has.
function bindingsFor(resource: string, mappings: readonly Listed[]): ApproverBinding[] {
  const parts: Part[] = []
  for (const { metadata, spec } of mappings.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))) {
    const roles = new Set(spec.grants.filter(grant => grant.resource === resource).map(({ role }) => role))
    if (roles.size === 0) continue
    let part = parts.find(other => other.roles.union(roles).size <= rolesPerBinding)
    if (!part) parts.push((part = { roles: new Set(), mappings: [] }))
    part.roles = part.roles.union(roles)
    part.mappings.push(nameOf({ metadata }))
  }
  return parts.map((part, i) => bindingOf(part, i + 1))
}

function bindingOf({ roles, mappings }: Part, number: number): ApproverBinding {
  const sorted = [...roles].sort()
  return {
    title: `Approver of what Hallpass grants, part ${number}`,
    description: cut(`The roles of ${mappings.join(', ')}`, 256),
    expression: limitTo(sorted),
    roles: sorted,
    mappings,
  }
}

/** The condition under which only bindings of these roles may be changed. Calls that change none are let through. */
function limitTo(roles: readonly string[]): string {
  // A role's name holds no quote, by the schema of mappings; and CEL reads JSON's quotes as JSON does.
  return `api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly([${roles.map(role => JSON.stringify(role)).join(', ')}])`
}

function nameOf({ metadata }: Pick<Listed, 'metadata'>): string {
  return `${metadata.namespace}/${metadata.name}`
}
