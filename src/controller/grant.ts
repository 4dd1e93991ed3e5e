// The grants of an approved request, written one by one with the approver's token. Each is recorded as begun before the
// first write and as written after it, so that a crash anywhere leads to the same end.
import type { AccessRequest, GrantRecord } from '../api/kinds.ts'
import { detailsOfGrant } from '../domain/audit.ts'
import { refuseOutsider } from '../domain/belonging.ts'
import { instant } from '../domain/duration.ts'
import { refuseTimes, type Times } from '../domain/expiry.ts'
import { isPlausible, mayHold } from '../domain/lifecycle.ts'
import { snapshotDifference } from '../domain/mapping.ts'
import { grantsLeft } from '../domain/narrowing.ts'
import { Broken, type Refusal, refusal, Refused, Waiting } from '../domain/outcome.ts'
import type { BindingWanted } from '../domain/policy.ts'
import { cut, shortLine } from '../domain/text.ts'
import { dropTokens } from './account.ts'
import { addBinding, type Edited, removeBinding } from './binding.ts'
import type { Failing } from './close.ts'
import { abandon, conclude, recordOf } from './conclude.ts'
import { delay } from './delay.ts'
import { refuseStored, timesOf } from './promised.ts'
import { mappingNow, type Proof, prove } from './prove.ts'
import type { World } from './world.ts'
import { record, transition, type Written } from './write.ts'

/** Writes what is still to be written, and concludes. Broken when it must be tried again. */
export async function grant(world: World, request: AccessRequest): Promise<Written> {
  const concluded = await grantOrUndo(world, request).catch(async error => orTooLate(world, request, error))
  if (concluded !== 'conflict') await forget(world, concluded)
  return concluded
}

async function grantOrUndo(world: World, request: AccessRequest): Promise<Written> {
  const proof = await looked(world, request).catch(async error => delay(world, request, error))
  if ('refusal' in proof) return giveUp(world, request, proof)
  const times = timesOf(world, request, proof)
  const no = refuseStored(request, proof, times)
  if (no) return abandon(world, request, no)
  const act = { proof, times }
  const started = await start(world, request, act)
  if (started === 'conflict') return started
  const written = await writeAll(world, started, act)
  if (written === 'conflict') return written
  return conclude(world, isStopped(written) ? await undoAll(world, written, act) : written, {
    rules: proof.rules,
  })
}

async function looked(world: World, request: AccessRequest): ReturnType<typeof prove> {
  return prove(world, request, await mappingNow(world, request))
}

/** Silence ends a grant once its time is over: nothing that is still found out would be of use. */
async function orTooLate(world: World, { metadata }: AccessRequest, error: unknown): Promise<Written> {
  if (!(error instanceof Broken || error instanceof Waiting)) throw error
  const now = await world.requests.get({ namespace: metadata.namespace, name: metadata.name })
  const { phase, expiresAt } = (now?.metadata.uid === metadata.uid && now.status) || {}
  if (!now || phase !== 'Approved' || !expiresAt || world.clock.now() < new Date(expiresAt)) throw error
  return abandon(world, now, { refusal: tooLate, isTampering: false })
}

// What was begun on a true approval is taken out again with its token, as after a grant that Google refuses.
async function giveUp(
  world: World,
  request: AccessRequest,
  { proof, ...failing }: Failing & { proof?: Proof },
): Promise<Written> {
  if (!proof || !isPlausible(request)) return abandon(world, request, failing)
  const times = timesOf(world, request, proof)
  const no = refuseStored(request, proof, times)
  if (no) return abandon(world, request, no)
  const refused = {
    state: 'Refused',
    at: instant(world.clock.now()),
    why: shortLine(failing.refusal.message, 300),
  } as const
  const stopped = await record(world, request, ({ status }) => ({
    grants: (status?.grants ?? []).map(grant => (grant.state === 'Pending' ? { ...grant, ...refused } : grant)),
  }))
  return conclude(world, await undoAll(world, stopped, { proof, times }), { no: failing.refusal })
}

type Act = { proof: Proof; times: Times }

// The token is not needed any more. If it cannot be deleted now, the sweeper does it.
async function forget(world: World, request: AccessRequest): Promise<void> {
  try {
    await dropTokens(world, request)
  } catch (error) {
    world.log.warn('a sealed token could not be deleted yet', {
      reason: error instanceof Error ? error.name : 'unknown',
    })
  }
}

/** Stores the times and the grants to come before anything is written. */
async function start(world: World, request: AccessRequest, { proof, times }: Act): Promise<Written> {
  const { spec, status = {} } = request
  if (status.startsAt && status.expiresAt && status.grants?.length) return request
  const [startsAt, expiresAt] = [instant(times.startsAt), instant(times.expiresAt)]
  const grants: GrantRecord[] = grantsLeft(spec, proof.decision.narrowing).map(({ resource, role }) => ({
    resource,
    role,
    state: 'Pending',
  }))
  return transition(
    world,
    request,
    { startsAt, expiresAt, grants },
    {
      event: 'GrantStarted',
      actor: proof.approver.email,
      message: `Granting ${grants.length === 1 ? 'one role' : `${grants.length} roles`} as ${proof.approver.email}.`,
      details: { ...detailsOfGrant({ ...status, startsAt, expiresAt, grants }), rules: proof.rules },
    },
  )
}

async function writeAll(world: World, request: AccessRequest, act: Act): Promise<Written> {
  const grants = request.status?.grants ?? []
  if (isStopped(request)) return request
  let current = request
  for (const [i, { state }] of grants.entries()) {
    // What is said to be written is looked at again after a crash: the policy says what holds, not the status.
    if (state !== 'Pending' && state !== 'Writing' && state !== 'Written') continue
    if (state === 'Pending') {
      const begun = await transition(world, current, { grants: withState(current, i, { state: 'Writing' }, world) })
      if (begun === 'conflict') return begun
      current = begun
    }
    const edit = editOf(current, i, act)
    const edited = await world.inTurn(edit.resource, () =>
      addBinding(world, { ...edit, isInDoubt: state !== 'Pending' }, () => refuseWrite(world, current, act)),
    )
    if (state === 'Written' && edited.state === 'Written') continue
    current = await recordGrant(world, current, i, edited)
    if (isStopped(current)) return current
  }
  return current
}

/** Whether one of the grants was refused, or what was begun is being undone: nothing more is to be written. */
function isStopped({ status }: AccessRequest): boolean {
  return status?.grants?.some(({ state }) => state === 'Refused' || state === 'Removed') ?? false
}

/** Takes out again what was written before another grant was refused. */
async function undoAll(world: World, request: AccessRequest, act: Act): Promise<AccessRequest> {
  let current = request
  for (const [i, { state, etag }] of (request.status?.grants ?? []).entries()) {
    if (!mayHold(state)) continue
    const edit = editOf(current, i, act)
    const edited = await world.inTurn(edit.resource, () =>
      removeBinding(world, {
        ...edit,
        isInDoubt: state !== 'Written',
        unshownEtag: state === 'Unknown' ? etag : undefined,
      }),
    )
    current = await recordGrant(world, current, i, edited)
  }
  return current
}

function editOf(
  { metadata, spec, status }: AccessRequest,
  i: number,
  { proof, times }: Act,
): {
  resource: string
  wanted: BindingWanted
  token: Proof['token']
  approver: Proof['approver']
} {
  const { resource = '', role = '', condition } = grantsLeft(spec, proof.decision.narrowing)[i] ?? {}
  const who = `${metadata.namespace}/${metadata.name}, asked by ${spec.requester.email}, approved by ${status?.approvedBy ?? ''}`
  return {
    resource,
    token: proof.token,
    approver: proof.approver,
    wanted: {
      uid: metadata.uid,
      member: `user:${spec.requester.email}`,
      role,
      condition,
      ...times,
      description: cut(who, 256),
    },
  }
}

const tooLate = refusal('TooLate', 'The time was over before access could be granted. Please ask again.')

/** Asked before every write: everything that may have changed since the proof. */
async function refuseWrite(world: World, request: AccessRequest, { proof, times }: Act): Promise<Refusal | undefined> {
  const { spec } = request
  const difference = snapshotDifference(spec, await mappingNow(world, request).catch(asBroken))
  const now = world.clock.now()
  if (difference)
    return refusal('MappingChanged', `This request can no longer be granted: ${difference}. Please ask again.`)
  if (now >= times.expiresAt) return tooLate
  const outside = refuseOutsider(spec.requester, world, { now, expiresAt: times.expiresAt })
  if (outside) return outside
  if (now >= proof.tokenEndsAt)
    return refusal('EvidenceExpired', 'The approver’s sign-in ended before access could be granted. Please ask again.')
  return refuseTimes(times, spec, proof.decision.narrowing, proof.approver.issuedAt)
}

// What the API server refuses is no word of Google's about the policy: it is asked again.
function asBroken(error: unknown): never {
  throw error instanceof Refused ? new Broken(error.message) : error
}

function recordGrant(world: World, request: AccessRequest, i: number, edited: Edited): Promise<AccessRequest> {
  return record(world, request, fresh => recordOf(world, fresh, { grants: withState(fresh, i, edited, world), edited }))
}

function withState(
  { status }: AccessRequest,
  position: number,
  { state, ...more }: Edited | { state: 'Writing' },
  { clock }: World,
): GrantRecord[] {
  const facts: { etag?: string; why?: string } = more
  return (status?.grants ?? []).map((grant, i) =>
    i === position
      ? {
          resource: grant.resource,
          role: grant.role,
          state,
          at: instant(clock.now()),
          ...(facts.etag && { etag: facts.etag.slice(0, 64) }),
          ...(facts.why && { why: shortLine(facts.why, 300) }),
        }
      : grant,
  )
}
