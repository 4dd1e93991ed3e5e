// Records notifications and log entries in as few writes as possible. A failing or slow service does not delay the
// record of the others.
import type { AccessRequest } from '../../api/kinds.ts'
import type { OwedStep } from '../../domain/lifecycle.ts'
import type { StatusPatch } from '../../domain/ports.ts'
import { endsWithin } from '../patience.ts'
import type { Dependencies } from '../dependencies.ts'
import { type Happening, record, recordChange, withPatch } from '../granting/write.ts'

/** What to record, for the current request. */
export type PatchOf = (fresh: AccessRequest) => StatusPatch
/**
 * The result of a delivery: what to record, the audit events in the same write, and the error when it must be tried
 * again.
 */
export type Delivered = { record?: PatchOf; happened?: readonly Happening[]; error?: unknown }
/** A delivery that is under way. */
export type Delivery = { step: OwedStep; result: Promise<Delivered> }

type Ended = Delivered & { step: OwedStep }
type Failed = { step: OwedStep; error: unknown }

/** A delivery that takes longer than this no longer delays the record of those that have ended. */
const patienceMs = 1_000

/**
 * Waits for deliveries and records their results: in one write when all end within a second, else as they end. A result
 * that could not be recorded is tried again with the next record, and counts as failed if that fails too.
 */
export async function recordDeliveries(
  deps: Dependencies,
  request: AccessRequest,
  deliveries: readonly Delivery[],
): Promise<{ request: AccessRequest; failures: Failed[] }> {
  const endings = endingsOf(deliveries)
  const failures: Failed[] = []
  let unrecorded: Ended[] = []
  let current = request
  for (let left = deliveries.length; left > 0;) {
    const ended = await endings.next()
    left -= ended.length
    failures.push(...ended.filter(hasFailed))
    for (const one of ended.filter(isRemarkable)) {
      const told = await recordWithEvents(deps, current, one)
      current = told.request
      failures.push(...told.failures)
    }
    unrecorded.push(...ended.filter(one => !isRemarkable(one)))
    try {
      current = await record(deps, current, fresh => patchOfAll(fresh, unrecorded))
      unrecorded = []
    } catch (error) {
      if (left === 0) failures.push(...unrecorded.map(({ step }) => ({ step, error })))
    }
  }
  return { request: current, failures }
}

function isRemarkable({ happened = [] }: Ended): boolean {
  return happened.length > 0
}

// In a separate write: while the log takes no events and the outbox is full, the other records still succeed.
async function recordWithEvents(
  deps: Dependencies,
  request: AccessRequest,
  { record: patchOf, happened = [], step }: Ended,
): Promise<{ request: AccessRequest; failures: Failed[] }> {
  try {
    const written = await recordChange(deps, request, fresh => ({ patch: patchOf?.(fresh) ?? {}, happened }))
    return { request: written, failures: [] }
  } catch (error) {
    return { request, failures: [{ step, error }] }
  }
}

function hasFailed(ended: Ended): ended is Ended & Failed {
  return ended.error !== undefined
}

function patchOfAll(request: AccessRequest, ended: readonly Ended[]): StatusPatch {
  return ended.reduce<StatusPatch>((patch, one) => ({ ...patch, ...one.record?.(withPatch(request, patch)) }), {})
}

/** Yields deliveries as they end: after the waiting time all that have ended, at least one. */
function endingsOf(deliveries: readonly Delivery[]): { next(): Promise<Ended[]> } {
  let ended: Ended[] = []
  const underWay = new Set<Promise<void>>()
  for (const { step, result } of deliveries) {
    const ending: Promise<void> = result
      .catch((error: unknown): Delivered => ({ error }))
      .then(delivered => {
        ended.push({ ...delivered, step })
        underWay.delete(ending)
      })
    underWay.add(ending)
  }
  return {
    next: async () => {
      const all = await endsWithin(Promise.all(underWay), patienceMs)
      if (!all && ended.length === 0) await Promise.race(underWay)
      const taken = ended
      ended = []
      return taken
    },
  }
}
