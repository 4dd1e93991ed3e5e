// The session of a browser whose person has signed in without access to Google Cloud: one sealed cookie, for an hour at
// most. It lists and asks, and says what gives nobody access: no, never mind, and I am done. Everything else takes a
// separate sign-in.
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { isInside, type VerifiedApprover } from '../../domain/approval/evidence.ts'
import { type Email, parseEmail } from '../../domain/people/identity.ts'
import { parseJson } from '../../domain/json.ts'
import { after } from '../../domain/asking/duration.ts'
import { clearCookie, cookieName, type Cookies, setCookie } from '../web/cookies.ts'
import type { Place } from '../dependencies.ts'
import type { EndedSessions } from './ended-sessions.ts'
import { openText, sealText } from './sealing.ts'

/** What Google has proved, and when. */
export type Session = { id: string; email: Email; googleSubject: string; hostedDomain: string; signedInAt: Date }

/**
 * How long what Google said about the person is believed here. As long as Google's own tokens: an account that is
 * suspended meanwhile can ask until then, and gets nothing without an approver.
 */
export const sessionSeconds = 3600
/** Google's clock may be ahead by this much. */
const skewSeconds = 60
/** Longer than any address and Google's longest account id. */
const maxSealedLength = 1500

const stored = z.strictObject({
  v: z.literal(1),
  i: z.string().length(22),
  e: z.string().max(128),
  s: z.string().min(1).max(255),
  h: z.string().min(1).max(253),
  a: z.int(),
})

/** The session of a person whom Google has just confirmed. */
export function newSession({ email, googleSubject, claims, issuedAt }: VerifiedApprover): Session {
  const id = randomBytes(16).toString('base64url')
  return { id, email, googleSubject, hostedDomain: claims.hd ?? '', signedInAt: issuedAt }
}

/** The Set-Cookie header of a session. */
export function sessionCookie({ id, email, googleSubject, hostedDomain, signedInAt }: Session, place: Place): string {
  const { origin, key, now } = place
  const facts = { v: 1, i: id, e: email, s: googleSubject, h: hostedDomain, a: secondsOf(signedInAt) }
  const maxAge = Math.max(1, Math.min(sessionSeconds, secondsOf(endOf({ signedInAt })) - secondsOf(now)))
  return setCookie(nameAt(origin), sealText(JSON.stringify(facts), { purpose: 'session', origin, key }), {
    origin,
    maxAge,
  })
}

/** The Set-Cookie header that ends it in this browser. */
export function forgetSession(origin: URL): string {
  return clearCookie(nameAt(origin), origin)
}

/** The instant at which a session is over. */
export function endOf({ signedInAt }: Pick<Session, 'signedInAt'>): Date {
  return after(signedInAt, sessionSeconds)
}

/** The session of this browser, unless it is too old, was ended here, or its domain is no longer in the settings. */
export function findSession(
  cookies: Cookies,
  { origin, key, now }: Place,
  { hostedDomains, ended }: { hostedDomains: readonly string[]; ended: EndedSessions },
): Session | undefined {
  const sealed = cookies[nameAt(origin)] ?? ''
  if (sealed === '' || sealed.length > maxSealedLength) return undefined
  const read = stored.safeParse(parseJson(openText(sealed, { purpose: 'session', origin, key }) ?? ''))
  const email = read.success ? parseEmail(read.data.e) : undefined
  if (!read.success || !email) return undefined
  const { i: id, s: googleSubject, h: hostedDomain, a } = read.data
  const session = { id, email, googleSubject, hostedDomain, signedInAt: new Date(a * 1000) }
  const isFresh = now < endOf(session) && now >= after(session.signedInAt, -skewSeconds)
  return isFresh && isInside({ hd: hostedDomain }, hostedDomains) && !ended.has(id) ? session : undefined
}

function secondsOf(at: Date): number {
  return Math.floor(at.getTime() / 1000)
}

function nameAt(origin: URL): string {
  return cookieName('hallpass-session', origin)
}
