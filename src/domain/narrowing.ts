// Less than was asked, as the approver chose: which grants remain, and whether the choice makes sense at all.
import type { GrantSpec, Narrowing, RequestSpec } from '../api/kinds.ts'
import { parseDuration } from './duration.ts'
import { type Refusal, refusal } from './outcome.ts'

/** The grants of a spec that a narrowing leaves, in the spec's order. */
export function grantsLeft(spec: RequestSpec, narrowing: Narrowing | undefined): GrantSpec[] {
  const kept = narrowing?.grants
  return kept ? spec.grants.filter((_, i) => kept.includes(i)) : spec.grants
}

/** Why a narrowing cannot be followed: it leaves nothing, names what was not asked, or its duration is none. */
export function refuseNarrowing(spec: RequestSpec, narrowing: Narrowing | undefined): Refusal | undefined {
  const { duration, grants } = narrowing ?? {}
  if (duration !== undefined && parseDuration(duration) === undefined)
    return refusal('NarrowingInvalid', `"${duration}" is not a duration such as 30m.`)
  if (grants?.length === 0) return refusal('NarrowingInvalid', 'The approval leaves no grant.')
  if (grants?.some(i => spec.grants[i] === undefined))
    return refusal('NarrowingInvalid', 'The approval names a grant that was not asked for.')
  return undefined
}
