// A clock that moves only when told, and runs the timers in between.
import { setImmediate as breathe } from 'node:timers/promises'
import type { Timers } from '../../src/kube/environment.ts'

/** Timers whose clock does not move before `advance`. */
export class ManualTimers implements Timers {
  #nowMs = Date.parse('2026-11-23T14:02:00Z')
  /** The difference between the wall clock and the time that has passed. */
  wallOffMs = 0
  #due: { at: number; wake: () => void }[] = []

  now(): Date {
    return new Date(this.#nowMs + this.wallOffMs)
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  /** Time passes while the process is frozen: no timer runs. */
  freeze(ms: number): void {
    this.#nowMs += ms
  }

  after(ms: number, wake: () => void): () => void {
    if (!(ms >= 0 && ms <= 2 ** 31 - 1)) throw new Error(`a timer of ${ms} ms`)
    const timer = { at: this.#nowMs + ms, wake }
    this.#due.push(timer)
    return () => (this.#due = this.#due.filter(each => each !== timer))
  }

  /** Pending timers. */
  get pending(): number {
    return this.#due.length
  }

  /** Moves the clock by `ms` and runs the timers in order; what they start may continue in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#nowMs + ms
    await settle()
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#nowMs = Math.max(this.#nowMs, next.at)
      this.#due = this.#due.filter(each => each !== next)
      next.wake()
      await settle()
    }
    this.#nowMs = end
  }

  #next(end: number): { at: number; wake: () => void } | undefined {
    return this.#due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
  }
}

/** Lets every promise continue that does not need time. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await breathe()
}
