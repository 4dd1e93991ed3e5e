// One process's controllers, from start to stop: caches first, then the lease, then the workers; and back in reverse. Says
// whether it can work, and whether only a restart can help. (controller-runtime's pkg/manager)
import { type ControllerOptions, reconcileMs, runController } from './controller.ts'
import type { Elector } from './elector.ts'
import { aborted, type Log, type Metrics, type Timers } from './environment.ts'
import { createQueue, type Queue } from './queue.ts'
import type { Recorder } from './recorder.ts'

type Watching = { run(signal: AbortSignal): Promise<void>; synced(): Promise<void>; isSynced(): boolean }
type Controller = Pick<ControllerOptions, 'reconcile' | 'workers' | 'timeoutMs'>

export type ManagerOptions<Name extends string> = {
  /** By the names that readiness and the log call them. */
  caches: Record<string, Watching>
  controllers: Record<Name, Controller>
  /** Called once, when this process leads and the caches are complete: puts in what is due, and what will change. */
  feed(queues: Record<Name, Queue>): void
  elector: Elector
  recorder: Recorder
  timers: Timers
  log: Log
  metrics: Metrics
}

export type Manager = {
  /**
   * Works until `stop`, then lets the step in hand end, gives up the lease and sends the last events, within 30 s. Rejects
   * when the lease was lost, and when something did not end in time, for which the lease is kept until it runs out: the
   * process should end. To be called once.
   */
  run(stop: AbortSignal): Promise<void>
  /** Why it can neither lead nor follow right now; undefined when it can. */
  notReady(): string | undefined
  /**
   * False when only a restart can help: the lease was lost, or a worker has not come back from a key long after it was told
   * to. A blocked event loop needs no watching here: it answers no probe.
   */
  isAlive(): boolean
}

/** A first list that takes longer than this is said, in the log and by readiness. */
const slowSyncMs = 120_000

/** What is under way when a reconcile is told to end may go on for so long: some calls of 10 s each. */
const lastActMs = 60_000

/** Builds queues for the controllers. Nothing happens before `run`. */
export function createManager<Name extends string>(options: ManagerOptions<Name>): Manager {
  const { caches, elector, recorder, timers, log, metrics } = options
  const host = { timers, log, metrics }
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

  const sync = async (stop: AbortSignal): Promise<void> => {
    const say = (): void => {
      log.warn('Reading the cluster takes long', { caches: unsynced() })
      cancel = timers.after(slowSyncMs, say)
    }
    let cancel = timers.after(slowSyncMs, say)
    await Promise.race([Promise.all(Object.values(caches).map(cache => cache.synced())), aborted(stop)])
    cancel()
  }

  const lead = async (stop: AbortSignal, lost: AbortSignal): Promise<void> => {
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
    // The watches outlive the work, so that the last step sees the world as it is.
    const watching = new AbortController()
    const watches = Object.values(caches).map(cache => cache.run(watching.signal))
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
 * A promise that a reconcile left behind and that rejects ends nothing: what was to be done is looked at again with its key,
 * and the fault is logged and counted as a panic. An exception thrown out of a callback still ends the process, as a panic
 * in a goroutine does: nobody knows what it left half done, and another replica goes on within the lease.
 */
function surviveRejections(log: Log, metrics: Metrics): () => void {
  const survive = (error: unknown): void => {
    metrics.count('controller_runtime_reconcile_panics_total', { controller: 'unknown' })
    log.error('A promise was rejected and nobody listened', { error: String(error) })
  }
  process.on('unhandledRejection', survive)
  return () => void process.off('unhandledRejection', survive)
}
