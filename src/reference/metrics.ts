// docs/reference/metrics.md, from the tables of metrics.
import { hallpassMetrics } from '../domain/audit/metrics.ts'
import { type MetricFacts, runtimeMetrics } from '../kube/metrics.ts'
import { code, pageText, section, tableOf } from './markdown.ts'

const intro = `Each process serves \`/metrics\` for Prometheus on \`listen.healthPort\`. Every series is there from the start, at 0. Only
\`hallpass_admission_enforced\`, and rare status codes in \`rest_client_requests_total\`, appear when they are first known. No label names a person, a request or a mapping, or carries what somebody wrote. Besides these
there are the metrics of Node itself, such as \`process_resident_memory_bytes\` and \`nodejs_eventloop_lag_seconds\`.`

/** The text of the page. */
export function metricsPage(): string {
  const parts = [
    section('Hallpass', tableOf(['Metric', 'Kind', 'Labels', 'Process', 'What it says'], ownRows())),
    section(
      'Its controller runtime',
      'Names and labels are those of controller-runtime and client-go.',
      table(runtimeMetrics),
    ),
  ]
  return pageText({ title: 'Metrics', source: 'src/domain/audit/metrics.ts and src/kube/metrics.ts', intro, parts })
}

function ownRows(): string[][] {
  return Object.entries(hallpassMetrics).map(([name, { kind, labels, meaning, series }]) => [
    code(name),
    kind,
    labels.map(code).join(', '),
    Object.keys(series).join(', '),
    meaning,
  ])
}

function table(metrics: Readonly<Record<string, MetricFacts>>): string {
  const rows = Object.entries(metrics).map(([name, { kind, labels, meaning }]) => [
    code(name),
    kind,
    labels.map(code).join(', '),
    meaning,
  ])
  return tableOf(['Metric', 'Kind', 'Labels', 'What it says'], rows)
}
