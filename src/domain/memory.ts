// How long a remembered answer is valid, by our clock. Every cache of `lru-cache` with times takes its options from
// here; this file keeps nothing itself.
import type { Clock } from './ports.ts'

type ByClock = {
  perf: { now: () => number }
  ttlResolution: 0
  ignoreFetchAbort: true
}

/** The options that every cache with times shares. */
export function byClock(clock: Clock): ByClock {
  return {
    perf: { now: () => clock.now().getTime() },
    // Each look asks the clock, instead of at most once in a millisecond of the machine.
    ttlResolution: 0,
    // A question that lost its place in a full cache still answers its callers; its answer is not kept.
    ignoreFetchAbort: true,
  }
}

/** The `ttl` of an answer that is no longer valid `seconds` after it arrived. (At exactly its ttl, it is still valid.) */
export function validFor(seconds: number): number {
  return seconds * 1000 - 1
}
