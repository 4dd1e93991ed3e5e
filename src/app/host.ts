// The common base of every process: log, metrics, clock, and its own identity in the cluster.
import { randomBytes } from 'node:crypto'
import type { RequestListener } from 'node:http'
import type { Logger } from 'pino'
import type { Clock } from '../domain/ports.ts'
import { type Log, systemTimers, type Timers } from '../kube/environment.ts'
import { createTransport, type Transport } from '../kube/transport.ts'
import { noteRefusals } from './api-log.ts'
import { systemClock } from './clock.ts'
import { endpointOf, type Places } from './cluster.ts'
import type { Config } from './config.ts'
import { createLog, kubeLogOf } from './log.ts'
import type { ProcessMetrics } from './metrics.ts'
import type { PartName } from './metric-series.ts'
import { asServiceAccount } from './service-account.ts'

/** One of the parts, running in this process. */
export type Part = {
  /** Its handler for calls from outside; controller and janitor do not have one. */
  listener?: RequestListener
  /** Why it cannot work now; undefined when it can. */
  notReady: () => string | undefined
  /** False when only a restart can help. */
  isAlive?: () => boolean
  /** Works until the signal aborts, and resolves when the work under way has ended. */
  run: (signal: AbortSignal) => Promise<void>
}

/**
 * The most calls to the API server that may be under way together. People wait for the gateway's calls: 200 commands a
 * second, at half a second for each, are 100. The controller has one for each worker, and as many again for its sweeps,
 * lists and Events.
 */
const connections: Record<PartName, number> = { gateway: 128, auth: 8, controller: 16, janitor: 4 }
/** The lease needs one call at a time. */
const leaseConnections = 2

export type Host = {
  config: Config
  log: Logger
  kubeLog: Log
  metrics: ProcessMetrics
  clock: Clock
  timers: Timers
  transport: Transport
  /** Only for the lease: waiting would lose it, so it never waits behind other work. */
  leaseTransport: Transport
  /** Unique among all processes, past and present. */
  identity: string
}

/** The base of one part. When all three run in one process, each acts in the cluster under its own service account. */
export async function hostOf(
  name: PartName,
  config: Config,
  shared: { metrics: ProcessMetrics; podName: string; places?: Places | undefined },
): Promise<Host> {
  const { metrics, podName } = shared
  const endpoint = await endpointOf(shared.places)
  const account = { namespace: config.systemNamespace, name: `hallpass-${name}` }
  const own = config.process === 'all' ? asServiceAccount(endpoint, account) : endpoint
  const log = createLog(name)
  const kubeLog = kubeLogOf(log)
  const identity = `${podName}-${randomBytes(4).toString('hex')}`
  // Before the slash is the field manager; all of it is in the API server's audit log. A header accepts only plain
  // characters.
  const caller = {
    metrics,
    userAgent: `hallpass-${name}/${encodeURIComponent(identity)}`,
    onError: noteRefusals({ log: kubeLog, metrics }),
  }
  return {
    config,
    log,
    kubeLog,
    metrics,
    clock: systemClock,
    timers: systemTimers,
    transport: createTransport(own, { ...caller, connections: connections[name] }),
    leaseTransport: createTransport(own, { ...caller, connections: leaseConnections }),
    identity,
  }
}
