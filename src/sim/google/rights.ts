// Who may do what, decided only from the stored policies: members, roles, conditions and inheritance.
import { type CallAttributes, holdsCondition } from './condition.ts'
import type { Policies } from './policies.ts'
import { policyApiOf } from './policy-apis.ts'
import type { Roles } from './roles.ts'
import type { Binding, Person } from './types.ts'

type RightsOptions = {
  policies: Policies
  roles: Roles
  people: readonly Person[]
  groups: Record<string, string[]>
}
type Asked = { at: Date; modifiedRoles?: readonly string[] }

/** Effective access. */
export class Rights {
  readonly #options: RightsOptions
  constructor(options: RightsOptions) {
    this.#options = options
  }

  /** Whether the account has the permission on the resource at that instant. Conditions see the resource itself. */
  may(email: string, permission: string, resource: string, asked: Asked): boolean {
    return this.#grants(email, resource, asked, role => this.#options.roles.permissions(role).includes(permission))
  }

  /** Whether the account has the role on the resource at that instant. */
  hasRole(email: string, role: string, resource: string, asked: Asked): boolean {
    return this.#grants(email, resource, asked, other => other === role)
  }

  #grants(email: string, resource: string, asked: Asked, wanted: (role: string) => boolean): boolean {
    const [name, ...above] = this.#options.policies.ancestry(resource)
    if (name === undefined) return false
    const call = { at: asked.at, modifiedRoles: asked.modifiedRoles ?? [], resource: this.#attributesOf(name) }
    const bindings = [name, ...above].flatMap(place => this.#options.policies.read(place)?.bindings ?? [])
    return bindings.some(binding => wanted(binding.role) && this.#applies(binding, email.toLowerCase(), call))
  }

  #applies({ members, condition }: Binding, email: string, call: CallAttributes): boolean {
    if (!members.some(member => this.#includes(member, email))) return false
    return !condition || holdsCondition(condition.expression ?? '', call)
  }

  #includes(member: string, email: string): boolean {
    if (member === 'allUsers' || member === 'allAuthenticatedUsers') return true
    const [kind, ...rest] = member.split(':')
    const who = rest.join(':').toLowerCase()
    if (kind === 'user' || kind === 'serviceAccount') return who === email
    if (kind === 'group') return this.#membersOf(who).some(one => one.toLowerCase() === email)
    if (kind === 'domain') return this.#options.people.some(person => person.email === email && person.hd === who)
    return false
  }

  // Google shows conditions no resource.name of projects, folders and organisations, the name of secrets with the project's
  // number, and nothing at all of some types (https://cloud.google.com/iam/docs/conditions-resource-attributes).
  #attributesOf(name: string): CallAttributes['resource'] {
    const { type, sees, service } = policyApiOf(name) ?? {}
    if (type === undefined || service === undefined) return {}
    if (sees === 'name') return { name, type, service }
    if (sees === undefined) return { type, service }
    const project = name.split('/').slice(0, 2).join('/')
    return { name: name.replace(project, this.#options.policies.numberOf(project) ?? project), type, service }
  }

  #membersOf(group: string): string[] {
    const { groups } = this.#options
    return Object.hasOwn(groups, group) ? (groups[group] ?? []) : []
  }
}
