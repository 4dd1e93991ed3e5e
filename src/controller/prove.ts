// Verifies an approval: opens the sealed token, checks Google's signature again, and compares everything in the
// decision with it. Without this proof no data from the cluster is trusted.
import type { AccessRequest, Decision } from '../api/kinds.ts'
import { type Approved, type GrantFacts, judgeApproval, notAuthentic, type ProvedApproval } from '../domain/approval.ts'
import { after } from '../domain/duration.ts'
import { standingDecision } from '../domain/eligibility.ts'
import type { VerifiedApprover } from '../domain/evidence.ts'
import { type Mapping, readMapping, rulesDigest } from '../domain/mapping.ts'
import { type Refusal, refusal, Refused, Waiting } from '../domain/outcome.ts'
import { sealedTokenAad, sealedTokenName } from '../domain/sealed-token.ts'
import type { Secret } from '../domain/secret.ts'
import type { Failing } from './close.ts'
import { wasDelayed } from './delay.ts'
import type { Dependencies } from './dependencies.ts'
import { openSignIn } from './sealed-sign-in.ts'

/** A verified approval, with the token to act as the approver. */
export type Proof = {
  approver: VerifiedApprover
  decision: Decision
  token: Secret
  tokenEndsAt: Date
  /** Digest of the mapping's rules at the judgement. */
  rules: string | undefined
}

/** An approval that must not be used; with `proof` it is genuine, so that grants that were begun can be undone. */
type Unfit = Failing & { proof?: Proof }

/** The current mapping of a request. */
export async function mappingNow(
  { liveMappings }: Dependencies,
  { metadata: { namespace }, spec }: AccessRequest,
): Promise<Mapping | undefined> {
  const stored = await liveMappings.read({ namespace, name: spec.roleMapping })
  return stored && readMapping(stored)
}

/**
 * Verifies the approval of a request with the mapping that is being read, or says why it is invalid. Rejects when it
 * could not be checked: with Refused when one of our rights or settings is wrong, which says nothing about the
 * approval. It reads the clock once.
 */
export async function prove(
  deps: Dependencies,
  request: AccessRequest,
  mappingRead: Promise<Mapping | undefined>,
): Promise<Proof | Unfit> {
  const now = deps.clock.now()
  const decision = approvalOf(request)
  if (!decision) return tampered('nobody has approved it')
  if (now.getTime() / 1000 >= decision.evidence.claims.exp) return refusedFor(tooOld(request))
  const name = sealedTokenName(request.metadata.uid, decision.evidence.hash)
  const [mapping, sealed] = await Promise.all([mappingRead, deps.sealedTokens.read(name)])
  awaitJudgement(mapping, now)
  if (sealed === undefined) return refusedFor(missing)
  const { at, evidence } = decision
  const aad = sealedTokenAad(request.metadata.uid, evidence.hash)
  const signIn = await openSignIn(deps, { sealed, aad, at, evidence, notAuthentic }, now)
  if ('refusal' in signIn) return signIn
  const { people } = deps
  return judge({ occasion: 'grant', request, mapping, decision, signIn, people, organisation: deps, now })
}

function judge(facts: GrantFacts): Proof | Unfit {
  const judged = judgeApproval(facts)
  if (!('refused' in judged)) return proofOf(facts, judged)
  const { refused, proved } = judged
  // The clock of Hallpass is slow, or was set back: nothing is wrong with the approval.
  if (refused.reason === 'EvidenceNotYet') throw new Refused(refused.reason, refused.message)
  return { ...refusedFor(refused), ...(proved && { proof: proofOf(facts, proved) }) }
}

function proofOf({ decision, signIn, mapping }: GrantFacts, { approver }: ProvedApproval): Proof {
  return {
    approver,
    decision,
    token: signIn.accessToken,
    tokenEndsAt: new Date(approver.claims.exp * 1000),
    rules: mapping && rulesDigest(mapping),
  }
}

function approvalOf({ status }: AccessRequest): Approved | undefined {
  const decision = standingDecision(status)
  const { verdict, evidence } = decision ?? {}
  return decision && verdict === 'Approved' && evidence ? { ...decision, evidence } : undefined
}

/** Not urgent, because a change of the mapping brings its requests back sooner. */
const judgementSeconds = 5

/**
 * Throws Waiting for a mapping that was just edited: an approval must not fail because of something that is not known
 * yet.
 */
export function awaitJudgement(mapping: Mapping | undefined, now: Date): void {
  if (!mapping || mapping.isJudged) return
  const until = after(now, judgementSeconds)
  throw new Waiting(until, `Mapping "${mapping.name}" has changed, and it is being checked whether it is ready.`)
}

function tooOld(request: AccessRequest): Refusal {
  const why = wasDelayed(request)
    ? ' Hallpass could not check the approval earlier, which is neither your fault nor the approver’s. Please ask again, and tell the platform team.'
    : ' Please ask again.'
  return refusal('EvidenceExpired', `The approver’s sign-in was too old by the time access could be granted.${why}`)
}

const missing = refusal(
  'SealedTokenMissing',
  'The approver’s sign-in is no longer there, so access could not be granted. Please ask again.',
)

function refusedFor(no: Refusal): Failing {
  return { refusal: no }
}

function tampered(why: string): Failing {
  return refusedFor(notAuthentic(why))
}
