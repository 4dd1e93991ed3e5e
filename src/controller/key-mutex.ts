// A mutex for each key: runs work on one resource, or for one mapping, one after another, so that this process never
// conflicts with itself.
import { Waiting } from '../domain/outcome.ts'
import type { Clock } from '../domain/ports.ts'
import { endsWithin } from './patience.ts'

/** An edit of one policy takes about a second, unless Google is slow. */
const longestMs = 5_000

function policyBusy(resource: string): string {
  return `Another change of the IAM policy of "${resource}" is under way and takes long.`
}

/** Runs work while no other work on the same resource runs. */
export type KeyMutex = {
  <T>(resource: string, work: () => Promise<T>): Promise<T>
  /** How often work on this resource has begun or ended. What was read without the mutex is out of date once it changes. */
  changesOf(resource: string): number
  /** Whether work on this resource runs or waits. */
  isBusy(resource: string): boolean
}

/**
 * Runs work on the same resource in order of arrival. Waiting when the earlier work takes longer than `longestWaitMs`,
 * because the worker should serve other requests.
 */
export function createKeyMutex({
  clock,
  longestWaitMs = longestMs,
  sayBusy = policyBusy,
}: {
  clock: Clock
  longestWaitMs?: number
  /** What people read while earlier work takes long. */
  sayBusy?: (key: string) => string
}): KeyMutex {
  const last = new Map<string, Promise<unknown>>()
  const changes = new Map<string, number>()
  const changesOf = (resource: string): number => changes.get(resource) ?? 0
  const change = (resource: string): void => void changes.set(resource, changesOf(resource) + 1)
  const lock = async <T>(resource: string, work: () => Promise<T>): Promise<T> => {
    const before = last.get(resource)
    const own = Promise.withResolvers<void>()
    // Later work waits for all earlier work, even if this one has given up.
    const all = Promise.all([before, own.promise])
    last.set(resource, all)
    void all.then(() => last.get(resource) === all && last.delete(resource))
    try {
      if (before && !(await endsWithin(before, longestWaitMs)))
        throw new Waiting(new Date(clock.now().getTime() + longestWaitMs), sayBusy(resource))
      change(resource)
      return await work()
    } finally {
      change(resource)
      own.resolve()
    }
  }
  return Object.assign(lock, { changesOf, isBusy: (resource: string) => last.has(resource) })
}
