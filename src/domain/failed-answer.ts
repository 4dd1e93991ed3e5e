// The common handling of failed answers for all adapters: whether the HTTP status is temporary, how long to wait, and
// which texts are codes. What a status means for one service is decided in its adapter.

/**
 * `wait`: the service asks to wait. `retry`: it may work the next time. Neither says anything about the call itself.
 */
export type Passing = 'wait' | 'retry'

/**
 * 4xx that do not judge the call: 407 is a proxy that wants credentials, 408 a call that arrived too slowly, 425 one that
 * came too early, and 499 (google.rpc.Code CANCELLED) one that was cancelled on the way.
 */
const unjudged = [407, 408, 425, 499]

/**
 * Whether an answer with this status is temporary; undefined when a person must change something, or when the adapter
 * decides.
 */
export function passingOf(status: number): Passing | undefined {
  if (status === 429) return 'wait'
  // An answer below 400 that still failed, such as a redirect that is not followed, comes from a proxy in between.
  return status < 400 || status >= 500 || unjudged.includes(status) ? 'retry' : undefined
}

/** The seconds of a Retry-After header; undefined when it is a date or missing. */
export function retryAfterIn(header: unknown): number | undefined {
  return typeof header === 'string' && /^\d{1,9}$/.test(header.trim()) ? Number(header) : undefined
}

/**
 * A code in an answer: one short word. Anything longer may be a page, a token or typed text, so the result is
 * undefined: no body can reach a log or an error as a code.
 */
export function codeIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(value) ? value : undefined
}

/** The text to show instead of an invalid code. */
export const unreadable = 'unreadable answer'
