// Asks one question at a time, remembers each answer for a while, and asks the same question once. No question takes
// longer than its limit, however long the queue, because every question before it has less time left: when PagerDuty
// does not answer, Hallpass still must.
import { after } from '../domain/duration.ts'
import { Broken } from '../domain/outcome.ts'
import type { Clock } from '../domain/ports.ts'

type TurnsOptions = { clock: Clock; timeoutMs: number; rememberedSeconds: number }
/** Asks a question under a key. Failures are not remembered. */
export type Turns = <T>(key: string, ask: (signal: AbortSignal) => Promise<T>) => Promise<T>

/** How many answers are kept. */
const cacheSize = 1000

/** A queue that remembers answers. The signal of a question aborts when its time is over. */
export function createTurns({ clock, timeoutMs, rememberedSeconds }: TurnsOptions): Turns {
  const known = new Map<string, { until: Date; answer: unknown }>()
  const asking = new Map<string, Promise<unknown>>()
  let last: Promise<unknown> = Promise.resolve()

  const remember = (key: string, answer: unknown): void => {
    known.delete(key)
    const [oldest] = known.keys()
    if (known.size >= cacheSize && oldest !== undefined) known.delete(oldest)
    known.set(key, { until: after(clock.now(), rememberedSeconds), answer })
  }
  const inTurn = <T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const signal = AbortSignal.timeout(timeoutMs)
    const turn = last.then(async () => (signal.aborted ? Promise.reject(late()) : ask(signal)))
    last = turn.catch(() => undefined)
    return turn
  }

  return async <T>(key: string, ask: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const hit = known.get(key)
    // An answer or a running question under the same key comes from the same question, so it has its type.
    if (hit && hit.until > clock.now()) return hit.answer as T
    const flying = asking.get(key)
    if (flying) return flying as Promise<T>
    const flight = inTurn(ask)
      .then(answer => {
        remember(key, answer)
        return answer
      })
      .finally(() => asking.delete(key))
    asking.set(key, flight)
    return flight
  }
}

function late(): Broken {
  return new Broken('PagerDuty did not answer in time.', { answered: false })
}
