// A login that has begun: what we must know again when Google sends the browser back. It is in one cookie of the same
// browser; nothing in it is believed unless Google's nonce matches. Several may be under way, in several tabs.
import { z } from 'zod'
import type { Narrowing } from '../../api/kinds.ts'
import { type Purpose, purposes } from '../../domain/approval/digest.ts'
import { type Cookies, isSameSecret } from '../web/cookies.ts'
import { find, forget, type Item } from '../web/kept-cookies.ts'
import type { Place } from '../dependencies.ts'

export type PendingLogin = {
  purpose: Purpose
  state: string
  verifier: string
  salt: string
  /** What the sign-in commits to; the page that leads to Google needs it. */
  nonce: string
  /** The sealed ticket. */
  ticket: string
  narrowing: Narrowing | undefined
  comment: string | undefined
}

/** A login as the browser kept it. `isOurs`: Hallpass made this cookie, so its ticket was opened when the form was sent. */
export type KeptLogin = PendingLogin & { isOurs: boolean }

const random = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
const stored = z.strictObject({
  /** Logins that an earlier release began have none. */
  p: z.enum(purposes).default('approve'),
  s: random,
  v: random,
  k: random,
  n: random,
  t: z.string().max(1024),
  d: z.string().max(12).optional(),
  g: z.array(z.int().min(0).max(9)).min(1).max(10).optional(),
  c: z.string().max(500).optional(),
  a: z.int(),
})

/** The cookie of a login. */
export function loginItem({ purpose, state, verifier, salt, nonce, ticket, narrowing, comment }: PendingLogin): Item {
  const facts = {
    p: purpose,
    s: state,
    v: verifier,
    k: salt,
    n: nonce,
    t: ticket,
    d: narrowing?.duration,
    g: narrowing?.grants,
    c: comment,
  }
  return { kind: 'login', id: loginId(state), facts }
}

/** The part of a state that names a login in the browser that began it. It does not serve as the state. */
export function loginId(state: string): string {
  return state.slice(0, 16)
}

/** The login that this browser began with this state; undefined when it did not, or did too long ago. */
export function findLogin(state: string, cookies: Cookies, place: Place): KeptLogin | undefined {
  if (!random.safeParse(state).success) return undefined
  const login = findLoginById(loginId(state), cookies, place)
  return login && isSameSecret(login.state, state) ? login : undefined
}

/** The login that this browser began and keeps under this id. */
export function findLoginById(id: string, cookies: Cookies, place: Place): KeptLogin | undefined {
  const kept = find({ kind: 'login', id }, cookies, place)
  const raw = stored.safeParse(kept?.facts)
  if (!kept || !raw.success) return undefined
  const { p: purpose, s: state, v: verifier, k: salt, n: nonce, t: ticket, d, g, c: comment } = raw.data
  const narrowing = d || g ? { ...(d && { duration: d }), ...(g && { grants: g }) } : undefined
  return { purpose, state, verifier, salt, nonce, ticket, narrowing, comment, isOurs: kept.isOurs }
}

/** The Set-Cookie header that deletes a login. */
export function forgetLogin({ state }: PendingLogin, origin: URL): string {
  return forget({ kind: 'login', id: loginId(state) }, origin)
}
