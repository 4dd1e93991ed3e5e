// Which events of each request a log has, in 16 bytes for each request: so that the gaps in a log of any length can be
// found without keeping its entries.
import { keyedHash, newSeeds } from './keyed-hash.ts'

/** The events of a request are numbered from 1; almost none has more than this. */
const most = 64
/** How full the table may become before it grows. */
const load = 0.6

/** The numbers of the events that were seen, by the uid of the request. */
export class SeenEvents {
  #requests = 0
  #size = 1024
  // Two halves of a hash of the uid, and a bit for each number. A hash of 0 0 is an empty place.
  #table = new Uint32Array(this.#size * 4)
  readonly #more = new Map<string, Set<number>>()
  readonly #seeds = newSeeds()

  /** How many requests have been seen. */
  get requests(): number {
    return this.#requests
  }

  /** Notes an event. */
  note(uid: string, seq: number): void {
    if (this.#requests >= this.#size * load) this.#grow()
    const [a, b] = keyedHash(this.#seeds, uid)
    const at = placeOf(this.#table, a, b)
    if (this.#table[at] === 0 && this.#table[at + 1] === 0) {
      this.#table[at] = a
      this.#table[at + 1] = b
      this.#requests++
    }
    if (seq > most) this.#more.set(uid, (this.#more.get(uid) ?? new Set()).add(seq))
    const half = at + 2 + (seq > 32 ? 1 : 0)
    if (seq <= most) this.#table[half] = (this.#table[half] ?? 0) | (1 << ((seq - 1) % 32))
  }

  /** Whether a number below the highest one that was seen is missing. */
  hasGap(uid: string): boolean {
    const at = placeOf(this.#table, ...keyedHash(this.#seeds, uid))
    const [low = 0, high = 0] = [this.#table[at + 2], this.#table[at + 3]]
    const more = this.#more.get(uid) ?? []
    const seen = bitsOf(low) + bitsOf(high) + (more instanceof Set ? more.size : 0)
    const highest = Math.max(...more, high === 0 ? 32 - Math.clz32(low) : 64 - Math.clz32(high))
    return seen < highest
  }

  #grow(): void {
    const old = this.#table
    this.#size *= 2
    this.#table = new Uint32Array(this.#size * 4)
    for (let at = 0; at < old.length; at += 4) {
      const [a = 0, b = 0] = [old[at], old[at + 1]]
      if (a !== 0 || b !== 0) this.#table.set(old.subarray(at, at + 4), placeOf(this.#table, a, b))
    }
  }
}

/** Where the hash is, or the empty place where it belongs. */
function placeOf(table: Uint32Array, a: number, b: number): number {
  const places = table.length / 4
  for (let place = a & (places - 1); ; place = (place + 1) & (places - 1)) {
    const at = place * 4
    const isEmpty = table[at] === 0 && table[at + 1] === 0
    if (isEmpty || (table[at] === a && table[at + 1] === b)) return at
  }
}

function bitsOf(word: number): number {
  let bits = 0
  for (let rest = word >>> 0; rest !== 0; rest &= rest - 1) bits++
  return bits
}
