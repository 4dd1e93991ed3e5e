// Slack's directory in memory.
import { Broken } from '../../src/domain/outcome.ts'
import type { Directory, LookedUp, SlackPerson } from '../../src/domain/ports.ts'
import { everyone } from '../builders/organisation.ts'

/** The people and groups of a workspace in memory, and failures on demand. */
export class MemoryDirectory implements Directory {
  readonly people: SlackPerson[] = [...everyone]
  groups: Record<string, string[]> = {}
  isSilent = false
  /** What was remembered before something changed: answers all but fresh looks. */
  remembered: { people: SlackPerson[]; groups: Record<string, string[]> } | undefined
  /** Accounts that Slack does not tell of at the moment. */
  readonly hidden = new Set<string>()

  readonly fresh: Directory['fresh'] = {
    byId: async id => this.#answer(this.#person(this.people, id)),
    membersOf: async group => this.#answer(this.groups[group]),
  }
  unhurried: Directory['unhurried'] = {
    byIds: async ids => this.#lookUp(ids),
    membersOf: async group => this.membersOf(group),
  }

  async byEmail(email: string): Promise<SlackPerson | undefined> {
    return this.#answer((this.remembered ?? this).people.find(one => one.email === email))
  }
  async byId(slackUserID: string): Promise<SlackPerson | undefined> {
    return this.#answer(this.#person((this.remembered ?? this).people, slackUserID))
  }
  async membersOf(userGroup: string): Promise<readonly string[] | undefined> {
    return this.#answer((this.remembered ?? this).groups[userGroup])
  }
  /** Slack says something else of an account from now on. */
  change(id: string, more: Partial<SlackPerson>): void {
    const at = this.people.findIndex(one => one.slackUserID === id)
    const [known] = this.people.slice(at, at + 1)
    if (known) this.people[at] = { ...known, ...more }
  }

  /** From now on only fresh looks see what changes. */
  remember(): void {
    this.remembered = structuredClone({ people: this.people, groups: this.groups })
  }

  #person(people: readonly SlackPerson[], id: string): SlackPerson | undefined {
    return people.find(one => one.slackUserID === id)
  }
  #lookUp(ids: readonly string[]): LookedUp {
    const told = ids.filter(id => !this.isSilent && !this.hidden.has(id))
    const people = told.flatMap(id => this.#person((this.remembered ?? this).people, id) ?? [])
    const missing = ids.length - told.length
    return { people, missing, ...(missing > 0 && { error: new Broken('Slack does not answer') }) }
  }
  #answer<T>(answer: T): T {
    if (this.isSilent) throw new Broken('Slack does not answer')
    return answer
  }
}
