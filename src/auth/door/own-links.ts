// Links to the approval page that the door makes for a person who may approve. The ticket in one says what those in Slack
// say and gives as little right; auth makes it itself, because it cannot seal with the key of Slack's links.
import type { AccessRequest } from '../../api/kinds.ts'
import { decideBy } from '../../domain/approval/eligibility.ts'
import { encodeTicket } from '../../domain/approval/ticket.ts'
import type { Place } from '../dependencies.ts'
import type { Tickets } from '../web/tickets.ts'
import { openText, sealText } from './sealing.ts'

/** No sealed ticket of a link in Slack has a dot. */
const mark = 'door.'
/** A ticket has some 150 bytes; its names are limited by the cluster. */
const maxLength = 1024

type Made = Pick<Place, 'origin' | 'key'>

/** The path of the approval page of a request. */
export function approvalPath({ metadata, spec }: AccessRequest, { origin, key }: Made): string {
  const { namespace, name, uid, creationTimestamp } = metadata
  const expiresAt = decideBy(spec, new Date(creationTimestamp))
  const text = encodeTicket({ namespace, name, uid, purpose: 'approve', expiresAt })
  return `/approve?t=${encodeURIComponent(mark + sealText(text, { purpose: 'link', origin, key }))}`
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
