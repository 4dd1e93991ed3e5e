// Access requests in the cluster: reads, creates and changes them, always against the version that was seen.
import { type AccessRequest, group, version } from '../api/kinds.ts'
import { Broken } from '../domain/outcome.ts'
import type { Clock, Ref, Requests } from '../domain/ports.ts'
import { ApiError, isAlreadyExists, isConflict, isNotFound } from '../kube/api-error.ts'
import { createResource, type Kind, type Resource, type Stored } from '../kube/resource.ts'
import type { Transport } from '../kube/transport.ts'
import { replacing } from './merge-patch.ts'
import { asOutcome, type Doing, eachAsOutcome, outcomeOf } from './outcome.ts'

/** The port to stored requests. */
export const requestKind: Kind = { group, version, plural: 'accessrequests' }

/** A field selector for requests that are not settled: start and memory depend only on these, not on the history. */
export const aliveSelector = 'status.settled!=true'

/** The longest look-up of a request whose creation was not answered. */
const lookMs = 3_000

type Options = { transport: Transport; clock: Clock }

/**
 * Requests over the API server. `all` of an empty list of namespaces means the whole cluster. After a create without an
 * answer, the request is looked up once; if it exists, the result is `exists`.
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

  // It was deleted between the two calls; another try will find the name free.
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
        // A deleted object counts as changed too; the next read shows that.
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
          // Version 0 reads from the API server's cache. A list of the newest version waits for etcd's next progress
          // message, a tenth of a second in a cluster with other writes, and a person waits in Slack for the answer.
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
  { namespace, roleMapping, emails, slackUserID, since }: Parameters<Requests['history']>[0],
): Promise<AccessRequest[]> {
  const ofMapping = `spec.roleMapping=${escaped(roleMapping)}`
  const people = [
    ...(emails ?? []).map(email => `spec.requester.email=${escaped(email)}`),
    ...(slackUserID ? [`spec.requester.slackUserID=${escaped(slackUserID)}`] : []),
  ]
  const selectors = emails ? people.map(person => `${person},${ofMapping}`) : [ofMapping]
  const found = await Promise.all(
    selectors.map(fieldSelector => Array.fromAsync(resource.each({ namespace, fieldSelector }))),
  )
  const counted = found.flat().filter(request => isSince(request, since))
  return [...new Map(counted.map(request => [request.metadata.uid, request])).values()]
}

// Access can last for a week, and begin long after it was asked for.
function isSince({ metadata, status }: AccessRequest, since: Date): boolean {
  return new Date(metadata.creationTimestamp) >= since || new Date(status?.expiresAt ?? 0) >= since
}

/** Replaces the finalizers, against exactly this version. */
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

/** Page by page over each of `namespaces`, or over the whole cluster when the list is empty. */
export async function* eachIn<T extends Stored>(
  resource: Resource<T>,
  namespaces: readonly string[],
  options: { fieldSelector?: string; signal?: AbortSignal | undefined } = {},
): AsyncGenerator<T> {
  for (const namespace of namespaces.length === 0 ? [undefined] : new Set(namespaces))
    yield* resource.each({ ...options, namespace })
}

/** Escapes a value for a field selector, in which these three characters are special. */
function escaped(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&')
}

function absentIsUndefined(error: unknown): undefined {
  if (error instanceof ApiError && error.status === 404) return undefined
  throw error
}
