// The conditions Reconciling and Stalled, which tools read of every kind (kstatus, in Flux, kpt and others): one of them
// while an object is not as it was asked for, none when it is. They repeat what another condition says.
import { isDeepStrictEqual } from 'node:util'
import type { ConditionType } from '../api/conditions.ts'
import type { Phase, RequestStatus } from '../api/kinds.ts'
import type { Condition } from '../api/meta.ts'
import { type NewCondition, withCondition } from './conditions.ts'
import { ownerOf, isReason } from './refusals.ts'
import { shortLine } from './text.ts'

type Progress = 'Reconciling' | 'Stalled'
type Said = Pick<NewCondition, 'reason' | 'message' | 'observedGeneration'>
/** The most that all conditions may say, as in crds/accessrequests.yaml. */
const mostCharacters = 6220

type Source = readonly [type: ConditionType, status: Condition['status']]

/** What is told in each phase: the first of these conditions that the request has. */
const undecided: readonly Source[] = [
  ['Routed', 'False'],
  ['Routed', 'Unknown'],
  ['Approved', 'Unknown'],
]
const ungranted: readonly Source[] = [
  ['Provisioned', 'False'],
  ['Approved', 'False'],
]
const told: Readonly<Record<Phase, readonly [Progress, readonly Source[]] | undefined>> = {
  Pending: ['Reconciling', undecided],
  Approved: [
    'Reconciling',
    [
      ['Provisioned', 'False'],
      ['Provisioned', 'Unknown'],
      ['Approved', 'True'],
    ],
  ],
  Provisioned: ['Stalled', [['Complete', 'False']]],
  Denied: ['Stalled', ungranted],
  TimedOut: ['Stalled', ungranted],
  Withdrawn: ['Stalled', ungranted],
  Failed: ['Stalled', ungranted],
  Expired: undefined,
  Revoked: undefined,
}

/**
 * The conditions of a request with its progress. Reconciling: it can still be granted. Stalled: it ended without access,
 * or what was granted is in doubt. Undefined when nothing changes.
 */
export function requestProgress({ phase, conditions = [] }: RequestStatus, now: Date): Condition[] | undefined {
  const [type, sources = []] = (phase && told[phase]) ?? []
  const because = sources
    .map(([of, is]) => conditions.find(condition => condition.type === of && condition.status === is))
    .find(condition => condition !== undefined)
  const next = withProgress(conditions, type && because && { type, said: saidBy(because, conditions) }, now)
  return isDeepStrictEqual(next, conditions) ? undefined : next
}

/**
 * The conditions of a mapping with Ready and its progress. Stalled: a person must change something. Reconciling: a
 * service does not answer, so nobody knows yet.
 */
export function mappingProgress(
  standing: readonly Condition[] | undefined,
  ready: NewCondition,
  now: Date,
): Condition[] {
  const isOurTurn = ready.status === 'Unknown' && isReason(ready.reason) && ownerOf(ready.reason) === 'nobody'
  const type = isOurTurn ? 'Reconciling' : 'Stalled'
  return withProgress(
    withCondition(standing, ready, now),
    ready.status === 'True' ? undefined : { type, said: ready },
    now,
  )
}

// Absent means not so, as these tools expect it.
function withProgress(
  standing: readonly Condition[],
  progress: { type: Progress; said: Said } | undefined,
  now: Date,
): Condition[] {
  const kept = standing.filter(({ type }) => !isProgress(type) || type === progress?.type)
  if (!progress) return kept
  const { reason, message, observedGeneration } = progress.said
  return withCondition(kept, { type: progress.type, status: 'True', reason, message, observedGeneration }, now)
}

function saidBy({ reason, message, observedGeneration }: Condition, all: readonly Condition[]): Said {
  const others = all.filter(({ type }) => !isProgress(type))
  const said = others.reduce((length, each) => length + each.type.length + each.reason.length + each.message.length, 0)
  const left = mostCharacters - said - 'Reconciling'.length - reason.length
  return { reason: reason as Said['reason'], message: shortLine(message, Math.max(1, left)), observedGeneration }
}

function isProgress(type: string): boolean {
  return type === 'Reconciling' || type === 'Stalled'
}
