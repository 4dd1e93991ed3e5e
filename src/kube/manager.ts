// Runs the controllers of one process: it starts the caches, then the lease, then the workers, and stops them in
// reverse order. It reports whether the process can work, and whether only a restart can help. (controller-runtime's
// pkg/manager)
import { type ControllerOptions, reconcileMs, runController } from './controller.ts'
import type { Elector } from './elector.ts'
import { aborted, type Log, type Timers } from './environment.ts'
import type { Metrics } from './metrics.ts'
import { createQueue, type Queue } from './queue.ts'
import type { Recorder } from './recorder.ts'

type Watching = {
  run(signal: AbortSignal): Promise<void>
  synced(): Promise<void>
  isSynced(): boolean
  relist(): Promise<void>
}
type Controller = Pick<ControllerOptions, 'reconcile' | 'workers' | 'timeoutMs'>

export type ManagerOptions<Name extends string> = {
  /** Keyed by the names that readiness and the log use. */
  caches: Record<string, Watching>
  controllers: Record<Name, Controller>
  /**
   * Called once, when this process leads and the caches were listed again since. It adds the keys that are due now, and subscribes
   * to changes.
   */
  feed(queues: Record<Name, Queue>): void
  elector: Elector
  recorder: Recorder
  timers: Timers
  log: Log
  metrics: Metrics
}

export type Manager = {
  /**
   * Works until `stop`. Then it lets the current step end, releases the lease and sends the last events, within 30 s.
   * Rejects when the lease was lost, and when something did not end in time; in the second case the lease is kept until
   * it expires. After a rejection the process should end. Call it once.
   */
  run(stop: AbortSignal): Promise<void>
  /** Why it cannot work now; undefined when it can. */
  notReady(): string | undefined
  /**
   * False when only a restart can help: the lease was lost, or a worker is still busy with a key long after it was told
   * to stop. A blocked event loop need not be detected here, because it cannot answer the probe.
   */
  isAlive(): boolean
}

/** A first list that takes longer than this is reported in the log and by readiness. */
const slowSyncMs = 120_000

/** A reconcile that is told to stop may take this much longer: some calls of 10 s each. */
const lastActMs = 60_000

/** Creates the queues for the controllers. Does nothing else before `run`. */
export function createManager<Name extends string>(options: ManagerOptions<Name>): Manager {
  const { caches, elector, recorder, timers, log, metrics } = options
  const host = { timers, log, metrics }
  const all = Object.values(caches)
  const controllers = Object.entries<Controller>(options.controllers).map(([name, controller]) => ({
    ...host,
    ...controller,
    name,
    queue: createQueue({ name, timers, metrics }),
  }))
  const queues = Object.fromEntries(controllers.map(({ name, queue }) => [name, queue])) as Record<Name, Queue>
  let running: { stop: AbortSignal; sinceMs: number } | undefined
  let isLost = false

  const unsynced = (): string[] => Object.keys(caches).filter(name => !caches[name]?.isSynced())

  const notReady = (): string | undefined => {
    if (isLost) return 'the lease was lost'
    if (running?.stop.aborted) return 'this process is stopping'
    const names = unsynced()
    if (names.length === 0) return undefined
    const forMs = running ? timers.monotonicMs() - running.sinceMs : 0
    const since = forMs >= slowSyncMs ? `, for ${Math.round(forMs / 1000)} s: see the log` : ''
    return `${names.join(' and ')} have not been read yet${since}`
  }

  const listed = async (lists: Promise<unknown>[], ends: AbortSignal[], warn: () => void): Promise<void> => {
    const say = (): void => {
      warn()
      cancel = timers.after(slowSyncMs, say)
    }
    let cancel = timers.after(slowSyncMs, say)
    await Promise.race([Promise.all(lists), ...ends.map(aborted)])
    cancel()
  }

  const sync = (stop: AbortSignal): Promise<void> =>
    listed(
      all.map(cache => cache.synced()),
      [stop],
      () => log.warn('manager: the first list is not complete yet; this process is not ready', { caches: unsynced() }),
    )

  // What the last leader wrote just now may not have reached the watches yet.
  const relist = (stop: AbortSignal, lost: AbortSignal): Promise<void> =>
    listed(
      all.map(cache => cache.relist()),
      [stop, lost],
      () => log.warn('manager: the list after taking the lease is not complete yet; this leader does not act'),
    )

  const lead = async (stop: AbortSignal, lost: AbortSignal): Promise<void> => {
    await relist(stop, lost)
    if (stop.aborted || lost.aborted) return
    options.feed(queues)
    const ends = await Promise.allSettled(controllers.map(controller => runController(controller, { stop, lost })))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }

  const work = async (stop: AbortSignal): Promise<void> => {
    await sync(stop)
    const end = await elector.run(stop, lost => lead(stop, lost))
    if (end === 'stopped') return
    isLost = true
    throw new Error('The lease was lost: another process leads now. Restarting is the safe way on.')
  }

  const run: Manager['run'] = async stop => {
    running = { stop, sinceMs: timers.monotonicMs() }
    const forgetRejections = surviveRejections(log, metrics)
    // The watches end after the work, so that the last step sees current objects.
    const watching = new AbortController()
    const watches = all.map(cache => cache.run(watching.signal))
    try {
      await work(stop)
    } finally {
      await recorder.drain()
      watching.abort()
      await Promise.all(watches)
      forgetRejections()
    }
  }

  const isStuck = ({ queue, timeoutMs = reconcileMs }: (typeof controllers)[number]): boolean =>
    queue.longestRunningMs() > timeoutMs + lastActMs

  return { run, notReady, isAlive: () => !isLost && !controllers.some(isStuck) }
}

/**
 * A rejected promise that a reconcile left behind does not end the process: its key is looked at again, and the bug is
 * logged and counted as a panic. An exception thrown out of a callback does end the process, like a panic in a
 * goroutine: nobody can know what it left half done, and another replica continues within the lease time.
 */
function surviveRejections(log: Log, metrics: Metrics): () => void {
  const survive = (error: unknown): void => {
    metrics.count('controller_runtime_reconcile_panics_total', { controller: 'unknown' })
    log.error('manager: a promise was rejected without a handler; the process continues', { error: String(error) })
  }
  process.on('unhandledRejection', survive)
  return () => void process.off('unhandledRejection', survive)
}
