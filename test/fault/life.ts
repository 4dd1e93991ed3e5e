// The outside calls of one request's life, as the proxies before the three processes saw them, and their sums by kind.
// Watches and the lease are left out: they belong to no request.
import type { AccessRequest } from '../../src/api/kinds.ts'
import { type ProcessName, processNames } from '../../src/sandbox/processes.ts'
import { check } from './ends.ts'
import type { Installation } from './installation.ts'
import { play, type Play, type Story } from './stories.ts'

/** Names of the calls that each process made, in order, each with its number among its like: `POST events #2`. */
export type Life = Record<ProcessName, readonly string[]>

export type Lived = { life: Life; requests: readonly AccessRequest[] }

/**
 * Plays `story` undisturbed in an idle installation, and returns the calls of exactly this life. `played`: the seconds of access
 * that are asked for, or more about how it is played.
 */
export async function live(installation: Installation, story: Story, played: number | Play): Promise<Lived> {
  const how = typeof played === 'number' ? { seconds: played } : played
  await installation.rest()
  for (const name of processNames) installation.proxies[name].begin()
  const requests = await play(installation, story, how)
  await installation.rest()
  check(installation, { end: story, seconds: how.seconds }, requests)
  const { gateway, auth, controller } = installation.proxies
  return { life: { gateway: [...gateway.calls], auth: [...auth.calls], controller: [...controller.calls] }, requests }
}

/** How many calls of each kind a life took. */
export type Sums = {
  /** All calls but those that record Kubernetes Events. */
  calls: number
  events: number
  /** Calls of the API server, Events too, and those of them that write. */
  cluster: number
  clusterWrites: number
  /** Writes to the request itself: its creation, status and finalizers. */
  requestWrites: number
  /** Sealed tokens that KMS opened for the controller. */
  unseals: number
  /** Live reads of the mapping. */
  mappingReads: number
  policyReads: number
  policyWrites: number
}

/** Adds up the calls of all three processes. */
export function sumsOf(life: Life): Sums {
  const calls = processNames.flatMap(name => life[name])
  const count = (pattern: RegExp): number => calls.filter(call => pattern.test(call)).length
  const events = count(/^\w+ events\b/)
  return {
    calls: calls.length - events,
    events,
    cluster: count(/^\w+ [^/]/),
    clusterWrites: count(/^(?!GET)\w+ [^/]/),
    requestWrites: count(/^(?!GET)\w+ accessrequests\b/),
    unseals: count(/\/token:decrypt\b/),
    mappingReads: count(/^GET rolemappings\//),
    policyReads: count(/:getIamPolicy\b/),
    policyWrites: count(/:setIamPolicy\b/),
  }
}
