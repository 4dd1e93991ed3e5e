// A hash that nobody who writes entries can foresee, so that nobody can choose texts that meet in one place.
import { randomInt } from 'node:crypto'

/** What makes the hashes of one process different from those of another. */
export type Seeds = readonly [number, number]

/** New ones. */
export function newSeeds(): Seeds {
  return [randomInt(2 ** 32 - 1), randomInt(2 ** 32 - 1)]
}

/** Two halves of 32 bits; the first is never 0. */
export function keyedHash(seeds: Seeds, text: string): [number, number] {
  let [a, b] = seeds
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    a = Math.imul(a ^ code, 0x01_00_01_93)
    b = Math.imul(b ^ code, 0x85_eb_ca_6b)
    b ^= b >>> 13
  }
  a ^= a >>> 16
  return [a >>> 0 || 1, b >>> 0]
}
