// Answers that wait until a request has moved on, so that a page need not ask again and again. Only so many wait at a time,
// each for some seconds at most; nothing is decided here.
import type { AccessRequest } from '../api/kinds.ts'
import type { RequestChanges } from '../domain/ports.ts'

export type HeldAnswers = {
  /**
   * The request once it is no longer in motion. Gives it as it was seen last when that takes too long, when too many answers
   * wait already, when its watch breaks, when the browser is gone, and when the process stops. Never rejects.
   */
  untilAtRest(
    request: AccessRequest,
    isInMotion: (request: AccessRequest) => boolean,
    gone: AbortSignal,
  ): Promise<AccessRequest>
}

type HeldAnswersOptions = {
  changes: RequestChanges
  /** Aborts when the process stops taking requests: everybody who waits is answered at once. */
  stopping: AbortSignal
  longestMs?: number | undefined
}

/** A grant takes a second or two; proxies wait for half a minute. */
const usualLongestMs = 10_000
/** Each is a connection of a browser and a watch at the API server. One approval has one, so this is never reached in earnest. */
export const mostHeld = 50

/** The waiting answers of one process. */
export function createHeldAnswers({ changes, stopping, longestMs = usualLongestMs }: HeldAnswersOptions): HeldAnswers {
  const waiting = new Set<AbortController>()
  stopping.addEventListener('abort', () => waiting.forEach(one => one.abort()), { once: true })
  return {
    untilAtRest: async (request, isInMotion, gone) => {
      if (!isInMotion(request) || stopping.aborted || gone.aborted || waiting.size >= mostHeld) return request
      const over = new AbortController()
      const end = (): void => over.abort()
      const timer = setTimeout(end, longestMs)
      gone.addEventListener('abort', end, { once: true })
      waiting.add(over)
      try {
        let latest = request
        for await (latest of changes.after(request, over.signal)) if (!isInMotion(latest)) break
        return latest
      } finally {
        waiting.delete(over)
        gone.removeEventListener('abort', end)
        clearTimeout(timer)
        end()
      }
    },
  }
}
