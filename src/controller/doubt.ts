// Whether a write of a policy that nobody answered could still take effect. Google takes a write only while the policy has
// the etag that it was read with, and gives it another one each time: once the etag has moved, an older write is void.
import { Broken } from '../domain/outcome.ts'

/** What is in doubt about one policy while it is edited. */
export class Doubt {
  #at: 'any etag' | { etag: string | undefined } | undefined

  /** `isInherited` when the write may be an earlier process's, which nobody knows the etag of. */
  constructor(isInherited: boolean) {
    this.#at = isInherited ? 'any etag' : undefined
  }

  get isOpen(): boolean {
    return this.#at !== undefined
  }

  /** The policy has been seen with this etag. */
  seen(etag: string | undefined): void {
    if (this.#at === 'any etag') this.#at = { etag }
    else if (this.#at && this.#at.etag !== etag) this.#at = undefined
  }

  /** Does a write to the policy with this etag; without an answer, it is what is in doubt. */
  async during<T>(etag: string | undefined, write: () => Promise<T>): Promise<T> {
    try {
      return await write()
    } catch (error) {
      if (error instanceof Broken && !error.answered) this.#at = { etag }
      throw error
    }
  }
}
