// Who may do what, decided only from the stored policies: members, roles, conditions and inheritance.
import { type CallAttributes, holdsCondition } from './condition.ts'
import type { Policies } from './policies.ts'
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
    const call = { at: asked.at, modifiedRoles: asked.modifiedRoles ?? [], resource: attributesOf(name) }
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

  #membersOf(group: string): string[] {
    const { groups } = this.#options
    return Object.hasOwn(groups, group) ? (groups[group] ?? []) : []
  }
}

const kinds: Record<string, string> = {
  projects: 'cloudresourcemanager.googleapis.com/Project',
  folders: 'cloudresourcemanager.googleapis.com/Folder',
  organizations: 'cloudresourcemanager.googleapis.com/Organization',
}

// Google shows conditions no resource.name of projects, folders and organisations
// (https://cloud.google.com/iam/docs/conditions-attribute-reference#resource-name).
function attributesOf(name: string): CallAttributes['resource'] {
  if (name.includes('/cryptoKeys/'))
    return { name, type: 'cloudkms.googleapis.com/CryptoKey', service: 'cloudkms.googleapis.com' }
  return { type: kinds[name.split('/')[0] ?? ''] ?? '', service: 'cloudresourcemanager.googleapis.com' }
}
