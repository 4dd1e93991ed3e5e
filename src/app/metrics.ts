// Metrics of one process, for Prometheus: the runtime's by controller-runtime's names, ours under `hallpass_`.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Metrics } from '../kube/environment.ts'

type Labels = Record<string, string>

/** Buckets in seconds, from a millisecond to a minute. */
const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** Metrics that come into being when they are first counted. A name keeps the labels it was first given. */
export class ProcessMetrics implements Metrics {
  readonly registry = new Registry()
  readonly #counters = new Map<string, Counter>()
  readonly #gauges = new Map<string, Gauge>()
  readonly #histograms = new Map<string, Histogram>()

  constructor() {
    collectDefaultMetrics({ register: this.registry })
  }

  count(name: string, labels: Labels = {}, by = 1): void {
    memo(this.#counters, name, () => new Counter(this.#settings(name, labels))).inc(labels, by)
  }

  gauge(name: string, value: number, labels: Labels = {}): void {
    memo(this.#gauges, name, () => new Gauge(this.#settings(name, labels))).set(labels, value)
  }

  observe(name: string, seconds: number, labels: Labels = {}): void {
    const make = (): Histogram => new Histogram({ ...this.#settings(name, labels), buckets })
    memo(this.#histograms, name, make).observe(labels, seconds)
  }

  #settings(name: string, labels: Labels): { name: string; help: string; labelNames: string[]; registers: Registry[] } {
    return { name, help: name.replaceAll('_', ' '), labelNames: Object.keys(labels), registers: [this.registry] }
  }
}

function memo<T>(known: Map<string, T>, name: string, make: () => T): T {
  const made = known.get(name) ?? make()
  known.set(name, made)
  return made
}
