// From the ticket in a link to the stored request it was made for, as it is now. Opening changes nothing.
import type { AccessRequest } from '../../api/kinds.ts'
import type { Purpose } from '../../domain/approval/digest.ts'
import { type Mapping, readMapping } from '../../domain/mapping/mapping.ts'
import { type Refusal, refusal, Refused } from '../../domain/outcome.ts'
import { decodeTicket, type Ticket } from '../../domain/approval/ticket.ts'
import { after } from '../../domain/asking/duration.ts'
import { type Dependencies, inHouse, no } from '../dependencies.ts'

/** A stored request, and its mapping as it is known now. */
export type OpenedRequest = { request: AccessRequest; mapping: Mapping | undefined }

/** The sealed ticket of a link, and what the page that it was opened at is for. */
export type TicketFor = { sealed: string; purpose: Purpose }

/** The ticket that a login was begun with. */
export function ticketOf({ ticket, purpose }: { ticket: string; purpose: Purpose }): TicketFor {
  return { sealed: ticket, purpose }
}

/** Reads a ticket. Throws Refused when it is not one of our tickets for this purpose, or has expired longer ago than `graceSeconds`. */
export async function openTicket(
  { sealed, purpose }: TicketFor,
  deps: Dependencies,
  graceSeconds = 0,
): Promise<Ticket> {
  const text = await inHouse(deps.tickets.open(sealed, purpose))
  const ticket = text === undefined ? undefined : decodeTicket(text)
  if (ticket?.purpose !== purpose) throw no(notALink())
  if (deps.clock.now() >= after(ticket.expiresAt, graceSeconds))
    throw no(refusal('LinkExpired', `The link for request ${ticket.name} has expired. ${whatIsOver[purpose]}`))
  return ticket
}

const whatIsOver: Readonly<Record<Purpose, string>> = {
  approve: 'Access can be asked for again in Slack.',
  revoke: 'The access has ended.',
  review: 'The time to review it is over.',
}

/**
 * The request that a ticket was made for. Throws Refused when it was deleted, even if another request has its name now.
 */
export async function findRequest({ namespace, name, uid }: Ticket, deps: Dependencies): Promise<OpenedRequest> {
  const request = await inHouse(deps.requests.get({ namespace, name }))
  if (!request || request.metadata.uid !== uid)
    throw no(refusal('Gone', `Request ${name} no longer exists, so nothing can be done with this link.`))
  return { request, mapping: mappingOf(request, deps) }
}

/** The request as it is now, if this sealed ticket still opens it: what came of a sign-in is told even when it does not. */
export async function openedFor(link: TicketFor, deps: Dependencies): Promise<OpenedRequest | undefined> {
  try {
    return await findRequest(await openTicket(link, deps), deps)
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

/** The mapping of a request, from the watch. */
export function mappingOf(
  { metadata: { namespace }, spec }: AccessRequest,
  { mappings }: Pick<Dependencies, 'mappings'>,
): Mapping | undefined {
  const stored = mappings.get({ namespace, name: spec.roleMapping })
  return stored && readMapping(stored)
}

function notALink(): Refusal {
  return refusal(
    'LinkNotValid',
    'This is not a valid link. Please open it from the message in Slack; a copied link must be complete.',
  )
}
