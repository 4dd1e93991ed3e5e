// Keeps a cache equal to a selection of objects in the cluster: it lists, then watches, until its signal ends it. The
// list is streamed as the beginning of the watch. If that fails in any way, the list is read in pages. An outage makes
// the cache out of date; when it ends, the cache is correct again.
// (kubernetes.io/docs/reference/using-api/api-concepts)
import { ApiError, isGone } from './api-error.ts'
import { type Cached, createCache, type Indexes, type Staging } from './cache.ts'
import { backoffMs, between, linked, type Log, pause, type Timers } from './environment.ts'
import type { Metrics } from './metrics.ts'
import { createResource, type Kind, type Stored } from './resource.ts'
import { createRelists } from './relists.ts'
import type { Transport } from './transport.ts'
import { endsList, type WatchEvent, watchEvents } from './watch.ts'

export type ReflectorOptions<T> = {
  transport: Transport
  kind: Kind
  /** One namespace; all namespaces when absent. */
  namespace?: string | undefined
  /** An object that stops matching counts as removed. */
  fieldSelector?: string
  labelSelector?: string
  /** The indexes for `by`. */
  indexes?: Indexes<T>
  timers: Timers
  log: Log
  metrics: Metrics
  pageSize?: number
}

export type Reflector<T extends Stored> = Cached<T> & {
  /** Lists and watches until `signal` aborts. Never rejects. Call it once. */
  run(signal: AbortSignal): Promise<void>
  /** Resolves once the first list is complete in the cache. */
  synced(): Promise<void>
  isSynced(): boolean
  /** Lists everything again. Resolves once a list that began after this call is complete in the cache. */
  relist(): Promise<void>
}

// Bookmarks come about every minute, with 25 % jitter. This much silence means that the connection is dead.
const stallMs = 100_000
const [backoffBaseMs, backoffMaxMs] = [800, 30_000]
/** A watch that was open for this long ends a series of failures, however it ended. */
const healthyMs = 60_000
/**
 * Watches that end sooner count as failures, so that a server that closes connections is not overloaded. A watch that
 * was open for longer ends the series unless the server refused to continue: proxies close connections that are idle
 * for half a minute.
 */
const tooShortMs = 1_000

/** The longest wait that a server can ask for with Retry-After, plus up to a third of jitter. */
const longestPatienceMs = 60_000

/** The newest objects, one by one, as a list without a version would return them. */
const streamedList = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }

/** A reflector with its own cache. It opens no connection before `run`. */
export function createReflector<T extends Stored>(options: ReflectorOptions<T>): Reflector<T> {
  const { transport, kind, namespace, fieldSelector, labelSelector, indexes, timers, log, metrics, pageSize } = options
  const resource = createResource<T>(transport, kind)
  const cache = createCache<T>({ log, indexes })
  const synced = Promise.withResolvers<void>()
  const labels = { name: kind.plural }
  let isSynced = false
  // False from the start of a streamed list until a list is complete. If streaming fails for any reason, the next list
  // is read in pages.
  let mayStream = true
  // Since when the current watch has been open.
  let openedAtMs: number | undefined
  const relists = createRelists()
  // Ends the current watch, but not a list.
  let interrupt = (): void => undefined
  const openMs = (): number => (openedAtMs === undefined ? 0 : timers.monotonicMs() - openedAtMs)

  const show = (listed: Staging<T>): void => {
    listed.commit()
    mayStream = true
    isSynced = true
    synced.resolve()
    relists.complete()
  }

  const list = async (signal: AbortSignal): Promise<string> => {
    metrics.count('reflector_lists_total', labels)
    relists.begin()
    const listed = cache.stage()
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
      for (const item of page.items) listed.put(item)
      next = page.metadata.continue
      version = page.metadata.resourceVersion
    } while (next)
    show(listed)
    return version
  }

  const apply = ({ type, object }: WatchEvent<T>, to: Pick<Staging<T>, 'put' | 'remove'>): void => {
    if (type === 'DELETED') to.remove(object)
    if (type === 'ADDED' || type === 'MODIFIED') to.put(object)
  }

  // Without a version, all existing objects come first. `seen` is called with each version after everything up to it is
  // in the cache, so the next watch can continue from there.
  const watch = async (
    from: string | undefined,
    seen: (version: string) => void,
    signal: AbortSignal,
  ): Promise<void> => {
    metrics.count('reflector_watches_total', labels)
    let listed = from === undefined ? cache.stage() : undefined
    if (listed) {
      metrics.count('reflector_lists_total', labels)
      relists.begin()
      mayStream = false
    }
    const path = resource.path(namespace)
    const timeoutSeconds = Math.round(between(300, 600))
    const query = {
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds,
      ...(from === undefined ? streamedList : { resourceVersion: from }),
      fieldSelector,
      labelSelector,
    }
    const connection = linked(timers, signal)
    let cancel = timers.after(stallMs, connection.abort)
    interrupt = () => {
      if (!listed) connection.abort()
    }
    try {
      const body = await transport.stream(path, query, connection.signal)
      openedAtMs = timers.monotonicMs()
      for await (const event of watchEvents<T>(path, body)) {
        cancel()
        cancel = timers.after(stallMs, connection.abort)
        apply(event, listed ?? cache)
        if (listed && endsList(event)) {
          show(listed)
          listed = undefined
        }
        if (!listed) seen(event.object.metadata.resourceVersion)
        if (!listed && relists.isAsked()) return
      }
    } finally {
      interrupt = () => undefined
      cancel()
      connection.abort()
      connection.release()
    }
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    let version: string | undefined
    let failures = 0
    while (!signal.aborted) {
      if (relists.isAsked()) version = undefined
      const isStreamed = mayStream && version === undefined
      openedAtMs = undefined
      let hasFailed = false
      let enoughMs = tooShortMs
      let askedMs = 0
      try {
        if (!mayStream) version ??= await list(signal)
        if (version === undefined || !relists.isAsked()) await watch(version, at => (version = at), signal)
        hasFailed = openMs() < tooShortMs && !relists.isAsked()
      } catch (error) {
        if (signal.aborted) return
        if (relists.isAsked()) continue
        hasFailed = !(isStreamed && isInvalid(error))
        if (!isBroken(error)) enoughMs = healthyMs
        if (needsList(error)) version = undefined
        askedMs = patienceMs(error)
        log.warn('reflector: the watch was interrupted; trying again', {
          kind: kind.plural,
          namespace,
          failures,
          error: String(error),
        })
      }
      if (openMs() >= enoughMs) failures = 0
      if (hasFailed) await pause(timers, Math.max(askedMs, backoffMs(failures++, backoffBaseMs, backoffMaxMs)), signal)
    }
  }

  const relist = (): Promise<void> => {
    const listed = relists.ask()
    interrupt()
    return listed
  }

  return { ...cache, run, synced: () => synced.promise, isSynced: () => isSynced, relist }
}

// The answer of a server that cannot stream lists. It can be asked for pages immediately.
const isInvalid = (error: unknown): boolean => error instanceof ApiError && error.status === 422

// A lost connection does not show that the server refused.
const isBroken = (error: unknown): boolean => error instanceof ApiError && error.status === 0

// How long the server asks us to wait, in its answer or within the stream.
function patienceMs(error: unknown): number {
  const seconds = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) : 0
  return Math.min(seconds * 1000, longestPatienceMs) * between(1, 1.3)
}

// After a broken connection or a Retry-After, the last version is still valid. After anything else, such as 410 (as a
// status, or in the stream, by code or by reason), it may be too old to continue from.
function needsList(error: unknown): boolean {
  return !(error instanceof ApiError) || isGone(error) || ![0, 429, 503].includes(error.status)
}
