// Writes a request's status: a transition with its audit events in one write, or a record of an outside action.
import type { AccessRequest, RequestStatus } from '../../api/kinds.ts'
import type { Condition } from '../../api/meta.ts'
import { type NewEvent, withEvent } from '../../domain/audit/audit.ts'
import { auditEvents } from '../../domain/audit/audit-events.ts'
import { type NewCondition, withCondition } from '../../domain/conditions.ts'
import { Broken } from '../../domain/outcome.ts'
import type { StatusPatch } from '../../domain/ports.ts'
import { requestProgress } from '../../domain/progress.ts'
import type { Dependencies } from '../dependencies.ts'
import { countEmergency, measure } from '../timing.ts'

/** The request after a write; `conflict` when it had changed, so that nothing was written and it must be read again. */
export type Written = AccessRequest | 'conflict'
/** An audit event; its time is that of the write. */
export type Happening = Omit<NewEvent, 'at'>
/** Status fields, with the audit events in the same write. */
export type Change = { patch: StatusPatch; happened: readonly Happening[] }

/** Gateway and auth append sometimes; more conflicts than this in a row mean that something is wrong. */
const attempts = 8

/** Writes status fields and audit events in one patch against the given version of the request. */
export async function transition(
  { requests, clock, events, metrics }: Dependencies,
  request: AccessRequest,
  patch: StatusPatch,
  ...happened: Happening[]
): Promise<Written> {
  const outbox = happened.reduce<RequestStatus>(
    (status, event) => ({ ...status, ...withEvent(status, { ...event, at: clock.now() }) }),
    request.status ?? {},
  )
  const { audit, auditSeq, auditHead } = outbox
  const joined = happened.length > 0 ? { audit, auditSeq, auditHead } : {}
  const conditions = requestProgress(withPatch(request, patch).status ?? {}, clock.now())
  const all = { ...patch, ...(conditions && { conditions }), ...joined }
  const written = await requests.patchStatus(request, all as StatusPatch)
  if (written === 'conflict') return written
  recordEvents(events, request, happened)
  for (const { event } of happened) metrics.count('hallpass_events_total', { event })
  measure(metrics, written, { happened, now: clock.now() })
  countEmergency(metrics, written, happened)
  return written
}

// `kubectl describe` shows them in this order. Normal events that follow each other are one Event, and each warning is a
// separate Event.
function recordEvents(events: Dependencies['events'], request: AccessRequest, happened: readonly Happening[]): void {
  const told: { type: 'Normal' | 'Warning'; reason: Happening['event']; message: string }[] = []
  for (const { event, message } of happened) {
    const { type } = auditEvents[event]
    if (type === 'none') continue
    const last = told.at(-1)
    if (type === 'Normal' && last?.type === 'Normal') last.message += ` ${message}`
    else told.push({ type, reason: event, message })
  }
  for (const one of told) events.record(request, one)
}

/**
 * Records an outside action. It has happened whatever else has changed meanwhile, so after a conflict it is recorded in
 * the new version of the request. An empty patch writes nothing.
 */
export async function record(
  deps: Dependencies,
  request: AccessRequest,
  patchOf: (fresh: AccessRequest) => StatusPatch,
): Promise<AccessRequest> {
  return recordChange(deps, request, fresh => ({ patch: patchOf(fresh), happened: [] }))
}

/** Like `record`, with audit events. */
export async function recordChange(
  deps: Dependencies,
  request: AccessRequest,
  changeOf: (fresh: AccessRequest) => Change,
): Promise<AccessRequest> {
  let fresh: AccessRequest | undefined = request
  for (let attempt = 0; attempt < attempts; attempt++) {
    const { patch, happened } = changeOf(fresh)
    if (Object.keys(patch).length === 0 && happened.length === 0) return fresh
    const written: Written = await transition(deps, fresh, patch, ...happened)
    if (written !== 'conflict') return written
    fresh = await deps.requests.get({ namespace: request.metadata.namespace, name: request.metadata.name })
    if (fresh?.metadata.uid !== request.metadata.uid) break
  }
  throw new Broken('The request changed at each attempt to record a result.')
}

/** The request's conditions after these, for the generation that was read. */
export function conditionsWith({ clock }: Dependencies, request: AccessRequest, ...news: NewCondition[]): Condition[] {
  return news.reduce<Condition[]>(
    (standing, next) =>
      withCondition(standing, { ...next, observedGeneration: request.metadata.generation }, clock.now()),
    request.status?.conditions ?? [],
  )
}

/** The request as it will be after `patch`; nothing is written. */
export function withPatch(request: AccessRequest, patch: StatusPatch): AccessRequest {
  const status = Object.fromEntries(
    Object.entries({ ...request.status, ...patch }).filter(([, value]) => value !== null),
  )
  return { ...request, status: status as RequestStatus }
}
