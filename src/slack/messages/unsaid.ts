// Remembers which messages were certainly not posted, so that no channel is searched for them.
import { LRUCache } from 'lru-cache'
import { Waiting } from '../../domain/outcome.ts'

/** The number of remembered requests; a forgotten one costs an unnecessary search. */
const mostUnsaid = 10_000

export type Unsaid = {
  has(uid: string): boolean
  /** Posts a request's message. If Slack or the queue rejects it, the request counts as not posted. */
  note<T>(uid: string, post: () => Promise<T>): Promise<T>
}

/** Empty at first. Any number of requests may wait for their turn, and searches are limited too. */
export function createUnsaid(): Unsaid {
  const unsaid = new LRUCache<string, true>({ max: mostUnsaid })
  return {
    has: uid => unsaid.has(uid),
    note: async (uid, post) => {
      unsaid.delete(uid)
      try {
        return await post()
      } catch (error) {
        if (error instanceof Waiting) unsaid.set(uid, true)
        throw error
      }
    },
  }
}
