// A value that must not be printed. It becomes [secret] when something converts it to text.
import { inspect } from 'node:util'

/** Holds a secret string; only `reveal()` returns it. */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return '[secret]'
  }
  toJSON(): string {
    return '[secret]'
  }
  [inspect.custom](): string {
    return '[secret]'
  }
}
