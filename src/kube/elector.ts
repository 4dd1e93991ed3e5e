// Elects one leader among replicas with a Lease. It measures locally how long ago it last saw the Lease change and
// never uses the times inside the Lease, so clocks may differ and jump. (client-go's tools/leaderelection, whose
// intervals these are)
import { isAlreadyExists, isConflict, isNotFound } from './api-error.ts'
import { between, linked, type Log, pause, type Timers } from './environment.ts'
import type { Metrics } from './metrics.ts'
import { createResource, type Stored } from './resource.ts'
import type { Transport } from './transport.ts'

export type ElectorOptions = {
  transport: Transport
  namespace: string
  name: string
  /** Unique among all processes, past and present: the pod's name and something random. */
  identity: string
  /** How long our lease lasts, and the longest time that another process's lease is respected. */
  leaseSeconds?: number
  renewDeadlineSeconds?: number
  retrySeconds?: number
  timers: Timers
  log: Log
  metrics: Metrics
}

export type Elector = {
  /**
   * Waits for the Lease, then runs `lead`, whose signal aborts when the Lease is lost. When `lead` has resolved, the
   * Lease is released, so that the next leader starts immediately. When `lead` rejects, something may still be under
   * way, so the Lease is left to expire. `stop` only ends the waiting; `lead` must watch it too. After 'lost' the
   * process should end, because its memory may be out of date.
   */
  run(stop: AbortSignal, lead: (lost: AbortSignal) => Promise<void>): Promise<'stopped' | 'lost'>
  /**
   * Whether an action of at most `forMs` may start now, which means that no other process can lead before it is over.
   * It is asked right before each action, so a process that was frozen makes at most the one call that had already
   * passed this check. Of the time that the monotonic clock and the wall clock show, the longer counts: the first stops
   * while a machine is suspended, the second can be set back.
   */
  mayAct(forMs?: number): boolean
}

type LeaseSpec = {
  holderIdentity?: string
  leaseDurationSeconds?: number
  acquireTime?: string
  renewTime?: string
  leaseTransitions?: number
}
type Lease = Stored & { spec?: LeaseSpec }
type Reading = { monotonicMs: number; wallMs: number }

/** Kind of a Lease. */
const leases = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' }
/**
 * Kubernetes counts in 32 bits and refuses a Lease with a larger number. A counter that somebody set to the maximum
 * must not lock out everyone.
 */
const mostTransitions = 2 ** 31 - 1
/** The longest time for one call, well inside the renew deadline. */
const callMs = 4_000
/** Subtracted from the lease for clocks that run at different speeds and for the delay of an action: 1 s of 15. */
const marginShare = 1 / 15

/** One candidate for one Lease. */
export function createElector(options: ElectorOptions): Elector {
  const { transport, namespace, name, identity, timers, log, metrics } = options
  const { leaseSeconds = 15, renewDeadlineSeconds = 10, retrySeconds = 2 } = options
  const resource = createResource<Lease>(transport, leases)
  const retryMs = retrySeconds * 1000
  // The Lease as last seen, since when it has been unchanged, and since when this process holds it.
  let seen: { lease: Lease; atMs: number } | undefined
  let renewed: Reading | undefined
  const read = (): Reading => ({ monotonicMs: timers.monotonicMs(), wallMs: timers.now().getTime() })

  const call = async <T>(work: (signal: AbortSignal) => Promise<T>, ms = callMs): Promise<T> => {
    const limit = linked(timers, undefined, ms)
    return work(limit.signal).finally(limit.release)
  }

  const observe = (lease: Lease): Lease => {
    if (seen?.lease.metadata.resourceVersion !== lease.metadata.resourceVersion)
      seen = { lease, atMs: timers.monotonicMs() }
    return lease
  }

  const spec = (before: LeaseSpec | undefined): LeaseSpec => {
    const now = microTime(timers.now())
    const isOurs = before?.holderIdentity === identity
    return {
      holderIdentity: identity,
      leaseDurationSeconds: leaseSeconds,
      acquireTime: isOurs ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: Math.min((before?.leaseTransitions ?? 0) + (before && !isOurs ? 1 : 0), mostTransitions),
    }
  }

  // The lease counts from before the call, because the API server may have stored it at any moment during the call.
  const hold = async (write: (signal: AbortSignal) => Promise<Lease>, ms?: number): Promise<void> => {
    const began = read()
    observe(await call(write, ms))
    renewed = began
  }

  const claim = (lease: Lease, ms?: number): Promise<void> =>
    hold(signal => resource.replace({ ...lease, spec: spec(lease.spec) }, signal), ms)

  const isFree = ({ spec: held }: Lease): boolean => {
    if (!held?.holderIdentity || held.holderIdentity === identity) return true
    // Another process's lease is respected no longer than our own would be, whatever duration it states: 2³¹ s would be
    // 68 years.
    const lastsMs = Math.min(held.leaseDurationSeconds ?? leaseSeconds, leaseSeconds) * 1000
    return seen !== undefined && timers.monotonicMs() >= seen.atMs + lastsMs
  }

  const tryToAcquire = async (): Promise<void> => {
    const lease = await call(signal => resource.get({ namespace, name }, signal)).catch(absentIsUndefined)
    if (lease && isFree(observe(lease))) return claim(lease)
    if (lease) return
    const metadata = { name, namespace }
    const fresh = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: spec(undefined) }
    return hold(signal => resource.create(fresh, { signal }))
  }

  const acquire = async (stop: AbortSignal): Promise<boolean> => {
    while (!stop.aborted) {
      await tryToAcquire().catch((error: unknown) => {
        if (!isConflict(error) && !isAlreadyExists(error))
          log.warn('elector: the Lease could not be read or written; trying again', { name, error: String(error) })
      })
      if (renewed) return true
      await pause(timers, retryMs * between(1, 2.2), stop)
    }
    return false
  }

  // A conflict is either our own write whose answer was lost, or another leader.
  const renew = async (ms: number): Promise<'held' | 'taken'> => {
    if (!seen) return 'taken'
    try {
      await claim(seen.lease, ms)
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error
      const lease = await call(signal => resource.get({ namespace, name }, signal), ms).catch(absentIsUndefined)
      if (lease?.spec?.holderIdentity !== identity) return 'taken'
      await claim(observe(lease), ms)
    }
    return 'held'
  }

  const leftMs = (): number =>
    renewed ? Math.max(0, renewed.monotonicMs + renewDeadlineSeconds * 1000 - timers.monotonicMs()) : 0

  // Renews until `over` aborts. Resolves to false when the Lease was lost before that.
  const keep = async (over: AbortSignal): Promise<boolean> => {
    while (!over.aborted) {
      await pause(timers, Math.min(retryMs, leftMs()), over)
      if (over.aborted) break
      if (leftMs() <= 0) return false
      const outcome = await renew(Math.min(callMs, leftMs())).catch((error: unknown) => {
        log.warn('elector: the Lease was not renewed; trying again', { name, error: String(error) })
      })
      if (outcome === 'taken') return false
    }
    return true
  }

  const release = async (): Promise<void> => {
    const lease = seen?.lease
    renewed = undefined
    if (!lease) return
    const freed = { ...spec(lease.spec), holderIdentity: '', leaseDurationSeconds: 1 }
    await call(signal => resource.replace({ ...lease, spec: freed }, signal)).catch((error: unknown) =>
      log.warn('elector: the Lease could not be released; it expires by itself', { name, error: String(error) }),
    )
  }

  const isLeading = (isLeader: boolean): void => {
    metrics.gauge('leader_election_master_status', isLeader ? 1 : 0, { name })
    log.info(isLeader ? 'elector: this process now leads' : 'elector: this process no longer leads', { name, identity })
  }

  const run: Elector['run'] = async (stop, lead) => {
    if (!(await acquire(stop))) return 'stopped'
    isLeading(true)
    const [lost, over] = [new AbortController(), new AbortController()]
    const kept = keep(over.signal)
    const work = lead(lost.signal).finally(() => over.abort())
    const isDone = work.then(
      () => true,
      () => false,
    )
    const ended = isDone.then(() => true)
    if (await Promise.race([kept, ended])) {
      if ((await kept) && (await isDone)) await release()
      isLeading(false)
      await work
      return 'stopped'
    }
    renewed = undefined
    lost.abort()
    isLeading(false)
    return 'lost'
  }

  return {
    run,
    mayAct: (forMs = 0) => {
      if (!renewed) return false
      const now = read()
      const passedMs = Math.max(now.monotonicMs - renewed.monotonicMs, now.wallMs - renewed.wallMs)
      return passedMs + forMs < leaseSeconds * 1000 * (1 - marginShare)
    },
  }
}

/** The format for the times of a Lease and an Event: exactly six fraction digits. */
export function microTime(at: Date): string {
  return at.toISOString().replace('Z', '000Z')
}

function absentIsUndefined(error: unknown): undefined {
  if (!isNotFound(error)) throw error
  return undefined
}
