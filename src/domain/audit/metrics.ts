// The metrics of Hallpass itself: name, labels, meaning, and every series. Prometheus' help texts, the series at the start
// of a process and the reference page read this table. A label never carries what people write or who they are.
import { auditEvents } from './audit-events.ts'
import { alone, calls, driftKinds, each, failures, limits, pages, type Series, steps } from './metric-labels.ts'

/** The process that has a metric. */
export type MetricOf = 'gateway' | 'auth' | 'controller' | 'janitor'
type MetricFacts = {
  kind: 'counter' | 'gauge' | 'histogram'
  labels: readonly string[]
  meaning: string
  /** For each process that has the metric, the series that it has from its start, at 0. */
  series: { readonly [Of in MetricOf]?: readonly Series[] }
  /** Upper bounds of the buckets of a histogram, in seconds. */
  buckets?: readonly number[]
}

/** Every metric of Hallpass besides those of its runtime. */
export const hallpassMetrics = {
  hallpass_requests: {
    kind: 'gauge',
    labels: ['phase'],
    meaning:
      'Requests that have not ended: `Pending` ones wait for a decision, `Approved` ones for their bindings, and `Provisioned` ones are access that runs. Every controller counts all of them, so take the maximum.',
    series: { controller: each({ phase: ['Pending', 'Approved', 'Provisioned'] }) },
  },
  hallpass_decision_duration_seconds: {
    kind: 'histogram',
    labels: ['decision'],
    meaning: 'How long people took to approve or deny a request, from when it was asked.',
    series: { controller: each({ decision: ['Approved', 'Denied'] }) },
    buckets: [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400],
  },
  hallpass_grant_duration_seconds: {
    kind: 'histogram',
    labels: [],
    meaning: 'How long Hallpass took from the approval until Google confirmed every binding.',
    series: { controller: alone },
    buckets: [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600],
  },
  hallpass_outside_calls_total: {
    kind: 'counter',
    labels: ['service', 'outcome'],
    meaning:
      'What Hallpass asked of other services: `ok`, `refused` when a person must change something, `waiting` when the service asked for a pause, `broken` when it failed or did not answer. Answers from memory count as `ok`. Alert on lasting `broken`.',
    series: {
      gateway: calls('slack', 'groups'),
      auth: calls('kms', 'resourceManager', 'signIn', 'groups'),
      controller: calls('slack', 'pagerduty', 'pages', 'kms', 'resourceManager', 'signIn', 'logging', 'iam', 'groups'),
      janitor: calls('resourceManager'),
    },
  },
  hallpass_events_total: {
    kind: 'counter',
    labels: ['event'],
    meaning: 'Audit events by name; see [events](events.md). Alert on `TamperingSeen` and `GrantInDoubt`.',
    series: { controller: each({ event: Object.keys(auditEvents) }) },
  },
  hallpass_emergencies_total: {
    kind: 'counter',
    labels: ['stage'],
    meaning:
      'Emergencies that were `asked`, `granted`, `reviewed`, or not reviewed in time: `overdue`. Alert on `asked`, if every emergency should be looked at, and on `overdue`.',
    series: { controller: each({ stage: ['asked', 'granted', 'reviewed', 'overdue'] }) },
  },
  hallpass_emergencies_unreviewed: {
    kind: 'gauge',
    labels: [],
    meaning:
      'Emergencies whose access has ended, and that somebody still has to review. Every controller counts all of them, so take the maximum.',
    series: { controller: alone },
  },
  hallpass_removals_total: {
    kind: 'counter',
    labels: ['outcome'],
    meaning:
      'Bindings that the [janitor](../janitor.md#what-happens) was asked to remove: `Removed`, `Gone` when they were not there any more, `Left` when Google refused or they are not as Hallpass wrote them, `Unknown` when Google did not say. Alert on `Left` and `Unknown`, and on more of them than holders say that they are done.',
    series: { janitor: each({ outcome: ['Removed', 'Gone', 'Left', 'Unknown'] }) },
  },
  hallpass_step_failures_total: {
    kind: 'counter',
    labels: ['step', 'outcome', 'owner'],
    meaning:
      'Steps of the controller that did not succeed: `refused`, with the `owner` who must act, `waiting` or `broken`. Alert on lasting `broken`.',
    series: { controller: steps.flatMap(step => failures.map(failure => ({ step, ...failure }))) },
  },
  hallpass_policy_used_ratio: {
    kind: 'gauge',
    labels: ['resource', 'limit'],
    meaning:
      'How much of a limit of Google an IAM policy used when this process last saw it, from 0 to 1. `limit` is `members` (1,500), `groups` (250) or `entries` (20 of one role for one person). At most 500 resources of mappings. Alert on 0.8 and more: soon [the policy is full](../approval.md#when-a-policy-is-full).',
    series: { auth: [], controller: [] },
  },
  hallpass_policy_leftovers: {
    kind: 'gauge',
    labels: ['resource', 'role'],
    meaning:
      'Expired entries of Hallpass that an IAM policy had for a role when this process last saw it. The next grant of the role there removes them; [`hallpass leftovers`](../approval.md#expired-leftovers) lists those of roles that nobody asks for any more. At most 500 resources of mappings, and 10 roles of each.',
    series: { auth: [], controller: [] },
  },
  hallpass_drift_findings: {
    kind: 'gauge',
    labels: ['kind'],
    meaning:
      'Differences between the IAM policies and the record at the last check, by [kind](../drift.md#ask). Only the leader checks, and only with `google.policyReader`. Alert on every kind but `leftover`.',
    series: { controller: each({ kind: driftKinds }) },
  },
  hallpass_drift_checks_total: {
    kind: 'counter',
    labels: ['outcome'],
    meaning:
      'Checks of the IAM policies against the record: `complete`, `incomplete` when a policy could not be read, `failed` when the record could not be. Alert on lasting `incomplete` and `failed`.',
    series: { controller: each({ outcome: ['complete', 'incomplete', 'failed'] }) },
  },
  hallpass_drift_checked_timestamp: {
    kind: 'gauge',
    labels: [],
    meaning:
      'When the last check that was not `failed` ended, as seconds since 1970. Absent until then. Alert when it is older than a few hours.',
    series: { controller: [] },
  },
  hallpass_swept_total: {
    kind: 'counter',
    labels: ['kind'],
    meaning:
      'Old objects that the controller deleted: `request` after `retainFor`, an unused `sealed-token`, or `evidence` that is published or belongs to nothing.',
    series: { controller: each({ kind: ['request', 'sealed-token', 'evidence'] }) },
  },
  hallpass_requests_unconfirmed: {
    kind: 'gauge',
    labels: ['why'],
    meaning:
      'Settled requests that are [kept after `retainFor`](../audit.md#how-long-it-lasts), as of the last sweep: `unreadable` when Hallpass may not read its log back, `absent` when the log does not show all of their events. Alert on either.',
    series: { controller: each({ why: ['unreadable', 'absent'] }) },
  },
  hallpass_pages_total: {
    kind: 'counter',
    labels: ['page', 'outcome', 'owner'],
    meaning:
      'Pages that auth answered. `outcome` is a word such as `Shown`, or a [reason](reasons.md) with its `owner`, who must act. Alert on the owner `platformTeam`.',
    series: {
      auth: pages,
    },
  },
  hallpass_ticket_openings_total: {
    kind: 'counter',
    labels: ['how'],
    meaning: 'Links that were opened. When `overBudget` grows, somebody forges links: limit them at the ingress.',
    series: {
      auth: each({ how: ['malformed', 'remembered', 'opened', 'refused', 'refusedBefore', 'overBudget', 'failed'] }),
    },
  },
  hallpass_slack_deliveries_total: {
    kind: 'counter',
    labels: ['kind', 'outcome'],
    meaning: 'Deliveries from Slack: `inTime`, `late`, `shed` when too many came at once, or the status of a refusal.',
    series: {
      gateway: [
        ...each({ kind: ['command', 'form'], outcome: ['inTime', 'late', 'shed'] }),
        ...each({ kind: ['click'], outcome: ['inTime', 'shed'] }),
        ...each({ kind: ['refused'], outcome: ['400', '401', '404', '405', '408', '413', '500'] }),
      ],
    },
  },
  hallpass_slack_sockets: {
    kind: 'gauge',
    labels: [],
    meaning:
      'Open sockets to Slack of a gateway, only with `slack.mode: socket`. Alert on 0 over all gateways: nobody can ask.',
    series: { gateway: [] },
  },
  hallpass_asks_limited_total: {
    kind: 'counter',
    labels: ['limit'],
    meaning:
      'Requests that were not stored because one of the `limits` of the settings was reached, by the name of the limit.',
    series: { gateway: each({ limit: limits }), auth: each({ limit: limits }) },
  },
  hallpass_admission_enforced: {
    kind: 'gauge',
    labels: ['process', 'policy'],
    meaning:
      '1 while an admission policy limits the process, 0 when it does not. Absent until it was tried. Alert on 0: a policy was removed.',
    series: { gateway: [], auth: [], controller: [], janitor: [] },
  },
  hallpass_admission_failures_total: {
    kind: 'counter',
    labels: [],
    meaning: 'Calls that an admission policy failed to judge. Alert on an increase: a policy has a fault.',
    series: { gateway: alone, auth: alone, controller: alone, janitor: alone },
  },
} as const satisfies Readonly<Record<string, MetricFacts>>
