// The Google groups port in memory.
import { Broken, Refused } from '../../src/domain/outcome.ts'
import type { GoogleGroup, GoogleGroups } from '../../src/domain/people/group-reader.ts'

/** A group: its members by address, other groups among them. A security group that takes nobody by itself, unless given. */
export type FakeGroup = { members: string[] } & Partial<Pick<GoogleGroup, 'address' | 'isSecurity' | 'joining'>>

/** Groups by the address that mappings write. */
export class MemoryGoogleGroups implements GoogleGroups {
  readonly groups = new Map<string, FakeGroup>()
  /** Groups that the reader may not see. */
  readonly hidden = new Set<string>()
  /** Whether Google has an edition that looks through nested groups. */
  isPremium = true
  /** Whether Google fails to answer. */
  isSilent = false
  /** What was asked, oldest first. */
  readonly asked: string[] = []

  async includes(group: string, email: string): Promise<boolean> {
    this.#ask('includes', group)
    if (this.groups.has(group) && !this.isPremium)
      throw new Refused('GoogleMembershipUnreadable', `Google does not say who belongs to "${group}".`)
    return this.#holds(group, email, new Set())
  }

  async hasMember(group: string, email: string): Promise<boolean> {
    this.#ask('hasMember', group)
    const isPerson = !this.groups.has(email) && !email.endsWith('.gserviceaccount.com')
    return isPerson && (this.groups.get(group)?.members.includes(email) ?? false)
  }

  async describe(group: string): Promise<GoogleGroup | undefined> {
    this.#ask('describe', group)
    const found = this.groups.get(group)
    if (!found) return undefined
    const { address = group, isSecurity = true, joining = 'closed', members } = found
    const [member] = members
    return { address, isSecurity, joining, ...(member && { member }) }
  }

  #ask(what: string, group: string): void {
    this.asked.push(`${what} ${group}`)
    if (this.isSilent) throw new Broken('Cloud Identity did not answer.', { answered: false })
    if (this.hidden.has(group))
      throw new Refused('GoogleGroupUnreadable', `The Google group "${group}" cannot be read.`)
  }

  #holds(group: string, email: string, seen: Set<string>): boolean {
    if (seen.has(group)) return false
    seen.add(group)
    const members = this.groups.get(group)?.members ?? []
    return members.includes(email) || members.some(member => this.#holds(member, email, seen))
  }
}
