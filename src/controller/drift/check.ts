// The periodic comparison of IAM policies with the record, by an identity that may read policies and nothing else. It is slow,
// nothing waits for it, and it repairs nothing.
import type { AccessRequest, RoleMapping } from '../../api/kinds.ts'
import type { DriftReport } from '../../audit/drift/drift.ts'
import { lookForDrift } from '../../audit/drift/look.ts'
import { isInForce, recordedIn, type Recorded } from '../../audit/drift/record.ts'
import { lookAtPolicies } from '../../audit/looked.ts'
import { after } from '../../domain/asking/duration.ts'
import { driftKinds } from '../../domain/audit/metric-labels.ts'
import type { hallpassMetrics } from '../../domain/audit/metrics.ts'
import { entriesOf } from '../../domain/granting/removal-commands.ts'
import type { Policy } from '../../domain/granting/policy.ts'
import { Broken } from '../../domain/outcome.ts'
import type { Clock, Mappings, Requests } from '../../domain/ports.ts'
import type { Log } from '../../kube/environment.ts'
import type { Metrics } from '../../kube/metrics.ts'
import type { Teller } from './tell.ts'

export type DriftCheckOptions = {
  clock: Clock
  mappings: Pick<Mappings, 'list'>
  /** Requests that are not settled, from the watch. */
  alive: () => readonly AccessRequest[]
  requests: Pick<Requests, 'all'>
  /** Empty means all. */
  namespaces: readonly string[]
  /** Reads one policy; rejects with Refused, Waiting or Broken. */
  read: (resource: string) => Promise<Policy>
  tell: Teller
  everySeconds: number
  /** A number from 0 to just below 1. */
  random: () => number
  log: Log
  metrics: Metrics<typeof hallpassMetrics>
}

/** As many policies are read in one check; more are named as not read. */
const mostPolicies = 500
/** After a check that failed, at most this long. */
const failedSeconds = 300

/** Checks, and resolves to when to check again. The first call only says when to begin, so that leaders do not all begin at once. */
export function createDriftCheck(options: DriftCheckOptions): (signal: AbortSignal) => Promise<Date> {
  const { clock, everySeconds, random, metrics, log } = options
  let hasBegun = false
  return async signal => {
    if (!hasBegun) {
      hasBegun = true
      return after(clock.now(), everySeconds * 0.1 * random())
    }
    try {
      const report = await compare(options, signal)
      note(options, report)
      await options.tell(report)
      return after(clock.now(), everySeconds * (0.9 + 0.2 * random()))
    } catch (error) {
      metrics.count('hallpass_drift_checks_total', { outcome: 'failed' })
      log.warn('controller: the policies could not be compared with the record; it is tried again', {
        why: error instanceof Error ? error.message : String(error),
      })
      return after(clock.now(), Math.min(everySeconds, failedSeconds))
    }
  }
}

async function compare(options: DriftCheckOptions, signal: AbortSignal): Promise<DriftReport> {
  const { clock, alive, requests, namespaces } = options
  const mappings = options.mappings.list()
  const all = resourcesOf(mappings, alive())
  const read = async (resource: string): Promise<Policy> => {
    if (signal.aborted) throw new Broken('The time for this check is over.')
    return options.read(resource)
  }
  return lookForDrift({
    mappings,
    resources: all.slice(0, mostPolicies),
    unread: all.slice(mostPolicies).map(resource => ({
      what: `the policy of "${resource}"`,
      why: `One check reads ${mostPolicies} policies.`,
      resource,
    })),
    policies: async names => lookAtPolicies(names, read),
    records: async uids => {
      const records = new Map<string, Recorded>()
      for await (const request of requests.all(namespaces)) {
        const recorded = recordedIn(request)
        if (uids.has(recorded.uid) || isInForce(recorded, clock.now())) records.set(recorded.uid, recorded)
      }
      return { records, coverage: {} }
    },
    now: () => clock.now(),
  })
}

function resourcesOf(mappings: readonly RoleMapping[], alive: readonly AccessRequest[]): string[] {
  const mapped = mappings.flatMap(({ spec }) => spec.grants.map(({ resource }) => resource))
  const open = alive.flatMap(request => entriesOf(request).map(({ resource }) => resource))
  return [...new Set([...mapped, ...open])].toSorted()
}

function note({ metrics, log, clock }: DriftCheckOptions, { findings, unread }: DriftReport): void {
  for (const kind of driftKinds)
    metrics.gauge('hallpass_drift_findings', findings.filter(one => one.kind === kind).length, { kind })
  metrics.gauge('hallpass_drift_checked_timestamp', Math.floor(clock.now().getTime() / 1000), {})
  metrics.count('hallpass_drift_checks_total', { outcome: unread.length > 0 ? 'incomplete' : 'complete' })
  for (const { what, why } of unread)
    log.warn('controller: something could not be compared with the record; it is tried at the next check', {
      what,
      why,
    })
}
