// Conditions by the conventions of the Kubernetes API: one of each type, and a transition time that moves only when the
// status flips.
import type { ConditionType, PlainReason } from '../api/conditions.ts'
import type { Condition } from '../api/meta.ts'
import { instant } from './asking/duration.ts'
import type { Reason } from './refusals.ts'
import { shortLine } from './text.ts'

export type NewCondition = Pick<Condition, 'status' | 'message'> & {
  type: ConditionType
  reason: PlainReason | Reason
  observedGeneration?: number | undefined
}

/** The list with this condition added or replaced. */
export function withCondition(
  standing: readonly Condition[] | undefined,
  { observedGeneration, ...wanted }: NewCondition,
  now: Date,
): Condition[] {
  const conditions = [...(standing ?? [])]
  const before = conditions.find(({ type }) => type === wanted.type)
  const next: Condition = {
    ...wanted,
    message: sentence(wanted.message),
    ...(observedGeneration !== undefined && { observedGeneration }),
    lastTransitionTime: before?.status === wanted.status ? before.lastTransitionTime : instant(now),
  }
  return before ? conditions.map(condition => (condition === before ? next : condition)) : [...conditions, next]
}

/** Whether the list already has this condition, so that no write is needed. */
export function saysAlready(standing: readonly Condition[] | undefined, wanted: NewCondition): boolean {
  const before = standing?.find(({ type }) => type === wanted.type)
  return (
    before?.status === wanted.status &&
    before.reason === wanted.reason &&
    before.message === sentence(wanted.message) &&
    before.observedGeneration === wanted.observedGeneration
  )
}

// Errors of other services may contain anything, and `kubectl` prints stored text unchanged.
function sentence(message: string): string {
  return shortLine(message, 1024)
}
