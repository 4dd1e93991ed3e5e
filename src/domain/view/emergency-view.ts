// The data that people see about an emergency in addition to its request: how far its review is. Pure.
import type { AccessRequest } from '../../api/kinds.ts'
import { isReviewClosed, needsReview, reviewBy } from '../review/reviews.ts'

/** What the messages and pages say about an emergency. */
export type EmergencyView = {
  /** `later`: nothing was granted yet. `none`: it ended without access. */
  review: 'later' | 'running' | 'due' | 'done' | 'overdue' | 'none'
  /** The Slack user group whose members may review. */
  group?: string
  /** The end of the time for the review, once it runs. */
  reviewBy?: string
  reviewedBy?: { email: string; name?: string; comment?: string }
  /** Why the second channel could not be told. */
  untold?: string
}

/** Undefined for a request that is no emergency. */
export function emergencyView(request: AccessRequest): EmergencyView | undefined {
  const { spec, status = {} } = request
  if (!spec.emergency) return undefined
  const end = reviewBy(request)
  const group = spec.review?.reviewers.slackUserGroup
  const by = reviewedBy(request)
  return {
    review: stateOf(request),
    ...(group && { group }),
    ...(end && needsReview(request) && { reviewBy: end.toISOString() }),
    ...(by && { reviewedBy: by }),
    ...(status.alert?.why && !status.alert.ts && { untold: status.alert.why }),
  }
}

function stateOf(request: AccessRequest): EmergencyView['review'] {
  const { status = {} } = request
  if (!needsReview(request)) return status.endedAt ? 'none' : 'later'
  if (status.phase === 'Provisioned') return 'running'
  if (status.reviewedBy) return 'done'
  return isReviewClosed(status) ? 'overdue' : 'due'
}

function reviewedBy({ status = {} }: AccessRequest): EmergencyView['reviewedBy'] {
  const { reviewedBy: email, reviews = [], reviewsRefused = [], reviewers = [] } = status
  if (!email) return undefined
  // Somebody may have stored another one under this address before, which does not count.
  const counts = reviews.find(({ id }) => !reviewsRefused.some(refused => refused.id === id))
  const comment = counts?.who.email === email ? counts.comment : undefined
  const name = reviewers.find(one => one.email === email)?.name
  return { email, ...(name && { name }), ...(comment && { comment }) }
}
