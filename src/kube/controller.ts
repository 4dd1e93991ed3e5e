// The loop around a reconcile: workers take keys, and whatever a reconcile does, the loop goes on.
import { aborted, linked, type Log, type Metrics, pause, type Timers } from './environment.ts'
import type { Queue } from './queue.ts'

/**
 * Looks at the world of `key` and moves it on. Resolves to when to look again though nothing changes; throwing means again
 * after a back-off. `signal` aborts when the time for it is over or the right to act is lost.
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

/** Longest one reconcile may take, unless told otherwise: many calls of 10 s each, with their repeats. */
export const reconcileMs = 120_000
/**
 * What is under way at a stop may go on for so long. With a renewal in hand (4 s), giving up the lease (4 s) and the last
 * events (3 s), a stop takes 29 s at the most.
 */
const stopGraceMs = 18_000

/** `stop` is the graceful end: nothing new is begun. `lost` takes the right to act away at once. */
type Signals = { stop: AbortSignal; lost?: AbortSignal }

/**
 * Runs until one of the signals aborts. Resolves when no reconcile is under way, or when the right to act is lost; rejects
 * when one is still under way that may not be waited for any longer.
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
    log.error('A reconcile failed', { controller, key, error: String(error) })
  } finally {
    if (limit.signal.aborted && !hard.aborted)
      metrics.count('controller_runtime_reconcile_timeouts_total', { controller })
    limit.release()
    metrics.count('controller_runtime_reconcile_total', { controller, result })
    const seconds = (timers.monotonicMs() - beganMs) / 1000
    metrics.observe('controller_runtime_reconcile_time_seconds', seconds, { controller })
  }
}

// A fault of the program itself, not of the world.
function isPanic(error: unknown): boolean {
  return !(error instanceof Error) || [TypeError, RangeError, ReferenceError].some(fault => error instanceof fault)
}
