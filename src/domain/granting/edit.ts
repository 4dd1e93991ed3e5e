// An edit of one IAM policy as a pure reducer: our entries are put in, or taken out, although an answer of Google's may be
// missing. It holds what is known of them and says what to do next. It never calls Google; controller/granting/edit.ts does.
//
// Google takes a write only while the policy has the etag that the write was based on, and every write gives the policy
// another etag. So a write without an answer may still take effect as long as the etag stays, and never after it has moved.
import { withBindings } from './adding.ts'
import {
  allMayBeOurs,
  askFirst,
  type Ask,
  type EditTask,
  isTooLate,
  type Knowledge,
  mayBeInPolicy,
  observeSeen,
  otherMemberOf,
  type Seen,
  seen,
} from './edit-knowledge.ts'
import type { Policy } from './policy.ts'
import { nextTakingOut, observeTakingOut } from './taking-out.ts'

/** What was seen of the policy, or Google's answer to a write. */
export type EditEvent = Seen | { saw: 'answer'; to: EditTask['goal']; policy: Policy }

/** What to do next. At the end, domain/granting/edited.ts gives the result. */
export type EditAction = Ask | { do: 'write'; to: EditTask['goal']; policy: Policy }

/** What is known after an event. */
export function observe(task: EditTask, known: Knowledge, event: EditEvent): Knowledge {
  if (event.saw !== 'answer') return observeSeen(task, known, event)
  const { to, policy } = event
  return to === 'put in'
    ? answeredPutIn(task, known, policy)
    : observeTakingOut(task, known, { saw: 'answer', to, policy })
}

/** The next action. `now` decides which of our expired entries a write also removes, and whether the time is over. */
export function next(task: EditTask, known: Knowledge, now: Date): EditAction {
  return task.goal === 'put in' ? nextPuttingIn(task, known, now) : nextTakingOut(task, known)
}

function nextPuttingIn(task: EditTask, known: Knowledge, now: Date): EditAction {
  const first = askFirst(known)
  if ('do' in first) return first
  const { entries, policy, no } = first
  if (entries.every(({ isAsWanted }) => isAsWanted)) return { do: 'end' }
  if (isTooLate(task, known, now) && !entries.some(mayBeInPolicy)) return { do: 'end' }
  if (no || otherMemberOf(task, known)) return nextTakingOut(task, known)
  // A write next to an entry that may be our own but is not recognised could make a second one.
  if (entries.some(({ mayStand, standsUnder }) => mayStand && standsUnder === undefined)) return { do: 'end' }
  return { do: 'write', to: 'put in', policy: withBindings(policy, task.wanted, now) }
}

function answeredPutIn(task: EditTask, known: Knowledge, policy: Policy): Knowledge {
  const after = seen(task, allMayBeOurs(known), policy)
  if (after.entries.every(({ isAsWanted }) => isAsWanted)) return after
  const entries = after.entries.map((entry, i) => {
    const { isAsWanted, standsUnder } = entry
    const isShown = isAsWanted || (standsUnder !== undefined && standsUnder !== task.wanted[i]?.member)
    return isShown ? entry : { ...entry, unconfirmedEtag: policy.etag ?? '' }
  })
  // Under another member, the entries go out again at once. Else the policy is read before the next write.
  return otherMemberOf(task, after)
    ? { ...after, entries }
    : { ...after, entries, policy: undefined, writesInVain: known.writesInVain + 1 }
}
