// A budget of calls that somebody unknown can cause: so many at once, and so many more each second.
import type { Clock } from '../../domain/ports.ts'

/** The most calls at once, and how many more each second. */
export type BudgetOf = { most: number; perSecond: number }

/** A bucket of calls that fills up with time. */
export class Budget {
  readonly #of: BudgetOf
  readonly #clock: Clock
  #left: number
  #at: Date
  constructor(of: BudgetOf, clock: Clock) {
    this.#of = of
    this.#clock = clock
    this.#left = of.most
    this.#at = clock.now()
  }

  /** Takes one; or returns the seconds until one is available. */
  take(): number {
    const { most, perSecond } = this.#of
    const now = this.#clock.now()
    // A clock that was set back adds nothing.
    const seconds = Math.max(0, (now.getTime() - this.#at.getTime()) / 1000)
    this.#left = Math.min(most, this.#left + seconds * perSecond)
    this.#at = now
    if (this.#left < 1) return (1 - this.#left) / perSecond
    this.#left -= 1
    return 0
  }

  giveBack(): void {
    this.#left = Math.min(this.#of.most, this.#left + 1)
  }
}
