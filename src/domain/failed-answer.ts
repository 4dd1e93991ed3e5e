// What every adapter reads in a failed answer in the same way: whether its HTTP status passes by itself, how long to wait, and
// which of its words are codes. It never says what a status means for one service: that is the adapter's.

/** `wait`: the other side asks for patience. `retry`: it may work the next time. Neither says anything about what was asked. */
export type Passing = 'wait' | 'retry'

/**
 * 4xx that do not judge the call: 407 is a proxy that wants credentials, 408 a call that arrived too slowly, 425 one that
 * came too early, and 499 (google.rpc.Code CANCELLED) one that was given up on the way.
 */
const unjudged = [407, 408, 425, 499]

/** Whether an answer with this status passes; undefined when a person must change something, or when the adapter knows better. */
export function passingOf(status: number): Passing | undefined {
  if (status === 429) return 'wait'
  // An answer below 400 that still failed, such as a redirect that is not followed, comes from something in between.
  return status < 400 || status >= 500 || unjudged.includes(status) ? 'retry' : undefined
}

/** The seconds of a Retry-After header; undefined when it is a date or nothing at all. */
export function retryAfterIn(header: unknown): number | undefined {
  return typeof header === 'string' && /^\d{1,9}$/.test(header.trim()) ? Number(header) : undefined
}

/**
 * A code in an answer: one short word. Anything longer may be a page, a token or what somebody typed, and undefined stands for
 * it, so that no body reaches a log or an error under the name of a code.
 */
export function codeIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(value) ? value : undefined
}

/** What is said in the place of a code that is none. */
export const unreadable = 'unreadable answer'
