// Remembers answers for a while, but not failures.
import { after } from '../../domain/duration.ts'
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
    // A late answer must not replace a newer one.
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
