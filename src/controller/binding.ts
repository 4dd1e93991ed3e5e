// One policy, read and written with the approver's token: our binding put in or taken out, and what is known of it afterwards.
// A conflict means the whole read-modify-write again; a write without an answer is read back, never guessed.
import { Broken, type Refusal, Refused } from '../domain/outcome.ts'
import {
  type BindingWanted,
  holdsUnconditionally,
  type Policy,
  stands,
  standsAsWanted,
  withBinding,
  withoutBinding,
} from '../domain/policy.ts'
import { titleOf } from '../domain/policy.ts'
import type { Secret } from '../domain/secret.ts'
import type { World } from './world.ts'

/** Four of Google's own clients' attempts; with the pauses below they take 10 s at most. */
const attempts = 8
const firstPauseMs = 100
const longestPauseMs = 2000

/** What an edit came to. `Unknown`: it cannot be found out with this token whether the binding is there. */
export type Edited =
  | { state: 'Written'; etag: string; why?: string }
  | { state: 'Removed'; etag: string }
  | { state: 'Refused'; why: string }
  | { state: 'Unknown'; why: string }

/** Where and what, with whose token. `isInDoubt` when an earlier write may have taken effect. */
export type Edit = { resource: string; wanted: BindingWanted; token: Secret; isInDoubt: boolean }

/** Puts the binding in. `refuse` is asked before every write. Broken when it is worth another try. */
export async function addBinding(
  world: World,
  edit: Edit,
  refuse: () => Refusal | undefined,
): Promise<Extract<Edited, { state: 'Written' | 'Refused' | 'Unknown' }>> {
  const { wanted } = edit
  const held = { isBefore: false }
  const outcome = await readModifyWrite(world, edit, {
    isDone: policy => standsAsWanted(policy, wanted),
    refuse,
    change: policy => {
      held.isBefore = holdsUnconditionally(policy, wanted.role, wanted.member)
      return withBinding(policy, wanted, world.clock.now())
    },
  })
  if ('etag' in outcome)
    return {
      state: 'Written',
      etag: outcome.etag,
      ...(held.isBefore && { why: 'This person already holds the role without a time limit, outside Hallpass.' }),
    }
  return outcome.isInDoubt ? { state: 'Unknown', why: outcome.why } : { state: 'Refused', why: outcome.why }
}

/** Takes the binding out again. Unknown when Google refuses: then it holds until its expiry. */
export async function removeBinding(
  world: World,
  edit: Edit,
): Promise<Extract<Edited, { state: 'Removed' | 'Unknown' }>> {
  const outcome = await readModifyWrite(world, edit, {
    isDone: policy => !stands(policy, edit.wanted),
    refuse: () => undefined,
    change: policy => withoutBinding(policy, edit.wanted),
  })
  return 'etag' in outcome ? { state: 'Removed', etag: outcome.etag } : { state: 'Unknown', why: outcome.why }
}

type Change = {
  isDone(policy: Policy): boolean
  refuse(): Refusal | undefined
  change(policy: Policy): Policy
}
type Outcome = { etag: string } | { why: string; isInDoubt: boolean }

async function readModifyWrite(world: World, edit: Edit, change: Change): Promise<Outcome> {
  const { resource, wanted, token } = edit
  let isInDoubt = edit.isInDoubt
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await world.pause(pauseMs(attempt))
    try {
      const policy = await world.policies.read(resource, token)
      if (change.isDone(policy)) return { etag: policy.etag ?? '' }
      isInDoubt = false
      const no = change.refuse()
      if (no) return { why: no.message, isInDoubt }
      const written = await world.policies.write(resource, change.change(policy), token, titleOf(wanted.uid))
      if (written !== 'conflict' && change.isDone(written)) return { etag: written.etag ?? '' }
    } catch (error) {
      if (error instanceof Refused) return { why: error.refusal.message, isInDoubt }
      if (!(error instanceof Broken) || error.answered) throw error
      isInDoubt = true
    }
  }
  throw new Broken(`The IAM policy of "${resource}" changed each time it was to be written.`)
}

function pauseMs(attempt: number): number {
  const ceiling = Math.min(longestPauseMs, firstPauseMs * 2 ** attempt)
  return ceiling / 2 + Math.random() * (ceiling / 2)
}
