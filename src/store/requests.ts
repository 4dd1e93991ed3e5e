// Access requests in the cluster: read, created, and changed against the very version that was seen.
import { type AccessRequest, group, version } from '../api/kinds.ts'
import { Broken } from '../domain/outcome.ts'
import type { Clock, Ref, Requests } from '../domain/ports.ts'
import { ApiError, isAlreadyExists, isConflict, isNotFound } from '../kube/api-error.ts'
import { createResource, type Kind, type Resource, type Stored } from '../kube/resource.ts'
import type { Transport } from '../kube/transport.ts'
import { replacing } from './merge-patch.ts'
import { asOutcome, type Doing, eachAsOutcome, outcomeOf } from './outcome.ts'

/** Where requests are kept. */
export const requestKind: Kind = { group, version, plural: 'accessrequests' }

/** A field selector for requests that are not settled: start-up and memory follow these, never the history. */
export const aliveSelector = 'status.settled!=true'

/** Longest look for a request whose creation was not answered. */
const lookMs = 3_000

type Options = { transport: Transport; clock: Clock }

/**
 * Requests over the API server. `all` of an empty list of namespaces means the whole cluster. A create that was not answered
 * is looked up once: when it is there, it is given as `exists`.
 */
export function createRequests({ transport, clock }: Options): Requests {
  const resource = createResource<AccessRequest>(transport, requestKind)
  const trying = (doing: string, ref: Ref) => (): Doing => ({
    now: clock.now(),
    doing: `${doing} request "${ref.namespace}/${ref.name}"`,
  })
  const find = (ref: Ref, signal?: AbortSignal): Promise<AccessRequest | undefined> =>
    resource.get(ref, signal).catch(absentIsUndefined)

  const create: Requests['create'] = async (request, signal) => {
    const ref = request.metadata
    const doing = trying('store', ref)
    try {
      return { created: await resource.create(request, signal ? { signal } : {}) }
    } catch (error) {
      if (isAlreadyExists(error)) return { exists: await existing(ref, signal) }
      const outcome = outcomeOf(error, doing())
      if (!(outcome instanceof Broken) || outcome.answered || signal?.aborted) throw outcome
      const found = await find(ref, AbortSignal.timeout(lookMs)).catch(() => undefined)
      if (found) return { exists: found }
      throw outcome
    }
  }

  // Deleted in between the two calls: whoever tries again will find the name free.
  const existing = async (ref: Ref, signal?: AbortSignal): Promise<AccessRequest> => {
    const found = await asOutcome(trying('read', ref), () => find(ref, signal))
    if (!found) throw new Broken(`Request "${ref.namespace}/${ref.name}" was deleted while it was being stored.`)
    return found
  }

  return {
    create,
    get: ref => asOutcome(trying('read', ref), () => find(ref)),
    patchStatus: (seen, patch) =>
      asOutcome(trying('change', seen.metadata), () =>
        // An object that is gone has moved on, too; whoever looks again sees that.
        resource.patch(seen, { status: replacing(seen.status ?? {}, patch) }, 'status').catch((error: unknown) => {
          if (isConflict(error) || isNotFound(error)) return 'conflict'
          throw error
        }),
      ),
    patchFinalizers: (seen, finalizers) =>
      asOutcome(trying('change', seen.metadata), () => patchFinalizers(resource, seen, finalizers)),
    ofRequester: (namespace, email) =>
      asOutcome(
        () => ({ now: clock.now(), doing: `list the requests of "${email}"` }),
        () => {
          const fieldSelector = `spec.requester.email=${escaped(email)},${aliveSelector}`
          // Version 0 is what the API server's cache holds. A list of what is newest waits for etcd's next sign of progress,
          // a tenth of a second in a cluster where anything else is written, and somebody waits in Slack for the answer.
          return Array.fromAsync(resource.each({ namespace, fieldSelector, resourceVersion: '0' }))
        },
      ),
    history: of =>
      asOutcome(
        () => ({ now: clock.now(), doing: `list earlier requests for "${of.namespace}/${of.roleMapping}"` }),
        () => history(resource, of),
      ),
    all: namespaces =>
      eachAsOutcome(() => ({ now: clock.now(), doing: 'list requests' }), eachIn(resource, namespaces)),
  }
}

async function history(
  resource: Resource<AccessRequest>,
  { namespace, roleMapping, emails, since }: Parameters<Requests['history']>[0],
): Promise<AccessRequest[]> {
  const found: AccessRequest[] = []
  for (const email of emails) {
    const fieldSelector = `spec.requester.email=${escaped(email)},spec.roleMapping=${escaped(roleMapping)}`
    for await (const request of resource.each({ namespace, fieldSelector }))
      if (new Date(request.metadata.creationTimestamp) >= since) found.push(request)
  }
  return found
}

/** Replaces the finalizers, against this very version. */
export async function patchFinalizers(
  resource: Resource<AccessRequest>,
  seen: AccessRequest,
  finalizers: string[],
): Promise<AccessRequest | 'conflict' | 'gone'> {
  try {
    return await resource.patch(seen, { metadata: { finalizers } })
  } catch (error) {
    if (isNotFound(error)) return 'gone'
    if (isConflict(error)) return 'conflict'
    throw error
  }
}

/** Page by page over each of `namespaces`, or over the whole cluster when there is none in the list. */
export async function* eachIn<T extends Stored>(
  resource: Resource<T>,
  namespaces: readonly string[],
  options: { fieldSelector?: string; signal?: AbortSignal | undefined } = {},
): AsyncGenerator<T> {
  for (const namespace of namespaces.length === 0 ? [undefined] : new Set(namespaces))
    yield* resource.each({ ...options, namespace })
}

/** A value within a field selector, where these three characters have a meaning of their own. */
function escaped(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&')
}

function absentIsUndefined(error: unknown): undefined {
  if (error instanceof ApiError && error.status === 404) return undefined
  throw error
}
