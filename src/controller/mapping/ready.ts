// Everything that a grant needs after the approval is verified. It is passed from the step that verified the approval
// directly to the next step, so that each reconcile verifies once. It is not kept after a crash.
import type { AccessRequest, GrantRecord } from '../../api/kinds.ts'
import type { Times } from '../../domain/granting/expiry.ts'
import { policiesOf } from '../../domain/granting/grant-records.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import type { Policy } from '../../domain/granting/policy.ts'
import { mappingNow, type Proof } from '../granting/prove.ts'
import type { Dependencies } from '../dependencies.ts'

/** A verified approval, the promised times, and the record of grants before this process marked any of them. */
export type Ready = {
  proof: Proof
  times: Times
  before: readonly GrantRecord[]
  /** The mapping, read from the API server moments ago. */
  mapping: () => Promise<Mapping | undefined>
  /** The first policy, read while other answers were awaited. */
  early?: EarlyRead | undefined
}

/** A mapping read from the API server. */
export type MappingSeen = { mapping: Mapping | undefined; at: Date }

/** A proof or read older than this is not used for a write; it is repeated. */
const mostAgeMs = 1000

/** Reads the mapping of a request now. The instant is the one before the call. */
export async function seeMapping(deps: Dependencies, request: AccessRequest): Promise<MappingSeen> {
  const at = deps.clock.now()
  return { mapping: await mappingNow(deps, request), at }
}

/** The mapping of a read that is under way. */
export async function mappingOf(reading: Promise<MappingSeen>): Promise<Mapping | undefined> {
  return (await reading).mapping
}

/** The mapping before each write: `seen` is used once and only while it is fresh, then every call reads. */
export function freshMapping(deps: Dependencies, request: AccessRequest, seen: MappingSeen): Ready['mapping'] {
  let unused: MappingSeen | undefined = seen
  return async () => {
    const last = unused
    unused = undefined
    if (last && isFresh(deps.clock.now(), last.at)) return last.mapping
    return mappingNow(deps, request)
  }
}

/** A policy that was read before its turn, and how many edits of it there had been by then. */
type EarlyRead = { resource: string; changes: number; policy: Promise<Policy> }

/**
 * Starts to read the first policy: this needs only the proof and changes nothing. Not while the policy is being edited,
 * because the read would be out of date at its turn, and all approvers share Google's quota of reads.
 */
export function readEarly(deps: Dependencies, proof: Proof, before: readonly GrantRecord[]): EarlyRead | undefined {
  const [first] = policiesOf(before)
  if (!first || deps.lockPolicy.isBusy(first.resource)) return undefined
  const { resource } = first
  const policy = deps.policies.read(resource, proof.token)
  // The edit gets a failure; without an edit nobody needs it.
  policy.catch(() => undefined)
  return { resource, changes: deps.lockPolicy.changesOf(resource), policy }
}

/**
 * The early read of this policy, if no other edit of this process has begun or ended since. Call it during the turn.
 */
export function stillEarly(deps: Dependencies, { early }: Ready, resource: string): Promise<Policy> | undefined {
  const isCurrent = early?.resource === resource && deps.lockPolicy.changesOf(resource) === early.changes + 1
  return isCurrent ? early.policy : undefined
}

const handed = new WeakMap<AccessRequest, { ready: Ready; at: Date }>()

/** Keeps the ready data for the next step on exactly this object: the API server's answer to our own write. */
export function handOn({ clock }: Dependencies, request: AccessRequest, ready: Ready): void {
  handed.set(request, { ready, at: clock.now() })
}

/**
 * Returns the data that was kept for exactly this object, once; an interrupted reconcile leaves nothing for a later
 * one.
 */
export function takeReady({ clock }: Dependencies, request: AccessRequest): Ready | undefined {
  const last = handed.get(request)
  handed.delete(request)
  return last && isFresh(clock.now(), last.at) ? last.ready : undefined
}

// After the clock was set back, the age is not known.
function isFresh(now: Date, at: Date): boolean {
  const ageMs = now.getTime() - at.getTime()
  return ageMs >= 0 && ageMs <= mostAgeMs
}
