// Sign-ins that are about no request: for the door, and for the rehearsal. What must be known again when Google sends the
// browser back is in one signed cookie of the browser that began it.
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { visitNonce, type VisitPurpose } from '../../domain/approval/digest.ts'
import { isRefusal, type VerifiedApprover, verifyApprover } from '../../domain/approval/evidence.ts'
import { Refused } from '../../domain/outcome.ts'
import type { Delivery } from '../login/purpose.ts'
import { type Cookies, isSameSecret } from '../web/cookies.ts'
import { type Dependencies, no, type Place, placeOf } from '../dependencies.ts'
import { refuseFormToken } from '../web/form-token.ts'
import { find, forget, type Item, keep } from '../web/kept-cookies.ts'
import { isKnownBrowser } from '../login/known-browser.ts'
import { notBegunHerePath } from '../login/not-begun-here.ts'
import { refuseCrossSite } from '../web/origin.ts'
import { goOnPage } from '../pages/go-on-page.ts'
import { failureOf, formNotRead, type Outcome, redirect, refusedReply, type Reply } from '../web/reply.ts'
import { notSignedIn, type Returned } from '../login/returning.ts'
import type { Tokens } from '../login/sign-in.ts'
import { countedReason, forgetResult, resultItem, type SignInResult } from '../login/sign-in-result.ts'

/** A sign-in on its way. */
export type Visit = { purpose: VisitPurpose; state: string; verifier: string; salt: string; more: string }

/** The person whom Google has confirmed. Who gets it must drop the tokens. */
export type Arrival = { person: VerifiedApprover; tokens: Tokens; visit: Visit; cookies: Cookies }

/** What each purpose asks of Google, where its page is, and what follows. */
export type VisitKind = {
  access: 'identity' | 'cloud'
  /** What is said while the browser goes on to Google. */
  goingOn: string
  path: string
  arrive: (arrival: Arrival, deps: Dependencies) => Promise<{ outcome: Outcome; cookies: string[] }>
}

const random = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
const stored = z.strictObject({
  p: z.enum(['session', 'rehearse']),
  s: random,
  v: random,
  k: random,
  m: z.string().max(100),
  a: z.int(),
})
const fields = z.object({ form: z.string().max(100), for: z.string().max(100).default('') })

/** The page that leads to Google, for sign-ins of these purposes. */
export const visitPath = '/sign-in'

/** Checks where the form comes from, and leads the browser to Google. */
export function beginVisit(purpose: VisitPurpose, { body, cookies, header }: Delivery, deps: Dependencies): Reply {
  const sent = fields.safeParse(body)
  if (!sent.success) return refusedReply(formNotRead())
  const forged =
    refuseCrossSite(header, deps.origin) ??
    refuseFormToken(sent.data.form, cookies, { purpose: purpose === 'session' ? 'door' : purpose, origin: deps.origin })
  if (forged) return refusedReply(forged.refusal)
  const secret = (): string => randomBytes(32).toString('base64url')
  const visit = { purpose, state: secret(), verifier: secret(), salt: secret(), more: sent.data.for }
  return redirect(
    `${visitPath}?visit=${idOf(visit.state)}`,
    'LoginBegun',
    keep([itemOf(visit)], cookies, placeOf(deps)),
  )
}

/** GET /sign-in: leads the browser to Google, for a sign-in that it has begun. */
export function goOnVisit(id: string, cookies: Cookies, deps: Dependencies & { kinds: VisitKinds }): Reply {
  const visit = findById(id, cookies, placeOf(deps))
  if (!visit) return redirect(notBegunHerePath, 'NotBegunHere')
  const { purpose, state, verifier, salt } = visit
  const { access, goingOn } = deps.kinds[purpose]
  const asked = { state, nonce: visitNonce(purpose, salt), codeVerifier: verifier, access }
  return { status: 200, outcome: 'Shown', html: goOnPage(deps.login.authorizeUrl(asked), goingOn) }
}

/** Every purpose. */
export type VisitKinds = Readonly<Record<VisitPurpose, VisitKind>>

/** The sign-in that this browser began with this state; undefined when it did not, or did too long ago. */
export function findVisit(state: string, cookies: Cookies, place: Place): Visit | undefined {
  const visit = random.safeParse(state).success ? findById(idOf(state), cookies, place) : undefined
  return visit && isSameSecret(visit.state, state) ? visit : undefined
}

/**
 * The return from Google. It answers with a redirect to the page of the purpose in every case, so that neither code nor
 * state stays in the address bar.
 */
export async function finishVisit(
  visit: Visit,
  { returned, cookies }: { returned: Returned; cookies: Cookies },
  deps: Dependencies & { kinds: VisitKinds },
): Promise<Reply> {
  const { path, arrive } = deps.kinds[visit.purpose]
  const key = resultKey(visit.purpose)
  const done = await confirm(visit, returned, { cookies, deps })
    .then(async ({ person, tokens }) => arrive({ person, tokens, visit, cookies }, deps))
    .then(
      ({ outcome, cookies: set }) => ({ outcome, set: [...set, forgetResult(key, deps.origin)] }),
      (error: unknown) => failed(error, { key, cookies, deps }),
    )
  return redirect(`${path}#_`, done.outcome, [...done.set, forget(itemOf(visit), deps.origin)])
}

/** Under which name the browser keeps why a sign-in of this purpose failed. */
export function resultKey(purpose: VisitPurpose): string {
  return `visit ${purpose}`
}

type Context = { cookies: Cookies; deps: Dependencies }

async function confirm(
  { purpose, state, verifier, salt }: Visit,
  { code, error }: Returned,
  { cookies, deps }: Context,
): Promise<{ person: VerifiedApprover; tokens: Tokens }> {
  if (error !== undefined || !code) throw new TypedRefusal(error)
  const { now } = placeOf(deps)
  // Anyone can begin such a sign-in and bring made-up codes back, and Google may limit the OAuth client because of it.
  const ticket = isKnownBrowser(cookies, { origin: deps.origin, now, key: deps.cookieKey }) ? 'known' : 'stranger'
  const tokens = await deps.codes.send(code, { state, ticket: `door${ticket}` }, () =>
    deps.login.exchange(code, verifier),
  )
  const claims = await deps.verifier.verify(tokens.idToken, deps.oauthClientID, deps.clock.now())
  const person = verifyApprover(claims, {
    audience: deps.oauthClientID,
    nonce: visitNonce(purpose, salt),
    accessToken: tokens.accessToken.reveal(),
    hostedDomains: deps.hostedDomains,
    now: deps.clock.now(),
  })
  if (isRefusal(person)) throw no(person)
  return { person, tokens }
}

/** A refusal that follows from the address alone, which anyone can type. */
class TypedRefusal extends Refused {
  constructor(error: string | undefined) {
    const { reason, message } = notSignedIn(error)
    super(reason, message)
  }
}

function failed(
  error: unknown,
  { key, cookies, deps }: Context & { key: string },
): { outcome: Outcome; set: string[] } {
  const result: SignInResult =
    error instanceof Refused
      ? { refused: error.refusal, isTyped: error instanceof TypedRefusal }
      : { failed: failureOf(error, deps) }
  const outcome =
    'refused' in result ? countedReason(result) : (result.failed.reason ?? (`areq-${result.failed.status}` as const))
  deps.log.info({ reason: outcome }, 'auth: a sign-in of the door was refused')
  return { outcome, set: keep([resultItem(key, result)], cookies, placeOf(deps)) }
}

function findById(id: string, cookies: Cookies, place: Place): Visit | undefined {
  const kept = find({ kind: 'visit', id }, cookies, place)
  const raw = stored.safeParse(kept?.facts)
  if (!kept?.isOurs || !raw.success) return undefined
  const { p: purpose, s: state, v: verifier, k: salt, m: more } = raw.data
  return { purpose, state, verifier, salt, more }
}

function itemOf({ purpose, state, verifier, salt, more }: Visit): Item {
  return { kind: 'visit', id: idOf(state), facts: { p: purpose, s: state, v: verifier, k: salt, m: more } }
}

function idOf(state: string): string {
  return state.slice(0, 16)
}
