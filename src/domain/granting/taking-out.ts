// An edit of one IAM policy that takes our entries out, as a pure reducer. It can only take out: it imports nothing that
// makes an entry, and a test holds it to that (test/architecture.test.ts). The janitor uses it alone.
import {
  askFirst,
  type Ask,
  type EntriesOf,
  type Knowledge,
  mayBeInForce,
  observeSeen,
  type Seen,
  seen,
} from './edit-knowledge.ts'
import { type Policy, withoutBindings } from './policy.ts'

/** What to do next. */
export type TakeOutAction = Ask | { do: 'write'; to: 'take out'; policy: Policy }

/** What was seen of the policy, or Google's answer to a write. */
export type TakeOutEvent = Seen | { saw: 'answer'; to: 'take out'; policy: Policy }

/** What is known after an event. */
export function observeTakingOut(task: EntriesOf, known: Knowledge, event: TakeOutEvent): Knowledge {
  return event.saw === 'answer' ? answered(task, known, event.policy) : observeSeen(task, known, event)
}

/** The next action. */
export function nextTakingOut({ wanted, likeness }: EntriesOf, known: Knowledge): TakeOutAction {
  const first = askFirst(known)
  if ('do' in first) return first
  const { entries, openWrite, policy } = first
  const found = wanted.flatMap((one, i) => {
    const member = entries[i]?.standsUnder
    return member === undefined ? [] : [{ ...one, member }]
  })
  // A write helps while an older one must be overtaken, or while there is an entry that we recognise.
  if (!openWrite && found.length === 0) return { do: 'end' }
  return { do: 'write', to: 'take out', policy: withoutBindings(policy, found, likeness) }
}

function answered(task: EntriesOf, known: Knowledge, policy: Policy): Knowledge {
  const after = seen(task, known, policy)
  if (!after.entries.some(entry => mayBeInForce(after, entry))) return after
  return { ...after, policy: undefined, writesInVain: known.writesInVain + 1 }
}
