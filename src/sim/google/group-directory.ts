// Google groups: who is in them, and who may see them. Cloud Identity and the Groups Settings API show this directory.
import { createHash } from 'node:crypto'
import { GoogleFailure } from './failure.ts'
import type { GoogleGroup, GoogleSeeds } from './types.ts'

type Seeds = Pick<GoogleSeeds, 'groups' | 'directory'>
type Member = { name: string; email: string; type: 'USER' | 'GROUP' | 'SERVICE_ACCOUNT' }

/** The groups of the seeds, read at every call, so that a test can change them. */
export class GroupDirectory {
  /** The organisation of the people of the seeds. */
  readonly customer = 'C0example'
  readonly #seeds: Seeds
  constructor(seeds: Seeds) {
    this.#seeds = seeds
  }

  /** Whether the edition has the methods that look through nested groups. */
  get isPremium(): boolean {
    return this.#seeds.directory?.edition !== 'basic'
  }

  byName(name: string): GoogleGroup | undefined {
    return this.#groups().find(group => group.name === name)
  }

  byAddress(address: string): GoogleGroup | undefined {
    return this.#groups().find(({ email, aliases = [] }) => [email, ...aliases].includes(address))
  }

  /** Who has the admin role that reads groups sees those of the own organisation. */
  mayView(caller: string, { customer = this.customer }: GoogleGroup): boolean {
    return customer === this.customer && (this.#seeds.directory?.readers.includes(caller) ?? false)
  }

  mayReadSettings(caller: string, group: GoogleGroup): boolean {
    return this.mayView(caller, group) && (this.#seeds.directory?.settingsReaders.includes(caller) ?? false)
  }

  /** The members that the group itself lists. */
  membersOf({ email: group, name }: GoogleGroup): Member[] {
    return (this.#seeds.groups[group] ?? []).map(address => {
      const email = address.toLowerCase()
      const type = this.byAddress(email) ? 'GROUP' : email.endsWith('.gserviceaccount.com') ? 'SERVICE_ACCOUNT' : 'USER'
      return { name: `${name}/memberships/${idOf(email)}`, email, type }
    })
  }

  /** Whether the address belongs to the group, itself or through groups in it. */
  includes(group: GoogleGroup, email: string, seen = new Set<string>()): boolean {
    if (seen.has(group.email)) return false
    seen.add(group.email)
    return this.membersOf(group).some(member => {
      if (member.email === email) return true
      const inner = member.type === 'GROUP' ? this.byAddress(member.email) : undefined
      return inner !== undefined && this.includes(inner, email, seen)
    })
  }

  #groups(): GoogleGroup[] {
    const described = this.#seeds.directory?.groups ?? []
    const others = Object.keys(this.#seeds.groups).filter(email => !described.some(group => group.email === email))
    return [...described, ...others.map(email => ({ email, name: `groups/${idOf(email)}` }))]
  }
}

/** An id as Google's look: letters and digits that follow from nothing that people see. */
function idOf(address: string): string {
  return createHash('sha256').update(address).digest('hex').slice(0, 15)
}

/** 403 for a group or membership that is missing or may not be seen: Google gives one answer for both. */
export function viewRefused(resource: string): GoogleFailure {
  const description = `Error(2028): Permission denied for resource ${resource} (or it may not exist).`
  const details = {
    '@type': 'type.googleapis.com/google.rpc.ResourceInfo',
    resourceType: 'cloudidentity.googleapis.com/Group',
    resourceName: resource,
    owner: 'domain:cloudidentity.googleapis.com',
    description,
  }
  return new GoogleFailure('PERMISSION_DENIED', description, [details])
}

/** 403 for a method that the edition does not have, with the code of Google's that clients have met. */
export function editionRefused(): GoogleFailure {
  return new GoogleFailure('PERMISSION_DENIED', "Error(3005): The account's edition does not have this method.")
}
