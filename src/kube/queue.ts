// The keys that are due. Each is queued at most once, and two workers never hold the same key. The queue carries names,
// not events: a worker that takes a key reads the current state itself.
import { backoffMs, type Cancel, type Timers } from './environment.ts'
import type { Metrics } from './metrics.ts'

export type Queue = {
  /** Due now. A key that is being worked on becomes due again when its work is done. */
  add(key: string): void
  /** Due at `instant`, or earlier if an earlier time was already set. */
  addAt(key: string, instant: Date): void
  /** Due after a back-off that grows with each call until `forget`. */
  retry(key: string): void
  /** The work succeeded: the next `retry` starts from the shortest back-off. */
  forget(key: string): void
  /**
   * Waits for the next key; undefined once the queue is closed. Later times that were set for the key are dropped,
   * because the worker decides again when to look next.
   */
  take(): Promise<string | undefined>
  /** The work on a taken key has ended, with or without success. */
  done(key: string): void
  /** How long the oldest work under way has taken so far; 0 when nothing is under way. */
  longestRunningMs(): number
  /** Gives out no more keys and drops its timers. */
  close(): void
}

/**
 * A timer stops while a machine is suspended and does not notice when the clock is set. So at this interval the wall
 * clock is compared with the time that has passed.
 */
const clockLookMs = 5_000
/** Smaller differences are ordinary clock drift or slewing. */
const jumpMs = 500
/** Beyond 24.8 days setTimeout would fire at once. */
const longestTimerMs = 86_400_000
/** How often the work under way is measured. */
const measureMs = 1_000

// An outage of a minute is noticed within seconds of its end; one of a day costs a call a minute for each key.
const defaultBackoff = { baseMs: 100, maxMs: 60_000 }

type Options = { name: string; timers: Timers; metrics: Metrics; backoff?: { baseMs: number; maxMs: number } }
/** `at` is wall-clock time. A back-off is a duration and does not depend on the clock. */
type Delayed = { at: number; isBackoff: boolean; cancel: Cancel }

/** An empty queue; `name` labels its metrics. */
export function createQueue({ name, timers, metrics, backoff = defaultBackoff }: Options): Queue {
  // Insertion order is the order of work. The value says since when the key has been due or in work.
  const due = new Map<string, number>()
  const processing = new Map<string, number>()
  const dirty = new Set<string>()
  const delayed = new Map<string, Delayed>()
  const failures = new Map<string, number>()
  const waiting: ((key: string | undefined) => void)[] = []
  let isClosed = false
  let cancelMeasure: Cancel | undefined
  let cancelClockLook: Cancel | undefined
  /** How far the wall clock was ahead of the monotonic one when it was last compared. */
  let lookedAheadMs = 0
  const nowMs = (): number => timers.now().getTime()
  const sinceMs = (beganMs = timers.monotonicMs()): number => timers.monotonicMs() - beganMs
  // The key that was taken first has taken longest.
  const longestRunningMs = (): number => sinceMs(processing.values().next().value)

  // As in client-go: work that never ends must be visible while it runs.
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
    // A clock that is put right before the next look would go unnoticed, and this timer would be wrong by as much.
    if (cancelClockLook && Math.abs(aheadMs() - lookedAheadMs) >= jumpMs) noticeJump()
    const wake = (): void => {
      if (nowMs() < at) return arm(key, at)
      drop(key)
      add(key)
    }
    delayed.get(key)?.cancel()
    const cancel = timers.after(Math.min(Math.max(at - nowMs(), 0), longestTimerMs), wake)
    delayed.set(key, { at, isBackoff: false, cancel })
    if (cancelClockLook) return
    lookedAheadMs = aheadMs()
    cancelClockLook = timers.after(clockLookMs, lookAtClock)
  }

  const aheadMs = (): number => nowMs() - timers.monotonicMs()
  const lookAtClock = (): void => {
    cancelClockLook = timers.after(clockLookMs, lookAtClock)
    if (Math.abs(aheadMs() - lookedAheadMs) >= jumpMs) noticeJump()
    else lookedAheadMs = aheadMs()
  }
  const noticeJump = (): void => {
    lookedAheadMs = aheadMs()
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

  // One iterator for many keys: a new one for each key would step over all keys taken before it every time.
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
