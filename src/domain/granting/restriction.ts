// What narrows an entry besides its start and end: the mapping's own condition, and its hours.
import type { GrantSpec } from '../../api/kinds.ts'
import { clauseOf } from '../hours/clause.ts'
import type { Hours } from '../hours/span.ts'

/** The condition of an entry before its time is added; undefined when nothing narrows it. */
export function restrictionOf(
  { hours }: { hours?: Hours | undefined },
  { condition }: Pick<GrantSpec, 'condition'>,
): string | undefined {
  if (!hours) return condition
  const clause = clauseOf(hours)
  return condition ? `(${condition}) && (${clause})` : clause
}
