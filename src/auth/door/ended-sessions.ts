// The sessions that were ended in this process. Without it, a copy of a cookie would serve until its hour is over; the
// other replicas do not know them.
import { LRUCache } from 'lru-cache'
import { byClock, validFor } from '../../domain/memory.ts'
import type { Clock } from '../../domain/ports.ts'

/** By the id of a session. */
export type EndedSessions = { end(id: string): void; has(id: string): boolean }

/** `lastSeconds`: no session lasts longer. */
export function createEndedSessions(clock: Clock, lastSeconds: number): EndedSessions {
  const ended = new LRUCache<string, true>({ max: 10_000, ttl: validFor(lastSeconds), ...byClock(clock) })
  return { end: id => void ended.set(id, true), has: id => ended.has(id) }
}
