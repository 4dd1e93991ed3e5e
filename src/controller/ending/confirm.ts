// Looks for settled requests in the log before they are deleted, many with one question. What it remembers only spares
// questions: after a restart they are asked again.
import { LRUCache } from 'lru-cache'
import type { AccessRequest } from '../../api/kinds.ts'
import { confirmedBy, entriesQuery, type ReadAt } from '../../audit/confirmed.ts'
import type { hallpassMetrics } from '../../domain/audit/metrics.ts'
import { after } from '../../domain/asking/duration.ts'
import { byClock, validFor } from '../../domain/memory.ts'
import { type Refusal, Refused, refusal } from '../../domain/outcome.ts'
import type { LogReadBack } from '../../domain/audit/log-read-back.ts'
import type { Clock, Events } from '../../domain/ports.ts'
import type { Log } from '../../kube/environment.ts'
import type { Metrics } from '../../kube/metrics.ts'

export type ConfirmationOptions = {
  clock: Clock
  readBack: LogReadBack
  readAt: ReadAt
  events: Events
  log: Log
  metrics: Metrics<typeof hallpassMetrics>
}

/** One sweep's questions. */
export type Confirmation = {
  /** Whether this sweep may ask at all; false for an hour after the log could not be read. */
  mayAsk(): boolean
  /** Whether the request was looked for within the last day and was not there. */
  wasAbsent(request: AccessRequest): boolean
  /**
   * Those of the requests whose every event, and all evidence, the log shows now. The others are kept, and the first of
   * them says why as an Event. Rejects with Broken or Waiting while Logging does not answer.
   */
  confirm(requests: readonly AccessRequest[]): Promise<AccessRequest[]>
  /** Shows how many requests are kept, after a sweep that ended. */
  tell(kept: { unreadable: number; absent: number }): void
}

/** A right that was granted is noticed within an hour. */
const unreadablePauseSeconds = 3600
const absentPauseSeconds = 86_400
/** More are asked about again, which costs questions and nothing else. */
const mostAbsent = 10_000

const notInLog = refusal(
  'NotInLog',
  'The log does not show every event of this request, so it is kept for longer than retainFor. Compare how long the log bucket keeps entries with retainFor, and find out whether somebody deleted entries.',
)

/** Confirmations for one process. */
export function createConfirmation(options: ConfirmationOptions): Confirmation {
  const { clock, readBack, readAt, events, log, metrics } = options
  const absent = new LRUCache<string, true>({
    max: mostAbsent,
    ttl: validFor(absentPauseSeconds),
    ...byClock(clock),
  })
  let notBefore = new Date(0)
  const keep = (kept: readonly AccessRequest[], { reason, message }: Refusal): void => {
    const [first] = kept
    if (!first) return
    events.record(first, { type: 'Warning', reason, message })
    log.warn('controller: settled requests were not found in the log; they are kept', { reason, count: kept.length })
  }
  return {
    mayAsk: () => clock.now() >= notBefore,
    wasAbsent: ({ metadata: { uid } }) => absent.has(uid),
    confirm: async requests => {
      try {
        const readable = confirmedBy(await readBack.read(entriesQuery(readAt, requests)), requests)
        const kept = requests.filter(request => !readable.includes(request))
        for (const { metadata } of kept) absent.set(metadata.uid, true)
        keep(kept, notInLog)
        return readable
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        notBefore = after(clock.now(), unreadablePauseSeconds)
        keep(requests, error.refusal)
        return []
      }
    },
    tell: ({ unreadable, absent: count }) => {
      metrics.gauge('hallpass_requests_unconfirmed', unreadable, { why: 'unreadable' })
      metrics.gauge('hallpass_requests_unconfirmed', count, { why: 'absent' })
    },
  }
}
