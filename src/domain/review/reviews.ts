// The review of an emergency: whether one is awaited, until when, and which stored one waits to be verified. Pure.
import type { AccessRequest, RequestStatus } from '../../api/kinds.ts'
import type { Condition } from '../../api/meta.ts'
import { after, durationSeconds } from '../asking/duration.ts'

/** What a person has signed in for: that the emergency was reviewed. */
export type Review = NonNullable<RequestStatus['reviews']>[number]

/** The phases in which access by an emergency runs, or has ended; nothing else needs a review. */
const grantedPhases: readonly (RequestStatus['phase'] | undefined)[] = ['Provisioned', 'Expired', 'Revoked']
/** The phases in which it can be reviewed: everything about it is known then. */
export const reviewPhases = ['Expired', 'Revoked'] as const

/** Whether this emergency gave access, so that its review is due once that has ended. */
export function needsReview({ spec, status }: AccessRequest): boolean {
  return spec.emergency === true && grantedPhases.includes(status?.phase)
}

/** The condition that says how far the review is. */
export function reviewedCondition({ conditions = [] }: RequestStatus): Condition | undefined {
  return conditions.find(({ type }) => type === 'Reviewed')
}

/** Whether nobody has reviewed it yet, and somebody still can: it has ended, and is not overdue. */
export function isReviewAwaited(request: AccessRequest): boolean {
  const { status = {} } = request
  const isEnded = reviewPhases.some(phase => phase === status.phase)
  return isEnded && needsReview(request) && !isReviewClosed(status)
}

/** Whether the review is over: somebody has reviewed it, or nobody has in time. */
export function isReviewClosed(status: RequestStatus): boolean {
  const said = reviewedCondition(status)
  return said?.status === 'True' || said?.reason === 'ReviewOverdue'
}

/** The end of the time for the review; undefined while the access has not ended. */
export function reviewBy({ spec, status }: AccessRequest): Date | undefined {
  if (!spec.review || !status?.endedAt) return undefined
  return after(new Date(status.endedAt), durationSeconds(spec.review.within))
}

/** When the reviewers are reminded: at half the time. */
export function remindAt({ spec, status }: AccessRequest): Date | undefined {
  if (!spec.review || !status?.endedAt) return undefined
  return after(new Date(status.endedAt), Math.floor(durationSeconds(spec.review.within) / 2))
}

type Stored = Pick<RequestStatus, 'reviews' | 'reviewsRefused' | 'conditions'>

/** The review that waits to be verified; undefined without one. */
export function openReview(status: Stored): Review | undefined {
  const { reviews = [], reviewsRefused = [] } = status
  if (isReviewClosed(status)) return undefined
  return reviews.find(({ id }) => !reviewsRefused.some(refused => refused.id === id))
}

/** The schema keeps this many. */
const mostReviews = 3

/** Whether a request in this state takes a review: one waits to be verified at a time. */
export function takesReview(request: AccessRequest): boolean {
  const { status = {} } = request
  const isFree = !status.settled && (status.reviews?.length ?? 0) < mostReviews && !openReview(status)
  return isReviewAwaited(request) && isFree
}
