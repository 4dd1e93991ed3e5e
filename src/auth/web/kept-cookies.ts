// What a browser keeps for us for a while, each in one signed cookie: sign-ins that have begun, the newest choice for a
// link, what came of a sign-in, and what it showed. Together they stay below what browsers and servers take.
import { z } from 'zod'
import { sha256 } from '../../domain/approval/digest.ts'
import { parseJson } from '../../domain/json.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Place } from '../dependencies.ts'
import { clearCookie, cookieName, type Cookies, isSameSecret, setCookie, signatureOf } from './cookies.ts'

/**
 * How long each kind is kept, in seconds, the most important kind first. A sign-in takes seconds for a person who has
 * the second factor ready; 15 minutes leave time to look for it. A choice serves as long as a form may stay open.
 */
const maxAges = { login: 15 * 60, visit: 15 * 60, rights: 15 * 60, held: 15 * 60, result: 15 * 60, choice: 12 * 3600 }
export type Kind = keyof typeof maxAges
const kinds = Object.keys(maxAges)

/** One cookie: `id` has 16 characters of base64url and is in its name. */
export type Item = { kind: Kind; id: string; facts: object }

const maxOfAKind = 5
/** Browsers keep 4096 bytes a cookie, name included; servers accept about 16 KiB of headers in total. */
const maxCookieBytes = 4000
const maxTotalBytes = 9000

const anyName = /^(?:__Host-)?hallpass-(login|visit|rights|held|result|choice)-[A-Za-z0-9_-]{16}$/
const dated = z.object({ a: z.int() })

/** The id of what belongs to a link. */
export function idOfTicket(sealed: string): string {
  return sha256(sealed).slice(0, 16)
}

/**
 * Set-Cookie headers that keep these and the newest others, and delete the rest. Throws when one does not fit into a
 * cookie.
 */
export function keep(items: readonly Item[], cookies: Cookies, place: Place): string[] {
  const kept = items.map(item => ({ ...item, name: nameOf(item, place.origin), value: valueOf(item, place) }))
  if (kept.some(({ name, value }) => name.length + value.length > maxCookieBytes))
    throw new RangeError('what a browser should keep does not fit into a cookie')
  const forgotten = tooMany(kept, cookies, place)
  return [
    ...kept.map(({ kind, name, value }) => setCookie(name, value, { origin: place.origin, maxAge: maxAges[kind] })),
    ...forgotten.map(name => clearCookie(name, place.origin)),
  ]
}

/**
 * What this browser keeps under this id, unless it is too old. `isOurs`: it has our signature, so nobody has changed it
 * or moved it to another id.
 */
export function find(
  { kind, id }: Omit<Item, 'facts'>,
  cookies: Cookies,
  { origin, key, now }: Place,
): { facts: unknown; isOurs: boolean } | undefined {
  const value = cookies[nameOf({ kind, id }, origin)]
  const facts = decode(value)
  if (!facts || !isFresh(kind, facts, now)) return undefined
  const [text = '', signature = ''] = value?.split('.') ?? []
  return { facts, isOurs: isSameSecret(signature, sign({ kind, id }, text, key)) }
}

/** The Set-Cookie header that deletes it. */
export function forget(item: Omit<Item, 'facts'>, origin: URL): string {
  return clearCookie(nameOf(item, origin), origin)
}

function valueOf({ kind, id, facts }: Item, { key, now }: Place): string {
  const dated = { ...facts, a: Math.floor(now.getTime() / 1000) }
  const text = Buffer.from(JSON.stringify(dated)).toString('base64url')
  return `${text}.${sign({ kind, id }, text, key)}`
}

function sign({ kind, id }: Omit<Item, 'facts'>, text: string, key: Secret): string {
  return signatureOf(`${id}.${text}`, `hallpass/${kind}/v2`, key)
}

function nameOf({ kind, id }: Omit<Item, 'facts'>, origin: URL): string {
  return cookieName(`hallpass-${kind}-${id}`, origin)
}

function decode(value: string | undefined): z.infer<typeof dated> | undefined {
  if (!value || value.length > maxCookieBytes) return undefined
  const [text = ''] = value.split('.')
  const raw = parseJson(Buffer.from(text, 'base64url').toString())
  return dated.safeParse(raw).success ? (raw as z.infer<typeof dated>) : undefined
}

function isFresh(kind: Kind, { a }: z.infer<typeof dated>, now: Date): boolean {
  return now.getTime() / 1000 - a < maxAges[kind]
}

type Named = { kind: Kind; name: string; value: string }

// The names of the cookies that must go: invalid, too old, too many of a kind, or beyond the room that is left.
function tooMany(kept: readonly Named[], cookies: Cookies, { origin, now }: Place): string[] {
  const counts = new Map<Kind, number>()
  const count = (kind: Kind): number => counts.set(kind, (counts.get(kind) ?? 0) + 1).get(kind) ?? 0
  let left = maxTotalBytes
  for (const { kind, name, value } of kept) {
    count(kind)
    left -= name.length + value.length
  }
  return standing(cookies, origin)
    .filter(({ name }) => kept.every(other => other.name !== name))
    .filter(({ kind, name, value, facts }) => {
      if (!facts || !isFresh(kind, facts, now) || count(kind) > maxOfAKind) return true
      left -= name.length + value.length
      return left < 0
    })
    .map(({ name }) => name)
}

/** What the browser keeps now: the most important kind first, of each kind the newest first. */
function standing(cookies: Cookies, origin: URL): (Named & { facts: z.infer<typeof dated> | undefined })[] {
  return Object.entries(cookies)
    .flatMap(([name, value = '']) => {
      const kind = anyName.exec(name)?.[1] as Kind | undefined
      return kind && name === cookieName(name.replace('__Host-', ''), origin)
        ? [{ kind, name, value, facts: decode(value) }]
        : []
    })
    .sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || (b.facts?.a ?? 0) - (a.facts?.a ?? 0))
}
