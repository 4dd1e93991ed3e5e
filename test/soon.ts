// What is true in a moment, because it is read from a cache that follows the truth.
import { setTimeout as pause } from 'node:timers/promises'
import * as assert from 'uvu/assert'

/** A cache follows within milliseconds; on a busy machine within this. */
const withinMs = 5_000

/** Looks until it sees what is expected, or fails with what it saw last. */
export async function soon<T>(expected: T, look: () => Promise<T>): Promise<void> {
  for (const until = Date.now() + withinMs; ; await pause(10)) {
    const seen = await look()
    if (JSON.stringify(seen) === JSON.stringify(expected)) return
    if (Date.now() > until) return assert.equal(seen, expected)
  }
}
