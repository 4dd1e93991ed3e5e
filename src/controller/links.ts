// The login links of buttons. A sealed ticket names the request and its purpose, and ends with the window.
import { LRUCache } from 'lru-cache'
import type { AccessRequest } from '../api/kinds.ts'
import { decideBy } from '../domain/eligibility.ts'
import { hasEnded } from '../domain/lifecycle.ts'
import { isReviewAwaited, reviewBy } from '../domain/reviews.ts'
import type { Links } from '../domain/ports.ts'
import { encodeTicket, ticketAad } from '../domain/ticket.ts'
import type { ReconcilerOptions } from './dependencies.ts'

/** More than the requests that one leader has at a time; beyond this, links are sealed again. */
const cacheSize = 5000

/** Returns a request's links, sealed once, so that an edit of the message does not call KMS again. */
export type LinksOf = (request: AccessRequest) => Promise<Links>

/**
 * Makes the links of requests. A link can be used to approve until the window of its request ends, and to review an
 * emergency until the time for that is over.
 */
export function createLinks({ tickets, publicUrl }: Pick<ReconcilerOptions, 'tickets' | 'publicUrl'>): LinksOf {
  const known = new LRUCache<string, string>({ max: cacheSize })
  const link = async (request: AccessRequest, purpose: 'approve' | 'review', expiresAt: Date): Promise<string> => {
    const { namespace, name, uid } = request.metadata
    const key = `${uid} ${purpose}`
    const standing = known.get(key)
    if (standing) return standing
    const sealed = await tickets.seal(encodeTicket({ namespace, name, uid, purpose, expiresAt }), ticketAad(purpose))
    const made = `${publicUrl.replace(/\/$/, '')}/${purpose}?t=${encodeURIComponent(sealed)}`
    known.set(key, made)
    return made
  }
  return async request => {
    const { metadata, spec, status } = request
    if (hasEnded(request)) known.delete(`${metadata.uid} approve`)
    if (status?.phase === 'Pending')
      return { approve: await link(request, 'approve', decideBy(spec, new Date(metadata.creationTimestamp))) }
    const end = isReviewAwaited(request) ? reviewBy(request) : undefined
    if (end) return { review: await link(request, 'review', end) }
    known.delete(`${metadata.uid} review`)
    return {}
  }
}
