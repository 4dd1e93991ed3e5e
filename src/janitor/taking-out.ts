// The loop around domain/granting/taking-out.ts: it reads and writes one policy with the janitor's own right, and tells the
// reducer what it saw. It has no call that adds.
import { type TakenOut, takenOutOf } from '../domain/ending/removed.ts'
import { begin, type EntriesOf, type Knowledge } from '../domain/granting/edit-knowledge.ts'
import {
  nextTakingOut,
  observeTakingOut,
  type TakeOutAction,
  type TakeOutEvent,
} from '../domain/granting/taking-out.ts'
import { Broken, Refused } from '../domain/outcome.ts'
import type { Remover } from './remover.ts'

type Options = {
  remover: Remover
  pause: (ms: number) => Promise<unknown>
  signal: AbortSignal
}

/** With the pauses below at most seven seconds, and the calls of Google. */
const mostReads = 6
const [firstPauseMs, longestPauseMs] = [100, 2000]

/** Takes the entries out of one policy. Broken when it should be tried again. */
export async function takeOut(task: EntriesOf, options: Options): Promise<TakenOut> {
  const confirmed = new Set<number>()
  let known = begin(
    { goal: 'take out' },
    task.wanted.map(() => ({ write: 'confirmed' })),
  )
  for (let reads = 0; ;) {
    const action = nextTakingOut(task, known)
    if (action.do === 'end') return takenOutOf(known, confirmed)
    if (action.do === 'read' && reads++ > 0) await again(reads, options)
    const event = await seenAfter(options.remover, action)
    const after = observeTakingOut(task, known, event)
    // Only Google's own answer to a write shows that it was this write.
    if (event.saw === 'answer') for (const i of goneBetween(known, after)) confirmed.add(i)
    known = after
  }
}

async function again(reads: number, { pause, signal }: Options): Promise<void> {
  if (reads > mostReads || signal.aborted)
    throw new Broken('The IAM policy could not be written: it changed, or Google did not answer.')
  const ceiling = Math.min(longestPauseMs, firstPauseMs * 2 ** (reads - 1))
  await pause(ceiling / 2 + Math.random() * (ceiling / 2))
}

function goneBetween(before: Knowledge, after: Knowledge): number[] {
  const stood = ({ entries }: Knowledge, i: number): boolean => entries[i]?.standsUnder !== undefined
  return before.entries.flatMap((_, i) => (stood(before, i) && !stood(after, i) ? [i] : []))
}

async function seenAfter(remover: Remover, action: Exclude<TakeOutAction, { do: 'end' }>): Promise<TakeOutEvent> {
  const to = action.do === 'read' ? 'read' : action.to
  try {
    if (action.do === 'read') return { saw: 'policy', policy: await remover.read() }
    const answer = await remover.write(action.policy)
    return answer === 'conflict' ? { saw: 'conflict' } : { saw: 'answer', to: 'take out', policy: answer }
  } catch (error) {
    if (error instanceof Refused) return { saw: 'refusal', to, refusal: error.refusal }
    if (error instanceof Broken && !error.answered) return { saw: 'silence', to }
    throw error
  }
}
