// Remembers which messages were certainly not posted, so that no channel is searched for them.
import { LRUCache } from 'lru-cache'
import { Waiting } from '../../domain/outcome.ts'

/** The number of remembered requests; a forgotten one costs an unnecessary search. */
const mostUnposted = 10_000

/** Requests whose message Slack certainly does not have. */
export type Unposted = {
  has(uid: string): boolean
  /** Posts a request's message. If Slack or the queue rejects it, the request counts as not posted. */
  track<T>(uid: string, post: () => Promise<T>): Promise<T>
}

/** Empty at first. Any number of requests may wait for their turn, and searches are limited too. */
export function createUnposted(): Unposted {
  const unposted = new LRUCache<string, true>({ max: mostUnposted })
  return {
    has: uid => unposted.has(uid),
    track: async (uid, post) => {
      unposted.delete(uid)
      try {
        return await post()
      } catch (error) {
        if (error instanceof Waiting) unposted.set(uid, true)
        throw error
      }
    },
  }
}
