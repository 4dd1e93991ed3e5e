// From the ticket in a link to the stored request it was made for, as it is now. Opening changes nothing.
import type { AccessRequest } from '../api/kinds.ts'
import { judgeApproval } from '../domain/approval.ts'
import { type Mapping, readMapping } from '../domain/mapping.ts'
import type { Terms } from '../domain/narrowing.ts'
import { type Refusal, refusal, Refused } from '../domain/outcome.ts'
import { decodeTicket, type Ticket } from '../domain/ticket.ts'
import { after } from '../domain/duration.ts'
import { type Dependencies, inHouse, no } from './dependencies.ts'

/** A stored request, and its mapping as it is known now. */
export type OpenedRequest = { request: AccessRequest; mapping: Mapping | undefined }

/** Reads a ticket. Throws Refused when it is not one of our tickets for approving, or has expired longer ago than `graceSeconds`. */
export async function openTicket(sealed: string, deps: Dependencies, graceSeconds = 0): Promise<Ticket> {
  const text = await inHouse(deps.tickets.open(sealed))
  const ticket = text === undefined ? undefined : decodeTicket(text)
  if (ticket?.purpose !== 'approve') throw no(notALink())
  if (deps.clock.now() >= after(ticket.expiresAt, graceSeconds))
    throw no(
      refusal(
        'LinkExpired',
        `The link for request ${ticket.name} has expired. Access can be asked for again in Slack.`,
      ),
    )
  return ticket
}

/**
 * The request that a ticket was made for. Throws Refused when it was deleted, even if another request has its name now.
 */
export async function findRequest({ namespace, name, uid }: Ticket, deps: Dependencies): Promise<OpenedRequest> {
  const request = await inHouse(deps.requests.get({ namespace, name }))
  if (!request || request.metadata.uid !== uid)
    throw no(refusal('Gone', `Request ${name} no longer exists, so there is nothing to approve.`))
  return { request, mapping: mappingOf(request, deps) }
}

/** The request as it is now, if this sealed ticket still opens it: what came of a sign-in is told even when it does not. */
export async function openedFor(sealed: string, deps: Dependencies): Promise<OpenedRequest | undefined> {
  try {
    return await findRequest(await openTicket(sealed, deps), deps)
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

/** Why nobody can approve the request as it is, or on these terms. Who opens a link is not known before they sign in. */
export function refuseNow({ request, mapping }: OpenedRequest, deps: Dependencies, terms?: Terms): Refusal | undefined {
  const { people, clock } = deps
  return judgeApproval({
    occasion: 'show',
    request,
    mapping,
    people,
    organisation: deps,
    now: clock.now(),
    ...(terms && { terms }),
  })
}

function notALink(): Refusal {
  return refusal(
    'LinkNotValid',
    'This is not a valid approval link. Please open it from the message in Slack; a copied link must be complete.',
  )
}
