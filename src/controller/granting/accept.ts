// An appended approval becomes Approved only after the controller itself has verified it.
import type { AccessRequest, RequestStatus } from '../../api/kinds.ts'
import { after, formatDuration } from '../../domain/asking/duration.ts'
import { grantedSeconds } from '../../domain/granting/expiry.ts'
import { grantSummary } from '../../domain/granting/grant-summary.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { refuseSequence, type SequenceRule, wantedTime } from '../../domain/asking/sequence.ts'
import { heldBy } from '../../store/held.ts'
import { grantsLeft } from '../../domain/approval/narrowing.ts'
import { refusal, Waiting } from '../../domain/outcome.ts'
import { approvalsOf } from '../../domain/approval/quorum.ts'
import { dropTokens } from '../mapping/account.ts'
import { type Failing, fail } from '../ending/close.ts'
import { detailsOfApproval, sayAll, uncounted } from './count.ts'
import { delay, sayDelayed } from './delay.ts'
import { outsideHours, refuseStored, signInEnded, startOf, timesOf, untouched } from './promised.ts'
import { type Proof, prove } from './prove.ts'
import {
  freshMapping,
  handOn,
  mappingOf,
  type MappingSeen,
  readEarly,
  type Ready,
  seeMapping,
} from '../mapping/ready.ts'
import { judgeRequester, type JudgedRequester, NotKnown } from './requester.ts'
import type { Dependencies } from '../dependencies.ts'
import { conditionsWith, transition, type Written } from './write.ts'

/** Accepts the approval, or fails the request with the reason. Waiting while Slack does not return the requester. */
export async function accept(deps: Dependencies, request: AccessRequest): Promise<Written> {
  const { proof, early, requester, seen } = await lookInto(deps, request).catch(async error =>
    delay(deps, request, error),
  )
  if ('refusal' in proof) return refuse(deps, request, orSilent(request, proof))
  if (requester instanceof NotKnown) return awaitAnswer(deps, request, { proof, unknown: requester })
  if (requester?.refused) return refuse(deps, request, { refusal: requester.refused })
  if (deps.clock.now() >= proof.tokenEndsAt) return refuse(deps, request, { refusal: signInEnded })
  const times = timesOf(deps, request, proof)
  const no = refuseStored(request, proof, times) ?? outsideHours(deps, request, times)
  if (no) return refuse(deps, request, no)
  const mapping = freshMapping(deps, request, seen)
  const ready = { proof, times, before: untouched(request, proof), mapping, early }
  return approveInSequence(deps, request, { rule: seen.mapping, ready, requesterGroup: requester?.group })
}

/**
 * Approves, unless the person would have the mapping for too long in sequence. What they have is read while no other
 * approval for the mapping is accepted, so of two at once the second sees the first.
 */
async function approveInSequence(
  deps: Dependencies,
  request: AccessRequest,
  { rule, ...approving }: { rule: SequenceRule | undefined } & Approving,
): Promise<Written> {
  const { ready } = approving
  if (rule?.maxConsecutiveSeconds === undefined) return approve(deps, request, approving)
  const { metadata, spec } = request
  return deps.lockSequence(`${metadata.namespace}/${spec.roleMapping}`, async () => {
    const wanted = wantedTime(ready.times, deps.clock.now(), request.spec)
    const held = await heldBy(request, { rule, from: wanted.from }, deps)
    const no = refuseSequence(rule, held, wanted)
    return no ? refuse(deps, request, { refusal: no }) : approve(deps, request, approving)
  })
}

/** `requesterGroup` is the Google group that let the requester in, if nothing else did. */
type Approving = { ready: Ready; requesterGroup: string | undefined }

type Proved = { proof: Proof | Failing; early?: Ready['early'] }
type Looked = Proved & { requester: JudgedRequester | NotKnown | undefined; seen: MappingSeen }

/** Verifies the approval and looks up the requester, in parallel. */
async function lookInto(deps: Dependencies, request: AccessRequest): Promise<Looked> {
  const reading = seeMapping(deps, request)
  const [seen, proved, requester] = await Promise.all([
    reading,
    proveAndRead(deps, request, mappingOf(reading)),
    mappingOf(reading).then(mapping => mapping && judgeRequester(deps, request, mapping)),
  ])
  return { ...proved, requester, seen }
}

/** Proves the approval, and begins at once to read the first policy with its token. */
async function proveAndRead(
  deps: Dependencies,
  request: AccessRequest,
  mapping: Promise<Mapping | undefined>,
): Promise<Proved> {
  const proof = await prove(deps, request, mapping)
  return 'refusal' in proof ? { proof } : { proof, early: readEarly(deps, proof, untouched(request, proof)) }
}

async function refuse(deps: Dependencies, request: AccessRequest, failing: Failing): Promise<Written> {
  const failed = await fail(deps, request, failing)
  if (failed !== 'conflict') await dropTokens(deps, failed)
  return failed
}

/** Who did not answer about the requester, by the reason that the condition had while it was awaited. */
const silences = { SlackSilent: 'Slack', GoogleGroupsSilent: 'Google' } as const

// Both are too late and nobody is blamed; the message says what was missing.
function orSilent(request: AccessRequest, failing: Failing): Failing {
  const waitedFor = request.status?.conditions?.find(({ type }) => type === 'Approved')?.reason
  if (failing.refusal.reason !== 'EvidenceExpired') return failing
  if (waitedFor !== 'SlackSilent' && waitedFor !== 'GoogleGroupsSilent') return failing
  const message = `${silences[waitedFor]} did not answer about the requester before the approver’s sign-in ended. Please ask again.`
  return { refusal: refusal(waitedFor, message) }
}

/** It is asked again soon at first, later less often; a request can wait for an hour. */
const pauseSeconds = { least: 3, most: 60 }

async function awaitAnswer(
  deps: Dependencies,
  request: AccessRequest,
  { proof, unknown }: { proof: Proof; unknown: NotKnown },
): Promise<never> {
  const now = deps.clock.now()
  await sayDelayed(deps, request, unknown.refusal)
  const waited = (now.getTime() - new Date(proof.decision.at).getTime()) / 1000
  const pause = Math.min(pauseSeconds.most, Math.max(pauseSeconds.least, waited / 4))
  const again = Math.max(after(now, pause).getTime(), unknown.until?.getTime() ?? 0)
  throw new Waiting(new Date(Math.min(again, proof.tokenEndsAt.getTime())), unknown.refusal.message)
}

/**
 * Records the approval, the promised times and that the first policy is begun in one write, and hands the proof on to the
 * grant. After a crash the policy is read first, as after a crash in the middle of the first write to Google.
 */
async function approve(
  deps: Dependencies,
  request: AccessRequest,
  { ready, requesterGroup }: Approving,
): Promise<Written> {
  const { approver, decision, earlier, narrowing, approvedBy, rules, groups } = ready.proof
  const approvals = approvalsOf(request)
  const message = `Approved by ${sayAll(request, approvals)}.`
  const before = earlier.flatMap((who, i) =>
    approvals[i] ? [{ approver: who, decision: approvals[i], rules, groups }] : [],
  )
  const begun = startOf(deps, request, ready)
  const approved = await transition(
    deps,
    request,
    {
      phase: 'Approved',
      approvedBy,
      decidedBy: approvedBy,
      ...(narrowing?.grants && { grantSummary: grantSummary(grantsLeft(request.spec, narrowing), request.spec) }),
      ...(before.length > 0 && { approvalsCounted: before.length }),
      ...admittedBy(requesterGroup, groups),
      conditions: conditionsWith(deps, request, { type: 'Approved', status: 'True', reason: 'Approved', message }),
      ...begun.patch,
    },
    ...uncounted(request, before),
    {
      event: 'Approved',
      actor: approver.email,
      message,
      details: {
        ...detailsOfApproval(request, { approver, decision, rules, groups }),
        requesterGroup,
        duration: formatDuration(grantedSeconds(request.spec, narrowing)),
        grants: narrowing?.grants?.join(' '),
      },
    },
    ...begun.happened,
  )
  if (approved !== 'conflict') handOn(deps, approved, ready)
  return approved
}

/** The Google groups by which people were let in, for the status. */
function admittedBy(requester: string | undefined, groups: Proof['groups']): Pick<RequestStatus, 'admittedBy'> {
  const approvers = [...groups].map(([email, group]) => ({ email, group }))
  if (requester === undefined && approvers.length === 0) return {}
  return { admittedBy: { ...(requester && { requester }), ...(approvers.length > 0 && { approvers }) } }
}
