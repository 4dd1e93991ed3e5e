// What of our entry may hold although nobody has confirmed it. Google takes a write only while the policy has the etag that
// it was read with, and gives it another one each time: once the etag has moved, an older write is void. And what Google
// keeps may look other than what was written.
import { Broken } from '../domain/outcome.ts'
import { type BindingWanted, isTitled, memberOf, type Policy } from '../domain/policy.ts'

/** A Google that takes a write and does not show it is not asked a fourth time. */
const longestFutile = 3

type Beginning = { isInherited: boolean; mayHaveWritten: boolean; unshownEtag?: string | undefined }

/** What is in doubt about one policy while it is edited. */
export class Doubt {
  readonly #wanted: BindingWanted
  /** The write that could still take effect. */
  #at: 'any etag' | { etag: string | undefined } | undefined
  /** Whether anything of ours can be in the policy at all; what looks like ours before is somebody else's. */
  #mayHaveWritten: boolean
  #member: string | undefined
  #isThere: boolean
  #unshownEtag: string | undefined
  #futile = 0

  /**
   * `isInherited` when the write may be an earlier process's, which nobody knows the etag of; `unshownEtag` of an earlier
   * answer that did not show what was written.
   */
  constructor(wanted: BindingWanted, { isInherited, mayHaveWritten, unshownEtag }: Beginning) {
    this.#wanted = wanted
    this.#at = isInherited ? 'any etag' : undefined
    this.#mayHaveWritten = isInherited || mayHaveWritten
    this.#isThere = this.#mayHaveWritten
    this.#unshownEtag = unshownEtag
  }

  /** Whether something of ours may be in force, or may still come into force. */
  get isOpen(): boolean {
    return this.#at !== undefined || this.mayStand
  }

  /** Whether something of ours may be in the policy as it was last seen. */
  get mayStand(): boolean {
    return this.#isThere || this.#unshownEtag !== undefined
  }

  /** Whether another write would change anything: there is our entry to take out, or a write to overtake. */
  get canBeEnded(): boolean {
    return this.#at !== undefined || (this.#isThere && this.#member !== undefined)
  }

  /** The member under which our entry was found. */
  get member(): string | undefined {
    return this.#member
  }

  /** The member that Google put in the place of ours; undefined as long as it is not known to have. */
  get otherMember(): string | undefined {
    return this.#member === this.#wanted.member ? undefined : this.#member
  }

  /** The etag of an answer that did not show what was written, if what was written has not been found since. */
  get unshownEtag(): string | undefined {
    return this.#unshownEtag
  }

  /** Whether writing again is of no use. */
  get isHopeless(): boolean {
    return this.#futile >= longestFutile
  }

  /** The policy has been seen, read or answered. */
  seen(policy: Policy): void {
    if (this.#at === 'any etag') this.#at = { etag: policy.etag }
    else if (this.#at && this.#at.etag !== policy.etag) this.#at = undefined
    const member = this.#mayHaveWritten ? memberOf(policy, this.#wanted) : undefined
    if (member !== undefined) this.#unshownEtag = undefined
    // Once it was found under one name, what is left under another is a copy that somebody else made.
    this.#member ??= member
    this.#isThere = this.#member
      ? memberOf(policy, { ...this.#wanted, member: this.#member }) === this.#member
      : this.#mayHaveWritten && isTitled(policy, this.#wanted)
  }

  /** Our entry was written, and the answer does not show it: it may stand in a form that nobody recognises. */
  unshown({ etag = '' }: Policy): void {
    this.#unshownEtag = etag
    this.futile()
  }

  /** A write was answered, and changed nothing of what it was to change. */
  futile(): void {
    this.#futile += 1
  }

  /** Does a write to the policy with this etag; without an answer, it is what is in doubt. */
  async during(etag: string | undefined, write: () => Promise<Policy | 'conflict'>): Promise<Policy | 'conflict'> {
    try {
      const written = await write()
      if (written !== 'conflict') this.#mayHaveWritten = true
      return written
    } catch (error) {
      if (!(error instanceof Broken) || error.answered) throw error
      this.#at = { etag }
      this.#mayHaveWritten = true
      throw error
    }
  }
}
