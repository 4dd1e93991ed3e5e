// Answers that are remembered for a while. Failures are not.
import { after } from '../../domain/duration.ts'
import type { Clock } from '../../domain/ports.ts'

/** Answers by key, each with a time of its own. */
export type Remembered<T> = {
  /** Whether an answer is remembered or under way, so that `get` asks nothing more. */
  has(key: string): boolean
  /** What is remembered, or the answer; asks once when several want it at the same time. */
  get(key: string, ask: () => Promise<T>): Promise<T>
  /** Asks now, whatever is remembered or under way, and remembers the answer. */
  renew(key: string, ask: () => Promise<T>): Promise<T>
}

type Options<T> = { clock: Clock; secondsFor: (answer: T) => number; most: number }
type Known<T> = { asked: number; until: Date; answer: T }

/** Remembers at most `most` answers; beyond that the oldest is forgotten. */
export function remembered<T>({ clock, secondsFor, most }: Options<T>): Remembered<T> {
  const known = new Map<string, Known<T>>()
  const asking = new Map<string, Promise<T>>()
  let questions = 0

  const hit = (key: string): Known<T> | undefined => {
    const found = known.get(key)
    return found && found.until > clock.now() ? found : undefined
  }
  const renew = async (key: string, ask: () => Promise<T>): Promise<T> => {
    const asked = ++questions
    const answer = await ask()
    // An answer that was long under way must not hide a newer one.
    if ((known.get(key)?.asked ?? 0) > asked) return answer
    known.delete(key)
    const [oldest] = known.keys()
    if (known.size >= most && oldest !== undefined) known.delete(oldest)
    known.set(key, { asked, until: after(clock.now(), secondsFor(answer)), answer })
    return answer
  }
  return {
    renew,
    has: key => hit(key) !== undefined || asking.has(key),
    get: async (key, ask) => {
      const found = hit(key)
      if (found) return found.answer
      const flying = asking.get(key)
      if (flying) return flying
      const flight = renew(key, ask).finally(() => asking.delete(key))
      asking.set(key, flight)
      return flight
    },
  }
}
