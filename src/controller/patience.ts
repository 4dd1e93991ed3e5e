// Waits a limited real time for work. Work that takes longer continues in the background.
import { setTimeout as pause } from 'node:timers/promises'

/** Whether `work` ends within `ms`. Rejects if it rejects within this time. */
export async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const over = new AbortController()
  const { signal } = over
  try {
    return await Promise.race([work.then(() => true), pause(ms, false, { signal })])
  } finally {
    over.abort()
  }
}
