// Remembers answers for a while, but not failures.
import { LRUCache } from 'lru-cache'
import { byClock, validFor } from '../../domain/memory.ts'
import type { Clock } from '../../domain/ports.ts'

/** Answers by key, each with its own time. */
export type Remembered<T> = {
  /** Whether an answer is remembered or under way, so that `get` makes no call. */
  has(key: string): boolean
  /** The remembered or a new answer; several callers at the same time share one call. */
  get(key: string, ask: () => Promise<T>): Promise<T>
  /** Always makes a call, and remembers the answer. */
  renew(key: string, ask: () => Promise<T>): Promise<T>
}

type Options<T> = { clock: Clock; secondsFor: (answer: T) => number; most: number }
type Known<T> = { asked: number; answer: T }

/** Remembers at most `most` answers; beyond that the one that was used least recently is forgotten. */
export function remembered<T>({ clock, secondsFor, most }: Options<T>): Remembered<T> {
  const known = new LRUCache<string, Known<T>>({ max: most, ...byClock(clock) })
  const asking = new Map<string, Promise<T>>()
  let questions = 0

  const renew = async (key: string, ask: () => Promise<T>): Promise<T> => {
    const asked = ++questions
    const answer = await ask()
    // A late answer must not replace a newer one.
    if ((known.get(key)?.asked ?? 0) > asked) return answer
    known.set(key, { asked, answer }, { ttl: validFor(secondsFor(answer)) })
    return answer
  }
  return {
    renew,
    has: key => known.has(key) || asking.has(key),
    get: async (key, ask) => {
      const found = known.get(key)
      if (found) return found.answer
      const flying = asking.get(key)
      if (flying) return flying
      const flight = renew(key, ask).finally(() => asking.delete(key))
      asking.set(key, flight)
      return flight
    },
  }
}
