// The loop around domain/edit.ts: it reads and writes one policy with the approver's token, tells the reducer what it saw,
// and does what the reducer says next. It decides nothing about our entries, only how long it goes on.
import { after } from '../domain/duration.ts'
import { begin, type Earlier, type EditAction, type EditEvent, type EditTask, next, observe } from '../domain/edit.ts'
import { type Edited, resultOf } from '../domain/edited.ts'
import { Broken, type Refusal, Refused } from '../domain/outcome.ts'
import { type Policy, titleOf } from '../domain/policy.ts'
import type { Secret } from '../domain/secret.ts'
import type { World } from './world.ts'

/** Four of Google's own clients' attempts; with the pauses below they take 10 s at most. */
const mostReads = 8
const firstPauseMs = 100
const longestPauseMs = 2000
/** A Google that is silent this long is asked again later, so that other requests are served. */
const longestEditSeconds = 30

/** One edit: what is to be done, how far it had come, and with whose token. */
export type Edit = {
  task: EditTask
  earlier: readonly Earlier[]
  token: Secret
  /** Finds out what a write may depend on, beside the read of the policy; then judges it, just before the write. */
  judge?: () => Promise<() => Refusal | undefined>
  /** The first read, when it was begun before. */
  firstRead?: Promise<Policy> | undefined
}

/** Edits one policy, and gives one result for each entry. Broken when it is worth another try. */
export async function editPolicy(world: World, edit: Edit): Promise<Edited[]> {
  const { task, earlier } = edit
  const endsAt = after(world.clock.now(), longestEditSeconds)
  let known = begin(task, earlier)
  for (let reads = 0; ;) {
    const action = next(task, known, world.clock.now())
    if (action.do === 'end') return resultOf(task, known, world.clock.now())
    if (action.do === 'read') {
      if (reads === mostReads || world.clock.now() >= endsAt || world.signal.aborted) throw tooLong(task)
      if (reads++ > 0) await world.pause(pauseMs(reads))
    }
    known = observe(task, known, await seenAfter(world, reads > 1 ? { ...edit, firstRead: undefined } : edit, action))
  }
}

async function seenAfter(world: World, edit: Edit, action: Exclude<EditAction, { do: 'end' }>): Promise<EditEvent> {
  const to = action.do === 'read' ? 'read' : action.to
  try {
    return action.do === 'read' ? await read(world, edit) : await write(world, edit, action)
  } catch (error) {
    if (error instanceof Refused) return { saw: 'refusal', to, refusal: error.refusal }
    if (error instanceof Broken && !error.answered) return { saw: 'silence', to }
    throw error
  }
}

async function read({ policies }: World, { task, token, judge, firstRead }: Edit): Promise<EditEvent> {
  const [policy, judged] = await Promise.all([firstRead ?? policies.read(task.resource, token), judge?.()])
  return { saw: 'policy', policy, no: judged?.() }
}

async function write(
  { policies }: World,
  { task: { resource, uid }, token }: Edit,
  { to, policy }: Extract<EditAction, { do: 'write' }>,
): Promise<EditEvent> {
  const answer = await policies.write(resource, policy, token, titleOf(uid))
  return answer === 'conflict' ? { saw: 'conflict' } : { saw: 'answer', to, policy: answer }
}

function tooLong({ resource }: EditTask): Broken {
  return new Broken(`The IAM policy of "${resource}" could not be written: it changed, or Google did not answer.`)
}

function pauseMs(reads: number): number {
  const ceiling = Math.min(longestPauseMs, firstPauseMs * 2 ** (reads - 1))
  return ceiling / 2 + Math.random() * (ceiling / 2)
}
