// Asks one question at a time, remembers each answer for a while, and asks the same question once. No question takes
// longer than its limit, however long the queue, because every question before it has less time left: when PagerDuty
// does not answer, Hallpass still must.
import { LRUCache } from 'lru-cache'
import { byClock, validFor } from '../domain/memory.ts'
import { Broken } from '../domain/outcome.ts'
import type { Clock } from '../domain/ports.ts'

type QueueOptions = { clock: Clock; timeoutMs: number; rememberedSeconds: number }
type Ask<T> = (signal: AbortSignal) => Promise<T>
/** Asks a question under a key. Failures are not remembered. */
export type QuestionQueue = <T>(key: string, ask: Ask<T>) => Promise<T>

/** How many answers are kept. */
const cacheSize = 1000

/** A queue that remembers answers. The signal of a question aborts when its time is over. */
export function createQuestionQueue({ clock, timeoutMs, rememberedSeconds }: QueueOptions): QuestionQueue {
  let last: Promise<unknown> = Promise.resolve()

  const afterEarlier = <T>(ask: Ask<T>): Promise<T> => {
    const signal = AbortSignal.timeout(timeoutMs)
    const turn = last.then(async () => (signal.aborted ? Promise.reject(late()) : ask(signal)))
    last = turn.catch(() => undefined)
    return turn
  }

  // In an object, because the cache keeps no `undefined`, which is an answer here.
  const answers = new LRUCache<string, { answer: unknown }, Ask<unknown>>({
    max: cacheSize,
    ttl: validFor(rememberedSeconds),
    fetchMethod: async (_key, _before, { context: ask }) => ({ answer: await afterEarlier(ask) }),
    ...byClock(clock),
  })
  // An answer or a running question under the same key comes from the same question, so it has its type.
  return async <T>(key: string, ask: Ask<T>): Promise<T> =>
    (await answers.forceFetch(key, { context: ask })).answer as T
}

function late(): Broken {
  return new Broken('PagerDuty did not answer in time.', { answered: false })
}
