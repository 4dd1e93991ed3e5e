// Google's certificates as they were archived: by them alone a signature counts, never by a key that an export brings along.
import { type KeyObject, verify, X509Certificate } from 'node:crypto'
import { parseObject } from '../../domain/json.ts'

/** Certificates by key id, each valid for a time. */
export type KeyRing = ReadonlyMap<string, { key: KeyObject; from: Date; until: Date }>

/** Reads `{kid: PEM}`, as Google publishes it and `hallpass keys archive` keeps it. Throws when it is anything else. */
export function readKeyRing(text: string): KeyRing {
  const raw = parseObject(text)
  if (!raw) throw new Error('it is not a JSON object of certificates by key id')
  return new Map(
    Object.entries(raw).map(([kid, pem]) => {
      try {
        const { publicKey: key, validFromDate: from, validToDate: until } = new X509Certificate(String(pem))
        return [kid, { key, from, until }]
      } catch {
        throw new Error(`the certificate of key "${kid}" cannot be read`)
      }
    }),
  )
}

/** What a token says, if its signature is by a certificate of the ring, and when that ended; or why it does not count. */
export type Signed = { claims: Record<string, unknown>; until: Date } | { why: string }

/** Clocks may differ by this much. */
const skewMs = 300_000

/** Checks an ID token's signature (RS256), and that its certificate was valid when it was signed. */
export function signedBy(ring: KeyRing, idToken: string): Signed {
  const [head = '', body = '', signature = '', ...more] = idToken.split('.')
  const header = parseObject(textOf(head))
  const claims = parseObject(textOf(body))
  if (!header || !claims || more.length > 0) return { why: 'it is not an ID token' }
  if (header['alg'] !== 'RS256') return { why: 'it is not signed as Google signs' }
  const known = ring.get(String(header['kid']))
  if (!known) return { why: `its key "${String(header['kid'])}" is not in the key ring` }
  if (!verify('RSA-SHA256', Buffer.from(`${head}.${body}`), known.key, Buffer.from(signature, 'base64url')))
    return { why: 'its signature is not by the certificate with its key id' }
  const at = Number(claims['iat']) * 1000
  const isInTime = at >= known.from.getTime() - skewMs && at <= known.until.getTime() + skewMs
  return isInTime ? { claims, until: known.until } : { why: 'its certificate was not valid when it was signed' }
}

function textOf(part: string): string {
  return Buffer.from(part, 'base64url').toString('utf8')
}
