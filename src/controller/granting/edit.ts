// The loop around domain/granting/edit.ts: it reads and writes one policy with the approver's token, tells the reducer what it
// saw, and carries out the reducer's next action. It decides only how long to continue, nothing about the entries.
import { after } from '../../domain/asking/duration.ts'
import { begin, type Earlier, type EditTask } from '../../domain/granting/edit-knowledge.ts'
import { type EditAction, type EditEvent, next, observe } from '../../domain/granting/edit.ts'
import { type Edited, resultOf } from '../../domain/granting/edited.ts'
import { Broken, type Refusal, Refused } from '../../domain/outcome.ts'
import { type Policy, titleOf } from '../../domain/granting/policy.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Dependencies } from '../dependencies.ts'

/** Four attempts, as in Google's own clients; with the pauses below they take at most 10 s. */
const mostReads = 8
const firstPauseMs = 100
const longestPauseMs = 2000
/** If Google does not answer for this long, it is asked again later, so that other requests are served. */
const longestEditSeconds = 30

/** One edit: the wanted entries, its progress so far, and the token. */
export type Edit = {
  task: EditTask
  earlier: readonly Earlier[]
  token: Secret
  /** Says why nothing may be put in. Asked after each read of the policy, just before a write. */
  judge?: () => Promise<Refusal | undefined>
  /** The first read, when it was begun before. */
  firstRead?: Promise<Policy> | undefined
}

/** Edits one policy and returns one result for each entry. Broken when it should be tried again. */
export async function editPolicy(deps: Dependencies, edit: Edit): Promise<Edited[]> {
  const { task, earlier } = edit
  const endsAt = after(deps.clock.now(), longestEditSeconds)
  let known = begin(task, earlier)
  for (let reads = 0; ;) {
    const action = next(task, known, deps.clock.now())
    if (action.do === 'end') return resultOf(task, known, deps.clock.now())
    if (action.do === 'read') {
      if (reads === mostReads || deps.clock.now() >= endsAt || deps.signal.aborted) throw tooLong(task)
      if (reads++ > 0) await deps.pause(pauseMs(reads))
    }
    known = observe(task, known, await seenAfter(deps, reads > 1 ? { ...edit, firstRead: undefined } : edit, action))
  }
}

async function seenAfter(
  deps: Dependencies,
  edit: Edit,
  action: Exclude<EditAction, { do: 'end' }>,
): Promise<EditEvent> {
  const to = action.do === 'read' ? 'read' : action.to
  try {
    return action.do === 'read' ? await read(deps, edit) : await write(deps, edit, action)
  } catch (error) {
    if (error instanceof Refused) return { saw: 'refusal', to, refusal: error.refusal }
    if (error instanceof Broken && !error.answered) return { saw: 'silence', to }
    throw error
  }
}

async function read({ policies }: Dependencies, { task, token, judge, firstRead }: Edit): Promise<EditEvent> {
  const policy = await (firstRead ?? policies.read(task.resource, token))
  return { saw: 'policy', policy, no: await judge?.() }
}

async function write(
  { policies }: Dependencies,
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
