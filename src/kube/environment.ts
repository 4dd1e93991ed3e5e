// What the runtime needs from the program that uses it: time, log and metrics, as small interfaces. It does not
// implement log and metrics.

/** The clock, and timers. */
export type Timers = {
  now(): Date
  /** Milliseconds since some instant. They only grow, whatever happens to the wall clock. For measuring durations. */
  monotonicMs(): number
  /** Calls `wake` once after `ms` (at most 2^31-1). */
  after(ms: number, wake: () => void): Cancel
}
export type Cancel = () => void

/** A structured log. It must never receive a body, a header or a token. */
export type Log = {
  debug(message: string, facts?: Record<string, unknown>): void
  info(message: string, facts?: Record<string, unknown>): void
  warn(message: string, facts?: Record<string, unknown>): void
  error(message: string, facts?: Record<string, unknown>): void
}

/** The machine's own clock and timers. A pending timer keeps the process alive, so cancel it when you stop. */
export const systemTimers: Timers = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  after: (ms, wake) => {
    const timer = setTimeout(wake, ms)
    return () => clearTimeout(timer)
  },
}

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
/** Counts nothing, whatever the table. */
export const noMetrics = { count: () => undefined, observe: () => undefined, gauge: () => undefined }

/** Resolves after `ms`, or immediately when `signal` aborts. */
export function pause(timers: Timers, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve()
    const done = (): void => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = timers.after(ms, done)
    signal?.addEventListener('abort', done, { once: true })
  })
}

/** Resolves when `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/**
 * A signal that aborts with `parent`, or after `ms`. `release` removes both listeners. Unlike AbortSignal.any, it then
 * leaves nothing on a parent that lives as long as the process.
 */
export function linked(
  timers: Timers,
  parent: AbortSignal | undefined,
  ms?: number,
): { signal: AbortSignal; abort: () => void; release: () => void } {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  if (parent?.aborted) abort()
  parent?.addEventListener('abort', abort, { once: true })
  const cancel = ms === undefined ? () => undefined : timers.after(ms, abort)
  const release = (): void => {
    cancel()
    parent?.removeEventListener('abort', abort)
  }
  return { signal: controller.signal, abort, release }
}

/** Exponential back-off with jitter: first between `baseMs` and twice that, then doubling, never above `maxMs`. */
export function backoffMs(failures: number, baseMs: number, maxMs: number): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** (failures + 1))
  return between(ceiling / 2, ceiling)
}

/** A number between `low` and `high`. */
export function between(low: number, high: number): number {
  return low + Math.random() * (high - low)
}
