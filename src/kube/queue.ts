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
  /** Hands out nothing more and drops its timers. */
  close(): void
}

/** setTimeout fires at once beyond this (24.8 days). */
const longestTimerMs = 2 ** 31 - 1

// An outage of a minute is noticed within seconds of its end; one of a day costs a call a minute for each key.
const defaultBackoff = { baseMs: 100, maxMs: 60_000 }

type Options = { name: string; timers: Timers; metrics: Metrics; backoff?: { baseMs: number; maxMs: number } }
type Delayed = { at: number; cancel: Cancel }

/** An empty queue; `name` labels its metrics. */
export function createQueue({ name, timers, metrics, backoff = defaultBackoff }: Options): Queue {
  // Insertion order is the order of work. The value is when the key became due.
  const due = new Map<string, number>()
  const processing = new Map<string, number>()
  const dirty = new Set<string>()
  const delayed = new Map<string, Delayed>()
  const failures = new Map<string, number>()
  const waiting: ((key: string | undefined) => void)[] = []
  let isClosed = false
  const nowMs = (): number => timers.now().getTime()

  const drop = (key: string): void => {
    delayed.get(key)?.cancel()
    delayed.delete(key)
  }

  const begin = (key: string, dueAt: number): string => {
    drop(key)
    processing.set(key, nowMs())
    metrics.observe('workqueue_queue_duration_seconds', (nowMs() - dueAt) / 1000, { name })
    return key
  }

  const enqueue = (key: string): void => {
    const next = waiting.shift()
    if (next) return next(begin(key, nowMs()))
    due.set(key, nowMs())
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
      delayed.delete(key)
      add(key)
    }
    delayed.set(key, { at, cancel: timers.after(Math.min(Math.max(at - nowMs(), 0), longestTimerMs), wake) })
  }

  const addAt = (key: string, instant: Date): void => {
    const at = instant.getTime()
    if (isClosed || (delayed.get(key)?.at ?? Infinity) <= at) return
    drop(key)
    if (at <= nowMs() || Number.isNaN(at)) add(key)
    else arm(key, at)
  }

  return {
    add,
    addAt,
    retry: key => {
      const count = failures.get(key) ?? 0
      failures.set(key, count + 1)
      metrics.count('workqueue_retries_total', { name })
      addAt(key, new Date(nowMs() + backoffMs(count, backoff.baseMs, backoff.maxMs)))
    },
    forget: key => void failures.delete(key),
    take: () => {
      const [first] = due
      if (isClosed) return Promise.resolve(undefined)
      if (!first) return new Promise(resolve => waiting.push(resolve))
      due.delete(first[0])
      metrics.gauge('workqueue_depth', due.size, { name })
      return Promise.resolve(begin(...first))
    },
    done: key => {
      metrics.observe('workqueue_work_duration_seconds', (nowMs() - (processing.get(key) ?? nowMs())) / 1000, { name })
      processing.delete(key)
      if (dirty.delete(key) && !isClosed) enqueue(key)
    },
    close: () => {
      isClosed = true
      for (const key of delayed.keys()) drop(key)
      due.clear()
      for (const give of waiting.splice(0)) give(undefined)
    },
  }
}
