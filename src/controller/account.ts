// What is owed to the log of record, and the end of a request's care: settled only when nothing is owed any more.
import { type AccessRequest, accountFinalizer } from '../api/kinds.ts'
import { entryOf } from '../domain/audit.ts'
import { type NewCondition, saysAlready } from '../domain/conditions.ts'
import { Broken, Refused, Waiting } from '../domain/outcome.ts'
import type { StatusPatch } from '../domain/ports.ts'
import { sealedTokenName } from '../domain/sealed-token.ts'
import { tidy } from './message.ts'
import type { World } from './world.ts'
import { conditionsWith, record, transition, type Written } from './write.ts'

/** Delivers the outbox, then takes away what was delivered. A crash in between delivers again, under the same ids. */
export async function account(world: World, request: AccessRequest): Promise<Written> {
  const outbox = request.status?.audit ?? []
  const last = outbox.at(-1)?.seq ?? 0
  try {
    await world.auditLog.write(outbox.map(event => entryOf(request, event)))
  } catch (error) {
    await sayUndelivered(world, request, error)
    throw error
  }
  return record(world, request, fresh => ({
    audit: (fresh.status?.audit ?? []).filter(({ seq }) => seq > last),
    ...accounted(world, fresh, {
      type: 'Accounted',
      status: 'True',
      reason: 'Delivered',
      message: 'The audit log has every event.',
    }),
  }))
}

async function sayUndelivered(world: World, request: AccessRequest, error: unknown): Promise<void> {
  if (!(error instanceof Broken || error instanceof Waiting || error instanceof Refused) || !world.mayAct()) return
  const said: NewCondition =
    error instanceof Refused
      ? { type: 'Accounted', status: 'False', ...error.refusal }
      : {
          type: 'Accounted',
          status: 'False',
          reason: 'LogUnavailable',
          message: 'The audit log does not take events at the moment. They are kept here and sent again.',
        }
  const patch = accounted(world, request, said)
  if (Object.keys(patch).length > 0) await transition(world, request, patch)
}

function accounted(world: World, request: AccessRequest, said: NewCondition): StatusPatch {
  const stated = { ...said, observedGeneration: request.metadata.generation }
  return saysAlready(request.status?.conditions, stated) ? {} : { conditions: conditionsWith(world, request, said) }
}

/** Deletes the sealed tokens of a request's approvals. Repeating it does no harm. */
export async function dropTokens({ sealedTokens }: World, { metadata, status }: AccessRequest): Promise<void> {
  for (const { evidence } of status?.decisions ?? [])
    if (evidence) await sealedTokens.delete(sealedTokenName(metadata.uid, evidence.hash))
}

/** Lets go of a request that has ended and for which nothing is owed. */
export async function release(world: World, request: AccessRequest): Promise<Written | undefined> {
  await tidy(world, request)
  await dropTokens(world, request)
  const finalizers = (request.metadata.finalizers ?? []).filter(name => name !== accountFinalizer)
  const released = await world.requests.patchFinalizers(request, finalizers)
  return released === 'gone' ? undefined : released
}

/** Marks a request as settled: it leaves the watch, and is never looked at again. */
export async function settle(world: World, request: AccessRequest): Promise<Written> {
  await dropTokens(world, request)
  return transition(world, request, { settled: true })
}
