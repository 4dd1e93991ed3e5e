// What a reconcile's failures come to: the one mapper from outcome to log, metric, Event and when to look again.
import type { AccessRequest, RoleMapping } from '../api/kinds.ts'
import { after } from '../domain/duration.ts'
import type { hallpassMetrics } from '../domain/metrics.ts'
import { Refused, Waiting } from '../domain/outcome.ts'
import type { Clock, Events } from '../domain/ports.ts'
import { ownerOf } from '../domain/refusals.ts'
import type { Owner } from '../domain/refusals/row.ts'
import { backoffMs, type Log } from '../kube/environment.ts'
import type { Metrics } from '../kube/metrics.ts'

/** One step that did not succeed. */
export type Failure = { step: string; error: unknown }
/** The object that was looked at, its failures, and when it is due anyway. */
export type Report = {
  about: Pick<AccessRequest | RoleMapping, 'apiVersion' | 'kind' | 'metadata'>
  failures: readonly Failure[]
  next: Date | undefined
}
export type Reporter = (report: Report) => Date | undefined

type Options = { clock: Clock; events: Events; log: Log; metrics: Metrics<typeof hallpassMetrics> }

/** What a human must change is looked at again this often, since nothing else tells us that it was changed. */
const refusedSeconds = 300
const firstPauseMs = 1000
const longestPauseMs = 120_000
/** Objects that fail at the same time; beyond it their pauses begin anew. */
const memory = 5000

/**
 * Makes a reporter. It gives the earliest instant at which something is due: Waiting names its own, Refused waits for a
 * human, Broken comes again after a growing pause. When nothing but Broken is left, it is thrown for the queue's back-off.
 */
export function createReporter({ clock, events, log, metrics }: Options): Reporter {
  const broken = new Map<string, number>()

  return ({ about, failures, next }) => {
    const { namespace, name, uid } = about.metadata
    const instants = next ? [next] : []
    const breaks = failures.filter(({ error }) => !(error instanceof Refused || error instanceof Waiting))
    for (const { step, error } of failures) {
      const outcome = outcomeOf(error)
      metrics.count('hallpass_step_failures_total', { step, outcome, owner: turnOf(error) })
      log[outcome === 'waiting' ? 'info' : 'warn']('A step did not succeed', {
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
    if (broken.size >= memory) broken.clear()
    broken.set(uid, count + 1)
    return earliest([...instants, new Date(clock.now().getTime() + backoffMs(count, firstPauseMs, longestPauseMs))])
  }
}

function outcomeOf(error: unknown): 'refused' | 'waiting' | 'broken' {
  if (error instanceof Refused) return 'refused'
  return error instanceof Waiting ? 'waiting' : 'broken'
}

// Who must act, so that an alert can tell the platform team's turn from others'.
function turnOf(error: unknown): Owner | '' {
  return error instanceof Refused ? ownerOf(error.refusal.reason) : ''
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown'
}

function earliest(instants: readonly Date[]): Date | undefined {
  return instants.length > 0 ? new Date(Math.min(...instants.map(Number))) : undefined
}
