// The loop around a reconcile: workers take keys from the queue. The loop continues whatever a reconcile does.
import { aborted, linked, type Log, pause, type Timers } from './environment.ts'
import type { Metrics } from './metrics.ts'
import type { Queue } from './queue.ts'

/**
 * Reads the state of `key` and moves it one step. Resolves to the time at which to look again even if nothing changes.
 * When it throws, it is called again after a back-off. `signal` aborts when its time is over or this process may no
 * longer act.
 */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<Date | undefined>

export type ControllerOptions = {
  name: string
  queue: Queue
  reconcile: Reconcile
  /** How many keys at once; 1 unless given. */
  workers?: number
  /** Longest one reconcile may take before its signal aborts. */
  timeoutMs?: number
  /** How long reconciles that are under way may go on after a graceful stop. */
  graceMs?: number
  timers: Timers
  log: Log
  metrics: Metrics
}

/** The default for the longest time of one reconcile: many calls of 10 s each, with their repeats. */
export const reconcileMs = 120_000
/**
 * Reconciles that are under way at a stop may continue for this long. Together with a pending renewal (4 s), the
 * release of the lease (4 s) and the last events (3 s), a stop takes at most 29 s.
 */
const stopGraceMs = 18_000

/** `stop` is the graceful end: nothing new is started. `lost` means that this process must stop acting immediately. */
type Signals = { stop: AbortSignal; lost?: AbortSignal }

/**
 * Runs until one of the signals aborts. Resolves when no reconcile is under way, or when this process may no longer
 * act. Rejects when a reconcile is still under way and the time to wait for it is over.
 */
export async function runController(options: ControllerOptions, { stop, lost }: Signals): Promise<void> {
  const { queue, workers = 1, graceMs = stopGraceMs, timers, metrics, name } = options
  const hard = linked(timers, lost)
  if (hard.signal.aborted) return queue.close()
  void aborted(stop).then(async () => {
    queue.close()
    await pause(timers, graceMs, hard.signal)
    hard.abort()
  })
  metrics.gauge('controller_runtime_max_concurrent_reconciles', workers, { controller: name })
  let active = 0
  const work = async (): Promise<void> => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      metrics.gauge('controller_runtime_active_workers', ++active, { controller: name })
      await once(options, key, hard.signal)
      metrics.gauge('controller_runtime_active_workers', --active, { controller: name })
      queue.done(key)
    }
  }
  const all = Array.from({ length: workers }, work)
  await Promise.race([Promise.all(all), aborted(hard.signal)])
  queue.close()
  hard.abort()
  hard.release()
  if (active > 0 && !lost?.aborted) throw new Error(`Reconciles of "${name}" that did not end in time: ${active}.`)
}

async function once(options: ControllerOptions, key: string, hard: AbortSignal): Promise<void> {
  const { name: controller, queue, reconcile, timeoutMs = reconcileMs, timers, log, metrics } = options
  const beganMs = timers.monotonicMs()
  const limit = linked(timers, hard, timeoutMs)
  let result = 'success'
  try {
    const again = await reconcile(key, limit.signal)
    queue.forget(key)
    if (again) queue.addAt(key, again)
    if (again) result = 'requeue_after'
  } catch (error) {
    result = 'error'
    queue.retry(key)
    metrics.count('controller_runtime_reconcile_errors_total', { controller })
    if (isPanic(error)) metrics.count('controller_runtime_reconcile_panics_total', { controller })
    log.error('controller: a reconcile failed; it is repeated after a back-off', {
      controller,
      key,
      error: String(error),
    })
  } finally {
    if (limit.signal.aborted && !hard.aborted)
      metrics.count('controller_runtime_reconcile_timeouts_total', { controller })
    limit.release()
    metrics.count('controller_runtime_reconcile_total', { controller, result })
    const seconds = (timers.monotonicMs() - beganMs) / 1000
    metrics.observe('controller_runtime_reconcile_time_seconds', seconds, { controller })
  }
}

// A bug in this program, not a failure outside it.
function isPanic(error: unknown): boolean {
  return !(error instanceof Error) || [TypeError, RangeError, ReferenceError].some(fault => error instanceof fault)
}
