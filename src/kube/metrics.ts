// The metrics that the runtime keeps, by the names that controller-runtime and client-go give them. Nothing here counts.

/** One metric: what it is, its labels, and what its value says. */
export type MetricFacts = {
  kind: 'counter' | 'gauge' | 'histogram'
  labels: readonly string[]
  meaning: string
}
type Table = Readonly<Record<string, MetricFacts>>

/** Every metric of the runtime. */
export const runtimeMetrics = {
  controller_runtime_reconcile_total: {
    kind: 'counter',
    labels: ['controller', 'result'],
    meaning: 'Reconciles by how they ended: `success`, `requeue_after` or `error`.',
  },
  controller_runtime_reconcile_errors_total: {
    kind: 'counter',
    labels: ['controller'],
    meaning: 'Reconciles that failed and are tried again with growing pauses.',
  },
  controller_runtime_reconcile_panics_total: {
    kind: 'counter',
    labels: ['controller'],
    meaning: 'Faults of the program itself. Any increase is worth a report to the project.',
  },
  controller_runtime_reconcile_timeouts_total: {
    kind: 'counter',
    labels: ['controller'],
    meaning: 'Reconciles that took too long and were stopped.',
  },
  controller_runtime_reconcile_time_seconds: {
    kind: 'histogram',
    labels: ['controller'],
    meaning: 'How long a reconcile takes.',
  },
  controller_runtime_max_concurrent_reconciles: {
    kind: 'gauge',
    labels: ['controller'],
    meaning: 'How many reconciles may run at the same time.',
  },
  controller_runtime_active_workers: {
    kind: 'gauge',
    labels: ['controller'],
    meaning: 'How many reconciles run now.',
  },
  workqueue_depth: { kind: 'gauge', labels: ['name'], meaning: 'Objects that are due and wait for a worker.' },
  workqueue_adds_total: { kind: 'counter', labels: ['name'], meaning: 'Objects that were put into the queue.' },
  workqueue_retries_total: {
    kind: 'counter',
    labels: ['name'],
    meaning: 'Objects that are tried again after a failure.',
  },
  workqueue_queue_duration_seconds: {
    kind: 'histogram',
    labels: ['name'],
    meaning: 'How long a due object waits for a worker. Growing means that the controller is too slow.',
  },
  workqueue_work_duration_seconds: {
    kind: 'histogram',
    labels: ['name'],
    meaning: 'How long a worker is busy with one object.',
  },
  workqueue_unfinished_work_seconds: {
    kind: 'gauge',
    labels: ['name'],
    meaning: 'Seconds of work under way, summed over all workers. Growing without end means that workers hang.',
  },
  workqueue_longest_running_processor_seconds: {
    kind: 'gauge',
    labels: ['name'],
    meaning: 'How long the slowest worker has been busy with its object.',
  },
  rest_client_requests_total: {
    kind: 'counter',
    labels: ['code', 'method'],
    meaning: 'Calls to the API server by status code; `<error>` when no answer came.',
  },
  rest_client_request_duration_seconds: {
    kind: 'histogram',
    labels: ['method'],
    meaning: 'How long the API server takes to answer.',
  },
  rest_client_request_retries_total: {
    kind: 'counter',
    labels: ['method'],
    meaning: 'Calls that were sent to the API server again.',
  },
  reflector_lists_total: {
    kind: 'counter',
    labels: ['name'],
    meaning: 'Complete lists of a kind from the API server.',
  },
  reflector_watches_total: { kind: 'counter', labels: ['name'], meaning: 'Watches of a kind that were opened.' },
  leader_election_master_status: {
    kind: 'gauge',
    labels: ['name'],
    meaning: '1 in the controller that leads, 0 in the others. A sum of 0 for a minute means that nobody works.',
  },
  events_dropped_total: {
    kind: 'counter',
    labels: [],
    meaning: 'Kubernetes Events that could not be recorded. Nothing depends on them.',
  },
} as const satisfies Table

/** The names of one kind in a table of metrics. */
type NamesOf<T extends Table, Kind extends MetricFacts['kind']> = {
  [Name in keyof T & string]: T[Name]['kind'] extends Kind ? Name : never
}[keyof T & string]

/** Exactly the labels that the table gives a metric. */
type LabelsOf<T extends Table, Name extends keyof T> = Readonly<Record<T[Name]['labels'][number], string>>

/** Counters, gauges and times of a table; only its names and labels can be written. */
export type Metrics<T extends Table = typeof runtimeMetrics> = {
  count<Name extends NamesOf<T, 'counter'>>(name: Name, labels?: LabelsOf<T, Name>, by?: number): void
  observe<Name extends NamesOf<T, 'histogram'>>(name: Name, seconds: number, labels?: LabelsOf<T, Name>): void
  gauge<Name extends NamesOf<T, 'gauge'>>(name: Name, value: number, labels?: LabelsOf<T, Name>): void
}
