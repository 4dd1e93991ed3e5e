// The three outcomes of a step without success: Refused, Waiting, Broken. Only the class decides the handling, never
// the message.
import { after } from './asking/duration.ts'
import type { Reason } from './refusals.ts'

/** A refusal: its reason in the catalogue, and a sentence for the person. */
export type Refusal = { readonly reason: Reason; readonly message: string }

/** A person must change something. Never retried. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly refusal: Refusal
  constructor(reason: Reason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.refusal = { reason, message }
  }
}

/** Nothing is wrong, but it is too early, or the service asked to wait until `until`. */
export class Waiting extends Error {
  override readonly name = 'Waiting'
  readonly until: Date
  constructor(until: Date, message: string) {
    super(message)
    this.until = until
  }
}

/**
 * A service failed in a way that may be temporary. Retried with back-off. `answered` is false when it is unknown
 * whether the call took effect.
 */
export class Broken extends Error {
  override readonly name = 'Broken'
  readonly answered: boolean
  constructor(message: string, options: ErrorOptions & { answered?: boolean } = {}) {
    super(message, options)
    this.answered = options.answered ?? true
  }
}

export const refusal = (reason: Reason, message: string): Refusal => ({ reason, message })

/** A proxy can also ask to wait, even for thirty years. If the service really needs longer, it will ask again. */
const mostPatienceSeconds = 300

/** Until when to wait after a request to wait for this many seconds: at least one second, at most five minutes. */
export function patientUntil(now: Date, seconds: number): Date {
  return after(now, seconds >= 1 ? Math.min(seconds, mostPatienceSeconds) : 1)
}
