// Metrics of one process, for Prometheus: those of the runtime and those of Hallpass, each by its table.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { hallpassMetrics } from '../domain/audit/metrics.ts'
import type { MetricFacts, Metrics } from '../kube/metrics.ts'
import { type Name, type PartName, processMetrics, seriesOf } from './metric-series.ts'

type Labels = Readonly<Record<string, string>>
/** The values of a gauge at the moment when it is read. */
type Reading = () => readonly { labels: Labels; value: number }[]

/** Buckets in seconds, from a millisecond to a minute. */
const usualBuckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** Gauges that are named like counters, each the sum of another one. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/** The metrics of a process. Every series that its parts can count is there from the start, at 0. */
export class ProcessMetrics implements Metrics, Metrics<typeof hallpassMetrics> {
  readonly registry = new Registry()
  readonly #counters = new Map<Name, Counter>()
  readonly #gauges = new Map<Name, Gauge>()
  readonly #histograms = new Map<Name, Histogram>()
  readonly #readings = new Map<Name, Reading>()

  constructor(parts: readonly PartName[] = []) {
    collectDefaultMetrics({ register: this.registry })
    for (const name of misnamed) this.registry.removeSingleMetric(name)
    for (const part of parts)
      for (const [name, all] of seriesOf(part)) for (const labels of all) this.#begin(name, labels)
  }

  count(name: Name, labels: Labels = {}, by = 1): void {
    this.#counter(name).inc(labels, by)
  }

  gauge(name: Name, value: number, labels: Labels = {}): void {
    this.#gauge(name).set(labels, value)
  }

  observe(name: Name, seconds: number, labels: Labels = {}): void {
    this.#histogram(name).observe(labels, seconds)
  }

  /** A gauge whose values are looked up each time Prometheus asks. */
  read(name: Name, reading: Reading): void {
    this.#readings.set(name, reading)
    this.#gauge(name)
  }

  #begin(name: Name, labels: Labels): void {
    const { kind }: MetricFacts = processMetrics[name]
    if (kind === 'counter') this.count(name, labels, 0)
    if (kind === 'gauge') this.gauge(name, 0, labels)
    if (kind === 'histogram') this.#histogram(name).zero(labels)
  }

  #counter(name: Name): Counter {
    return memo(this.#counters, name, () => new Counter(this.#settings(name)))
  }

  #gauge(name: Name): Gauge {
    const update = (): void => {
      for (const { labels, value } of this.#readings.get(name)?.() ?? []) this.gauge(name, value, labels)
    }
    return memo(this.#gauges, name, () => new Gauge({ ...this.#settings(name), collect: update }))
  }

  #histogram(name: Name): Histogram {
    const { buckets = usualBuckets }: MetricFacts & { buckets?: readonly number[] } = processMetrics[name]
    return memo(this.#histograms, name, () => new Histogram({ ...this.#settings(name), buckets: [...buckets] }))
  }

  #settings(name: Name): { name: string; help: string; labelNames: string[]; registers: Registry[] } {
    const { labels, meaning }: MetricFacts = processMetrics[name]
    return { name, help: helpOf(meaning), labelNames: [...labels], registers: [this.registry] }
  }
}

/** The meaning without Markdown. */
function helpOf(meaning: string): string {
  return meaning.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '')
}

function memo<T>(known: Map<Name, T>, name: Name, make: () => T): T {
  const made = known.get(name) ?? make()
  known.set(name, made)
  return made
}
