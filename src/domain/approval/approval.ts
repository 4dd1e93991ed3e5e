// Whether an approval may be shown, stored and acted on: one judgement for the page, the login's return and the controller.
// Pure: the caller passes every fact and the time. Nothing is looked up or stored here.
import type { AccessRequest, Decision, Evidence } from '../../api/kinds.ts'
import type { Organisation } from '../people/belonging.ts'
import { type Commitment, nonceOf, specDigest } from './digest.ts'
import { instant } from '../asking/duration.ts'
import { refuseDecision } from './eligibility.ts'
import { isInside, isRefusal, type SignedClaims, type VerifiedApprover, verifyApprover } from './evidence.ts'
import { isSamePerson, type People } from '../people/identity.ts'
import { promise } from '../granting/expiry.ts'
import { askedTimes } from '../asking/window.ts'
import { refuseOutsideHours } from '../hours/outside.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { refuseMeeting, refuseTerms, type Terms } from './narrowing.ts'
import { type Refusal, refusal } from '../outcome.ts'
import { approvalsBefore, approvalsDigest, approvalsOf, met, needsSeveral } from './quorum.ts'
import { asChanged, refuseRecord } from './recorded.ts'
import type { Secret } from '../secret.ts'

/** Terms and the 32 random bytes (base64url) that make their commitment unique. */
export type SignedTerms = Terms & { salt: string }

/**
 * What the nonce of an approver's sign-in binds: exactly this request, the approver's choices, and if several people must
 * approve, exactly the approvals `before` it.
 */
export function commitmentOf(
  request: Pick<AccessRequest, 'metadata' | 'spec' | 'status'>,
  { narrowing, comment, salt }: SignedTerms,
  before: readonly Decision[] = approvalsOf(request),
): Commitment {
  const { metadata, spec } = request
  const several = needsSeveral(request) && { before: approvalsDigest(before) }
  return { purpose: 'approve', uid: metadata.uid, specDigest: specDigest(spec), narrowing, comment, salt, ...several }
}

/** Google's answer to the approver's sign-in. The adapter has verified the claims' signature. */
export type SignIn = { claims: SignedClaims; accessToken: Secret; audience: string }
/** The sign-in of an approval that others came after: its access token was dropped, because it writes nothing. */
export type EarlierSignIn = Omit<SignIn, 'accessToken'> & { accessToken: undefined }

/** The facts for every occasion. `mapping` is the current mapping, and `now` the instant of the judgement. */
type Asked = {
  request: AccessRequest
  mapping: Mapping | undefined
  people: People
  organisation: Organisation
  now: Date
  /** The Google group that lets a person approve, by the address that Google has proved: asked about just now. */
  groups?: ReadonlyMap<string, string> | undefined
}
/** Nobody has signed in, so no person is checked. `terms` are the values of the form, once it was sent. */
export type ShowFacts = Asked & { occasion: 'show'; terms?: Terms }
/** `scopes` are known only here: Google returns them once, with the tokens. */
export type ApproveFacts = Asked & {
  occasion: 'approve'
  terms: SignedTerms
  signIn: SignIn
  scopes: readonly string[]
}
/**
 * The decision is stored, so it is not checked whether the request is still open, and the recorded instant counts. If
 * something that auth has proved no longer agrees, it was changed since: ApprovalNotAuthentic.
 */
export type GrantFacts = Asked & { occasion: 'grant'; decision: Approved; signIn: SignIn | EarlierSignIn }

/** An approval with its proof. */
export type Approved = Decision & { evidence: Evidence }

/** A verified approval. `who` is the approver with the Slack account that was asked. */
export type ProvedApproval = { approver: VerifiedApprover; who: Decision['who'] }

/** The first refusal; with `proved`, the approval is genuine but a rule refuses it. */
export type RefusedApproval = { refused: Refusal; proved?: ProvedApproval }

/** The first rule that refuses to show the approval form, or refuses the terms that it was sent with. */
export function judgeApproval(facts: ShowFacts): Refusal | undefined
/** The approval, or the first refusal: by the evidence, the eligibility rules, the terms, or the scopes. */
export function judgeApproval(facts: ApproveFacts | GrantFacts): ProvedApproval | RefusedApproval
export function judgeApproval(
  facts: ShowFacts | ApproveFacts | GrantFacts,
): ProvedApproval | RefusedApproval | Refusal | undefined {
  return facts.occasion === 'show' ? refuseToShow(facts) : judgeSigned(facts)
}

function refuseToShow(facts: ShowFacts): Refusal | undefined {
  const { request, mapping, terms } = facts
  const refused = refuseDecision('show', { ...facts, person: {} })
  return (
    refused ??
    (terms && (refuseTerms(terms, request.spec, mapping) ?? refuseTogether(request, terms))) ??
    refuseHours(request, terms, facts.now)
  )
}

function judgeSigned(facts: ApproveFacts | GrantFacts): ProvedApproval | RefusedApproval {
  const proved = proveApprover(facts)
  if ('refused' in proved) return proved
  const { occasion, request, mapping } = facts
  const before = beforeOf(facts)
  const refused =
    refuseDecision(occasion, { ...facts, person: proved.who, before, now: judgedAt(facts, proved.approver) }) ??
    refuseTerms(termsOf(facts), request.spec, mapping) ??
    refuseTogether(request, termsOf(facts), before) ??
    // What is granted later is judged by the times of the grant.
    (occasion === 'approve'
      ? (refuseHours(request, termsOf(facts), facts.now) ?? refuseScopes(facts.scopes))
      : undefined)
  return refused ? { refused, proved } : proved
}

function refuseTogether(
  request: AccessRequest,
  { narrowing }: Terms,
  before: readonly Decision[] = approvalsOf(request),
): Refusal | undefined {
  return refuseMeeting([...before.map(decision => decision.narrowing), narrowing], request.spec)
}

/** Approved now, none of the time would be within the mapping's hours. */
function refuseHours(request: AccessRequest, terms: Terms | undefined, now: Date): Refusal | undefined {
  const { spec } = request
  const narrowing = met(spec, [...approvalsOf(request).map(decision => decision.narrowing), terms?.narrowing])
  const { startsAt: from, expiresAt: until } = promise(spec, narrowing, now)
  return refuseOutsideHours(spec.hours, askedTimes(spec, { from, until }), { what: `"${spec.roleMapping}"`, now })
}

/** The approvals that this one comes after. */
function beforeOf(facts: ApproveFacts | GrantFacts): Decision[] {
  return facts.occasion === 'grant' ? approvalsBefore(facts.request, facts.decision) : approvalsOf(facts.request)
}

/** Whether others approve after this one, so that nothing is written with its sign-in. */
function isEarlier(facts: ApproveFacts | GrantFacts): boolean {
  return beforeOf(facts).length + 1 < facts.request.spec.approval.required
}

function proveApprover(facts: ApproveFacts | GrantFacts): ProvedApproval | RefusedApproval {
  const { occasion, request, people } = facts
  const approver = verify(facts)
  if (isRefusal(approver))
    return { refused: occasion === 'grant' ? asChanged(approver, notAuthentic) : orMeanwhile(facts, approver) }
  const changed = occasion === 'grant' ? refuseRecord(facts.decision, approver, notAuthentic) : undefined
  return changed ? { refused: changed } : { approver, who: whoOf(request, approver, people) }
}

function termsOf(facts: ApproveFacts | GrantFacts): SignedTerms {
  if (facts.occasion === 'approve') return facts.terms
  const { narrowing, comment, evidence } = facts.decision
  return { narrowing, comment, salt: evidence.salt }
}

function verify(facts: ApproveFacts | GrantFacts): VerifiedApprover | Refusal {
  const { request, signIn, organisation } = facts
  const accessToken = signIn.accessToken?.reveal()
  if (accessToken === undefined && !isEarlier(facts))
    return refusal('EvidenceNotAuthentic', 'The sign-in has no access token. Please open the approval link again.')
  return verifyApprover(signIn.claims, {
    audience: signIn.audience,
    nonce: nonceOf(commitmentOf(request, termsOf(facts), beforeOf(facts))),
    accessToken,
    hostedDomains: organisation.hostedDomains,
    now: provedAt(facts),
  })
}

// The sign-in of an earlier approval may have ended while others were awaited. It must have been valid when it was
// stored.
function provedAt(facts: ApproveFacts | GrantFacts): Date {
  return facts.occasion === 'grant' && isEarlier(facts) ? new Date(facts.decision.at) : facts.now
}

/** The refusal, or that others have approved since this sign-in was begun. */
function orMeanwhile(facts: ApproveFacts | GrantFacts, refused: Refusal): Refusal {
  const before = beforeOf(facts)
  const { nonce } = facts.signIn.claims
  const wasFor = before.findIndex(
    (_, n) => nonce === nonceOf(commitmentOf(facts.request, termsOf(facts), before.slice(0, n))),
  )
  const [first] = wasFor === -1 ? [] : before.slice(wasFor)
  if (refused.reason !== 'EvidenceForAnother' || !first || !needsSeveral(facts.request)) return refused
  // A person with the link can sign in with any account.
  const who = isInside(facts.signIn.claims, facts.organisation.hostedDomains) ? first.who.email : 'Somebody'
  return refusal(
    'ApprovedMeanwhile',
    `${who} has approved since you opened this, so ${before.length} of ${facts.request.spec.approval.required} approvals are there. Please sign in once more: each sign-in counts with exactly the approvals before it.`,
  )
}

/**
 * Google does not know Slack accounts. It is the one that was asked under this address, so it cannot be the
 * requester's.
 */
function whoOf({ status }: AccessRequest, { email, googleSubject }: VerifiedApprover, people: People): Decision['who'] {
  const asked = status?.approvers?.find(approver => isSamePerson({ email: approver.email }, { email }, people))
  return { email, googleSubject, ...(asked?.slackUserID && { slackUserID: asked.slackUserID }) }
}

/** The decision that is stored for an approval. */
export function decisionOf(
  { approver, who }: ProvedApproval,
  { narrowing, comment, salt }: SignedTerms,
  { hash, now }: { hash: string; now: Date },
): Approved {
  return {
    id: decisionId(hash),
    verdict: 'Approved',
    who,
    at: instant(now),
    ...(comment && { comment }),
    ...(narrowing && { narrowing }),
    evidence: { hash, salt, claims: approver.claims, kept: true },
  }
}

/** One sign-in is one decision, even if it is sent several times. */
export function decisionId(hash: string): string {
  return `approved-${hash.slice(0, 12)}`
}

// A stored instant before the sign-in could claim that the window was still open.
function judgedAt(facts: ApproveFacts | GrantFacts, { issuedAt }: VerifiedApprover): Date {
  if (facts.occasion === 'approve') return facts.now
  const at = new Date(facts.decision.at)
  return at > issuedAt ? at : issuedAt
}

/** The stored value is not the one that auth stored: somebody changed it. */
export function notAuthentic(why: string): Refusal {
  return refusal(
    'ApprovalNotAuthentic',
    `The recorded approval was not accepted: ${why}. Nothing is granted on it. Please ask again, and tell the platform team.`,
  )
}

const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform'

/** Why this sign-in cannot change a policy. */
export function refuseScopes(scopes: readonly string[]): Refusal | undefined {
  return scopes.includes(cloudPlatform)
    ? undefined
    : refusal(
        'ScopeNotGranted',
        'The change is made with your own rights, and your sign-in did not include them: please sign in again and tick the box that lets Hallpass "see, edit, configure and delete your Google Cloud data".',
      )
}
