// The ticket inside a login link, and the sealed token: what each carries and which AAD binds it. Sealing itself is a port.
import type { Purpose } from './digest.ts'

/** What a login link says. It names a request and a purpose; it carries no right of its own. */
export type Ticket = { namespace: string; name: string; uid: string; purpose: Purpose; expiresAt: Date }

/** AAD of tickets: a ticket sealed for one purpose cannot be opened for another. */
export function ticketAad(purpose: Purpose): string {
  return `hallpass/ticket/v1/${purpose}`
}

/** Bytes of a ticket before sealing. */
export function encodeTicket({ namespace, name, uid, purpose, expiresAt }: Ticket): string {
  return JSON.stringify({ v: 1, ns: namespace, n: name, u: uid, p: purpose, e: Math.floor(expiresAt.getTime() / 1000) })
}

/** Reads what `encodeTicket` wrote; undefined when it is anything else. The inverse of `encodeTicket`. */
export function decodeTicket(text: string): Ticket | undefined {
  const raw = parseJson(text)
  if (raw?.['v'] !== 1) return undefined
  const { ns, n, u, p, e } = raw
  if (![ns, n, u].every(part => typeof part === 'string' && part !== '') || !Number.isInteger(e)) return undefined
  if (p !== 'approve' && p !== 'revoke') return undefined
  return { namespace: String(ns), name: String(n), uid: String(u), purpose: p, expiresAt: new Date(Number(e) * 1000) }
}

/** What the controller needs to act as the approver: short-lived, sealed for the controller alone. */
export type SealedContent = { accessToken: string; idToken: string; salt: string }

/** Name of the Secret, from uid and evidence hash, so that a forged decision cannot point at another one's token. */
export function sealedTokenName(uid: string, evidenceHash: string): string {
  return `token-${uid}-${evidenceHash.slice(0, 16)}`
}

/** AAD of sealed tokens: the full identity of the request and the evidence they belong to. */
export function sealedTokenAad(uid: string, evidenceHash: string): string {
  return `hallpass/token/v1/${uid}/${evidenceHash}`
}

export function encodeSealed(content: SealedContent): string {
  return JSON.stringify({ v: 1, a: content.accessToken, i: content.idToken, s: content.salt })
}

/** The inverse of `encodeSealed`; undefined for anything else. */
export function decodeSealed(text: string): SealedContent | undefined {
  const raw = parseJson(text)
  const { a, i, s } = raw ?? {}
  if (raw?.['v'] !== 1 || typeof a !== 'string' || typeof i !== 'string' || typeof s !== 'string') return undefined
  return { accessToken: a, idToken: i, salt: s }
}

function parseJson(text: string): Record<string, unknown> | undefined {
  try {
    const raw: unknown = JSON.parse(text)
    return raw !== null && typeof raw === 'object' && !Array.isArray(raw) ? (raw as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
