// Checks that admission restricts this process: before it is ready, and regularly afterwards. See
// docs/decisions/0017-proved-before-ready.md.
import type { hallpassMetrics } from '../domain/audit/metrics.ts'
import { backoffMs, between, type Log, pause, type Timers } from '../kube/environment.ts'
import type { Metrics } from '../kube/metrics.ts'
import type { Found, Probe } from '../store/enforcement.ts'

export type Enforcement = {
  /** A clause that says why the process must not work and what to do; undefined when every policy has been proved. */
  notReady(): string | undefined
  /** Resolves when every policy has been proved once, or when `run` ends. */
  proved(): Promise<void>
  /** Repeats the probes until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

type Options = {
  process: string
  probes: readonly Probe[]
  timers: Timers
  log: Log
  metrics: Metrics<typeof hallpassMetrics>
}

/** A newly applied policy is enforced within a second; a missing one must be applied by a person. */
const [firstPauseMs, longestPauseMs] = [250, 5_000]
/** How often a proved policy is proved again. */
const againMs = 60_000

/** Probes without a result yet. Nothing is tried before `run`. */
export function createEnforcement({ process, probes, timers, log, metrics }: Options): Enforcement {
  const found = new Map<string, Found>()
  const unknownWhy = new Map<string, string>()
  const first = Promise.withResolvers<void>()

  const notReady = (): string | undefined =>
    probes.map(({ policy }) => whyNot(policy, found.get(policy))).find(why => why !== undefined)

  // An earlier result stays valid, but operators must be told that the probe cannot be repeated.
  const reportUnknown = (policy: string, before: Found | undefined, answer: Found): void => {
    if (typeof answer !== 'object') return void unknownWhy.delete(policy)
    if (before === 'enforced' && unknownWhy.get(policy) !== answer.unknown)
      log.warn('enforcement: the admission policies could not be checked again; the last result stays', {
        policy,
        why: answer.unknown,
      })
    unknownWhy.set(policy, answer.unknown)
  }

  const look = async ({ policy, find }: Probe): Promise<void> => {
    const before = found.get(policy)
    const answer = await find()
    reportUnknown(policy, before, answer)
    const now = lastResult(before, answer)
    found.set(policy, now)
    if (now === 'open' || now === 'enforced')
      metrics.gauge('hallpass_admission_enforced', now === 'open' ? 0 : 1, { process, policy })
    const why = whyNot(policy, now)
    if (why !== undefined && why !== whyNot(policy, before))
      log.error('enforcement: an admission policy is not proved; this process is not ready', { policy, why })
    if (why === undefined && before !== undefined && whyNot(policy, before) !== undefined)
      log.info('enforcement: an admission policy is enforced', { policy })
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    for (let failures = 0; !signal.aborted;) {
      await Promise.all(probes.map(look))
      const isProved = notReady() === undefined
      if (isProved) first.resolve()
      failures = isProved ? 0 : failures + 1
      const ms = isProved
        ? between(againMs / 2, againMs * 1.5)
        : backoffMs(failures - 1, firstPauseMs / 2, longestPauseMs)
      await pause(timers, ms, signal)
    }
    first.resolve()
  }

  return { notReady, proved: () => first.promise, run }
}

/** The state after another try. A try without a result does not change an earlier result. */
function lastResult(before: Found | undefined, now: Found): Found {
  return typeof now === 'object' && (before === 'enforced' || before === 'open') ? before : now
}

function whyNot(policy: string, found: Found | undefined): string | undefined {
  if (found === 'enforced' || found === 'untried') return undefined
  if (found === undefined) return `it has not been checked yet whether the admission policy "${policy}" is enforced`
  if (found === 'open')
    return `the admission policy "${policy}" is not enforced: it allowed a write that it must refuse. Apply deploy/base/policies`
  return `it is not known whether the admission policy "${policy}" is enforced: ${found.unknown}. Apply deploy/base`
}
