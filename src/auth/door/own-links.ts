// Links that the door makes for a person whom they concern: to approve, to end access, to review. The ticket in one says what
// those in Slack say and gives as little right; auth makes it itself, because it cannot seal with the key of Slack's links.
import type { AccessRequest } from '../../api/kinds.ts'
import type { Purpose } from '../../domain/approval/digest.ts'
import { decideBy } from '../../domain/approval/eligibility.ts'
import { encodeTicket } from '../../domain/approval/ticket.ts'
import { reviewBy } from '../../domain/review/reviews.ts'
import type { Place } from '../dependencies.ts'
import type { Tickets } from '../web/tickets.ts'
import { openText, sealText } from './sealing.ts'

/** No sealed ticket of a link in Slack has a dot. */
const mark = 'door.'
/** A ticket has some 150 bytes; its names are limited by the cluster. */
const maxLength = 1024

type Made = Pick<Place, 'origin' | 'key'>

/** Until when a link serves: as long as what it leads to can be done. */
const ends: Readonly<Record<Purpose, (request: AccessRequest) => Date | undefined>> = {
  approve: ({ spec, metadata }) => decideBy(spec, new Date(metadata.creationTimestamp)),
  revoke: ({ status }) => (status?.expiresAt === undefined ? undefined : new Date(status.expiresAt)),
  review: reviewBy,
}

/** The path of the page of this purpose for a request; undefined when there is no such thing to do with it. */
export function pathTo(purpose: Purpose, request: AccessRequest, { origin, key }: Made): string | undefined {
  const { namespace, name, uid } = request.metadata
  const expiresAt = ends[purpose](request)
  if (!expiresAt) return undefined
  const text = encodeTicket({ namespace, name, uid, purpose, expiresAt })
  return `/${purpose}?t=${encodeURIComponent(mark + sealText(text, { purpose: 'link', origin, key }))}`
}

/** Opens links of both kinds. Those of the door cost no call to KMS, so they have no budget. */
export function withOwnLinks(tickets: Tickets, { origin, key }: Made): Tickets {
  return {
    open: async (sealed, purpose) => {
      if (!sealed.startsWith(mark)) return tickets.open(sealed, purpose)
      if (sealed.length > maxLength) return undefined
      return openText(sealed.slice(mark.length), { purpose: 'link', origin, key })
    },
  }
}
