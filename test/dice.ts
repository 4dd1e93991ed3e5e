// The same numbers in each run (mulberry32), for tests that try many values.

/** Throws dice: a number from 0 to just below the number of sides. */
export type Roll = (sides: number) => number

/** Dice with a seed. */
export function dice(seed: number): Roll {
  let state = seed
  return sides => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides
  }
}
