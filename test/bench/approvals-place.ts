// The place of the benchmark `approvals`: the simulated Google with its quota and latencies, policies with room, five
// approvers and their tokens, and a clock. At speed 1 nothing is scaled. At a higher speed all latencies, pauses and
// deadlines are that much shorter and the clock that much faster. What computing takes stays, so it counts more.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Timers } from '../../src/kube/environment.ts'
import { createPolicyService } from '../../src/google/policy-service.ts'
import type { PolicyService } from '../../src/domain/ports.ts'
import { Secret } from '../../src/domain/secret.ts'
import { type GoogleSim, startGoogle } from '../../src/sim/google/google.ts'
import { defaultGoogleSeeds } from '../../src/sim/google/seeds.ts'
import { cloudPlatform } from '../../src/sim/google/tokens.ts'

/** Milliseconds of the services, as for the benchmark `approve`. */
export const latencyMs = { read: 200, write: 900, test: 150, kms: 40, slack: 200, cluster: 5 }
/** Google's quota for all approvers together; for writes there is only an older figure (10 a second). */
const perMinute = { read: 600, write: 600 }

export type Place = {
  google: GoogleSim
  policies: PolicyService
  timers: Timers
  now: () => Date
  /** Waits for so long, by the clock of the place. */
  pause: (ms: number) => Promise<void>
  /** How much faster the clock is. */
  speed: number
  approvers: { email: string; token: Secret }[]
  requesters: string[]
  projects: string[]
  close(): Promise<void>
}

const roles = ['roles/cloudsql.client', 'roles/logging.viewer']
/** Each may have 20 entries of a role. */
const people = { approvers: 5, requesters: 40 }

/** What a mapping of the benchmark grants. */
export function grantsOn(resource: string): { resource: string; role: string }[] {
  return roles.map(role => ({ resource, role }))
}

/** Opens a place with so many projects. */
export async function openPlace(projectCount: number, speed: number): Promise<Place> {
  const began = performance.now()
  // A minute of the quota begins with the work.
  const startMs = Math.ceil(Date.now() / 60_000) * 60_000
  const monotonicMs = (): number => (performance.now() - began) * speed
  const now = (): Date => new Date(startMs + monotonicMs())
  const names = (kind: string, count: number): string[] =>
    Array.from({ length: count }, (_, n) => `${kind}${String(n).padStart(2, '0')}`)
  const emails = (kind: string, count: number): string[] => names(kind, count).map(name => `${name}@example.com`)
  const [approvers, requesters] = [emails('approver', people.approvers), emails('engineer', people.requesters)]
  const projects = names('projects/bench-', projectCount)
  const seeds = defaultGoogleSeeds()
  seeds.people.push(
    ...[...approvers, ...requesters, stranger].map((email, n) => ({
      email,
      name: email,
      sub: `2${n}`,
      hd: 'example.com',
    })),
  )
  const mayGrant = {
    role: 'roles/resourcemanager.projectIamAdmin',
    members: [...approvers, stranger].map(email => `user:${email}`),
  }
  seeds.resources.push(...projects.map(name => ({ name, parent: 'folders/10', bindings: [mayGrant] })))
  const google = await startGoogle({ clock: { now }, seeds })
  Object.assign(google.quota.perMinute, perMinute)
  // Google compares the etag when a write arrives. What a read shows is as old as its way back.
  google.faults.add(
    ...[
      { route: 'POST /v3/*:getIamPolicy', latencyMs: latencyMs.read / 2, answerAfterMs: latencyMs.read / 2 },
      { route: 'POST /v3/*:testIamPermissions', latencyMs: latencyMs.test },
      { route: 'POST /v3/*:setIamPolicy', answerAfterMs: latencyMs.write },
    ].map(({ route, ...ms }) => ({ route, times: Infinity, ...scaled(ms, speed) })),
  )
  return {
    google,
    policies: createPolicyService({ clock: { now }, rootUrl: google.url }),
    timers: {
      now,
      monotonicMs,
      after: (ms, wake) => {
        const timer = setTimeout(wake, ms / speed)
        return () => clearTimeout(timer)
      },
    },
    now,
    pause: ms => sleep(ms / speed),
    speed,
    approvers: approvers.map(email => ({ email, token: tokenOf(google, email) })),
    requesters,
    projects,
    close: () => google.close(),
  }
}

/** Somebody who changes the same policy without Hallpass. */
const stranger = 'stranger@example.com'

/** Writes a policy as a stranger does, every so many seconds, until the work ends. Gives how often it was changed. */
export async function withStranger<T>(place: Place, everySeconds: number, work: Promise<T>): Promise<[T, number]> {
  const over = new AbortController()
  const { policies, projects, pause, google } = place
  const [resource = ''] = projects
  const token = tokenOf(google, stranger)
  const writing = (async () => {
    let changes = 0
    for (;;) {
      await Promise.race([pause(everySeconds * 1000), aborted(over.signal)])
      if (over.signal.aborted) return changes
      // When the quota is used up, a stranger tries again at the next turn.
      const policy = await policies.read(resource, token).catch(() => undefined)
      if (!policy) continue
      const bindings = (policy.bindings ?? []).filter(({ role }) => role !== 'roles/browser')
      const own = { role: 'roles/browser', members: [`user:${stranger}`] }
      const next = { ...policy, version: 3, bindings: changes % 2 === 0 ? [...bindings, own] : bindings }
      const written = await policies.write(resource, next, token, 'stranger').catch(() => 'conflict' as const)
      if (written !== 'conflict') changes += 1
    }
  })()
  try {
    const result = await work
    over.abort()
    return [result, await writing]
  } finally {
    over.abort()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function tokenOf({ tokens, seeds }: GoogleSim, email: string): Secret {
  return new Secret(tokens.issue(email, [cloudPlatform], seeds.client.id))
}

function scaled<T extends Record<string, number>>(all: T, speed: number): T {
  return Object.fromEntries(Object.entries(all).map(([name, ms]) => [name, ms / speed])) as T
}
