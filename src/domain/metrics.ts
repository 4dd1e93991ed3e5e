// The metrics of Hallpass itself: name, labels and meaning. Prometheus' help texts and the reference page read this table.

type MetricFacts = { kind: 'counter' | 'gauge' | 'histogram'; labels: readonly string[]; meaning: string }

/** Every metric of Hallpass besides those of its runtime. */
export const hallpassMetrics = {
  hallpass_events_total: {
    kind: 'counter',
    labels: ['event'],
    meaning: 'Audit events by name; see [events](events.md). Alert on `TamperingSeen` and `GrantInDoubt`.',
  },
  hallpass_step_failures_total: {
    kind: 'counter',
    labels: ['step', 'outcome', 'owner'],
    meaning:
      'Steps of the controller that did not succeed: `refused`, with the `owner` who must act, `waiting` or `broken`. Alert on lasting `broken`.',
  },
  hallpass_swept_total: {
    kind: 'counter',
    labels: ['kind'],
    meaning: 'Old objects that the controller deleted: `request` after `retainFor`, or an unused `sealed-token`.',
  },
  hallpass_pages_total: {
    kind: 'counter',
    labels: ['page', 'outcome', 'owner'],
    meaning:
      'Pages that auth answered. `outcome` is a word such as `Shown`, or a [reason](reasons.md) with its `owner`, who must act. Alert on the owner `platformTeam`.',
  },
  hallpass_ticket_openings_total: {
    kind: 'counter',
    labels: ['how'],
    meaning: 'Links that were opened. When `overBudget` grows, somebody forges links: limit them at the ingress.',
  },
  hallpass_slack_deliveries_total: {
    kind: 'counter',
    labels: ['kind', 'outcome'],
    meaning: 'Deliveries from Slack: `inTime`, `late`, `shed` when too many came at once, or the status of a refusal.',
  },
  hallpass_slack_sockets: {
    kind: 'gauge',
    labels: [],
    meaning:
      'Open sockets to Slack of a gateway with `slack.mode: socket`. Alert on 0 over all gateways: nobody can ask.',
  },
  hallpass_asks_limited_total: {
    kind: 'counter',
    labels: ['limit'],
    meaning:
      'Requests that were not stored because one of the `limits` of the settings was reached, by the name of the limit.',
  },
  hallpass_admission_enforced: {
    kind: 'gauge',
    labels: ['process', 'policy'],
    meaning: '1 while an admission policy limits the process, 0 when it does not. Alert on 0: a policy was removed.',
  },
  hallpass_admission_failures_total: {
    kind: 'counter',
    labels: [],
    meaning: 'Calls that an admission policy failed to judge. Alert on an increase: a policy has a fault.',
  },
} as const satisfies Readonly<Record<string, MetricFacts>>
