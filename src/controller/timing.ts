// Measures how long people and Hallpass take, and counts emergencies: with the write that records what happened.
import type { AccessRequest } from '../api/kinds.ts'
import type { AuditEvent } from '../domain/audit/audit-events.ts'
import type { hallpassMetrics } from '../domain/audit/metrics.ts'
import { standingDecision } from '../domain/approval/quorum.ts'
import type { Metrics } from '../kube/metrics.ts'

/** Records the times of a request that was just written with these events. */
export function measure(
  metrics: Metrics<typeof hallpassMetrics>,
  request: AccessRequest,
  { happened, now }: { happened: readonly { event: AuditEvent }[]; now: Date },
): void {
  const { metadata } = request
  const decision = standingDecision(request)
  if (!decision) return
  for (const { event } of happened) {
    if (event === 'Approved' || event === 'Denied')
      metrics.observe(
        'hallpass_decision_duration_seconds',
        secondsFrom(metadata.creationTimestamp, new Date(decision.at)),
        {
          decision: event,
        },
      )
    if (event === 'Granted') metrics.observe('hallpass_grant_duration_seconds', secondsFrom(decision.at, now))
  }
}

const stages: Partial<Record<AuditEvent, string>> = {
  EmergencyRequested: 'asked',
  Granted: 'granted',
  GrantInDoubt: 'granted',
  Reviewed: 'reviewed',
  ReviewOverdue: 'overdue',
}

/** Counts what happened to an emergency. */
export function countEmergency(
  metrics: Metrics<typeof hallpassMetrics>,
  { spec }: AccessRequest,
  happened: readonly { event: AuditEvent }[],
): void {
  if (!spec.emergency) return
  const seen = happened.flatMap(({ event }) => stages[event] ?? [])
  for (const stage of new Set(seen)) metrics.count('hallpass_emergencies_total', { stage })
}

// Clocks of several machines differ a little.
function secondsFrom(from: string, to: Date): number {
  return Math.max(0, (to.getTime() - Date.parse(from)) / 1000)
}
