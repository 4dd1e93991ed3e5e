// Writes the grants of a request to Google's policies, one policy after another; the grants on one policy share one
// read and one write. Each policy is recorded as begun before its first write, and its result is recorded in one write
// with the next step.
import type { AccessRequest, GrantRecord } from '../../api/kinds.ts'
import { refuseOutsider } from '../../domain/people/belonging.ts'
import type { EditTask } from '../../domain/granting/edit-knowledge.ts'
import type { Edited } from '../../domain/granting/edited.ts'
import { refuseTimes } from '../../domain/granting/expiry.ts'
import {
  earlierOf,
  isStopped,
  policiesOf,
  type PolicyGrants,
  withRefusal,
  withResults,
  withWriting,
} from '../../domain/granting/grant-records.ts'
import { mayHold } from '../../domain/granting/approved-record.ts'
import { revocationDue } from '../../domain/lifecycle.ts'
import { type Mapping, snapshotDifference } from '../../domain/mapping/mapping.ts'
import { grantsLeft } from '../../domain/approval/narrowing.ts'
import { Broken, type Refusal, refusal, Refused } from '../../domain/outcome.ts'
import { descriptionOf } from '../../domain/granting/approved-entries.ts'
import { restrictionOf } from '../../domain/granting/restriction.ts'
import { conclusion, refusedCondition } from './conclude.ts'
import { type Edit, editPolicy } from './edit.ts'
import { outsideHours, signInEnded } from './promised.ts'
import { awaitJudgement } from './prove.ts'
import { type Ready, stillEarly } from '../mapping/ready.ts'
import type { Dependencies } from '../dependencies.ts'
import { type Change, record, recordChange, transition, type Written } from './write.ts'

/**
 * Writes the grants, one policy after another, so that after a refusal only few must be undone. Concludes the request
 * with the last result, unless grants must be removed first.
 */
export async function writeAll(deps: Dependencies, request: AccessRequest, ready: Ready): Promise<Written> {
  let current = request
  const policies = policiesOf(request.status?.grants ?? [])
  for (const [n, policy] of policies.entries()) {
    const grants = current.status?.grants ?? []
    if (isStopped(grants) || isToEnd(deps, current)) return current
    // After a crash, policies recorded as written are read again, because the policy decides, not the record.
    if (!policy.positions.some(i => isToWrite(grants[i]))) continue
    const begun = await begin(deps, current, policy)
    if (begun === 'conflict') return begun
    const edited = await editGrants(deps, begun, { ready, policy, goal: 'put in' })
    current = await save(deps, begun, { policy, edited, next: policies[n + 1], rules: ready.proof.rules })
  }
  return current
}

/** Removes grants that may be in force, one policy after another. */
export async function undoAll(deps: Dependencies, request: AccessRequest, ready: Ready): Promise<AccessRequest> {
  let current = request
  for (const { resource, positions } of policiesOf(request.status?.grants ?? [])) {
    const held = positions.filter(i => mayHold(request.status?.grants?.[i]?.state ?? 'Pending'))
    if (held.length === 0) continue
    const policy = { resource, positions: held }
    const before = current.status?.grants ?? []
    const edited = await editGrants(deps, current, { ready: { ...ready, before }, policy, goal: 'take out' })
    current = await record(deps, current, fresh => resultOf(deps, fresh, { policy, edited }))
  }
  return current
}

function isToWrite(grant: GrantRecord | undefined): boolean {
  return grant?.state === 'Pending' || grant?.state === 'Writing' || grant?.state === 'Written'
}

async function begin(deps: Dependencies, request: AccessRequest, { positions }: PolicyGrants): Promise<Written> {
  const grants = request.status?.grants ?? []
  if (!positions.some(i => grants[i]?.state === 'Pending')) return request
  return transition(deps, request, { grants: withWriting(grants, positions, deps.clock.now()) })
}

type Editing = { ready: Ready; policy: PolicyGrants; goal: EditTask['goal'] }

/** Edits the grants on one policy with the token of the proof. */
export async function editGrants(
  deps: Dependencies,
  request: AccessRequest,
  { ready, policy: { resource, positions }, goal }: Editing,
): Promise<Edited[]> {
  const { proof, before } = ready
  const edit: Edit = {
    task: taskOf(deps, request, { ready, positions, resource, goal }),
    earlier: positions.map(i => earlierOf(before[i] ?? { resource, role: '', state: 'Pending' })),
    token: proof.token,
    ...(goal === 'put in' && { judge: () => judge(deps, request, ready) }),
  }
  return deps.lockPolicy(resource, () => editPolicy(deps, { ...edit, firstRead: stillEarly(deps, ready, resource) }))
}

type Task = { ready: Ready; positions: readonly number[]; resource: string; goal: EditTask['goal'] }

function taskOf(
  { people }: Dependencies,
  { metadata, spec, status }: AccessRequest,
  { ready: { proof, times }, positions, resource, goal }: Task,
): EditTask {
  const { uid } = metadata
  const description = descriptionOf(metadata, spec.requester.email, status?.approvedBy)
  const entry = { uid, member: `user:${spec.requester.email}`, ...times, description }
  const left = grantsLeft(spec, proof.narrowing)
  const wanted = positions.flatMap(i =>
    left[i] ? [{ ...entry, role: left[i].role, condition: restrictionOf(spec, left[i]) }] : [],
  )
  return { goal, resource, uid, wanted, approvers: [proof.approver, ...proof.earlier], people }
}

/** The message when the time is over before the first write. */
export const tooLate = refusal('TooLate', 'The time was over before access could be granted. Please ask again.')

/** Checked before every write: everything that may have changed since the proof. */
async function judge(
  deps: Dependencies,
  { spec }: AccessRequest,
  { proof, times, mapping }: Ready,
): Promise<Refusal | undefined> {
  const found = await mapping().catch(asBroken)
  const now = deps.clock.now()
  const difference = differenceFrom(found, spec, now)
  if (difference)
    return refusal('MappingChanged', `This request can no longer be granted: ${difference}. Please ask again.`)
  if (now >= times.expiresAt) return tooLate
  const late = outsideHours(deps, { spec }, times)
  if (late) return late.refusal
  const outside = refuseOutsider(spec.requester, deps, { now, expiresAt: times.expiresAt })
  if (outside) return outside
  if (now >= proof.tokenEndsAt) return signInEnded
  return refuseTimes(times, spec, proof.narrowing, proof.approver.issuedAt)
}

// Changed rules refuse at once. An edit that left the rules as they are waits for its check, as it does before the proof.
function differenceFrom(mapping: Mapping | undefined, spec: AccessRequest['spec'], now: Date): string | undefined {
  if (mapping && !snapshotDifference(spec, { ...mapping, isSound: true })) awaitJudgement(mapping, now)
  return snapshotDifference(spec, mapping)
}

// A refusal by the API server is not Google's answer about the policy: it is tried again.
function asBroken(error: unknown): never {
  throw error instanceof Refused ? new Broken(error.message) : error
}

type Result = { policy: PolicyGrants; edited: readonly Edited[] }
type Saving = Result & { next: PolicyGrants | undefined; rules: string | undefined }

/** Records a result in one write with its consequence: the next policy is begun, or the conclusion. */
async function save(deps: Dependencies, request: AccessRequest, saving: Saving): Promise<AccessRequest> {
  if (isKnown(request, saving)) return request
  try {
    return await recordChange(deps, request, fresh => changeOf(deps, fresh, saving))
  } catch (error) {
    // The outbox may have no room for the event of the conclusion. The result is recorded in any case.
    if (error instanceof Refused) await record(deps, request, fresh => resultOf(deps, fresh, saving))
    throw error
  }
}

// After a crash, the recorded write was confirmed and the next policy is already begun.
function isKnown({ status }: AccessRequest, { policy, edited, next }: Saving): boolean {
  const stateOf = (i: number): GrantRecord['state'] | undefined => status?.grants?.[i]?.state
  return (
    next !== undefined &&
    edited.every(({ state }) => state === 'Written') &&
    policy.positions.every(i => stateOf(i) === 'Written') &&
    !next.positions.some(i => stateOf(i) === 'Pending')
  )
}

function changeOf(deps: Dependencies, fresh: AccessRequest, saving: Saving): Change {
  const result = resultOf(deps, fresh, saving)
  const isEnd = isStopped(result.grants)
    ? !result.grants.some(({ state }) => mayHold(state))
    : saving.next === undefined
  if (fresh.status?.phase !== 'Approved') return { patch: result, happened: [] }
  if (!isEnd)
    return { patch: { ...result, grants: withNext(deps, fresh, { ...saving, grants: result.grants }) }, happened: [] }
  const end = conclusion(deps, { ...fresh, status: { ...fresh.status, ...result } }, { rules: saving.rules })
  return { patch: { ...result, ...end.patch }, happened: end.happened }
}

function withNext(
  deps: Dependencies,
  fresh: AccessRequest,
  { next, grants }: Saving & { grants: GrantRecord[] },
): GrantRecord[] {
  return next && !isStopped(grants) && !isToEnd(deps, fresh)
    ? withWriting(grants, next.positions, deps.clock.now())
    : grants
}

/** Whether somebody ends the access: no further policy is begun. */
export function isToEnd({ clock }: Dependencies, request: AccessRequest): boolean {
  return revocationDue(request, clock.now()) !== undefined
}

/** The grants with the results, and the reason of a result as condition: the conclusion is named after it. */
function resultOf(
  deps: Dependencies,
  fresh: AccessRequest,
  { policy: { positions }, edited }: Result,
): Pick<NonNullable<AccessRequest['status']>, 'conditions'> & { grants: GrantRecord[] } {
  const now = deps.clock.now()
  const grants = withResults(fresh.status?.grants ?? [], { positions, edited }, now)
  for (const result of edited) {
    if (!('reason' in result) || !result.reason) continue
    const { reason, why = '' } = result
    // A refusal stops the writes by itself. Whatever else has a reason says why none of the grants may stay.
    const isRefused = edited.every(({ state }) => state === 'Refused')
    return {
      grants: isRefused ? grants : withRefusal(grants, why, now),
      conditions: refusedCondition(deps, fresh, { reason, message: why }),
    }
  }
  return { grants }
}
