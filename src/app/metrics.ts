// Metrics of one process, for Prometheus: those of the runtime and those of Hallpass, each by its table.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { hallpassMetrics } from '../domain/metrics.ts'
import { type MetricFacts, type Metrics, runtimeMetrics } from '../kube/metrics.ts'

/** Everything that a process counts, besides what Node says about itself. */
export const processMetrics = { ...hallpassMetrics, ...runtimeMetrics }
type Name = keyof typeof processMetrics
type Labels = Readonly<Record<string, string>>

/** Buckets in seconds, from a millisecond to a minute. */
const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** Metrics that come into being when they are first counted. */
export class ProcessMetrics implements Metrics, Metrics<typeof hallpassMetrics> {
  readonly registry = new Registry()
  readonly #counters = new Map<Name, Counter>()
  readonly #gauges = new Map<Name, Gauge>()
  readonly #histograms = new Map<Name, Histogram>()

  constructor() {
    collectDefaultMetrics({ register: this.registry })
  }

  count(name: Name, labels: Labels = {}, by = 1): void {
    memo(this.#counters, name, () => new Counter(this.#settings(name))).inc(labels, by)
  }

  gauge(name: Name, value: number, labels: Labels = {}): void {
    memo(this.#gauges, name, () => new Gauge(this.#settings(name))).set(labels, value)
  }

  observe(name: Name, seconds: number, labels: Labels = {}): void {
    memo(this.#histograms, name, () => new Histogram({ ...this.#settings(name), buckets })).observe(labels, seconds)
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
