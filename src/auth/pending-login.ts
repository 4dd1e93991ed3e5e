// A login that has begun: what we must know again when Google sends the browser back. It is in one cookie of the same
// browser; nothing in it is believed unless Google's nonce matches. Several may be under way, in several tabs.
import { z } from 'zod'
import type { Narrowing } from '../api/kinds.ts'
import { parseJson } from '../domain/json.ts'
import type { Secret } from '../domain/secret.ts'
import { clearCookie, cookieName, type Cookies, isSameSecret, setCookie, signatureOf } from './cookies.ts'

export type PendingLogin = {
  state: string
  verifier: string
  salt: string
  /** The sealed ticket. */
  ticket: string
  narrowing: Narrowing | undefined
  comment: string | undefined
  begunAt: Date
}

/** A login that has returned. `isOurs`: Hallpass made this cookie, so its ticket was opened when the form was sent. */
export type ReturnedLogin = PendingLogin & { isOurs: boolean }

type Place = { origin: URL; key: Secret }

/** A login takes seconds for a person who has the second factor ready; 15 minutes leave time to look for it. */
const maxAgeSeconds = 15 * 60
const maxLogins = 5
/** Browsers keep 4096 bytes a cookie, name included; servers accept about 16 KiB of headers in total. */
const maxCookieBytes = 4000
const maxTotalBytes = 9000

const random = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
const stored = z.strictObject({
  s: random,
  v: random,
  k: random,
  t: z.string().max(1024),
  d: z.string().max(12).optional(),
  g: z.array(z.int().min(0).max(9)).min(1).max(10).optional(),
  c: z.string().max(500).optional(),
  a: z.int(),
})

/** Set-Cookie headers that keep this login and the latest others, and delete the rest. Throws when it does not fit. */
export function keepLogin(login: PendingLogin, cookies: Cookies, { origin, key }: Place): string[] {
  const text = encode(login)
  const value = `${text}.${sign(text, key)}`
  const name = nameOf(login.state, origin)
  if (name.length + value.length > maxCookieBytes) throw new RangeError('a login does not fit into a cookie')
  const forgotten = tooMany(cookies, { origin, now: login.begunAt, room: maxTotalBytes - value.length })
  return [
    setCookie(name, value, { origin, maxAge: maxAgeSeconds }),
    ...forgotten.map(other => clearCookie(other, origin)),
  ]
}

/** The login that this browser began with this state; undefined when it did not, or did too long ago. */
export function findLogin(
  state: string,
  cookies: Cookies,
  { origin, key, now }: Place & { now: Date },
): ReturnedLogin | undefined {
  if (!random.safeParse(state).success) return undefined
  const value = cookies[nameOf(state, origin)]
  const login = decode(value)
  if (!login || !isSameSecret(login.state, state) || !isFresh(login, now)) return undefined
  const [text = '', signature = ''] = value?.split('.') ?? []
  return { ...login, isOurs: isSameSecret(signature, sign(text, key)) }
}

/** The Set-Cookie header that deletes a login. */
export function forgetLogin({ state }: PendingLogin, origin: URL): string {
  return clearCookie(nameOf(state, origin), origin)
}

function sign(text: string, key: Secret): string {
  return signatureOf(text, 'hallpass/login/v1', key)
}

function nameOf(state: string, origin: URL): string {
  return cookieName(`hallpass-login-${state.slice(0, 16)}`, origin)
}

function tooMany(cookies: Cookies, { origin, now, room }: { origin: URL; now: Date; room: number }): string[] {
  const names = Object.keys(cookies).filter(name => /^(__Host-)?hallpass-login-[A-Za-z0-9_-]{16}$/.test(name))
  const known = names
    .filter(name => name.startsWith(cookieName('hallpass-login-', origin)))
    .map(name => ({ name, bytes: name.length + (cookies[name]?.length ?? 0), login: decode(cookies[name]) }))
    .sort((a, b) => Number(b.login?.begunAt ?? 0) - Number(a.login?.begunAt ?? 0))
  let left = room
  return known
    .filter(({ bytes, login }, index) => {
      left -= bytes
      return !login || !isFresh(login, now) || index >= maxLogins - 1 || left < 0
    })
    .map(({ name }) => name)
}

function isFresh({ begunAt }: PendingLogin, now: Date): boolean {
  return now.getTime() - begunAt.getTime() < maxAgeSeconds * 1000
}

function encode({ state, verifier, salt, ticket, narrowing, comment, begunAt }: PendingLogin): string {
  const raw: z.infer<typeof stored> = {
    s: state,
    v: verifier,
    k: salt,
    t: ticket,
    d: narrowing?.duration,
    g: narrowing?.grants,
    c: comment,
    a: Math.floor(begunAt.getTime() / 1000),
  }
  return Buffer.from(JSON.stringify(raw)).toString('base64url')
}

function decode(value: string | undefined): PendingLogin | undefined {
  if (!value || value.length > maxCookieBytes) return undefined
  const [text = ''] = value.split('.')
  const raw = stored.safeParse(parseJson(Buffer.from(text, 'base64url').toString()))
  if (!raw.success) return undefined
  const { s, v, k, t, d, g, c, a } = raw.data
  const narrowing = d || g ? { ...(d && { duration: d }), ...(g && { grants: g }) } : undefined
  return { state: s, verifier: v, salt: k, ticket: t, narrowing, comment: c, begunAt: new Date(a * 1000) }
}
