// The login links that buttons open. A ticket names the request and its purpose, sealed, and ends with the window.
import type { AccessRequest } from '../api/kinds.ts'
import { decideBy } from '../domain/eligibility.ts'
import { hasEnded } from '../domain/lifecycle.ts'
import type { Links } from '../domain/ports.ts'
import { encodeTicket, ticketAad } from '../domain/ticket.ts'
import type { ReconcilerOptions } from './world.ts'

/** More requests than this are never alive at once in one namespace's leader; beyond it, links are sealed anew. */
const cacheSize = 5000

/** Gives a request's links; sealed once, so that an edit of the message does not ask KMS again. */
export type LinksOf = (request: AccessRequest) => Promise<Links>

export function createLinks({ tickets, publicUrl }: Pick<ReconcilerOptions, 'tickets' | 'publicUrl'>): LinksOf {
  const known = new Map<string, string>()
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
    if (known.size >= cacheSize) known.clear()
    known.set(uid, approve)
    return { approve }
  }
}
