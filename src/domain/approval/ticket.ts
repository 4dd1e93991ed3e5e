// The ticket inside a login link: its content and its AAD. Sealing itself is a port.
import { type Purpose, purposes } from './digest.ts'
import { parseObject } from '../json.ts'

/** The content of a login link: a request and a purpose. It gives no right. */
export type Ticket = { namespace: string; name: string; uid: string; purpose: Purpose; expiresAt: Date }

/** AAD of tickets: a ticket sealed for one purpose cannot be opened for another. */
export function ticketAad(purpose: Purpose): string {
  return `hallpass/ticket/v1/${purpose}`
}

/** Bytes of a ticket before sealing. */
export function encodeTicket({ namespace, name, uid, purpose, expiresAt }: Ticket): string {
  return JSON.stringify({ v: 1, ns: namespace, n: name, u: uid, p: purpose, e: Math.floor(expiresAt.getTime() / 1000) })
}

/** The inverse of `encodeTicket`; undefined for anything else. */
export function decodeTicket(text: string): Ticket | undefined {
  const raw = parseObject(text)
  if (raw?.['v'] !== 1) return undefined
  const { ns, n, u, p, e } = raw
  if (![ns, n, u].every(part => typeof part === 'string' && part !== '') || !Number.isInteger(e)) return undefined
  const purpose = purposes.find(one => one === p)
  if (!purpose) return undefined
  return { namespace: String(ns), name: String(n), uid: String(u), purpose, expiresAt: new Date(Number(e) * 1000) }
}
