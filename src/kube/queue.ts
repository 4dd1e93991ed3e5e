// Keys that are due, each at most once, and never two workers on one key. Carries names, not events: whoever takes a key
// looks at the world itself.
import { backoffMs, type Cancel, type Metrics, type Timers } from './environment.ts'

export type Queue = {
  /** Due now. A key that is being worked on becomes due again when its work is done. */
  add(key: string): void
  /** Due at `instant`, or earlier if something earlier was asked for. */
  addAt(key: string, instant: Date): void
  /** Due after a back-off that grows with each call until `forget`. */
  retry(key: string): void
  /** The work succeeded: the next `retry` starts from the shortest back-off. */
  forget(key: string): void
  /**
   * The next key, waiting for one; undefined once the queue is closed. Every later instant that was asked for the key is
   * dropped, because who looks now decides anew when to look again.
   */
  take(): Promise<string | undefined>
  /** The work on a taken key has ended, however. */
  done(key: string): void
  /** How long the longest of the work that is under way has taken so far; 0 when there is none. */
  longestRunningMs(): number
  /** Hands out nothing more and drops its timers. */
  close(): void
}

/**
 * A timer stands still while a machine is suspended and knows nothing of a clock that is set, so that this often it is
 * looked whether the clock on the wall has gone on as time has.
 */
const clockLookMs = 5_000
/** Less than this a clock drifts, or is slewed. */
const jumpMs = 500
/** Beyond 24.8 days setTimeout would fire at once. */
const longestTimerMs = 86_400_000
/** How often what is under way is measured while it is. */
const measureMs = 1_000

// An outage of a minute is noticed within seconds of its end; one of a day costs a call a minute for each key.
const defaultBackoff = { baseMs: 100, maxMs: 60_000 }

type Options = { name: string; timers: Timers; metrics: Metrics; backoff?: { baseMs: number; maxMs: number } }
/** `at` on the wall; a back-off lasts as long as it lasts, whatever the clock is set to. */
type Delayed = { at: number; isBackoff: boolean; cancel: Cancel }

/** An empty queue; `name` labels its metrics. */
export function createQueue({ name, timers, metrics, backoff = defaultBackoff }: Options): Queue {
  // Insertion order is the order of work. The value is since when the key has been due, or being worked on.
  const due = new Map<string, number>()
  const processing = new Map<string, number>()
  const dirty = new Set<string>()
  const delayed = new Map<string, Delayed>()
  const failures = new Map<string, number>()
  const waiting: ((key: string | undefined) => void)[] = []
  let isClosed = false
  let cancelMeasure: Cancel | undefined
  let cancelClockLook: Cancel | undefined
  const nowMs = (): number => timers.now().getTime()
  const sinceMs = (beganMs = timers.monotonicMs()): number => timers.monotonicMs() - beganMs
  // The one that began first is the one that has taken longest.
  const longestRunningMs = (): number => sinceMs(processing.values().next().value)

  // As client-go does: work that never ends must show while it does not.
  const measure = (): void => {
    const total = processing.values().reduce((sum, beganMs) => sum + sinceMs(beganMs), 0)
    metrics.gauge('workqueue_unfinished_work_seconds', total / 1000, { name })
    metrics.gauge('workqueue_longest_running_processor_seconds', longestRunningMs() / 1000, { name })
    cancelMeasure?.()
    const isOver = processing.size === 0 || isClosed
    cancelMeasure = isOver ? undefined : timers.after(measureMs, measure)
  }

  const drop = (key: string): void => {
    delayed.get(key)?.cancel()
    delayed.delete(key)
    if (delayed.size > 0) return
    cancelClockLook?.()
    cancelClockLook = undefined
  }

  const begin = (key: string, dueMs: number): string => {
    drop(key)
    processing.set(key, timers.monotonicMs())
    if (!cancelMeasure) measure()
    metrics.observe('workqueue_queue_duration_seconds', sinceMs(dueMs) / 1000, { name })
    return key
  }

  const enqueue = (key: string): void => {
    const next = waiting.shift()
    if (next) return next(begin(key, timers.monotonicMs()))
    due.set(key, timers.monotonicMs())
    metrics.gauge('workqueue_depth', due.size, { name })
  }

  const add = (key: string): void => {
    if (isClosed || due.has(key) || dirty.has(key)) return
    metrics.count('workqueue_adds_total', { name })
    if (processing.has(key)) dirty.add(key)
    else enqueue(key)
  }

  const arm = (key: string, at: number): void => {
    const wake = (): void => {
      if (nowMs() < at) return arm(key, at)
      drop(key)
      add(key)
    }
    const cancel = timers.after(Math.min(Math.max(at - nowMs(), 0), longestTimerMs), wake)
    delayed.set(key, { at, isBackoff: false, cancel })
    cancelClockLook ??= timers.after(clockLookMs, lookAtClock(aheadMs()))
  }

  const aheadMs = (): number => nowMs() - timers.monotonicMs()
  const lookAtClock = (beforeMs: number) => (): void => {
    const jumpedMs = aheadMs() - beforeMs
    cancelClockLook = timers.after(clockLookMs, lookAtClock(aheadMs()))
    if (Math.abs(jumpedMs) < jumpMs) return
    for (const [key, { at, isBackoff, cancel }] of delayed) {
      if (isBackoff) continue
      cancel()
      arm(key, at)
    }
  }

  const addAt = (key: string, instant: Date): void => {
    const at = instant.getTime()
    if (isClosed || (delayed.get(key)?.at ?? Infinity) <= at) return
    drop(key)
    if (at <= nowMs() || Number.isNaN(at)) add(key)
    else arm(key, at)
  }

  const addAfter = (key: string, ms: number): void => {
    if (isClosed || (delayed.get(key)?.at ?? Infinity) <= nowMs() + ms) return
    drop(key)
    const wake = (): void => {
      drop(key)
      add(key)
    }
    delayed.set(key, { at: nowMs() + ms, isBackoff: true, cancel: timers.after(ms, wake) })
  }

  // One iterator for many keys: a fresh one for each would step over all that were taken before it, again and again.
  let order = due.entries()
  const next = (): [string, number] | undefined => {
    const { value } = order.next()
    if (value) return value
    order = due.entries()
    return order.next().value
  }

  return {
    add,
    addAt,
    retry: key => {
      const count = failures.get(key) ?? 0
      failures.set(key, count + 1)
      metrics.count('workqueue_retries_total', { name })
      addAfter(key, backoffMs(count, backoff.baseMs, backoff.maxMs))
    },
    forget: key => void failures.delete(key),
    take: () => {
      if (isClosed) return Promise.resolve(undefined)
      const first = next()
      if (!first) return new Promise(resolve => waiting.push(resolve))
      due.delete(first[0])
      metrics.gauge('workqueue_depth', due.size, { name })
      return Promise.resolve(begin(...first))
    },
    done: key => {
      metrics.observe('workqueue_work_duration_seconds', sinceMs(processing.get(key)) / 1000, { name })
      processing.delete(key)
      if (processing.size === 0) measure()
      if (dirty.delete(key) && !isClosed) enqueue(key)
    },
    longestRunningMs,
    close: () => {
      isClosed = true
      cancelMeasure?.()
      for (const key of delayed.keys()) drop(key)
      due.clear()
      for (const give of waiting.splice(0)) give(undefined)
    },
  }
}
