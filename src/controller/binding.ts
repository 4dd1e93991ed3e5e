// One policy, read and written with the approver's token: our binding put in or taken out, and what is known of it afterwards.
// A conflict means the whole read-modify-write again; a write without an answer is read back, never guessed, and as long as
// it could still take effect nothing is said not to hold. An entry that Google keeps under another name is taken out again.
import { after } from '../domain/duration.ts'
import type { Person } from '../domain/identity.ts'
import { Broken, type Refusal, Refused } from '../domain/outcome.ts'
import type { Reason } from '../domain/refusals.ts'
import {
  type BindingWanted,
  holdsUnconditionally,
  type Policy,
  refuseOtherAddress,
  sayKnownAs,
  standsAsWanted,
  titleOf,
  withBinding,
  withoutBinding,
} from '../domain/policy.ts'
import type { Secret } from '../domain/secret.ts'
import { Doubt } from './doubt.ts'
import type { World } from './world.ts'

/** Four of Google's own clients' attempts; with the pauses below they take 10 s at most. */
const attempts = 8
const firstPauseMs = 100
const longestPauseMs = 2000
/** A Google that is silent this long is asked again later, so that what concerns others goes on. */
const longestEditSeconds = 30

/**
 * What an edit came to. `Unknown`: it cannot be found out with this token whether the binding is there; with an `etag`
 * when Google took the write and did not show it. A `reason` when it may not stay because of whom Google knows the member as.
 */
export type Edited =
  | { state: 'Written'; etag: string; why?: string }
  | { state: 'Removed'; etag: string; why?: string; reason?: Reason }
  | { state: 'Refused'; why: string }
  | { state: 'Unknown'; why: string; etag?: string; reason?: Reason }

/** Where and what, with whose token. */
export type Edit = {
  resource: string
  wanted: BindingWanted
  token: Secret
  approver: Person
  /** Whether an earlier write may have taken effect, or still may. */
  isInDoubt: boolean
  /** The etag of an earlier answer that did not show what was written. */
  unshownEtag?: string | undefined
}

/**
 * Puts the binding in. `refuse` is asked before every write. Removed when Google keeps it under another name. Broken when
 * it is worth another try.
 */
export async function addBinding(
  world: World,
  edit: Edit,
  refuse: () => Promise<Refusal | undefined>,
): Promise<Edited> {
  const { wanted, isInDoubt } = edit
  const doubt = new Doubt(wanted, { isInherited: isInDoubt, mayHaveWritten: isInDoubt })
  let isHeld = false
  const edited = await readModifyWrite(world, { edit, doubt }, async policy => {
    const seen = { edit, doubt, policy }
    if (standsAsWanted(policy, wanted)) return written(policy)
    if (doubt.otherMember) return takeOut(world, seen)
    const no = await refuse()
    if (no) return overtake(world, seen, no)
    isHeld = holdsUnconditionally(policy, wanted.role, wanted.member)
    return put(world, seen)
  })
  if (doubt.otherMember) return withOther(world, { edited, edit, primary: doubt.otherMember })
  if (edited.state === 'Unknown' && doubt.unshownEtag !== undefined) return { ...edited, etag: doubt.unshownEtag }
  const why = 'This person already holds the role without a time limit, outside Hallpass.'
  return edited.state === 'Written' && isHeld ? { ...edited, why } : edited
}

/** Takes the binding out again. Unknown when Google refuses: then it holds until its expiry. */
export async function removeBinding(
  world: World,
  edit: Edit,
): Promise<Extract<Edited, { state: 'Removed' | 'Unknown' }>> {
  const { wanted, isInDoubt, unshownEtag } = edit
  const doubt = new Doubt(wanted, { isInherited: isInDoubt, mayHaveWritten: true, unshownEtag })
  const edited = await readModifyWrite(world, { edit, doubt }, policy => takeOut(world, { edit, doubt, policy }))
  if (edited.state === 'Removed') return edited
  return { state: 'Unknown', why: edited.why, ...(unshownEtag !== undefined && { etag: unshownEtag }) }
}

type Refusable<T> = T | Extract<Edited, { state: 'Refused' | 'Unknown' }>
type Ended = Extract<Edited, { state: 'Removed' | 'Unknown' }>
type Editing = { edit: Edit; doubt: Doubt }
/** A policy as it was just read or answered, and what is known of our entry in it. */
type Seen = Editing & { policy: Policy }

/**
 * Reads, and does `step` with the policy until it comes to something. An approver's right may be limited to some roles: it is
 * judged by all that the write changes against the policy as it is then, and somebody else's change of another role in
 * between makes Google say no. So a no to a write counts once the policy is found as it was read.
 */
async function readModifyWrite<T>(
  world: World,
  { edit, doubt }: Editing,
  step: (policy: Policy) => Promise<T | undefined>,
): Promise<Refusable<T>> {
  const endsAt = after(world.clock.now(), longestEditSeconds)
  let denied: { at: string | undefined; why: string } | undefined
  for (let attempt = 0; attempt < attempts && world.clock.now() < endsAt && !world.signal.aborted; attempt++) {
    if (attempt > 0) await world.pause(pauseMs(attempt))
    let read: Policy | undefined
    try {
      read = await world.policies.read(edit.resource, edit.token)
      doubt.seen(read)
      if (denied && denied.at === read.etag) return refused(doubt, denied.why)
      const outcome = await step(read)
      if (outcome) return outcome
    } catch (error) {
      if (error instanceof Refused && read && error.refusal.reason === 'AccessDenied')
        denied = { at: read.etag, why: error.refusal.message }
      else if (error instanceof Refused) return refused(doubt, error.refusal.message)
      else if (!(error instanceof Broken) || error.answered) throw error
    }
  }
  throw new Broken(`The IAM policy of "${edit.resource}" could not be written: it changed, or Google did not answer.`)
}

function refused(doubt: Doubt, why: string): Extract<Edited, { state: 'Refused' | 'Unknown' }> {
  return { state: doubt.isOpen ? 'Unknown' : 'Refused', why }
}

/** Undefined when it must be done again. */
async function put(world: World, seen: Seen): Promise<Edited | undefined> {
  const { edit, doubt, policy } = seen
  const answer = await write(world, seen, withBinding(policy, edit.wanted, world.clock.now()))
  if (answer === 'conflict') return undefined
  if (standsAsWanted(answer, edit.wanted)) return written(answer)
  if (doubt.otherMember) return takeOut(world, { ...seen, policy: answer })
  doubt.unshown(answer)
  return doubt.isHopeless ? unclear(edit) : undefined
}

/** Undefined when it must be done again. Removed only if nothing of ours holds any more, or can come to hold. */
async function takeOut(world: World, seen: Seen): Promise<Ended | undefined> {
  const { edit, doubt, policy } = seen
  if (!doubt.isOpen) return removed(policy)
  if (!doubt.canBeEnded) return unclear(edit)
  const found = { ...edit.wanted, member: doubt.member ?? edit.wanted.member }
  const answer = await write(world, seen, withoutBinding(policy, found))
  if (answer === 'conflict') return undefined
  if (!doubt.isOpen) return removed(answer)
  doubt.futile()
  return doubt.isHopeless ? unclear(edit) : undefined
}

/** Once refused, a write that could still take effect is overtaken by one that takes its binding out. */
async function overtake(world: World, seen: Seen, no: Refusal): Promise<Edited | undefined> {
  const { edit, doubt } = seen
  // Whatever still takes effect after the end gives nothing.
  const isOver = world.clock.now() >= edit.wanted.expiresAt && !doubt.mayStand
  const ended = isOver ? removed(seen.policy) : await takeOut(world, seen)
  return ended && { state: ended.state === 'Removed' ? 'Refused' : 'Unknown', why: no.message }
}

async function write(
  { policies }: World,
  { edit: { resource, wanted, token }, doubt, policy }: Seen,
  next: Policy,
): Promise<Policy | 'conflict'> {
  const answer = await doubt.during(policy.etag, () => policies.write(resource, next, token, titleOf(wanted.uid)))
  if (answer !== 'conflict') doubt.seen(answer)
  return answer
}

/** What it came to once Google is known to keep the entry under `primary`. */
function withOther(
  { people }: World,
  { edited, edit: { wanted, approver }, primary }: { edited: Edited; edit: Edit; primary: string },
): Edited {
  if (edited.state === 'Written') return edited
  const names = { written: wanted.member, primary }
  const { reason, message } = refuseOtherAddress({ ...names, approver, people })
  if (edited.state === 'Removed') return { ...edited, reason, why: message }
  return { state: 'Unknown', reason, why: `${sayKnownAs(names)}, and it could not be removed again: ${edited.why}` }
}

function written({ etag = '' }: Policy): Edited {
  return { state: 'Written', etag }
}

function removed({ etag = '' }: Policy): Ended {
  return { state: 'Removed', etag }
}

function unclear({ resource }: Edit): Ended {
  return { state: 'Unknown', why: `The IAM policy of "${resource}" shows something else than what was written there.` }
}

function pauseMs(attempt: number): number {
  const ceiling = Math.min(longestPauseMs, firstPauseMs * 2 ** attempt)
  return ceiling / 2 + Math.random() * (ceiling / 2)
}
