// What is due for an emergency besides its life as a request: its alert, and its review. Pure.
import type { AccessRequest } from '../../api/kinds.ts'
import { endedPhases } from '../../api/phases.ts'
import { type ReviewCall, reviewCallDue } from '../calling/alerts.ts'
import { canonicalJson } from '../json.ts'
import type { Mapping } from '../mapping/mapping.ts'
import {
  isReviewAwaited,
  needsReview,
  openReview,
  remindAt,
  type Review,
  reviewBy,
  reviewedCondition,
} from './reviews.ts'
import { viewDigest, viewOf } from '../view/view.ts'

/** A review is awaited, a stored one is verified, or the time is over. */
export type ReviewStep = { do: 'awaitReview' } | { do: 'review'; review: Review } | { do: 'closeReview' }
/** Messages in the second channel, and to the reviewers. */
export type OwedReviewStep = { do: 'alert' } | { do: 'showAlert' } | { do: 'callReviewers'; call: ReviewCall }

/** The review waits for the end of the access, then for a person, and then until it is verified. */
export function reviewStep(request: AccessRequest, now: Date): ReviewStep | undefined {
  if (!needsReview(request)) return undefined
  const { status = {} } = request
  const said = reviewedCondition(status)
  if (!said || (status.phase !== 'Provisioned' && said.reason === 'AwaitingEnd')) return { do: 'awaitReview' }
  if (!isReviewAwaited(request)) return undefined
  const review = openReview(status)
  if (review) return { do: 'review', review }
  const end = reviewBy(request)
  return end && now >= end ? { do: 'closeReview' } : undefined
}

/**
 * The second channel, when the intent to tell it must be stored. The mapping must declare it now: a request alone, which
 * somebody may have stored past the rules, calls nobody in a channel of its choice.
 */
export function alertToIntend({
  request: { spec, status = {} },
  mapping,
}: {
  request: AccessRequest
  mapping: Mapping | undefined
}): string | undefined {
  const review = mapping?.emergency?.review
  if (!spec.emergency || !review || canonicalJson(spec.review ?? null) !== canonicalJson(review)) return undefined
  const isOver = endedPhases.some(phase => phase === status.phase)
  return status.phase && !status.alert && !isOver ? review.channel : undefined
}

/** What people in the second channel, and the reviewers, have not been told yet. */
export function owedToReviewers(request: AccessRequest, now: Date): OwedReviewStep[] {
  const { phase, alert } = request.status ?? {}
  if (!phase) return []
  const call = reviewCallDue(request, now)
  return [
    ...(alert && !alert.ts ? [{ do: 'alert' as const }] : []),
    ...(alert?.ts && alert.shown !== alertDigest(request) ? [{ do: 'showAlert' as const }] : []),
    ...(call ? [{ do: 'callReviewers' as const, call }] : []),
  ]
}

/** Digest of what the alert shows. It does not need the mapping, which may be gone before the review. */
export function alertDigest(request: AccessRequest): string {
  return viewDigest(viewOf(request, undefined))
}

/** When to look at the review again although nothing changes: the reminder, and the end of its time. */
export function reviewLooks(request: AccessRequest): (Date | undefined)[] {
  return isReviewAwaited(request) ? [remindAt(request), reviewBy(request)] : []
}
