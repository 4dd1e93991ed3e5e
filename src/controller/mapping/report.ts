// Handles a reconcile's failures: the only mapper from outcome to log, metric, Event and the time to look again.
import { LRUCache } from 'lru-cache'
import type { AccessRequest, RoleMapping } from '../../api/kinds.ts'
import { after } from '../../domain/asking/duration.ts'
import type { StepName } from '../../domain/audit/metric-labels.ts'
import type { hallpassMetrics } from '../../domain/audit/metrics.ts'
import { Refused, Waiting } from '../../domain/outcome.ts'
import type { Clock, Events } from '../../domain/ports.ts'
import { ownerOf } from '../../domain/refusals.ts'
import type { Owner } from '../../domain/refusals/row.ts'
import { backoffMs, type Log } from '../../kube/environment.ts'
import type { Metrics } from '../../kube/metrics.ts'

/** One failed step. */
export type Failure = { step: StepName; error: unknown }
/** The object, its failures, and when it is due anyway. */
export type Report = {
  about: Pick<AccessRequest | RoleMapping, 'apiVersion' | 'kind' | 'metadata'>
  failures: readonly Failure[]
  next: Date | undefined
}
export type Reporter = (report: Report) => Date | undefined

type Options = { clock: Clock; events: Events; log: Log; metrics: Metrics<typeof hallpassMetrics> }

/**
 * If a person must change something, it is checked again at this interval, because nothing notifies us of the change.
 */
const refusedSeconds = 300
const firstPauseMs = 1000
const longestPauseMs = 120_000
/** The number of failing objects that are remembered; the pauses of a forgotten one start again. */
const memory = 5000

/**
 * Makes a reporter. It returns the earliest instant at which something is due: Waiting names its own, Refused waits for
 * a person, Broken is tried again after a growing pause. If only Broken is left, it is thrown for the queue's back-off.
 */
export function createReporter({ clock, events, log, metrics }: Options): Reporter {
  const broken = new LRUCache<string, number>({ max: memory })

  return ({ about, failures, next }) => {
    const { namespace, name, uid } = about.metadata
    const instants = next ? [next] : []
    const breaks = failures.filter(({ error }) => !(error instanceof Refused || error instanceof Waiting))
    for (const { step, error } of failures) {
      const outcome = outcomeOf(error)
      metrics.count('hallpass_step_failures_total', { step, outcome, owner: turnOf(error) })
      log[outcome === 'waiting' ? 'info' : 'warn']('controller: a step did not succeed; it is tried again', {
        kind: about.kind,
        namespace,
        name,
        step,
        outcome,
        why: sentenceOf(error),
      })
      if (error instanceof Waiting) instants.push(error.until)
      if (error instanceof Refused) {
        events.record(about, { type: 'Warning', ...error.refusal })
        instants.push(after(clock.now(), refusedSeconds))
      }
    }
    if (breaks.length === 0) {
      broken.delete(uid)
      return earliest(instants)
    }
    const [first] = breaks
    if (instants.length === 0) throw first?.error
    const count = broken.get(uid) ?? 0
    broken.set(uid, count + 1)
    return earliest([...instants, new Date(clock.now().getTime() + backoffMs(count, firstPauseMs, longestPauseMs))])
  }
}

function outcomeOf(error: unknown): 'refused' | 'waiting' | 'broken' {
  if (error instanceof Refused) return 'refused'
  return error instanceof Waiting ? 'waiting' : 'broken'
}

// Who must act, so that an alert can select what the platform team must do.
function turnOf(error: unknown): Owner | '' {
  return error instanceof Refused ? ownerOf(error.refusal.reason) : ''
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown'
}

function earliest(instants: readonly Date[]): Date | undefined {
  return instants.length > 0 ? new Date(Math.min(...instants.map(Number))) : undefined
}
