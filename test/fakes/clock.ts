// A clock that moves only when told.

/** The instant at which tests begin unless they say otherwise. */
export const start = new Date('2026-11-23T14:02:00Z')

/** Implements the domain's clock and the simulators' one. */
export class ManualClock {
  at: Date
  constructor(at: Date = start) {
    this.at = at
  }
  now(): Date {
    return this.at
  }
  forward(seconds: number): void {
    this.at = new Date(this.at.getTime() + seconds * 1000)
  }
  set(at: Date): void {
    this.at = at
  }
}
