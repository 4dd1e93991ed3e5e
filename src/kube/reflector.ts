// Keeps a cache equal to a selection of objects in the cluster: list, then watch, for ever. An outage makes the cache old,
// never wrong for good; nothing but its signal ends it. (kubernetes.io/docs/reference/using-api/api-concepts)
import { ApiError, isGone } from './api-error.ts'
import { type Cached, createCache, type Indexes, stripped } from './cache.ts'
import { backoffMs, between, linked, type Log, type Metrics, pause, type Timers } from './environment.ts'
import { createResource, type Kind, type Stored } from './resource.ts'
import type { Transport } from './transport.ts'
import { type WatchEvent, watchEvents } from './watch.ts'

export type ReflectorOptions<T> = {
  transport: Transport
  kind: Kind
  /** One namespace; all of them when absent. */
  namespace?: string | undefined
  /** An object that stops matching counts as removed. */
  fieldSelector?: string
  labelSelector?: string
  /** What `by` finds objects by. */
  indexes?: Indexes<T>
  timers: Timers
  log: Log
  metrics: Metrics
  pageSize?: number
}

export type Reflector<T extends Stored> = Cached<T> & {
  /** Lists and watches until `signal` aborts. Never rejects. To be called once. */
  run(signal: AbortSignal): Promise<void>
  /** Resolves once the first list is complete in the cache. */
  synced(): Promise<void>
  isSynced(): boolean
}

// Bookmarks come about every minute, with a quarter of jitter: this much silence means that the connection is dead.
const stallMs = 100_000
const [backoffBaseMs, backoffMaxMs] = [800, 30_000]
/** A watch that lived this long ends a series of failures. */
const healthyMs = 60_000
/** A watch that ends sooner without an error counts as a failure, so that a server that hangs up is not hammered. */
const tooShortMs = 1_000

/** A reflector with a cache of its own. Opens nothing until it is run. */
export function createReflector<T extends Stored>(options: ReflectorOptions<T>): Reflector<T> {
  const { transport, kind, namespace, fieldSelector, labelSelector, indexes, timers, log, metrics, pageSize } = options
  const resource = createResource<T>(transport, kind)
  const cache = createCache<T>({ log, indexes })
  const synced = Promise.withResolvers<void>()
  const labels = { name: kind.plural }
  let isSynced = false

  const list = async (signal: AbortSignal): Promise<string> => {
    metrics.count('reflector_lists_total', labels)
    const items: T[] = []
    let [next, version]: [string | undefined, string] = [undefined, '']
    do {
      const page = await resource.list({
        namespace,
        fieldSelector,
        labelSelector,
        continue: next,
        signal,
        ...(pageSize && { limit: pageSize }),
      })
      items.push(...page.items.map(stripped))
      next = page.metadata.continue
      version = page.metadata.resourceVersion
    } while (next)
    cache.replace(items)
    isSynced = true
    synced.resolve()
    return version
  }

  const apply = ({ type, object }: WatchEvent<T>): string => {
    if (type === 'DELETED') cache.remove(object)
    if (type === 'ADDED' || type === 'MODIFIED') cache.put(object)
    return object.metadata.resourceVersion
  }

  // `seen` hears of each version, so that the next watch goes on from there whatever ends this one.
  const watch = async (
    resourceVersion: string,
    seen: (version: string) => void,
    signal: AbortSignal,
  ): Promise<void> => {
    metrics.count('reflector_watches_total', labels)
    const path = resource.path(namespace)
    const timeoutSeconds = Math.round(between(300, 600))
    const query = {
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds,
      resourceVersion,
      fieldSelector,
      labelSelector,
    }
    const connection = linked(timers, signal)
    let cancel = timers.after(stallMs, connection.abort)
    try {
      for await (const event of watchEvents<T>(path, await transport.stream(path, query, connection.signal))) {
        cancel()
        cancel = timers.after(stallMs, connection.abort)
        seen(apply(event))
      }
    } finally {
      cancel()
      connection.abort()
      connection.release()
    }
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    let version: string | undefined
    let failures = 0
    while (!signal.aborted) {
      const beganMs = timers.monotonicMs()
      const livedMs = (): number => timers.monotonicMs() - beganMs
      let hasFailed = false
      try {
        version ??= await list(signal)
        await watch(version, at => (version = at), signal)
        hasFailed = livedMs() < tooShortMs
      } catch (error) {
        if (signal.aborted) return
        hasFailed = true
        if (needsList(error)) version = undefined
        log.warn('Watching was interrupted', { kind: kind.plural, namespace, failures, error: String(error) })
      }
      if (livedMs() >= healthyMs) failures = 0
      if (hasFailed) await pause(timers, backoffMs(failures++, backoffBaseMs, backoffMaxMs), signal)
    }
  }

  return { ...cache, run, synced: () => synced.promise, isSynced: () => isSynced }
}

// A broken connection or a server that asks for patience has taken nothing from what was seen. Anything else, such as 410
// (as a status, or in the stream, by code or by reason), leaves in doubt whether the version can be gone on from.
function needsList(error: unknown): boolean {
  return !(error instanceof ApiError) || isGone(error) || ![0, 429, 503].includes(error.status)
}
