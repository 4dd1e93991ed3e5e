// Whether access may be ended early: one judgement for the page, the login's return and the controller. Pure: the caller
// passes every fact and the time. Nothing is looked up, removed or stored here.
import type { AccessRequest, RequestStatus } from '../../api/kinds.ts'
import { refuseScopes, type SignIn } from '../approval/approval.ts'
import { type Commitment, nonceOf, specDigest } from '../approval/digest.ts'
import { instant } from '../asking/duration.ts'
import { isHolder, openRevocation, type Revocation } from './endings.ts'
import type { Person } from '../people/identity.ts'
import { isRefusal, type VerifiedApprover, verifyApprover } from '../approval/evidence.ts'
import { type Refusal, refusal } from '../outcome.ts'
import { asChanged, refuseRecord } from '../approval/recorded.ts'
import { takesEnding } from '../approval/verdicts.ts'

/** What the person adds, and the 32 random bytes (base64url) that make their commitment unique. */
export type EndingTerms = { comment?: string | undefined; salt: string }

/** What the nonce of a sign-in for ending access binds: this request, the comment, and that it is for nothing else. */
export function endingCommitment(
  { metadata: { uid }, spec }: Pick<AccessRequest, 'metadata' | 'spec'>,
  { comment, salt }: EndingTerms,
): Commitment {
  return { purpose: 'revoke', uid, specDigest: specDigest(spec), comment, salt }
}

type Asked = { request: AccessRequest; hostedDomains: readonly string[]; now: Date; signIn: SignIn }
/** Somebody has just signed in to end the access. `scopes` are known only here. */
export type RevokeFacts = Asked & { occasion: 'revoke'; terms: EndingTerms; scopes: readonly string[] }
/** The entry is stored, so what no longer agrees was changed since: EndingNotAuthentic. */
export type EndFacts = Asked & { occasion: 'end'; revocation: Revocation }

/**
 * The person who signed in to end exactly this access, or why it is not accepted. Whether this person may write the
 * policy is for Google to say. The rules against approving oneself do not apply: ending gives nobody access.
 */
export function judgeRevocation(facts: RevokeFacts | EndFacts): VerifiedApprover | Refusal {
  const person = verify(facts)
  if (facts.occasion === 'end')
    return isRefusal(person)
      ? asChanged(person, endingNotAuthentic)
      : (refuseRecord(facts.revocation, person, endingNotAuthentic) ?? person)
  if (isRefusal(person)) return person
  return refuseToEnd(facts.request, facts.now) ?? refuseScopes(facts.scopes) ?? person
}

function verify(facts: RevokeFacts | EndFacts): VerifiedApprover | Refusal {
  const { request, signIn, hostedDomains, now } = facts
  const { claims, audience } = signIn
  const nonce = nonceOf(endingCommitment(request, termsOf(facts)))
  return verifyApprover(claims, { audience, nonce, accessToken: signIn.accessToken.reveal(), hostedDomains, now })
}

function termsOf(facts: RevokeFacts | EndFacts): EndingTerms {
  if (facts.occasion === 'revoke') return facts.terms
  const { comment, evidence } = facts.revocation
  return { comment, salt: evidence.salt }
}

/** The schema keeps this many. */
const mostEndings = 8

/** Why nobody can end this access now. It names no person, because the page shows it to anyone with the link. */
export function refuseToEnd({ status = {} }: AccessRequest, now: Date): Refusal | undefined {
  if (!isInForce(status, now)) return notInForce()
  if (openRevocation(status)) return alreadyEnding()
  return takesEnding(status, 'Revoked') && (status.endings?.length ?? 0) < mostEndings
    ? undefined
    : refusal(
        'EndedTooOften',
        'Ending this access was tried too often. It ends at its time; a person with the right can remove it with gcloud.',
      )
}

/** Why this person cannot say now that they are done with the access. Saying it again is accepted, and changes nothing. */
export function refuseDone({ spec, status = {} }: AccessRequest, person: Person, now: Date): Refusal | undefined {
  if (!isHolder(spec.requester, person))
    return refusal('NotTheRequester', 'Only the person who has this access can say that they are done with it.')
  if (status.phase !== 'Provisioned' || status.settled || !isInForce(status, now)) return notInForce()
  return openRevocation(status) ? alreadyEnding() : undefined
}

function notInForce(): Refusal {
  return refusal('NotInForce', 'There is no access to end: it has ended, or it was not granted.')
}

function alreadyEnding(): Refusal {
  return refusal('AlreadyEnding', 'Somebody has already signed in to end this access.')
}

function isInForce({ phase, expiresAt }: RequestStatus, now: Date): boolean {
  return (phase === 'Approved' || phase === 'Provisioned') && expiresAt !== undefined && now < new Date(expiresAt)
}

/** How long a removal takes to work, as Google says (https://cloud.google.com/iam/docs/access-change-propagation). */
export const removal = 'Google usually follows within 2 minutes, sometimes 7 or more.'

/** The entry that is stored for a person who ends access. */
export function revocationOf(
  { email, googleSubject, claims }: VerifiedApprover,
  { comment, salt }: EndingTerms,
  { hash, now }: { hash: string; now: Date },
): Revocation {
  return {
    id: revocationId(hash),
    verdict: 'Revoked',
    who: { email, googleSubject },
    at: instant(now),
    ...(comment && { comment }),
    evidence: { hash, salt, claims, kept: true },
  }
}

/** One sign-in is one entry, even if it is sent several times. */
export function revocationId(hash: string): string {
  return `revoked-${hash.slice(0, 12)}`
}

/** The stored entry is not the one that auth stored: somebody changed it. */
export function endingNotAuthentic(why: string): Refusal {
  return refusal(
    'EndingNotAuthentic',
    `The recorded early end was not accepted: ${why}. Nothing is removed on it. Please sign in again to end the access, and tell the platform team.`,
  )
}
