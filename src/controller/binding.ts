// One policy, read and written with the approver's token: our binding put in or taken out, and what is known of it afterwards.
// A conflict means the whole read-modify-write again; a write without an answer is read back, never guessed, and as long as
// it could still take effect nothing is said not to hold.
import { after } from '../domain/duration.ts'
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
import { Doubt } from './doubt.ts'
import type { World } from './world.ts'

/** Four of Google's own clients' attempts; with the pauses below they take 10 s at most. */
const attempts = 8
const firstPauseMs = 100
const longestPauseMs = 2000
/** A Google that is silent this long is asked again later, so that what concerns others goes on. */
const longestEditSeconds = 30

/** What an edit came to. `Unknown`: it cannot be found out with this token whether the binding is there. */
export type Edited =
  | { state: 'Written'; etag: string; why?: string }
  | { state: 'Removed'; etag: string }
  | { state: 'Refused'; why: string }
  | { state: 'Unknown'; why: string }

/** Where and what, with whose token. `isInDoubt` when an earlier write may have taken effect, or still may. */
export type Edit = { resource: string; wanted: BindingWanted; token: Secret; isInDoubt: boolean }

/** Puts the binding in. `refuse` is asked before every write. Broken when it is worth another try. */
export async function addBinding(
  world: World,
  edit: Edit,
  refuse: () => Promise<Refusal | undefined>,
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
    isDone: (policy, isInDoubt) => !isInDoubt && !stands(policy, edit.wanted),
    refuse: async () => undefined,
    change: policy => withoutBinding(policy, edit.wanted),
  })
  return 'etag' in outcome ? { state: 'Removed', etag: outcome.etag } : { state: 'Unknown', why: outcome.why }
}

type Change = {
  /** `isInDoubt` when an earlier write could still take effect on this policy. */
  isDone: (policy: Policy, isInDoubt: boolean) => boolean
  refuse: () => Promise<Refusal | undefined>
  change: (policy: Policy) => Policy
}
type Outcome = { etag: string } | { why: string; isInDoubt: boolean }

async function readModifyWrite(world: World, edit: Edit, change: Change): Promise<Outcome> {
  const doubt = new Doubt(edit.isInDoubt)
  const endsAt = after(world.clock.now(), longestEditSeconds)
  for (let attempt = 0; attempt < attempts && world.clock.now() < endsAt && !world.signal.aborted; attempt++) {
    if (attempt > 0) await world.pause(pauseMs(attempt))
    try {
      const outcome = await tryOnce(world, edit, change, doubt)
      if (outcome) return outcome
    } catch (error) {
      if (error instanceof Refused) return { why: error.refusal.message, isInDoubt: doubt.isOpen }
      if (!(error instanceof Broken) || error.answered) throw error
    }
  }
  throw new Broken(`The IAM policy of "${edit.resource}" could not be written: it changed, or Google did not answer.`)
}

/** Undefined when it must be done again. */
async function tryOnce(
  { policies, clock }: World,
  { resource, wanted, token }: Edit,
  { isDone, refuse, change }: Change,
  doubt: Doubt,
): Promise<Outcome | undefined> {
  const policy = await policies.read(resource, token)
  doubt.seen(policy.etag)
  if (isDone(policy, doubt.isOpen)) return { etag: policy.etag ?? '' }
  const no = await refuse()
  // Whatever still takes effect after the end gives nothing.
  if (no && (!doubt.isOpen || clock.now() >= wanted.expiresAt)) return { why: no.message, isInDoubt: false }
  // Once refused, a write that could still take effect is overtaken by one that takes its binding out.
  const next = no ? withoutBinding(policy, wanted) : change(policy)
  const written = await doubt.during(policy.etag, () => policies.write(resource, next, token, titleOf(wanted.uid)))
  if (written === 'conflict') return undefined
  doubt.seen(written.etag)
  if (no) return { why: no.message, isInDoubt: doubt.isOpen }
  return isDone(written, doubt.isOpen) ? { etag: written.etag ?? '' } : undefined
}

function pauseMs(attempt: number): number {
  const ceiling = Math.min(longestPauseMs, firstPauseMs * 2 ** attempt)
  return ceiling / 2 + Math.random() * (ceiling / 2)
}
