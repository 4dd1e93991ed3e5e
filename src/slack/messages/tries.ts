// Counts the tries of messages to which Slack answers with a code that it does not document. After three of them the
// code is a refusal, so that people are told, instead of being tried again in silence.
import { LRUCache } from 'lru-cache'
import { Refused } from '../../domain/outcome.ts'
import { UnknownCode } from './outcome.ts'

const mostTries = 3
const mostMessages = 5000

/** Does `work`; the third unknown code of the same message becomes Refused. */
export type Tries = <T>(id: string, work: () => Promise<T>) => Promise<T>

/** Empty at first; a message that Slack took is forgotten. */
export function createTries(): Tries {
  const failed = new LRUCache<string, number>({ max: mostMessages })
  return async (id, work) => {
    try {
      const result = await work()
      failed.delete(id)
      return result
    } catch (error) {
      if (!(error instanceof UnknownCode)) throw error
      const times = (failed.get(id) ?? 0) + 1
      failed.set(id, times)
      if (times < mostTries) throw error
      throw new Refused(
        'SlackRefused',
        `${error.message} It did so ${mostTries} times, and Hallpass does not know this code.`,
      )
    }
  }
}
