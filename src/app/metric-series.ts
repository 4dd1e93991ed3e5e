// All metrics of a process, and every series that it has from its start, at 0: Prometheus sees the first increase of a counter only if the
// counter was there before.
import { hallpassMetrics, type MetricOf } from '../domain/audit/metrics.ts'
import { type MetricFacts, runtimeMetrics } from '../kube/metrics.ts'

/** Everything that a process counts, besides what Node says about itself. */
export const processMetrics = { ...hallpassMetrics, ...runtimeMetrics }
export type Name = keyof typeof processMetrics
/** One of the parts; all but the janitor may run in one process. */
export type PartName = keyof typeof watched
type Series = Readonly<Record<string, string>>

/** The queues and reconcilers of each part. */
const controllers: Record<MetricOf, readonly string[]> = {
  gateway: [],
  auth: [],
  controller: ['accessrequest', 'rolemapping', 'sweep'],
  janitor: ['removal'],
}
const lease = 'hallpass-controller'
const watched = {
  gateway: ['accessrequests', 'rolemappings'],
  auth: ['rolemappings'],
  controller: ['accessrequests', 'rolemappings'],
  janitor: ['accessrequests'],
} satisfies Record<MetricOf, readonly string[]>
/** The parts. */
export const partNames = Object.keys(watched) as PartName[]
/** The methods of each part, and the usual answers. Another status is counted when it first comes. */
const methods: Record<PartName, readonly string[]> = {
  gateway: ['GET', 'POST', 'PATCH'],
  auth: ['GET', 'POST', 'PATCH'],
  controller: ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'],
  janitor: ['GET', 'PATCH'],
}
const codes = ['200', '201', '403', '404', '409', '429', '500', '503', '<error>']

/** The series of one part, by metric. */
export function seriesOf(part: PartName): [Name, readonly Series[]][] {
  const own = Object.entries(hallpassMetrics).map(([name, { series }]): [Name, readonly Series[]] => {
    const of: { readonly [Of in PartName]?: readonly Series[] } = series
    return [name as Name, of[part] ?? []]
  })
  const runtime = Object.entries(runtimeMetrics).map(([name, facts]): [Name, readonly Series[]] => [
    name as Name,
    runtimeSeries(part, name, facts),
  ])
  return [...own, ...runtime]
}

function runtimeSeries(part: PartName, name: string, { labels }: MetricFacts): readonly Series[] {
  if (name.startsWith('reflector_')) return watched[part].map(kind => ({ name: kind }))
  if (name.startsWith('rest_client_'))
    return methods[part].flatMap(method =>
      labels.includes('code') ? codes.map(code => ({ method, code })) : [{ method }],
    )
  const own = controllers[part]
  if (own.length === 0) return []
  if (name.startsWith('leader_election_')) return part === 'controller' ? [{ name: lease }] : []
  if (labels.includes('result'))
    return own.flatMap(controller => ['success', 'requeue_after', 'error'].map(result => ({ controller, result })))
  if (labels.includes('controller')) return own.map(controller => ({ controller }))
  return labels.includes('name') ? own.map(queue => ({ name: queue })) : [{}]
}
