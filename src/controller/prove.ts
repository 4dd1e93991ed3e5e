// The proof that an approval is one: the sealed token opened, Google's signature checked again, and everything the decision
// claims compared with it. Nothing that is stored in the cluster is believed without it.
import type { AccessRequest, Decision, Evidence } from '../api/kinds.ts'
import { canonical, nonceOf, sha256, specDigest } from '../domain/digest.ts'
import { after } from '../domain/duration.ts'
import { refuseRecordedApproval, standingDecision } from '../domain/eligibility.ts'
import { isRefusal, type VerifiedApprover, verifyApprover } from '../domain/evidence.ts'
import { type Mapping, readMapping, rulesDigest } from '../domain/mapping.ts'
import { refuseNarrowing } from '../domain/narrowing.ts'
import { type Refusal, refusal, Refused, Waiting } from '../domain/outcome.ts'
import type { Reason } from '../domain/refusals.ts'
import { Secret } from '../domain/secret.ts'
import { decodeSealed, type SealedContent, sealedTokenAad, sealedTokenName } from '../domain/ticket.ts'
import type { Failing } from './close.ts'
import { wasDelayed } from './delay.ts'
import type { World } from './world.ts'

/** A proved approval, and what it takes to act as the approver. */
export type Proof = {
  approver: VerifiedApprover
  decision: Decision
  token: Secret
  tokenEndsAt: Date
  /** Digest of the mapping's rules as they were judged. */
  rules: string | undefined
}

/** Clocks may differ by this much. */
const skewSeconds = 60

/** What is not to be acted on; with `proof`, though it is a true approval, so that what was begun on it can be undone. */
type Unfit = Failing & { proof?: Proof }

/** The mapping of a request as it is now. */
export async function mappingNow(
  { liveMappings }: World,
  { metadata: { namespace }, spec }: AccessRequest,
): Promise<Mapping | undefined> {
  const stored = await liveMappings.read({ namespace, name: spec.roleMapping })
  return stored && readMapping(stored)
}

/**
 * Proves the standing approval of a request, or says why it does not hold. Rejects when it could not be looked into: with
 * Refused when a right or a setting of ours is wrong, which says nothing about the approval. All of it goes by one instant.
 */
export async function prove(
  world: World,
  request: AccessRequest,
  mapping: Mapping | undefined,
): Promise<Proof | Unfit> {
  const now = world.clock.now()
  const decision = standingDecision(request.status)
  if (decision?.verdict !== 'Approved' || !decision.evidence) return tampered('nobody has approved it')
  const { evidence } = decision
  if (now.getTime() / 1000 >= evidence.claims.exp) return refusedFor(tooOld(request))
  awaitJudgement(mapping, now)
  const content = await unsealed(world, request, evidence)
  if ('refusal' in content) return content
  const approver = await verified(world, request, { decision, evidence, content, now })
  if ('refusal' in approver) return approver
  if (!isDatedWithin(decision, approver)) return tampered('it is dated to another time than the sign-in')
  const judgement = { decision, approver, mapping }
  const no = refuseNarrowing(request.spec, decision.narrowing) ?? refuseFacts(world, request, judgement)
  const rules = mapping && rulesDigest(mapping)
  const tokenEndsAt = new Date(approver.claims.exp * 1000)
  const proof = { approver, decision, token: new Secret(content.accessToken), tokenEndsAt, rules }
  return no ? { ...refusedFor(no), proof } : proof
}

/** Long enough not to hurry; the mapping's change brings its requests back sooner. */
const judgementSeconds = 5

/** Throws Waiting for a mapping that was just edited: an approval must not fail for what is not known yet. */
function awaitJudgement(mapping: Mapping | undefined, now: Date): void {
  if (!mapping || mapping.isJudged) return
  const until = after(now, judgementSeconds)
  throw new Waiting(until, `Mapping "${mapping.name}" has changed, and whether it is ready is being looked into.`)
}

function tooOld(request: AccessRequest): Refusal {
  const why = wasDelayed(request)
    ? ' Hallpass could not look into the approval before, which is no fault of yours or the approver’s. Please ask again, and tell the platform team.'
    : ' Please ask again.'
  return refusal('EvidenceExpired', `The approver’s sign-in was too old by the time access could be granted.${why}`)
}

const missing = refusal(
  'SealedTokenMissing',
  'The approver’s sign-in is no longer there, so access could not be granted. Please ask again.',
)

async function unsealed(
  { sealedTokens, tokens }: World,
  { metadata }: AccessRequest,
  evidence: Evidence,
): Promise<SealedContent | Failing> {
  const sealed = await sealedTokens.read(sealedTokenName(metadata.uid, evidence.hash))
  if (sealed === undefined) return refusedFor(missing)
  const text = await unless('NotAuthentic', tokens.unseal(sealed, sealedTokenAad(metadata.uid, evidence.hash)))
  const content = text === undefined ? undefined : decodeSealed(text)
  if (!content) return tampered('the sealed sign-in is not one that Hallpass stored for it')
  if (sha256(content.idToken) !== evidence.hash || content.salt !== evidence.salt)
    return tampered('the sealed sign-in belongs to another approval')
  return content
}

type Claimed = { decision: Decision; evidence: Evidence; content: SealedContent; now: Date }

async function verified(
  { verifier, oauthClientID, hostedDomains }: World,
  { metadata, spec }: AccessRequest,
  { decision, evidence, content, now }: Claimed,
): Promise<VerifiedApprover | Failing> {
  const proved = verifier.verify(new Secret(content.idToken), oauthClientID, now).catch(orOtherEnd)
  const claims = await unless('EvidenceNotAuthentic', proved)
  if (claims === undefined) return tampered('Google did not sign it')
  if (claims === 'other end') return tampered('it says another end of the sign-in than Google does')
  const nonce = nonceOf({
    purpose: 'approve',
    uid: metadata.uid,
    specDigest: specDigest(spec),
    narrowing: decision.narrowing,
    comment: decision.comment,
    salt: evidence.salt,
  })
  const { accessToken } = content
  const approver = verifyApprover(claims, { audience: oauthClientID, nonce, accessToken, hostedDomains, now })
  if (isRefusal(approver)) return judged(approver)
  const { who } = decision
  const isSame =
    canonical(approver.claims) === canonical(evidence.claims) &&
    who.email === approver.email &&
    (who.googleSubject === undefined || who.googleSubject === approver.googleSubject)
  return isSame ? approver : tampered('it names another person than Google does')
}

function judged(no: Refusal): Failing {
  if (no.reason === 'EvidenceForAnother') return tampered('Google signed it for another request or other terms')
  if (no.reason === 'EvidenceNotAuthentic') return tampered('Google did not sign it for Hallpass')
  // Our clock is slow, or was set back since: nothing is wrong with the approval.
  if (no.reason === 'EvidenceNotYet') throw new Refused(no.reason, no.message)
  return refusedFor(no)
}

// By what is stored it had not ended at this very instant, so what is stored was changed.
function orOtherEnd(error: unknown): 'other end' {
  if (error instanceof Refused && error.refusal.reason === 'EvidenceExpired') return 'other end'
  throw error
}

// The stored instant decides whether the window was open, so it must lie within the life of the sign-in.
function isDatedWithin({ at }: Decision, { issuedAt, claims }: VerifiedApprover): boolean {
  const seconds = new Date(at).getTime() / 1000
  return seconds >= issuedAt.getTime() / 1000 - skewSeconds && seconds <= claims.exp
}

type Judged = { decision: Decision; approver: VerifiedApprover; mapping: Mapping | undefined }

function refuseFacts(
  world: World,
  { metadata, spec, status = {} }: AccessRequest,
  { decision, approver, mapping }: Judged,
): Refusal | undefined {
  const at = new Date(decision.at)
  return refuseRecordedApproval({
    spec,
    status,
    createdAt: new Date(metadata.creationTimestamp),
    isDeleted: metadata.deletionTimestamp !== undefined,
    mapping,
    person: { email: approver.email, googleSubject: approver.googleSubject },
    people: world.people,
    organisation: world,
    now: at,
    approvedAt: at > approver.issuedAt ? at : approver.issuedAt,
  })
}

/** The value; undefined when it was refused for this very reason. Anything else goes on as an error. */
async function unless<T>(reason: Reason, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Refused && error.refusal.reason === reason) return undefined
    throw error
  }
}

function refusedFor(no: Refusal): Failing {
  return { refusal: no, isTampering: false }
}

function tampered(why: string): Failing {
  return {
    refusal: refusal(
      'ApprovalNotAuthentic',
      `The recorded approval was not accepted: ${why}. Nothing is granted on it. Please ask again, and tell the platform team.`,
    ),
    isTampering: true,
  }
}
