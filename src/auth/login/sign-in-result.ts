// What came of a sign-in that did not become an approval. The browser keeps it while it is redirected from Google's return
// to a clean address, so that neither code nor state stays in the address bar. Signed, because it is shown as our words.
import { z } from 'zod'
import { refusal, type Refusal } from '../../domain/outcome.ts'
import { entryOf, isReason, type Reason } from '../../domain/refusals.ts'
import { shortLine } from '../../domain/text.ts'
import type { Cookies } from '../web/cookies.ts'
import { find, forget, idOfTicket, type Item } from '../web/kept-cookies.ts'
import type { Place } from '../dependencies.ts'

/**
 * A refusal. `signedInAs` is whom Google named, `isInside` whether that is an account of the organisation. `isTyped`: the
 * reason follows from the address alone, which anyone can type.
 */
export type RefusedSignIn = {
  refused: Refusal
  signedInAs?: string | undefined
  isInside?: boolean | undefined
  isTyped?: boolean | undefined
}
/** An error that is no refusal of the person. `reason`: a service of Hallpass itself refused, so the platform team must act. */
export type Failure = { status: 500 | 503; reason?: Reason | undefined; retryAfterSeconds?: number | undefined }

/** Why there is no approval. */
export type SignInResult = RefusedSignIn | { failed: Failure }

const reason = z.custom<Reason>(value => typeof value === 'string' && isReason(value))
const storedRefusal = z.object({
  r: reason,
  m: z.string(),
  w: z.string().optional(),
  i: z.boolean().optional(),
  t: z.boolean().optional(),
})
const storedFailure = z.object({
  f: z.union([z.literal(500), z.literal(503)]),
  r: reason.optional(),
  s: z.int().positive().optional(),
})

/**
 * The reason by which a refusal is counted. One that was typed only selects words: it is not counted as a fault of the
 * setup, because people are alerted on these.
 */
export function countedReason({ refused: { reason }, isTyped }: RefusedSignIn): Reason {
  return isTyped && entryOf(reason).status >= 500 ? 'SignInFailed' : reason
}

/** The cookie of a result. */
export function resultItem(sealed: string, result: SignInResult): Item {
  return { kind: 'result', id: idOfTicket(sealed), facts: factsOf(result) }
}

function factsOf(result: SignInResult): object {
  if ('failed' in result) {
    const { status, reason: r, retryAfterSeconds: s } = result.failed
    return { f: status, r, s }
  }
  const { refused, signedInAs, isInside, isTyped } = result
  // Together with the longest comment this stays below what a browser keeps.
  const m = shortLine(refused.message, 600)
  return { r: refused.reason, m, w: signedInAs && shortLine(signedInAs, 254), i: isInside, t: isTyped }
}

/** What came of the newest sign-in of this browser with this link; undefined when it was approved or is too old. */
export function findResult(sealed: string, cookies: Cookies, place: Place): SignInResult | undefined {
  const kept = find({ kind: 'result', id: idOfTicket(sealed) }, cookies, place)
  if (!kept?.isOurs) return undefined
  const broken = storedFailure.safeParse(kept.facts)
  if (broken.success) {
    const { f, r, s } = broken.data
    return { failed: { status: f, reason: r, retryAfterSeconds: s } }
  }
  const no = storedRefusal.safeParse(kept.facts)
  if (!no.success) return undefined
  const { r, m, w, i, t } = no.data
  return { refused: refusal(r, m), signedInAs: w, isInside: i, isTyped: t }
}

/** The Set-Cookie header that deletes it. */
export function forgetResult(sealed: string, origin: URL): string {
  return forget({ kind: 'result', id: idOfTicket(sealed) }, origin)
}
