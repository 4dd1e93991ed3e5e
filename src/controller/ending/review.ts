// The review of an emergency: what is awaited, whether a stored review is genuine, and what happens when nobody
// reviews in time. Auth stores a review; only this process, after it has verified Google's signature itself, says that it counts.
import type { AccessRequest } from '../../api/kinds.ts'
import { sayPerson } from '../../domain/people/display-name.ts'
import { after, instant, sayDuration, durationSeconds } from '../../domain/asking/duration.ts'
import { isRefusal, type VerifiedApprover } from '../../domain/approval/evidence.ts'
import { Broken, type Refusal, refusal, Refused, Waiting } from '../../domain/outcome.ts'
import { auditedAs } from '../../domain/refusals.ts'
import { judgeReview, reviewNotAuthentic } from '../../domain/review/reviewing.ts'
import { type Review, reviewBy } from '../../domain/review/reviews.ts'
import { sealedTokenName } from '../../domain/approval/sealed-token.ts'
import { shortLine } from '../../domain/text.ts'
import { unlessLater } from '../mapping/account.ts'
import { isReviewerNow } from '../calling/candidates.ts'
import type { Dependencies } from '../dependencies.ts'
import { openEvidence } from '../granting/sealed-sign-in.ts'
import { type Change, conditionsWith, transition, type Written } from '../granting/write.ts'

/** Says that a review is awaited: after the end of the access, and before it, that it will be. */
export async function awaitReview(deps: Dependencies, request: AccessRequest): Promise<Written> {
  const end = reviewBy(request)
  const within = sayDuration(durationSeconds(request.spec.review?.within ?? '0s'))
  if (request.status?.phase === 'Provisioned' || !end) {
    const message = `This emergency must be reviewed within ${within} after its access has ended.`
    return put(deps, request, { patch: said(deps, request, { reason: 'AwaitingEnd', message }), happened: [] })
  }
  const message = `Nobody has reviewed this emergency yet. It must be reviewed by ${instant(end)}.`
  return put(deps, request, {
    patch: said(deps, request, { reason: 'AwaitingReview', message }),
    happened: [{ event: 'ReviewAsked', message, details: { reviewBy: instant(end) } }],
  })
}

/** Nobody reviewed it in time. It stays unreviewed, and is settled. */
export async function closeReview(deps: Dependencies, request: AccessRequest): Promise<Written> {
  const end = reviewBy(request)
  const message = `Nobody reviewed this emergency by ${end ? instant(end) : 'its time'}.`
  return put(deps, request, {
    patch: said(deps, request, { reason: 'ReviewOverdue', message }),
    happened: [{ event: 'ReviewOverdue', message }],
  })
}

type Unreviewed = { reason: 'AwaitingEnd' | 'AwaitingReview' | 'ReviewOverdue'; message: string }

function said(deps: Dependencies, request: AccessRequest, { reason, message }: Unreviewed): Change['patch'] {
  return { conditions: conditionsWith(deps, request, { type: 'Reviewed', status: 'False', reason, message }) }
}

/** Verifies a stored review, and records that it counts or why not. */
export async function review(deps: Dependencies, request: AccessRequest, stored: Review): Promise<Written> {
  const judged = await judge(deps, request, stored).catch(async error => wait(deps, request, error))
  const change = isRefusal(judged)
    ? refused(deps, request, { stored, no: judged })
    : reviewed(deps, request, { stored, person: judged })
  const written = await put(deps, request, change)
  if (written !== 'conflict')
    await unlessLater(deps, deps.sealedTokens.delete(sealedTokenName(request.metadata.uid, stored.evidence.hash)))
  return written
}

// The sign-in is verified as that of an approval is, for its own purpose and at its own instant. It has no rights.
async function judge(deps: Dependencies, request: AccessRequest, stored: Review): Promise<VerifiedApprover | Refusal> {
  const { at, evidence } = stored
  const kind = { purpose: 'review', notAuthentic: reviewNotAuthentic, missing } as const
  const signIn = await openEvidence(deps, request, { at, evidence, ...kind })
  if ('refusal' in signIn) return signIn.refusal
  const { hostedDomains, people } = deps
  const person = judgeReview({ occasion: 'count', request, review: stored, signIn, people, hostedDomains })
  if (isRefusal(person) || (await isReviewerNow(deps, request, person.email))) return person
  return refusal('NotAReviewer', 'The person is no longer in the user group of reviewers.')
}

const tooOld = refusal('EvidenceExpired', 'The review could not be verified before its time was over.')
const missing = refusal('SealedTokenMissing', 'The sign-in is no longer there, so the review could not be verified.')

/** A correction by a person takes effect this soon. */
const lookAgainSeconds = 30
const patienceSeconds = 3600

// A right or setting of Hallpass that is wrong, and a service that does not answer, prove nothing against the sign-in. They
// keep the request waiting for an hour longer than anybody can review it.
async function wait(deps: Dependencies, request: AccessRequest, error: unknown): Promise<Refusal> {
  const end = reviewBy(request)
  const isOver = end !== undefined && deps.clock.now() >= after(end, patienceSeconds)
  const isOutcome = error instanceof Refused || error instanceof Waiting || error instanceof Broken
  if (isOver && isOutcome) return tooOld
  if (!(error instanceof Refused)) throw error
  deps.events.record(request, { type: 'Warning', ...error.refusal })
  throw new Waiting(after(deps.clock.now(), lookAgainSeconds), error.message)
}

function reviewed(
  deps: Dependencies,
  request: AccessRequest,
  { stored, person }: { stored: Review; person: VerifiedApprover },
): Change {
  const { email } = person
  const name = request.status?.reviewers?.find(one => one.email === email)?.name
  const message = `This emergency was reviewed by ${sayPerson({ name, email })}.`
  const { evidence, comment } = stored
  const condition = { type: 'Reviewed', status: 'True', reason: 'Reviewed', message } as const
  return {
    patch: { reviewedBy: email, conditions: conditionsWith(deps, request, condition) },
    happened: [
      {
        event: 'Reviewed',
        actor: email,
        message,
        details: {
          googleSubject: evidence.claims.sub,
          evidence: evidence.hash,
          nonce: evidence.claims.nonce,
          salt: evidence.salt,
          comment,
        },
      },
    ],
  }
}

// It does not count. Another person, or the same one, may sign in again.
function refused(
  { clock }: Dependencies,
  { status }: AccessRequest,
  { stored, no: { reason, message } }: { stored: Review; no: Refusal },
): Change {
  const entry = { id: stored.id, reason, message: shortLine(message, 600), at: instant(clock.now()) }
  const audit = auditedAs(reason)
  return {
    patch: { reviewsRefused: [...(status?.reviewsRefused ?? []), entry] },
    happened: [
      ...(audit ? [{ event: audit, message, details: { reason } }] : []),
      {
        event: 'ReviewRefused',
        message: `The review does not count: ${message}`,
        details: { review: stored.id, reason },
      },
    ],
  }
}

async function put(deps: Dependencies, request: AccessRequest, { patch, happened }: Change): Promise<Written> {
  return transition(deps, request, patch, ...happened)
}
