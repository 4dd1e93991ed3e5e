// Delivers audit events to the log, and settles a request when no work for it remains.
import { type AccessRequest, accountFinalizer } from '../../api/kinds.ts'
import { entryOf } from '../../domain/audit/audit.ts'
import { type NewCondition, saysAlready } from '../../domain/conditions.ts'
import { openRevocation } from '../../domain/ending/endings.ts'
import { evidenceName, published } from '../../domain/approval/kept-evidence.ts'
import { hasEnded } from '../../domain/lifecycle.ts'
import { Broken, Refused, Waiting } from '../../domain/outcome.ts'
import type { StatusPatch } from '../../domain/ports.ts'
import { sealedTokenName } from '../../domain/approval/sealed-token.ts'
import type { Delivered } from '../telling/deliver.ts'
import { tidyAlert } from '../calling/alert.ts'
import { tidy } from '../telling/message.ts'
import type { Dependencies } from '../dependencies.ts'
import { conditionsWith, transition, type Written } from '../granting/write.ts'

/**
 * Delivers the outbox and removes delivered events. After a crash in between they are delivered again with the same
 * ids.
 */
export async function account(deps: Dependencies, request: AccessRequest): Promise<Delivered> {
  const outbox = request.status?.audit ?? []
  const last = outbox.at(-1)?.seq ?? 0
  try {
    await deps.auditLog.write(outbox.map(event => entryOf(request, event, deps.publicUrl)))
  } catch (error) {
    const said = undelivered(error)
    return said ? { record: fresh => accounted(deps, fresh, said), error } : { error }
  }
  const message = 'The audit log has every event.'
  return {
    record: fresh => ({
      audit: (fresh.status?.audit ?? []).filter(({ seq }) => seq > last),
      ...accounted(deps, fresh, { type: 'Accounted', status: 'True', reason: 'Delivered', message }),
    }),
  }
}

function undelivered(error: unknown): NewCondition | undefined {
  if (error instanceof Refused) return { type: 'Accounted', status: 'False', ...error.refusal }
  if (!(error instanceof Broken || error instanceof Waiting)) return undefined
  return {
    type: 'Accounted',
    status: 'False',
    reason: 'LogUnavailable',
    message: 'The audit log does not accept events at the moment. They are kept here and sent again.',
  }
}

function accounted(deps: Dependencies, request: AccessRequest, said: NewCondition): StatusPatch {
  const stated = { ...said, observedGeneration: request.metadata.generation }
  return saysAlready(request.status?.conditions, stated) ? {} : { conditions: conditionsWith(deps, request, said) }
}

/**
 * Deletes the sealed tokens of a request's approvals, and of its endings unless one of them waits to be carried out, and
 * evidence that is published. Repeating it does no harm.
 */
export async function dropTokens({ sealedTokens }: Dependencies, request: AccessRequest): Promise<void> {
  const { decisions = [], endings = [], reviews = [] } = request.status ?? {}
  const open = hasEnded(request) ? undefined : openRevocation(request.status ?? {})
  const { uid } = request.metadata
  for (const { id, evidence } of [...decisions, ...endings, ...reviews])
    if (evidence && id !== open?.id) await sealedTokens.delete(sealedTokenName(uid, evidence.hash))
  for (const { evidence } of published(request)) await sealedTokens.delete(evidenceName(uid, evidence.hash))
}

/** Awaits a deletion of sealed tokens. Never rejects: if one cannot be deleted now, the sweeper does it. */
export async function unlessLater({ log }: Pick<Dependencies, 'log'>, deleting: Promise<void>): Promise<void> {
  try {
    await deleting
  } catch (error) {
    log.warn('controller: a sealed token could not be deleted; the sweeper deletes it', {
      reason: error instanceof Error ? error.name : 'unknown',
    })
  }
}

/** Removes the finalizer of an ended request without remaining work. */
export async function release(deps: Dependencies, request: AccessRequest): Promise<Written | undefined> {
  await tidy(deps, request)
  await tidyAlert(deps, request)
  await dropTokens(deps, request)
  const finalizers = (request.metadata.finalizers ?? []).filter(name => name !== accountFinalizer)
  const released = await deps.requests.patchFinalizers(request, finalizers)
  return released === 'gone' ? undefined : released
}

/**
 * Marks a request as settled: it leaves the watch and is not read again. What was stored only for the work itself is
 * removed, because a settled request is kept for months.
 */
export async function settle(deps: Dependencies, request: AccessRequest): Promise<Written> {
  await dropTokens(deps, request)
  const message = request.status?.message && { ...request.status.message, shown: null }
  const alert = request.status?.alert && { ...request.status.alert, shown: null }
  const done = { settled: true, routing: null, audit: null }
  return transition(deps, request, { ...done, ...(message && { message }), ...(alert && { alert }) })
}
