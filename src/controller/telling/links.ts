// The login links of buttons. A sealed ticket names the request and its purpose, and ends with what it is for.
import { LRUCache } from 'lru-cache'
import type { AccessRequest } from '../../api/kinds.ts'
import type { Purpose } from '../../domain/approval/digest.ts'
import { decideBy } from '../../domain/approval/eligibility.ts'
import { Broken, Refused, Waiting } from '../../domain/outcome.ts'
import { isReviewAwaited, reviewBy } from '../../domain/review/reviews.ts'
import type { Links } from '../../domain/ports.ts'
import { encodeTicket, ticketAad } from '../../domain/approval/ticket.ts'
import type { ReconcilerOptions } from '../dependencies.ts'

/** More than the links that one leader needs at a time; beyond this, links are sealed again. */
const cacheSize = 10_000

/** Returns a request's links, sealed once, so that an edit of the message does not call KMS again. */
export type LinksOf = (request: AccessRequest) => Promise<Links>

/**
 * What a link is for now, until when it can be used, and whether people are told without it when it cannot be made: a
 * request that waits for a decision needs its link, granted access is worth telling in any case.
 */
type Offered = { purpose: Purpose & keyof Links; expiresAt: Date; isOptional: boolean }

function offeredBy(request: AccessRequest): Offered | undefined {
  const { metadata, spec, status = {} } = request
  const { phase, expiresAt } = status
  if (phase === 'Pending') {
    const end = decideBy(spec, new Date(metadata.creationTimestamp))
    return { purpose: 'approve', expiresAt: end, isOptional: false }
  }
  if ((phase === 'Approved' || phase === 'Provisioned') && expiresAt)
    return { purpose: 'revoke', expiresAt: new Date(expiresAt), isOptional: true }
  const end = isReviewAwaited(request) ? reviewBy(request) : undefined
  return end && { purpose: 'review', expiresAt: end, isOptional: false }
}

/** Makes the links of requests. */
export function createLinks({ tickets, publicUrl }: Pick<ReconcilerOptions, 'tickets' | 'publicUrl'>): LinksOf {
  // Promises, because the message and the news are sent at the same time.
  const known = new LRUCache<string, Promise<Links>>({ max: cacheSize })
  const seal = async ({ metadata }: AccessRequest, { purpose, expiresAt }: Offered): Promise<Links> => {
    const { namespace, name, uid } = metadata
    const ticket = encodeTicket({ namespace, name, uid, purpose, expiresAt })
    const sealed = await tickets.seal(ticket, ticketAad(purpose))
    return { [purpose]: `${publicUrl.replace(/\/$/, '')}/${purpose}?t=${encodeURIComponent(sealed)}` }
  }
  return async request => {
    const offered = offeredBy(request)
    if (!offered) return {}
    const key = `${request.metadata.uid} ${offered.purpose}`
    const links = known.get(key) ?? seal(request, offered)
    known.set(key, links)
    try {
      return await links
    } catch (error) {
      known.delete(key)
      if (offered.isOptional && isOutcome(error)) return {}
      throw error
    }
  }
}

function isOutcome(error: unknown): boolean {
  return error instanceof Refused || error instanceof Waiting || error instanceof Broken
}
