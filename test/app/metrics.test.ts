// The page that Prometheus reads: complete from the start, explained, named as Prometheus' own linter wants it, and without
// a word that names a person.
import * as assert from 'uvu/assert'
import { type PartName, partNames, processMetrics, seriesOf } from '../../src/app/metric-series.ts'
import { ProcessMetrics } from '../../src/app/metrics.ts'
import { counted } from '../../src/app/outside-calls.ts'
import { measure } from '../../src/controller/timing.ts'
import { hallpassMetrics } from '../../src/domain/audit/metrics.ts'
import { Broken, Refused, Waiting } from '../../src/domain/outcome.ts'
import type { MetricFacts } from '../../src/kube/metrics.ts'
import { mapping } from '../builders/mapping.ts'
import { request } from '../builders/request.ts'
import { start } from '../fakes/clock.ts'
import { gitopsTools } from '../gitops/tools.ts'
import { suite, table } from '../suite.ts'

const test = suite('metrics of a process', { timeoutMs: 120_000 })
const tools = await gitopsTools(line => console.log(line))
if (typeof tools === 'string') console.log(`SKIPPED Prometheus' linter does not read the metrics: ${tools}`)

/** The values on a page, by series. */
function valuesOn(page: string): Map<string, number> {
  const lines = page.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}
const pageOf = (...parts: PartName[]): Promise<string> => new ProcessMetrics(parts).registry.metrics()
const ours = (name: string): boolean => Object.keys(processMetrics).some(known => name.startsWith(known))

for (const part of partNames) {
  test(`every series of ${part} is there from the start, at 0 and with its meaning`, async () => {
    const page = await pageOf(part)
    const values = valuesOn(page)
    for (const [name, all] of seriesOf(part))
      for (const labels of all) {
        const { kind }: MetricFacts = processMetrics[name]
        const written = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
        const series = `${name}${kind === 'histogram' ? '_count' : ''}${written.length > 0 ? `{${written.join(',')}}` : ''}`
        assert.is(values.get(series), 0, series)
        assert.ok(page.includes(`# HELP ${name} `), name)
      }
    assert.ok(values.size < 2_400, `${values.size} series`)
  })

  test(`the linter of Prometheus has no complaint about ${part}`, async () => {
    if (typeof tools === 'string') return
    assert.equal(await tools.promlint(await pageOf(part)), [])
  })
}

test('the linter complains about a page that is wrong', async () => {
  if (typeof tools === 'string') return
  const complaints = await tools.promlint('# TYPE calls counter\ncalls 1\n')
  assert.ok(complaints.length >= 2, complaints.join())
})

test('a process shows only what its parts count', async () => {
  const names = [...valuesOn(await pageOf('auth')).keys()].filter(ours)
  for (const foreign of ['hallpass_requests', 'workqueue_depth', 'hallpass_slack_deliveries_total'])
    assert.not(
      names.some(name => name.startsWith(foreign)),
      foreign,
    )
})

test('each metric belongs to a process, and counters alone end in _total', () => {
  for (const [name, { kind, series }] of Object.entries(hallpassMetrics)) {
    assert.ok(Object.keys(series).length > 0, name)
    assert.is(name.endsWith('_total'), kind === 'counter', name)
    assert.is(name.endsWith('_seconds'), kind === 'histogram', name)
  }
})

test('a gauge that is read shows the value of the moment', async () => {
  const metrics = new ProcessMetrics(['controller'])
  let running = 1
  metrics.read('hallpass_requests', () => [{ labels: { phase: 'Provisioned' }, value: running }])
  running = 2
  assert.is(valuesOn(await metrics.registry.metrics()).get('hallpass_requests{phase="Provisioned"}'), 2)
  running = 0
  assert.is(valuesOn(await metrics.registry.metrics()).get('hallpass_requests{phase="Provisioned"}'), 0)
})

const ends: Record<string, { end: () => Promise<string>; outcome: string }> = {
  'an answer': { end: async () => 'yes', outcome: 'ok' },
  'a refusal': { end: () => Promise.reject(new Refused('PagerDutyKeyRefused', 'No.')), outcome: 'refused' },
  'a limit': { end: () => Promise.reject(new Waiting(start, 'Later.')), outcome: 'waiting' },
  'no answer': { end: () => Promise.reject(new Broken('Nothing.')), outcome: 'broken' },
  'an error of any other kind': { end: () => Promise.reject(new TypeError('dana@example.com')), outcome: 'broken' },
}

table(test, ends, async ({ end, outcome }) => {
  const metrics = new ProcessMetrics(['controller'])
  class Port {
    readonly #private = 'seen'
    ask(): Promise<string> {
      return this.#private === 'seen' ? end() : Promise.resolve('')
    }
    now(): string {
      return this.#private
    }
    readonly inner = { ask: end }
  }
  const port = counted(new Port(), { service: 'pagerduty', metrics })
  assert.is(port.now(), 'seen')
  const [first, second] = [port.ask(), port.inner.ask()]
  const results = await Promise.allSettled([first, second])
  assert.equal(
    results.map(({ status }) => status),
    Array(2).fill(outcome === 'ok' ? 'fulfilled' : 'rejected'),
  )
  const page = await metrics.registry.metrics()
  assert.is(valuesOn(page).get(`hallpass_outside_calls_total{service="pagerduty",outcome="${outcome}"}`), 2)
  assert.not.match(page, /dana/)
})

test('the times to a decision and to a grant are those of the request', async () => {
  const metrics = new ProcessMetrics(['controller'])
  const at = (seconds: number): Date => new Date(start.getTime() + seconds * 1000)
  const decided = (verdict: 'Approved' | 'Denied', seconds: number) =>
    request(mapping(), {
      status: {
        decisions: [{ id: 'd', verdict, who: { email: 'mo@example.com' }, at: at(seconds).toISOString() }],
      },
    })
  measure(metrics, decided('Denied', 45), { happened: [{ event: 'Denied' }], now: at(50) })
  const granted = decided('Approved', 100)
  measure(metrics, granted, { happened: [{ event: 'Approved' }], now: at(101) })
  measure(metrics, granted, { happened: [{ event: 'Granted' }], now: at(102) })
  measure(metrics, granted, { happened: [{ event: 'Expired' }], now: at(2000) })
  measure(metrics, decided('Denied', -1), { happened: [{ event: 'Denied' }], now: at(0) })
  const values = valuesOn(await metrics.registry.metrics())
  assert.is(values.get('hallpass_decision_duration_seconds_sum{decision="Denied"}'), 45)
  assert.is(values.get('hallpass_decision_duration_seconds_count{decision="Denied"}'), 2)
  assert.is(values.get('hallpass_decision_duration_seconds_sum{decision="Approved"}'), 100)
  assert.is(values.get('hallpass_grant_duration_seconds_sum'), 2)
  assert.is(values.get('hallpass_grant_duration_seconds_count'), 1)
})

test.run()
