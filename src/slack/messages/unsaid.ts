// What is known not to have been said, so that nobody searches a channel for it.
import { Waiting } from '../../domain/outcome.ts'

/** Requests that are remembered; one that is forgotten is searched for in vain. */
const mostUnsaid = 10_000

export type Unsaid = {
  has(uid: string): boolean
  /** Posts a request's message. Turned away by Slack, or by the line before it, the request counts as unsaid. */
  note<T>(uid: string, post: () => Promise<T>): Promise<T>
}

/** Nothing at first. As many requests may wait for their turn as there are, and searching is limited too. */
export function createUnsaid(): Unsaid {
  const unsaid = new Set<string>()
  return {
    has: uid => unsaid.has(uid),
    note: async (uid, post) => {
      unsaid.delete(uid)
      try {
        return await post()
      } catch (error) {
        if (unsaid.size >= mostUnsaid) unsaid.clear()
        if (error instanceof Waiting) unsaid.add(uid)
        throw error
      }
    },
  }
}
