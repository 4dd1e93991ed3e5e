// The page on which an emergency is signed off, and what comes of it. The link gives nothing: who may review is judged when
// Google has said who the person is, and again by the controller.
import type { AccessRequest } from '../../api/kinds.ts'
import type { Refusal } from '../../domain/outcome.ts'
import { reviewCommitment } from '../../domain/review/reviewing.ts'
import type { Review } from '../../domain/review/reviews.ts'
import { commentForm } from '../approving/comment-form.ts'
import { type Dependencies, placeOf } from '../dependencies.ts'
import { findRequest, mappingOf, openTicket, type OpenedRequest } from '../web/opening.ts'
import { reviewPage } from '../pages/review-page.ts'
import { isBeingVerified, reviewedPage } from '../pages/reviewed-page.ts'
import type { Visit } from '../login/purpose.ts'
import { refusedReply, type Reply, statusOf } from '../web/reply.ts'
import { review } from './review.ts'
import { isFrom, type Link, viewerOf } from '../approving/seen-entry.ts'

const purpose = 'review'

/** GET and POST /review: what was asked, granted and ended; then to Google. */
export const reviewForm = commentForm({
  purpose,
  recording: review,
  commitment: reviewCommitment,
  page: reviewPage,
  became: reviewed,
})

/** An emergency that cannot be reviewed: why, or what its review was, to the person who reviewed it. */
export function reviewed(
  opened: OpenedRequest,
  refused: Refusal,
  { deps, ...link }: Link & { deps: Dependencies },
): Reply {
  const { request } = opened
  const mine = reviewOfBrowser(request, link)
  if (viewerOf(mine !== undefined, link) === 'anyone') return refusedReply(refused, { request: request.metadata.name })
  const look = { mine, viewer: 'colleague', ticket: link.sealed, now: deps.clock.now(), asksAgain: false } as const
  return { status: statusOf(refused), outcome: refused.reason, html: reviewedPage(opened, look) }
}

/** The newest entry that came from this browser. */
function reviewOfBrowser({ status }: AccessRequest, { cookies, place: { origin } }: Link): Review | undefined {
  return status?.reviews?.findLast(({ evidence }) => isFrom({ purpose, salt: evidence.salt }, cookies, origin))
}

/** A ticket serves until the time for the review is over; for this long after that, a browser can read what came of it. */
const outcomeGraceSeconds = 3600

/** GET /review/outcome: whether the review counts. Only the browser that reviewed waits for that. */
export async function reviewedOutcome(sealed: string, { cookies, gone }: Visit, deps: Dependencies): Promise<Reply> {
  const { request: found } = await findRequest(await openTicket({ sealed, purpose }, deps, outcomeGraceSeconds), deps)
  const link = { sealed, cookies, place: placeOf(deps) }
  const mine = reviewOfBrowser(found, link)
  const { request, hasWaited } = mine
    ? await deps.held.untilAtRest(found, seen => isBeingVerified(seen, deps.clock.now()), gone)
    : { request: found, hasWaited: false }
  const viewer = viewerOf(mine !== undefined, link)
  const look = { mine, viewer, ticket: sealed, now: deps.clock.now(), asksAgain: hasWaited }
  return { status: 200, outcome: 'Shown', html: reviewedPage({ request, mapping: mappingOf(request, deps) }, look) }
}
