// Requests whose time of keeping is over: found page by page and deleted for good. Nothing that is owed is ever deleted,
// because only settled requests are looked at.
import { accountFinalizer, type AccessRequest } from '../api/kinds.ts'
import type { Clock } from '../domain/ports.ts'
import { isConflict, isNotFound } from '../kube/api-error.ts'
import { createResource } from '../kube/resource.ts'
import type { Transport } from '../kube/transport.ts'
import { asOutcome, eachAsOutcome } from './outcome.ts'
import { eachIn, patchFinalizers, requestKind } from './requests.ts'

/** What the retention sweeper needs of the cluster. */
export type Retention = {
  /** Settled requests that ended before `instant`, page by page; Broken once `signal` has aborted. */
  settledBefore(instant: Date, signal?: AbortSignal): AsyncIterable<AccessRequest>
  /** Deletes this very request, our finalizer too. `kept` when it changed or is a namesake: the next sweep looks again. */
  remove(request: AccessRequest): Promise<'removed' | 'kept'>
}

type Options = {
  transport: Transport
  /** None in the list means the whole cluster. */
  namespaces: readonly string[]
  clock: Clock
}

/** Retention over the API server. */
export function createRetention({ transport, namespaces, clock }: Options): Retention {
  const resource = createResource<AccessRequest>(transport, requestKind)

  async function* settledBefore(instant: Date, signal?: AbortSignal): AsyncGenerator<AccessRequest> {
    for await (const request of eachIn(resource, namespaces, { fieldSelector: 'status.settled=true', signal }))
      if (endedAt(request) < instant) yield request
  }

  const remove = async (request: AccessRequest): Promise<'removed' | 'kept'> => {
    const { namespace, name, uid, finalizers = [] } = request.metadata
    const foreign = finalizers.filter(finalizer => finalizer !== accountFinalizer)
    if (foreign.length < finalizers.length) {
      const released = await patchFinalizers(resource, request, foreign)
      // One that was being deleted goes with its last finalizer.
      if (released === 'gone') return 'removed'
      if (released === 'conflict') return 'kept'
    }
    try {
      await resource.delete({ namespace, name }, { uid })
    } catch (error) {
      if (isConflict(error)) return 'kept'
      if (!isNotFound(error)) throw error
    }
    return 'removed'
  }

  return {
    settledBefore: (instant, signal) =>
      eachAsOutcome(() => ({ now: clock.now(), doing: 'list settled requests' }), settledBefore(instant, signal)),
    remove: request =>
      asOutcome(
        () => ({ now: clock.now(), doing: `delete request "${request.metadata.namespace}/${request.metadata.name}"` }),
        () => remove(request),
      ),
  }
}

const endedAt = ({ status, metadata }: AccessRequest): Date => new Date(status?.endedAt ?? metadata.creationTimestamp)
