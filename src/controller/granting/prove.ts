// Verifies the approvals of a request: opens each sealed sign-in, checks Google's signature again, and compares
// everything in the decision with it. Without this proof no data from the cluster is trusted.
import type { AccessRequest, Decision, Narrowing } from '../../api/kinds.ts'
import {
  type Approved,
  type GrantFacts,
  judgeApproval,
  notAuthentic,
  type SignIn,
} from '../../domain/approval/approval.ts'
import { after } from '../../domain/asking/duration.ts'
import type { VerifiedApprover } from '../../domain/approval/evidence.ts'
import { type Mapping, readMapping, rulesDigest } from '../../domain/mapping/mapping.ts'
import { type Refusal, refusal, Refused, Waiting } from '../../domain/outcome.ts'
import { approvalsOf, approvedNarrowing, sayApprovedBy } from '../../domain/approval/quorum.ts'
import { sealedTokenAad, sealedTokenName } from '../../domain/approval/sealed-token.ts'
import type { Secret } from '../../domain/secret.ts'
import { type ApproverGroups, approverGroups } from './approver-groups.ts'
import type { Failing } from '../ending/close.ts'
import { wasDelayed } from './delay.ts'
import type { Dependencies } from '../dependencies.ts'
import { openEarlier, openSignIn } from './sealed-sign-in.ts'

/** Verified approvals, with the token to act as the last approver. */
export type Proof = {
  /** The last approver, as whom everything is written. */
  approver: VerifiedApprover
  /** Those who approved before, in order. */
  earlier: readonly VerifiedApprover[]
  /** The last approval. */
  decision: Decision
  /** What every approver chose. */
  narrowing: Narrowing | undefined
  /** Everybody who approved, as `status.approvedBy` says it. */
  approvedBy: string
  token: Secret
  tokenEndsAt: Date
  /** Digest of the mapping's rules at the judgement. */
  rules: string | undefined
  /** The Google groups that let approvers in, where nothing else did. */
  groups: ApproverGroups
}

/** Approvals that must not be used; with `proof` they are genuine, so that grants that were begun can be undone. */
type Unfit = Failing & { proof?: Proof }

/** An approval that was verified while others are awaited. */
export type Counted = {
  approver: VerifiedApprover
  decision: Approved
  rules: string | undefined
  groups: ApproverGroups
}

/** The current mapping of a request. */
export async function mappingNow(
  { liveMappings }: Dependencies,
  { metadata: { namespace }, spec }: AccessRequest,
): Promise<Mapping | undefined> {
  const stored = await liveMappings.read({ namespace, name: spec.roleMapping })
  return stored && readMapping(stored)
}

/**
 * Verifies the approvals of a request with the mapping that is being read, or says why they are invalid. Rejects when
 * they could not be checked: with Refused when one of our rights or settings is wrong, which says nothing about the
 * approvals. It reads the clock once.
 */
export async function prove(
  deps: Dependencies,
  request: AccessRequest,
  mappingRead: Promise<Mapping | undefined>,
): Promise<Proof | Unfit> {
  const now = deps.clock.now()
  const approvals = approvalsOf(request).filter(isApproved)
  const decision = approvals.at(-1)
  if (!decision) return tampered('nobody has approved it')
  if (approvals.length < request.spec.approval.required) return tampered('too few people have approved it')
  if (now.getTime() / 1000 >= decision.evidence.claims.exp) return refusedFor(tooOld(request))
  const name = sealedTokenName(request.metadata.uid, decision.evidence.hash)
  const before = approvals.slice(0, -1)
  const [mapping, sealed, groups, opened] = await Promise.all([
    mappingRead,
    deps.sealedTokens.read(name),
    approverGroups(deps, request, approvals),
    Promise.all(before.map(approval => openEarlier(deps, request, approval))),
  ])
  awaitJudgement(mapping, now)
  const earlier = opened.map((signIn, i) =>
    judgeEarlier(deps, { request, mapping, groups, decision: before[i] ?? decision, signIn, now }),
  )
  const approvers = earlier.flatMap(({ approver }) => approver ?? [])
  const forged = earlier.find(({ approver }) => !approver)
  if (forged) return refusedFor(forged.refused ?? notAuthentic('it could not be proved'))
  if (sealed === undefined) return refusedFor(missing)
  const { at, evidence } = decision
  const aad = sealedTokenAad(request.metadata.uid, evidence.hash)
  const signIn = await openSignIn(deps, { sealed, aad, at, evidence, notAuthentic }, now)
  if ('refusal' in signIn) return signIn
  const judged = judge(factsOf(deps, { request, mapping, groups, decision, now }), signIn, approvers)
  const refused = earlier.find(one => one.refused)?.refused
  if (!refused) return judged
  const proof = 'refusal' in judged ? judged.proof : judged
  return { ...refusedFor(refused), ...(proof && { proof }) }
}

/** Verifies one approval while others are awaited, as `prove` does again when all are there. */
export async function proveEarlier(
  deps: Dependencies,
  request: AccessRequest,
  decision: Decision,
): Promise<Counted | Failing> {
  if (!isApproved(decision)) return tampered('it has no evidence')
  const now = deps.clock.now()
  const [mapping, groups, signIn] = await Promise.all([
    mappingNow(deps, request),
    approverGroups(deps, request, [decision]),
    openEarlier(deps, request, decision),
  ])
  awaitJudgement(mapping, now)
  const { approver, refused } = judgeEarlier(deps, { request, mapping, groups, decision, signIn, now })
  if (refused || !approver) return refusedFor(refused ?? notAuthentic('it could not be proved'))
  return { approver, decision, rules: mapping && rulesDigest(mapping), groups }
}

type Judging = {
  request: AccessRequest
  mapping: Mapping | undefined
  groups: ApproverGroups
  decision: Approved
  now: Date
}
type Facts = Omit<GrantFacts, 'signIn'> & { groups: ApproverGroups }

function factsOf(deps: Dependencies, { request, mapping, groups, decision, now }: Judging): Facts {
  return { occasion: 'grant', request, mapping, groups, decision, people: deps.people, organisation: deps, now }
}

/** The approver, if the approval is genuine; and why it must not be used, if there is a reason. */
type JudgedEarlier = { approver?: VerifiedApprover; refused?: Refusal }

function judgeEarlier(
  deps: Dependencies,
  { signIn, ...judging }: Judging & { signIn: Awaited<ReturnType<typeof openEarlier>> },
): JudgedEarlier {
  if ('refusal' in signIn) return { refused: signIn.refusal }
  const judged = judgeApproval({ ...factsOf(deps, judging), signIn })
  if (!('refused' in judged)) return { approver: judged.approver }
  const { refused, proved } = judged
  // It was judged at its own instant, so no clock is slow: its time is not the one that was stored.
  if (refused.reason === 'EvidenceNotYet') return { refused: notAuthentic('its time differs from that of the sign-in') }
  return { refused, ...(proved && { approver: proved.approver }) }
}

function judge(facts: Facts, signIn: SignIn, earlier: readonly VerifiedApprover[]): Proof | Unfit {
  const judged = judgeApproval({ ...facts, signIn })
  if (!('refused' in judged)) return proofOf(facts, signIn, [...earlier, judged.approver])
  const { refused, proved } = judged
  // The clock of Hallpass is slow, or was set back: nothing is wrong with the approval.
  if (refused.reason === 'EvidenceNotYet') throw new Refused(refused.reason, refused.message)
  return { ...refusedFor(refused), ...(proved && { proof: proofOf(facts, signIn, [...earlier, proved.approver]) }) }
}

function proofOf(
  { request, decision, mapping, groups }: Facts,
  { accessToken: token }: SignIn,
  approvers: readonly [...VerifiedApprover[], VerifiedApprover],
): Proof {
  const approver = approvers[approvers.length - 1] as VerifiedApprover
  return {
    approver,
    earlier: approvers.slice(0, -1),
    decision,
    narrowing: approvedNarrowing(request),
    approvedBy: sayApprovedBy(approvalsOf(request)),
    token,
    tokenEndsAt: new Date(approver.claims.exp * 1000),
    rules: mapping && rulesDigest(mapping),
    groups,
  }
}

function isApproved(decision: Decision): decision is Approved {
  return decision.evidence !== undefined
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
