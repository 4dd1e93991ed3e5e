// Holds an answer until a request has changed, so that a page need not poll. The number and the time of waiting answers
// are limited. It contains no logic of the lifecycle.
import type { AccessRequest } from '../../api/kinds.ts'
import type { RequestChanges } from '../../domain/ports.ts'

export type HeldAnswers = {
  /**
   * The request when it no longer changes. Returns the last seen version when that takes too long, when too many
   * answers wait (in all, or for this request), when the watch breaks, when the browser has gone, and when the process
   * stops. `hasWaited`: it took too long, so the next call will wait again. Never rejects.
   */
  untilAtRest(
    request: AccessRequest,
    isInMotion: (request: AccessRequest) => boolean,
    gone: AbortSignal,
  ): Promise<{ request: AccessRequest; hasWaited: boolean }>
}

type HeldAnswersOptions = {
  changes: RequestChanges
  /** Aborts when the process stops taking requests: everybody who waits is answered at once. */
  stopping: AbortSignal
  longestMs?: number | undefined
}

/** A grant takes one or two seconds; proxies wait for half a minute. */
const usualLongestMs = 10_000
/**
 * Each is a connection of a browser and a watch at the API server. One approval needs one, so this limit is not reached
 * in normal use.
 */
export const mostHeld = 50
/** For one request. The person who approved needs one page; a few more tabs do no harm, and others keep their places. */
export const mostHeldForOne = 4

/** The waiting answers of one process. */
export function createHeldAnswers({ changes, stopping, longestMs = usualLongestMs }: HeldAnswersOptions): HeldAnswers {
  /** The waiting answers, each with the uid of its request. */
  const waiting = new Map<AbortController, string>()
  stopping.addEventListener('abort', () => waiting.forEach((_, one) => one.abort()), { once: true })
  const hasRoom = (uid: string): boolean =>
    waiting.size < mostHeld && [...waiting.values()].filter(other => other === uid).length < mostHeldForOne
  return {
    untilAtRest: async (request, isInMotion, gone) => {
      const { uid } = request.metadata
      if (!isInMotion(request) || stopping.aborted || gone.aborted || !hasRoom(uid))
        return { request, hasWaited: false }
      const over = new AbortController()
      const end = (): void => over.abort()
      let hasWaited = false
      const timer = setTimeout(() => {
        hasWaited = true
        end()
      }, longestMs)
      gone.addEventListener('abort', end, { once: true })
      waiting.set(over, uid)
      try {
        let latest = request
        for await (latest of changes.after(request, over.signal)) if (!isInMotion(latest)) break
        return { request: latest, hasWaited }
      } finally {
        waiting.delete(over)
        gone.removeEventListener('abort', end)
        clearTimeout(timer)
        end()
      }
    },
  }
}
