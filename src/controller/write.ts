// Writing to a request's status: a transition with its audit events in one write, or a record of what was done outside.
import type { AccessRequest, RequestStatus } from '../api/kinds.ts'
import type { Condition } from '../api/meta.ts'
import { type NewEvent, withEvent } from '../domain/audit.ts'
import { type NewCondition, withCondition } from '../domain/conditions.ts'
import { Broken } from '../domain/outcome.ts'
import type { StatusPatch } from '../domain/ports.ts'
import type { World } from './world.ts'

/** The request after a write; `conflict` when it had moved on, so that nothing was written and it must be looked at again. */
export type Written = AccessRequest | 'conflict'
type Happening = Omit<NewEvent, 'at'>

/** Events that tell of something that went wrong. */
const warnings: readonly string[] = ['ApprovalRefused', 'Failed', 'GrantInDoubt', 'GrantUndone', 'TamperingSeen']
/** Gateway and auth append now and then; more conflicts than this in a row mean that something is wrong. */
const attempts = 8

/** Writes status fields and what happened in one patch against the request as seen. */
export async function transition(
  { requests, clock, events, metrics }: World,
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
  const written = await requests.patchStatus(request, { ...patch, ...joined } as StatusPatch)
  if (written === 'conflict') return written
  for (const { event, message } of happened) {
    events.record(request, { type: warnings.includes(event) ? 'Warning' : 'Normal', reason: event, message })
    metrics.count('hallpass_events_total', { event })
  }
  return written
}

/**
 * Records what was done outside. It happened, whatever else has changed in the meantime: a conflict takes the request as it
 * is then and records it there.
 */
export async function record(
  world: World,
  request: AccessRequest,
  patchOf: (fresh: AccessRequest) => StatusPatch,
): Promise<AccessRequest> {
  let fresh: AccessRequest | undefined = request
  for (let attempt = 0; attempt < attempts; attempt++) {
    const written: Written = await transition(world, fresh, patchOf(fresh))
    if (written !== 'conflict') return written
    fresh = await world.requests.get({ namespace: request.metadata.namespace, name: request.metadata.name })
    if (fresh?.metadata.uid !== request.metadata.uid) break
  }
  throw new Broken('The request changed each time a result was to be recorded.')
}

/** The request's conditions after these, at the generation that was looked at. */
export function conditionsWith({ clock }: World, request: AccessRequest, ...news: NewCondition[]): Condition[] {
  return news.reduce<Condition[]>(
    (standing, next) =>
      withCondition(standing, { ...next, observedGeneration: request.metadata.generation }, clock.now()),
    request.status?.conditions ?? [],
  )
}
