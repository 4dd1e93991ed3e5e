// One kind of object in the cluster, as plain typed JSON: read, list, create, patch, delete. No server-side apply: a
// writer must say which version it has seen.
import { ApiError, isGone } from './api-error.ts'
import type { Transport } from './transport.ts'

/** The fields that every object has. */
export type Stored = {
  metadata: { name: string; namespace?: string; uid: string; resourceVersion: string }
}
export type Kind = { group: string; version: string; plural: string }
export type Ref = { namespace: string; name: string }
export type Page<T> = { metadata: { resourceVersion: string; continue?: string }; items: T[] }
export type ListOptions = {
  namespace?: string | undefined
  fieldSelector?: string | undefined
  labelSelector?: string | undefined
  limit?: number
  continue?: string | undefined
  resourceVersion?: string
  signal?: AbortSignal | undefined
}

export type Resource<T extends Stored> = {
  kind: Kind
  /** Path of the collection, in one namespace or in all. */
  path(namespace?: string): string
  get(ref: Ref, signal?: AbortSignal): Promise<T>
  list(options?: ListOptions): Promise<Page<T>>
  /**
   * Every object, page by page. This is not a snapshot: when a page's token has expired, the list continues from there
   * with newer data.
   */
  each(options?: ListOptions): AsyncGenerator<T>
  create(
    object: { metadata: { name: string; namespace?: string } },
    options?: { dryRun?: boolean; signal?: AbortSignal },
  ): Promise<T>
  /** Merge patch against the version in `seen`; a conflict when the object has changed since. */
  patch(seen: T, body: object, subresource?: 'status'): Promise<T>
  /** Writes the whole object against its own resourceVersion. */
  replace(object: T, signal?: AbortSignal): Promise<T>
  delete(ref: Ref, preconditions?: { uid?: string; resourceVersion?: string }): Promise<void>
}

const pageSize = 500

/** A typed client for one kind. */
export function createResource<T extends Stored>(transport: Transport, kind: Kind): Resource<T> {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
  const path = (namespace?: string): string =>
    `${root}${namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''}/${kind.plural}`
  const one = ({ namespace, name }: Ref): string => `${path(namespace)}/${encodeURIComponent(name)}`
  const refOf = ({ metadata }: { metadata: { name: string; namespace?: string } }): Ref => ({
    namespace: metadata.namespace ?? '',
    name: metadata.name,
  })

  const list: Resource<T>['list'] = ({ namespace, signal, ...query } = {}) =>
    transport.request<Page<T>>({
      method: 'GET',
      path: path(namespace),
      query: { limit: pageSize, ...query },
      signal,
      deadlineMs: 30_000,
    })

  return {
    kind,
    path,
    list,
    get: (ref, signal) => transport.request<T>({ method: 'GET', path: one(ref), signal }),
    async *each(options = {}) {
      let next: string | undefined
      do {
        const page: Page<T> = await list({ ...options, continue: next }).catch((error: unknown) => resume(error))
        yield* page.items
        next = page.metadata.continue
      } while (next)
    },
    create: (object, { dryRun, signal } = {}) =>
      transport.request<T>({
        method: 'POST',
        path: path(object.metadata.namespace),
        query: { dryRun: dryRun ? 'All' : undefined },
        body: object,
        signal,
      }),
    patch: (seen, body, subresource) => {
      const { resourceVersion, uid } = seen.metadata
      const given = body as { metadata?: object }
      return transport.request<T>({
        method: 'PATCH',
        path: `${one(refOf(seen))}${subresource ? `/${subresource}` : ''}`,
        contentType: 'application/merge-patch+json',
        body: { ...body, metadata: { ...given.metadata, resourceVersion, uid } },
      })
    },
    replace: (object, signal) =>
      transport.request<T>({ method: 'PUT', path: one(refOf(object)), body: object, signal }),
    delete: async (ref, preconditions) => {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...(preconditions && { preconditions }) }
      await transport.request({ method: 'DELETE', path: one(ref), body })
    },
  }
}

// The 410 for an expired token carries a new token that continues from the next name.
function resume<T>(error: unknown): Page<T> {
  if (!(error instanceof ApiError && isGone(error) && error.continue)) throw error
  return { metadata: { resourceVersion: '', continue: error.continue }, items: [] }
}
