// Whether somebody may sign an emergency off: one judgement for the login's return and the controller. Pure: the caller
// passes every fact and the time. A review gives nobody access, so its sign-in has no rights in Google Cloud.
import type { AccessRequest, Approver } from '../../api/kinds.ts'
import type { EarlierSignIn, SignIn } from '../approval/approval.ts'
import { type Commitment, nonceOf, specDigest } from '../approval/digest.ts'
import { instant } from '../asking/duration.ts'
import { sayApprovers } from '../approval/eligibility.ts'
import { isRefusal, type VerifiedApprover, verifyApprover } from '../approval/evidence.ts'
import { isSamePerson, parseEmail, type People, type Person } from '../people/identity.ts'
import { type Refusal, refusal } from '../outcome.ts'
import { asChanged, refuseRecord } from '../approval/recorded.ts'
import { isReviewAwaited, isReviewClosed, openReview, type Review, reviewBy, takesReview } from './reviews.ts'

/** What the person adds, and the 32 random bytes (base64url) that make their commitment unique. */
export type ReviewTerms = { comment?: string | undefined; salt: string }

/** What the nonce of a sign-in for a review binds: this request, the comment, and that it is for nothing else. */
export function reviewCommitment(
  { metadata: { uid }, spec }: Pick<AccessRequest, 'metadata' | 'spec'>,
  { comment, salt }: ReviewTerms,
): Commitment {
  return { purpose: 'review', uid, specDigest: specDigest(spec), comment, salt }
}

type Asked = { request: AccessRequest; people: People; hostedDomains: readonly string[] }
/** Somebody has just signed in to review. */
export type ReviewFacts = Asked & { occasion: 'review'; terms: ReviewTerms; signIn: SignIn; now: Date }
/**
 * The entry is stored, so what no longer agrees was changed since: ReviewNotAuthentic. It is judged at its recorded
 * instant, so that a review counts although the controller was away for longer than a sign-in lasts.
 */
export type CountFacts = Asked & { occasion: 'count'; review: Review; signIn: EarlierSignIn }

/** The person who may sign off exactly this emergency, or why it is not accepted. */
export function judgeReview(facts: ReviewFacts | CountFacts): VerifiedApprover | Refusal {
  const person = verify(facts)
  const { request, people } = facts
  if (isRefusal(person)) return facts.occasion === 'count' ? changed(person) : person
  const refused =
    facts.occasion === 'count'
      ? (refuseRecord(facts.review, person, reviewNotAuthentic) ??
        refuseState(request, countedAt(facts.review, person)))
      : refuseToReview(request, facts.now)
  return refused ?? refuseReviewer(request, whoIs(request, person, people), people) ?? person
}

/** Why this person cannot review the emergency now; undefined when they can. For lists: nobody has signed in for it yet. */
export function refuseReviewBy(
  request: AccessRequest,
  person: Person,
  { people, now }: { people: People; now: Date },
): Refusal | undefined {
  return refuseToReview(request, now) ?? refuseReviewer(request, whoIs(request, person, people), people)
}

function verify(facts: ReviewFacts | CountFacts): VerifiedApprover | Refusal {
  const { request, signIn, hostedDomains } = facts
  const { claims, audience, accessToken } = signIn
  const now = facts.occasion === 'review' ? facts.now : new Date(facts.review.at)
  const nonce = nonceOf(reviewCommitment(request, termsOf(facts)))
  return verifyApprover(claims, { audience, nonce, accessToken: accessToken?.reveal(), hostedDomains, now })
}

function changed(refused: Refusal): Refusal {
  const isUntimely = refused.reason === 'EvidenceExpired' || refused.reason === 'EvidenceNotYet'
  return isUntimely
    ? reviewNotAuthentic('its time differs from that of the sign-in')
    : asChanged(refused, reviewNotAuthentic)
}

function termsOf(facts: ReviewFacts | CountFacts): ReviewTerms {
  if (facts.occasion === 'review') return facts.terms
  const { comment, evidence } = facts.review
  return { comment, salt: evidence.salt }
}

// A stored instant before the sign-in could claim that there was still time.
function countedAt({ at }: Review, { issuedAt }: VerifiedApprover): Date {
  const stored = new Date(at)
  return stored > issuedAt ? stored : issuedAt
}

/**
 * Why nobody can review this now; undefined when those who may can. It names no person, because the page shows it to
 * anyone with the link.
 */
export function refuseToReview(request: AccessRequest, now: Date): Refusal | undefined {
  const refused = refuseState(request, now)
  if (refused) return refused
  if (openReview(request.status ?? {}))
    return refusal('AlreadyReviewing', 'Somebody has signed in to review this, and it is being checked.')
  return takesReview(request)
    ? undefined
    : refusal('ReviewedTooOften', 'Reviewing this was tried too often, so it counts as not reviewed.')
}

function refuseState(request: AccessRequest, now: Date): Refusal | undefined {
  const { spec, status = {} } = request
  if (!spec.emergency) return refusal('NothingToReview', 'This was not asked as an emergency, so it needs no review.')
  if (status.reviewedBy) return refusal('AlreadyReviewed', 'This emergency has been reviewed.')
  const end = reviewBy(request)
  if (isReviewClosed(status) || (end && now >= end))
    return refusal('ReviewClosed', 'The time to review this emergency is over.')
  return isReviewAwaited(request)
    ? undefined
    : refusal('NothingToReview', 'An emergency is reviewed when its access has ended; if nothing was granted, never.')
}

// Google does not know Slack accounts. It is the one under which this address is known here.
function whoIs(
  { spec, status = {} }: AccessRequest,
  { email, googleSubject, slackUserID: own }: Person,
  people: People,
): Person[] {
  const known = [...(status.reviewers ?? []), ...(status.approvers ?? []), spec.requester]
  const accounts = known
    .filter(one => isSamePerson({ email: one.email }, { email }, people))
    .flatMap(({ slackUserID }) => (slackUserID ? [{ email, googleSubject, slackUserID }] : []))
  return [{ email, googleSubject, slackUserID: own }, ...accounts]
}

function refuseReviewer(request: AccessRequest, person: Person[], people: People): Refusal | undefined {
  const is = (other: Person): boolean => person.some(one => isSamePerson(one, other, people))
  const { spec, status = {} } = request
  if (is(spec.requester))
    return refusal('SelfReview', 'You cannot review this: you asked for it yourself. Somebody else must.')
  if (approversOf(request).some(is))
    return refusal('ReviewByApprover', 'You cannot review this: you approved it. Somebody else must.')
  const named = (spec.review?.reviewers.emails ?? []).map(email => ({ email }))
  const reviewers = status.reviewers ?? []
  if ([...named, ...reviewers].some(is)) return undefined
  const who = reviewers.length > 0 ? ` ${sayApprovers(reviewers.map(asAsked))} can.` : ''
  return refusal('NotAReviewer', `You cannot review this: the mapping does not name you as a reviewer.${who}`)
}

function asAsked({ email, name }: NonNullable<NonNullable<AccessRequest['status']>['reviewers']>[number]): Approver {
  return { email, ...(name && { name }), level: 0, why: '', at: '' }
}

/** Everybody who approved, by what they wrote and by what Google said of them. */
function approversOf({ status = {} }: AccessRequest): Person[] {
  const approvals = (status.decisions ?? []).filter(({ verdict }) => verdict === 'Approved')
  return [
    ...approvals.flatMap(({ who, evidence }) => [
      who,
      ...(evidence ? [{ email: evidence.claims.email, googleSubject: evidence.claims.sub }] : []),
    ]),
    ...(status.approvedBy?.split(', ') ?? []).map(email => ({ email })),
  ]
}

/** Addresses and Slack accounts of the reviewers of an emergency, as far as they are known. */
export function reviewersOf({ spec, status }: AccessRequest): string[] {
  const named = (spec.review?.reviewers.emails ?? []).map(email => parseEmail(email) ?? email)
  const found = (status?.reviewers ?? []).flatMap(({ email, slackUserID }) => [email, slackUserID ?? email])
  return [...new Set([...named, ...found])]
}

/** The people who may review, as far as they are known, without those who asked or approved. */
export function fitReviewers<T extends Person>(request: AccessRequest, found: readonly T[], people: People): T[] {
  const others = [request.spec.requester, ...approversOf(request)]
  return found.filter(one => !others.some(other => isSamePerson(one, other, people)))
}

/** The entry that is stored for a person who reviews. */
export function reviewOf(
  { email, googleSubject, claims }: VerifiedApprover,
  { comment, salt }: ReviewTerms,
  { hash, now }: { hash: string; now: Date },
): Review {
  return {
    id: reviewId(hash),
    who: { email, googleSubject },
    at: instant(now),
    ...(comment && { comment }),
    evidence: { hash, salt, claims, kept: true },
  }
}

/** One sign-in is one entry, even if it is sent several times. */
export function reviewId(hash: string): string {
  return `reviewed-${hash.slice(0, 12)}`
}

/** The stored entry is not the one that auth stored: somebody changed it. */
export function reviewNotAuthentic(why: string): Refusal {
  return refusal(
    'ReviewNotAuthentic',
    `The recorded review was not accepted: ${why}. Please review again, and tell the platform team.`,
  )
}
