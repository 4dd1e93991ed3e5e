// The grants of an approved request: written with the approver's token, or undone. A crash anywhere leads to the same end,
// because each policy is recorded as begun before its first write and its result after it.
import type { AccessRequest } from '../../api/kinds.ts'
import { isStopped, withRefusal } from '../../domain/granting/grant-records.ts'
import { isPlausible, isRecordChanged } from '../../domain/granting/approved-record.ts'
import { Broken, type Refusal, Waiting } from '../../domain/outcome.ts'
import { dropTokens, unlessLater } from '../mapping/account.ts'
import type { Failing } from '../ending/close.ts'
import { abandon, conclude, markUnknown, recordedRefusal, refusedCondition } from './conclude.ts'
import { delay } from './delay.ts'
import { grantsChanged, refuseStored, startOf, timesOf, untouched } from './promised.ts'
import { type Proof, prove } from './prove.ts'
import { freshMapping, mappingOf, type MappingSeen, type Ready, seeMapping, takeReady } from '../mapping/ready.ts'
import type { Dependencies } from '../dependencies.ts'
import { isTakenBack, takeBack } from './take-back.ts'
import { isToEnd, tooLate, undoAll, writeAll } from './write-grants.ts'
import { record, transition, type Written } from './write.ts'

/** Writes the remaining grants, and concludes. Broken when it must be tried again. */
export async function grant(deps: Dependencies, request: AccessRequest): Promise<Written> {
  const concluded = await grantOrUndo(deps, request).catch(async error => orTooLate(deps, request, error))
  // Nobody has to wait for the deletion of the sign-in. It is still needed when an early end came in between.
  if (concluded !== 'conflict' && concluded.status?.phase !== 'Approved')
    void unlessLater(deps, dropTokens(deps, concluded))
  return concluded
}

async function grantOrUndo(deps: Dependencies, request: AccessRequest): Promise<Written> {
  const ready = takeReady(deps, request)
  if (ready) return carryOut(deps, request, ready)
  const { proof, seen } = await lookAgain(deps, request).catch(async error => delay(deps, request, error))
  if ('refusal' in proof) return giveUp(deps, request, { ...proof, seen })
  const times = timesOf(deps, request, proof)
  const no = refuseStored(request, proof, times)
  if (no || isTakenBack(request)) return takeBack(deps, request, { proof, cause: causeOf(request, no) })
  const mapping = freshMapping(deps, request, seen)
  const { before, started } = await start(deps, request, { proof, times })
  return started === 'conflict' ? started : carryOut(deps, started, { proof, times, before, mapping })
}

async function lookAgain(
  deps: Dependencies,
  request: AccessRequest,
): Promise<{ proof: Awaited<ReturnType<typeof prove>>; seen: MappingSeen }> {
  const reading = seeMapping(deps, request)
  const [seen, proof] = await Promise.all([reading, prove(deps, request, mappingOf(reading))])
  return { proof, seen }
}

async function carryOut(deps: Dependencies, request: AccessRequest, ready: Ready): Promise<Written> {
  const written = await writeAll(deps, request, ready)
  if (written === 'conflict' || written.status?.phase !== 'Approved' || isToEnd(deps, written)) return written
  const known = isStopped(written.status.grants ?? []) ? await undoAll(deps, written, ready) : written
  return conclude(deps, known, { rules: ready.proof.rules })
}

/** If Google does not answer, a grant ends when its time is over: later results would be of no use. */
async function orTooLate(deps: Dependencies, { metadata }: AccessRequest, error: unknown): Promise<Written> {
  if (!(error instanceof Broken || error instanceof Waiting)) throw error
  const now = await deps.requests.get({ namespace: metadata.namespace, name: metadata.name })
  const { phase, expiresAt } = (now?.metadata.uid === metadata.uid && now.status) || {}
  if (!now || phase !== 'Approved' || !expiresAt || deps.clock.now() < new Date(expiresAt)) throw error
  return abandon(deps, now, { refusal: tooLate })
}

/** The first cause is the one that people are told. */
function causeOf(request: AccessRequest, no: Failing | undefined): Refusal {
  return recordedRefusal(request) ?? no?.refusal ?? grantsChanged
}

type Unfit = Failing & { proof?: Proof; seen: MappingSeen }

// Grants that were begun on a valid approval are removed again with its token, as after a refusal by Google.
async function giveUp(
  deps: Dependencies,
  request: AccessRequest,
  { proof, seen, ...failing }: Unfit,
): Promise<Written> {
  // A sign-in that is over takes nothing out, so everything that was approved may be in force. Any other reason says that
  // there is no approval, and then nothing was written.
  const isOver = failing.refusal.reason === 'EvidenceExpired'
  if (!proof && isOver && isRecordChanged(request)) return markUnknown(deps, request)
  if (!proof) return abandon(deps, request, failing)
  const times = timesOf(deps, request, proof)
  const no = refuseStored(request, proof, times)
  if (no || isTakenBack(request)) return takeBack(deps, request, { proof, cause: causeOf(request, no) })
  if (!isPlausible(request)) return abandon(deps, request, failing)
  // Google may have refused a grant before, and only the removal was interrupted.
  const cause = recordedRefusal(request) ?? failing.refusal
  const stopped = await record(deps, request, fresh => ({
    grants: withRefusal(fresh.status?.grants ?? [], cause.message, deps.clock.now()),
    conditions: refusedCondition(deps, fresh, cause),
  }))
  const ready = { proof, times, before: stopped.status?.grants ?? [], mapping: freshMapping(deps, request, seen) }
  return conclude(deps, await undoAll(deps, stopped, ready), { no: cause })
}

/** The record of grants before this process marked any, and the request with the first policy marked as begun. */
async function start(
  deps: Dependencies,
  request: AccessRequest,
  { proof, times }: Pick<Ready, 'proof' | 'times'>,
): Promise<{ before: Ready['before']; started: Written }> {
  const { startsAt, expiresAt, grants = [] } = request.status ?? {}
  if (startsAt && expiresAt && grants.length > 0) return { before: grants, started: request }
  const before = untouched(request, proof)
  const { patch, happened } = startOf(deps, request, { proof, times, before })
  return { before, started: await transition(deps, request, patch, ...happened) }
}
