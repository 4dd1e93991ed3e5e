// Limits the part of Slack's quota for calls that nobody waits for, so that most of it is left for people who ask or
// decide now.
import { after } from '../../domain/asking/duration.ts'
import { Waiting } from '../../domain/outcome.ts'
import type { Clock } from '../../domain/ports.ts'

/** Does `work` if there is room now; else rejects with Waiting until there is. */
export type Allowance = <T>(work: () => Promise<T>) => Promise<T>

const windowSeconds = 60

/** At most `perMinute` calls in any minute. */
export function createAllowance({ clock, perMinute }: { clock: Clock; perMinute: number }): Allowance {
  let taken: Date[] = []
  return async work => {
    const now = clock.now()
    taken = taken.filter(at => after(at, windowSeconds) > now)
    const [first] = taken
    if (first && taken.length >= perMinute)
      throw new Waiting(
        after(first, windowSeconds),
        'The rest of Slack’s quota is left to people who ask or decide now.',
      )
    taken.push(now)
    return work()
  }
}
