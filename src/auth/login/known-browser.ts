// Whether a browser has opened a valid link before. It proves nothing about the person and gives no right. It only
// prevents that people who forge links use up the budget for approvers' links.
import { after } from '../../domain/asking/duration.ts'
import type { Secret } from '../../domain/secret.ts'
import { cookieName, type Cookies, isSameSecret, setCookie, signatureOf } from '../web/cookies.ts'

type Place = { origin: URL; now: Date; key: Secret }

/** A person who is on call once a quarter is still known. */
const maxAgeSeconds = 100 * 86_400
const form = /^(\d{10,12})\.([A-Za-z0-9_-]{43})$/

/** The Set-Cookie header by which every replica with the same key recognises this browser later. */
export function rememberBrowser({ origin, now, key }: Place): string {
  const until = String(Math.floor(after(now, maxAgeSeconds).getTime() / 1000))
  return setCookie(nameAt(origin), `${until}.${sign(until, key)}`, { origin, maxAge: maxAgeSeconds })
}

/** Whether this browser has a valid cookie that is not too old. */
export function isKnownBrowser(cookies: Cookies, { origin, now, key }: Place): boolean {
  const [, until = '', signature = ''] = form.exec(cookies[nameAt(origin)] ?? '') ?? []
  return now.getTime() / 1000 < Number(until) && isSameSecret(signature, sign(until, key))
}

function sign(until: string, key: Secret): string {
  return signatureOf(until, 'hallpass/known-browser/v1', key)
}

function nameAt(origin: URL): string {
  return cookieName('hallpass-known', origin)
}
