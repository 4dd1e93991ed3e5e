// The one place that asks the machine what time it is.
import type { Clock } from '../domain/ports.ts'

/** The machine's clock. */
export const systemClock: Clock = { now: () => new Date() }
