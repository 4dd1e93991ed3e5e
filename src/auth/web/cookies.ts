// The cookies of the pages: names that only this origin can set, and attributes against scripts and other sites.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { parseCookie, stringifySetCookie } from 'cookie'
import type { Secret } from '../../domain/secret.ts'
import { isPlainLoopback } from './origin.ts'

/** The cookies of a request. */
export type Cookies = Record<string, string | undefined>

/** Parses a Cookie header without decoding, because the values are base64url. */
export function readCookies(header: string | undefined): Cookies {
  return parseCookie(header ?? '', { decode: text => text })
}

/**
 * `__Host-NAME`: never sent by or to another host (RFC 6265bis 4.1.3.2). The prefix needs TLS, so it is not used with
 * plain loopback.
 */
export function cookieName(name: string, origin: URL): string {
  return isPlainLoopback(origin) ? name : `__Host-${name}`
}

/** A Set-Cookie header. Lax, because Google's redirect is a navigation from another site. */
export function setCookie(name: string, value: string, { origin, maxAge }: { origin: URL; maxAge: number }): string {
  return stringifySetCookie({
    name,
    value,
    maxAge,
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: !isPlainLoopback(origin),
  })
}

/** A Set-Cookie header that removes a cookie. */
export function clearCookie(name: string, origin: URL): string {
  return setCookie(name, '', { origin, maxAge: 0 })
}

/**
 * A proof that Hallpass set a text: 43 characters that only holders of the key can make, different for each purpose.
 */
export function signatureOf(text: string, purpose: string, key: Secret): string {
  return createHmac('sha256', key.reveal()).update(`${purpose}:${text}`).digest('base64url')
}

/** Compares in a time that does not depend on the position of a difference. */
export function isSameSecret(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
