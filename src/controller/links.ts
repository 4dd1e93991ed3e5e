// The login links of buttons. A sealed ticket names the request and its purpose, and ends with the window.
import { LRUCache } from 'lru-cache'
import type { AccessRequest } from '../api/kinds.ts'
import { decideBy } from '../domain/eligibility.ts'
import { hasEnded } from '../domain/lifecycle.ts'
import type { Links } from '../domain/ports.ts'
import { encodeTicket, ticketAad } from '../domain/ticket.ts'
import type { ReconcilerOptions } from './dependencies.ts'

/** More than the requests that one leader has at a time; beyond this, links are sealed again. */
const cacheSize = 5000

/** Returns a request's links, sealed once, so that an edit of the message does not call KMS again. */
export type LinksOf = (request: AccessRequest) => Promise<Links>

/** Makes the links of requests. A link can be used to approve until the window of its request ends. */
export function createLinks({ tickets, publicUrl }: Pick<ReconcilerOptions, 'tickets' | 'publicUrl'>): LinksOf {
  const known = new LRUCache<string, string>({ max: cacheSize })
  return async request => {
    const { metadata, spec, status } = request
    const { namespace, name, uid } = metadata
    if (hasEnded(request)) known.delete(uid)
    if (status?.phase !== 'Pending') return {}
    const standing = known.get(uid)
    if (standing) return { approve: standing }
    const expiresAt = decideBy(spec, new Date(metadata.creationTimestamp))
    const ticket = encodeTicket({ namespace, name, uid, purpose: 'approve', expiresAt })
    const sealed = await tickets.seal(ticket, ticketAad('approve'))
    const approve = `${publicUrl.replace(/\/$/, '')}/approve?t=${encodeURIComponent(sealed)}`
    known.set(uid, approve)
    return { approve }
  }
}
