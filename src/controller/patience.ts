// Waiting for work that may take too long, in real time. What is given up on goes on by itself.
import { setTimeout as pause } from 'node:timers/promises'

/** Whether `work` ends within `ms`. Rejects when it rejects by then. */
export async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const over = new AbortController()
  const { signal } = over
  try {
    return await Promise.race([work.then(() => true), pause(ms, false, { signal })])
  } finally {
    over.abort()
  }
}
