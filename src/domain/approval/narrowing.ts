// The approver's choice of less than requested: which grants remain, and why a choice is invalid. It can never be more
// than requested.
import type { GrantSpec, Narrowing, RequestSpec } from '../../api/kinds.ts'
import { durationSeconds, parseDuration, sayDuration } from '../asking/duration.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { met } from './quorum.ts'
import { type Refusal, refusal } from '../outcome.ts'

/** The approver's choices: narrowing and comment. */
export type Terms = { narrowing?: Narrowing | undefined; comment?: string | undefined }

/** The longest comment, in characters. */
export const maxCommentLength = 500

/** The grants of a spec that a narrowing leaves, in the spec's order. */
export function grantsLeft(spec: RequestSpec, narrowing: Narrowing | undefined): GrantSpec[] {
  const kept = narrowing?.grants
  return kept ? spec.grants.filter((_, i) => kept.includes(i)) : spec.grants
}

/** Why a request cannot be approved on these terms; undefined when it can. */
export function refuseTerms(
  { narrowing, comment = '' }: Terms,
  spec: RequestSpec,
  mapping: Mapping | undefined,
): Refusal | undefined {
  return (
    refuseComment(comment) ??
    refuseGrants(narrowing?.grants, spec) ??
    refuseDuration(narrowing?.duration, spec, mapping)
  )
}

/** Why a comment is not accepted. */
export function refuseComment(comment: string): Refusal | undefined {
  return comment.length <= maxCommentLength
    ? undefined
    : refusal('CommentTooLong', `A comment has at most ${maxCommentLength} characters; yours has ${comment.length}.`)
}

/** Why these choices of several approvers cannot be granted together: nothing is left that all of them chose. */
export function refuseMeeting(all: readonly (Narrowing | undefined)[], spec: RequestSpec): Refusal | undefined {
  return met(spec, all)?.grants?.length === 0
    ? refusal(
        'NothingInCommon',
        'Nothing is left that every approver chose. Choose a line that those who approved before chose too, or deny the request.',
      )
    : undefined
}

function refuseGrants(grants: readonly number[] | undefined, spec: RequestSpec): Refusal | undefined {
  if (grants?.length === 0)
    return refusal('NothingChosen', 'Choose at least one line, or close this page to grant nothing.')
  return grants?.some(index => spec.grants[index] === undefined)
    ? refusal('NotAsked', 'Only what was requested can be granted.')
    : undefined
}

function refuseDuration(
  duration: string | undefined,
  spec: RequestSpec,
  mapping: Mapping | undefined,
): Refusal | undefined {
  // The times of a window are part of the binding's condition as they were asked for.
  if (duration === undefined || (spec.window && duration === spec.duration)) return undefined
  if (spec.window)
    return refusal(
      'NotADuration',
      'The times of a window cannot be made shorter. Deny it, and say in the comment which times are fine.',
    )
  const seconds = parseDuration(duration)
  const asked = durationSeconds(spec.duration)
  const least = Math.min(mapping?.minSeconds ?? 1, asked)
  return seconds === undefined || seconds > asked || seconds < least
    ? refusal('NotADuration', `Access can last from ${sayDuration(least)} to ${sayDuration(asked)}, as was asked.`)
    : undefined
}
