// Limits how often one key may call. Uses the simulated clock.
import type { Clock } from '../clock.ts'

/** Calls per key and minute (https://developer.pagerduty.com/docs/rest-api-rate-limits). */
const perMinute = 960

export class Quota {
  readonly #clock: Clock
  readonly #windows = new Map<string, { since: number; calls: number }>()
  /** Whether the quota is enforced. */
  isOn = true
  limit = perMinute

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts one call. `isOver` says that it was one too many; the rest are the headers' numbers. */
  take(key: string): { isOver: boolean; remaining: number; resetSeconds: number } {
    const now = this.#clock.now().getTime() / 1000
    const standing = this.#windows.get(key)
    const window = standing && now < standing.since + 60 && now >= standing.since ? standing : { since: now, calls: 0 }
    this.#windows.set(key, window)
    window.calls += 1
    return {
      isOver: this.isOn && window.calls > this.limit,
      remaining: Math.max(0, this.limit - window.calls),
      resetSeconds: Math.ceil(window.since + 60 - now),
    }
  }
}
