// Finds requests whose retention time is over, page by page, and deletes them permanently. Only settled requests are
// read, so a request with remaining work is never deleted.
import { accountFinalizer, type AccessRequest } from '../api/kinds.ts'
import type { Clock } from '../domain/ports.ts'
import { isConflict, isNotFound } from '../kube/api-error.ts'
import { createResource } from '../kube/resource.ts'
import type { Transport } from '../kube/transport.ts'
import { asOutcome, eachAsOutcome } from './outcome.ts'
import { eachIn, patchFinalizers, requestKind } from './requests.ts'

/** The port that the retention sweeper needs. */
export type Retention = {
  /** Settled requests that ended before `instant`, page by page; Broken once `signal` has aborted. */
  settledBefore(instant: Date, signal?: AbortSignal): AsyncIterable<AccessRequest>
  /**
   * Deletes exactly this request with Hallpass's finalizer. `kept` when it has changed or is another request of the
   * same name: the next sweep looks again.
   */
  remove(request: AccessRequest): Promise<'removed' | 'kept'>
}

type Options = {
  transport: Transport
  /** An empty list means the whole cluster. */
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
      // A request that is already being deleted disappears with its last finalizer.
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
