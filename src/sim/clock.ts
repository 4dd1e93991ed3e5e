// The simulators' clock: the machine's time, until somebody moves it.

/** Says what time it is. */
export type Clock = { now(): Date }

/** The machine's clock plus an offset that `forward` and `set` change. Time continues from there. */
export class SimClock implements Clock {
  #offsetMs = 0
  now(): Date {
    return new Date(Date.now() + this.#offsetMs)
  }
  forward(seconds: number): void {
    this.#offsetMs += seconds * 1000
  }
  set(at: Date): void {
    this.#offsetMs = at.getTime() - Date.now()
  }
}
