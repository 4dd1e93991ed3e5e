// The result of an edit of a policy, one for each entry: the state that is recorded, and the sentence that people read.
import {
  type EditTask,
  type EntryKnown,
  isTooLate,
  type Knowledge,
  mayBeInForce,
  mayBeInPolicy,
  otherMemberOf,
} from './edit-knowledge.ts'
import { type Refusal, refusal } from '../outcome.ts'
import type { Reason } from '../refusals.ts'
import { holdsUnconditionally, refuseOtherAddress, sayKnownAs } from './policy.ts'

/**
 * The result for one entry. `Unknown`: it cannot be found out with this token whether it is in force; with an `etag`
 * when Google took the write and did not show it; with `isThere` when it was seen where it was and none of our writes
 * is open. `reason` is the catalogued reason of `why`, if there is one; an unknown entry that was to be put in has one only
 * when it may not stay because of whom Google knows the member as.
 */
export type Edited =
  | { state: 'Written'; etag: string; why?: string }
  | { state: 'Removed'; etag: string; why?: string; reason?: Reason }
  | { state: 'Refused'; why: string; reason?: Reason }
  | { state: 'Unknown'; why: string; etag?: string; reason?: Reason; isThere?: true }

/** The results at the end of an edit, in the order of the entries. */
export function resultOf(task: EditTask, known: Knowledge, now: Date): Edited[] {
  if (task.goal === 'take out') return known.entries.map(entry => takenOut(task, known, entry))
  const isWhole = known.entries.every(({ isAsWanted }) => isAsWanted)
  const isToGo = !isWhole && (known.no !== undefined || otherMemberOf(task, known) !== undefined)
  return known.entries.map((entry, i) => {
    if (entry.isAsWanted && !isToGo) return written(known, task.wanted[i])
    const isOpen = isTooLate(task, known, now) ? mayBeInPolicy(entry) : mayBeInForce(known, entry)
    return isOpen
      ? { ...unknown(entry), ...whyOpen(task, known) }
      : { ...gone(known, entry), ...whyClosed(task, known) }
  })
}

function takenOut(task: EditTask, known: Knowledge, entry: EntryKnown): Edited {
  if (!mayBeInForce(known, entry)) return { state: 'Removed', etag: etagOf(known) }
  const isThere = known.openWrite === undefined && known.policy !== undefined && entry.standsUnder !== undefined
  const why = obstacle(known)?.message ?? unclear(task)
  return { ...unknown(entry), why, ...(isThere && { isThere }) }
}

function written(known: Knowledge, wanted: EditTask['wanted'][number] | undefined): Edited {
  const isHeld = wanted && known.policy && holdsUnconditionally(known.policy, wanted.role, wanted.member)
  const why = 'This person already holds the role without a time limit, outside Hallpass.'
  return { state: 'Written', etag: etagOf(known), ...(isHeld && { why }) }
}

function unknown({ unconfirmedEtag }: EntryKnown): { state: 'Unknown'; etag?: string } {
  return { state: 'Unknown', ...(unconfirmedEtag !== undefined && { etag: unconfirmedEtag }) }
}

// An entry that was found and is in the policy no more was taken out; one that never was in it was refused.
function gone(known: Knowledge, { member }: EntryKnown): { state: 'Removed'; etag: string } | { state: 'Refused' } {
  return member === undefined ? { state: 'Refused' } : { state: 'Removed', etag: etagOf(known) }
}

type Cause = { why: string; reason?: Reason }

function whyOpen(task: EditTask, known: Knowledge): Cause {
  const names = namesOf(task, known)
  const why = (obstacle(known) ?? known.no)?.message ?? unclear(task)
  if (!names) return { why }
  const { reason } = refuseOtherAddress({ ...names, ...task })
  return { reason, why: `${sayKnownAs(names)}, and it could not be removed again: ${why}` }
}

function whyClosed(task: EditTask, known: Knowledge): Cause {
  const names = namesOf(task, known)
  if (!names) return causeOf(known.no ?? obstacle(known) ?? refusal('GrantRefused', unclear(task)))
  const { reason, message } = refuseOtherAddress({ ...names, ...task })
  return { reason, why: message }
}

function causeOf({ reason, message }: Refusal): Cause {
  return { why: message, reason }
}

function namesOf(task: EditTask, known: Knowledge): { written: string; primary: string } | undefined {
  const primary = otherMemberOf(task, known)
  const [first] = task.wanted
  return first && primary !== undefined ? { written: first.member, primary } : undefined
}

/** What Google said against the last write. */
export function obstacle({ refused, denied, policy }: Knowledge): Refusal | undefined {
  return refused ?? (denied && policy && denied.etag === policy.etag ? denied.refusal : undefined)
}

function unclear({ resource }: EditTask): string {
  return `The IAM policy of "${resource}" shows something else than what was written there.`
}

function etagOf({ policy }: Knowledge): string {
  return policy?.etag ?? ''
}
