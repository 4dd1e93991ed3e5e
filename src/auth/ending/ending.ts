// The page for ending access early, and what comes of it. Nobody is refused here for who they are: Google says who may write
// the policy.
import type { AccessRequest } from '../../api/kinds.ts'
import type { Revocation } from '../../domain/ending/endings.ts'
import { type OtherAccess, otherAccess } from '../../domain/ending/other-access.ts'
import type { Refusal } from '../../domain/outcome.ts'
import { endingCommitment } from '../../domain/ending/revoking.ts'
import { commentForm } from '../approving/comment-form.ts'
import { type Dependencies, placeOf } from '../dependencies.ts'
import { findRequest, mappingOf, openTicket, type OpenedRequest } from '../web/opening.ts'
import { endPage } from '../pages/end-page.ts'
import { endedPage, isBeingEnded } from '../pages/ended-page.ts'
import type { Visit } from '../login/purpose.ts'
import { refusedReply, type Reply, statusOf } from '../web/reply.ts'
import { revocation } from './revocation.ts'
import { isFrom, type Link, viewerOf } from '../approving/seen-entry.ts'

const purpose = 'revoke'

/** GET and POST /revoke: what is ended, with the comment that this browser sent before; then to Google. */
export const endingForm = commentForm({
  purpose,
  recording: revocation,
  commitment: endingCommitment,
  page: (page, deps) => endPage({ ...page, others: othersOf(page.request, deps) }),
  became: ended,
})

/** What the same person has by other requests, from the watch. */
function othersOf(request: AccessRequest, { standing, people, clock }: Dependencies): OtherAccess[] {
  const { metadata, spec } = request
  const forMapping = standing.ofMapping(`${metadata.namespace}/${spec.roleMapping}`)
  return otherAccess(request, forMapping, { people, now: clock.now() })
}

/** Access that cannot be ended: why, or what happened to it, to the person who ended it. */
export function ended(
  opened: OpenedRequest,
  refused: Refusal,
  { deps, ...link }: Link & { deps: Dependencies },
): Reply {
  const { request } = opened
  const mine = endingOf(request, link)
  if (viewerOf(mine !== undefined, link) === 'anyone') return refusedReply(refused, { request: request.metadata.name })
  const look = { mine, viewer: 'colleague', ticket: link.sealed, now: deps.clock.now(), asksAgain: false } as const
  return { status: statusOf(refused), outcome: refused.reason, html: endedPage(opened, look) }
}

/** The newest entry that came from this browser. */
function endingOf({ status }: AccessRequest, { cookies, place: { origin } }: Link): Revocation | undefined {
  return status?.endings?.findLast(
    (ending): ending is Revocation =>
      ending.evidence !== undefined && isFrom({ purpose, salt: ending.evidence.salt }, cookies, origin),
  )
}

/** A ticket serves until the access ends; for this long after that, a browser can read what happened to it. */
const outcomeGraceSeconds = 3600

/** GET /revoke/outcome: whether the access is removed. Only the browser that ended it waits for that. */
export async function endedOutcome(sealed: string, { cookies, gone }: Visit, deps: Dependencies): Promise<Reply> {
  const { request: found } = await findRequest(await openTicket({ sealed, purpose }, deps, outcomeGraceSeconds), deps)
  const link = { sealed, cookies, place: placeOf(deps) }
  const mine = endingOf(found, link)
  const { request, hasWaited } = mine
    ? await deps.held.untilAtRest(found, seen => isBeingEnded(seen, deps.clock.now()), gone)
    : { request: found, hasWaited: false }
  const viewer = viewerOf(mine !== undefined, link)
  const look = { mine, viewer, ticket: sealed, now: deps.clock.now(), asksAgain: hasWaited }
  return { status: 200, outcome: 'Shown', html: endedPage({ request, mapping: mappingOf(request, deps) }, look) }
}
