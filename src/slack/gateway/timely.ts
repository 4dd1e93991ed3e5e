// Work that must be acknowledged before it is done: racing a deadline, and waiting for what is still under way.
import { setTimeout as sleep } from 'node:timers/promises'

/** The result, or `late` when it takes longer; the work goes on. */
export async function inTime<T>(work: Promise<T>, ms: number): Promise<{ in: T } | 'late'> {
  const timer = new AbortController()
  const late = sleep(ms, 'late' as const, { signal: timer.signal }).catch(() => 'late' as const)
  try {
    return await Promise.race([work.then(value => ({ in: value })), late])
  } finally {
    timer.abort()
  }
}

/** Remembers what is under way, so that stopping can wait for it. */
export function tracker(): { track<T>(work: Promise<T>): Promise<T>; ended(): Promise<void> } {
  const open = new Set<Promise<unknown>>()
  return {
    track: work => {
      const entry = work.catch(() => undefined).finally(() => open.delete(entry))
      open.add(entry)
      return work
    },
    ended: async () => {
      while (open.size > 0) await Promise.all(open)
    },
  }
}
