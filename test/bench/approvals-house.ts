// One installation for the benchmark `approvals`: the real controller with its queue, its workers and the real adapter of
// Google's policies. The cluster, Slack, KMS and Google's sign-in are in memory, and take as long as real ones.
import { setTimeout as sleep } from 'node:timers/promises'
import { workers } from '../../src/app/controller.ts'
import { createReconciler } from '../../src/controller/reconcile.ts'
import { newRequest } from '../../src/domain/asking/asking.ts'
import { displayName } from '../../src/domain/people/display-name.ts'
import { parseEmail } from '../../src/domain/people/identity.ts'
import { readMapping } from '../../src/domain/mapping/mapping.ts'
import { runController } from '../../src/kube/controller.ts'
import { noMetrics, silentLog } from '../../src/kube/environment.ts'
import { createQueue } from '../../src/kube/queue.ts'
import { organisation, team } from '../builders/organisation.ts'
import { mapping } from '../builders/mapping.ts'
import { operator } from '../controller/fakes.ts'
import { grantsOn, latencyMs, type Place } from './approvals-place.ts'

export type House = {
  /** Asks, and waits until people have been asked to decide. */
  ask(count: number): Promise<void>
  /** Every request comes back from Google approved, at once. */
  approveAll(): Promise<void>
  /** How many requests are in each phase. */
  phases(): Record<string, number>
  stop(): Promise<void>
}

/** As in src/controller/key-mutex.ts. */
const longestWaitMs = 5_000

/** Opens an installation; `serial` makes its requests different from those of another one. */
export function openHouse(place: Place, serial: number): House {
  const op = operator()
  const { now, pause, timers, speed, policies, approvers, requesters, projects } = place
  op.clock.now = now
  op.mappings.stored = projects.map((project, n) =>
    mapping({
      name: `bench-${n}`,
      spec: {
        grants: grantsOn(project),
        approval: {
          window: '2h',
          onCall: { escalationPolicy: 'PMANAGERS' },
          allowed: { emails: approvers.map(({ email }) => email) },
        },
      },
    }),
  )
  op.directory.people.push(...requesters.map(personOf))
  // Until the approvals come back nothing is measured, and nothing takes time.
  let isMeasured = false
  const slow = <T extends object>(port: T, ms: number): T =>
    delayed(port, async () => (isMeasured ? pause(ms) : undefined))
  const queue = createQueue({ name: 'accessrequest', timers, metrics: noMetrics })
  const requests = slow(op.cluster, latencyMs.cluster)
  const reconciler = createReconciler({
    clock: { now },
    requests: {
      ...methodsOf(requests),
      patchStatus: async (seen, patch) => {
        const written = await requests.patchStatus(seen, patch)
        queue.add(seen.metadata.name)
        return written
      },
    },
    mappings: op.mappings,
    liveMappings: slow(op.liveMappings, latencyMs.cluster),
    onCall: op.onCall,
    googleGroups: op.googleGroups,
    directory: slow(op.directory, latencyMs.slack),
    chat: slow(op.chat, latencyMs.slack),
    alerts: op.alerts,
    pager: op.pager,
    pageRoutes: op.pageRoutes,
    pageLimits: { pagesPerPerson: 1000, pagesPerMapping: 1000 },
    policies,
    verifier: op.login,
    tickets: slow(op.ticketSeal, latencyMs.kms),
    tokens: slow(op.tokenSeal, latencyMs.kms),
    sealedTokens: slow(op.sealedTokens, latencyMs.cluster),
    auditLog: op.auditLog,
    events: { record: () => undefined },
    people: [],
    ...organisation,
    oauthClientID: op.login.clientID,
    publicUrl: 'https://hallpass.example.com',
    log: silentLog,
    metrics: noMetrics,
    mayAct: () => true,
    pause,
    longestWaitMs: longestWaitMs / speed,
  })
  const stopping = new AbortController()
  const running = runController(
    {
      name: 'accessrequest',
      queue,
      workers,
      reconcile: (name, signal) => reconciler.reconcile({ namespace, name }, signal),
      timers,
      log: silentLog,
      metrics: noMetrics,
    },
    { stop: stopping.signal },
  )
  const names: string[] = []
  // The memory has one current request.
  let last: Promise<void> = Promise.resolve()
  const storing = (work: () => Promise<void>): Promise<void> => (last = last.then(work))
  const stored = () => [...op.cluster.stored.values()]
  return {
    ask: async count => {
      for (let n = 0; n < count; n++) {
        const of = op.mappings.stored[n % projects.length]
        const requester = personOf(requesters[n % requesters.length] ?? '', n % requesters.length)
        const { email } = requester
        if (!of || !email) throw new Error('there is no mapping')
        const name = `bench-${serial}-${n}`
        const { created } = await op.cluster.create(
          newRequest(readMapping(of), {
            name,
            seconds: 3600,
            reason: 'INC-1 x',
            origin: 'slack',
            requester: { ...requester, email: parseEmail(email) ?? never() },
          }),
        )
        // The memory of each installation counts from one.
        const one = op.cluster.stored.get(`${namespace}/${name}`)
        if (one) one.metadata.uid = created.metadata.uid.replace(/^2{8}/, String(serial).repeat(8))
        names.push(name)
        queue.add(name)
      }
      const isAsked = () => stored().every(({ status }) => status?.message?.ts !== undefined)
      while (!isAsked()) await sleep(20)
    },
    approveAll: async () => {
      isMeasured = true
      await Promise.all(
        names.map(async (name, n) => {
          const { email, token } = approvers[n % approvers.length] ?? never()
          const resource = projects[n % projects.length] ?? ''
          // What auth asks of Google at the return, for all at once; that it is told to wait stops nobody.
          await Promise.all([policies.mayWrite(resource, token), policies.read(resource, token)]).catch(() => undefined)
          await storing(async () => {
            op.ref.name = name
            await op.approve({ email, token: token.reveal() })
          })
          queue.add(name)
        }),
      )
    },
    phases: () =>
      stored().reduce<Record<string, number>>((counts, { status }) => {
        const phase = status?.phase ?? 'Pending'
        return { ...counts, [phase]: (counts[phase] ?? 0) + 1 }
      }, {}),
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

const namespace = 'hallpass'

function personOf(email: string, n: number) {
  const name = displayName(`Engineer ${n}`)
  return { slackUserID: `U0ENG${n}`, teamID: team, email, ...(name && { name }) }
}

function never(): never {
  throw new Error('the list is empty')
}

/** The port with a wait before each call; ports inside it too. */
function delayed<T extends object>(port: T, wait: () => Promise<void>): T {
  return new Proxy(port, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property)
      if (typeof value === 'object' && value !== null && !(value instanceof Map) && !Array.isArray(value))
        return delayed(value, wait)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]): Promise<unknown> => {
        await wait()
        return Reflect.apply(value, target, args)
      }
    },
  })
}

type Seen = Parameters<ReturnType<typeof operator>['cluster']['patchFinalizers']>[0]

function methodsOf<T extends ReturnType<typeof operator>['cluster']>(cluster: T) {
  return {
    get: (ref: Parameters<T['get']>[0]) => cluster.get(ref),
    latest: (ref: Parameters<T['latest']>[0]) => cluster.latest(ref),
    history: (of: Parameters<T['history']>[0]) => cluster.history(of),
    patchFinalizers: (seen: Seen, finalizers: string[]) => cluster.patchFinalizers(seen, finalizers),
  }
}
