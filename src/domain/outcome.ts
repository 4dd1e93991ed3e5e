// The three outcomes of any step that is not success: Refused, Waiting, Broken. Handling follows from the class alone,
// never from message text.
import { after } from './duration.ts'
import type { Reason } from './refusals.ts'

/** A no: its reason in the catalogue, and a sentence for the person. */
export type Refusal = { readonly reason: Reason; readonly message: string }

/** A human must change something. Never retried. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly refusal: Refusal
  constructor(reason: Reason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.refusal = { reason, message }
  }
}

/** Nothing is wrong, but it is too early, or the other side asked for patience until `until`. */
export class Waiting extends Error {
  override readonly name = 'Waiting'
  readonly until: Date
  constructor(until: Date, message: string) {
    super(message)
    this.until = until
  }
}

/** The outside failed in a way that may pass. Retried with back-off. `answered` is false when it is unknown whether the call took effect. */
export class Broken extends Error {
  override readonly name = 'Broken'
  readonly answered: boolean
  constructor(message: string, options: ErrorOptions & { answered?: boolean } = {}) {
    super(message, options)
    this.answered = options.answered ?? true
  }
}

export const refusal = (reason: Reason, message: string): Refusal => ({ reason, message })

/** Something in between can ask for patience, too, and for thirty years. Whoever means it says it again. */
const mostPatienceSeconds = 300

/** Until when to leave the other side alone that asks for so many seconds, at least one and five minutes at most. */
export function patientUntil(now: Date, seconds: number): Date {
  return after(now, seconds >= 1 ? Math.min(seconds, mostPatienceSeconds) : 1)
}
