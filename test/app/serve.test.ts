// Listening: what the probes are told, and how a process stops without cutting what is under way.
import { setTimeout as pause } from 'node:timers/promises'
import { Registry } from 'prom-client'
import * as assert from 'uvu/assert'
import { ProcessMetrics } from '../../src/app/metrics.ts'
import { healthListener, listen } from '../../src/app/serve.ts'
import { suite, table } from '../suite.ts'

const test = suite('serving')
const here = { host: '127.0.0.1', port: 0 }

type Fact = { path: string; isAlive?: boolean; notReady?: string; status: number; body?: RegExp }
const facts: Record<string, Fact> = {
  'alive is 200': { path: '/healthz', status: 200 },
  'alive is 200 under Kubernetes’ newer name too': { path: '/livez', status: 200 },
  'stuck is 503, so that it is restarted': { path: '/healthz', isAlive: false, status: 503 },
  'ready is 200': { path: '/readyz', status: 200 },
  'not ready says why': { path: '/readyz', notReady: 'the mappings are unread', status: 503, body: /the mappings are/ },
  'metrics are there for Prometheus': { path: '/metrics', status: 200, body: /^# HELP/m },
  'a query changes nothing': { path: '/readyz?verbose', status: 200 },
  'nothing else is served': { path: '/debug', status: 404 },
}
table(test, facts, async ({ path, isAlive = true, notReady, status, body }) => {
  const { registry } = new ProcessMetrics()
  const served = await listen(healthListener({ isAlive: () => isAlive, notReady: () => notReady, registry }), here)
  const answer = await fetch(`http://127.0.0.1:${served.port}${path}`)
  const text = await answer.text()
  await served.stop(0)
  assert.is(answer.status, status)
  if (body) assert.match(text, body)
})

for (const setting of ['listen.port', 'listen.healthPort'] as const)
  test(`a port that is taken is named, with the setting to change: ${setting}`, async () => {
    const served = await listen((_req, res) => void res.end(), here)
    try {
      await listen((_req, res) => void res.end(), { host: '127.0.0.1', port: served.port, setting })
      assert.unreachable()
    } catch (error) {
      const sentence = `Port ${served.port} on 127\\.0\\.0\\.1 cannot be listened on.*Set ${setting} to a free one`
      assert.match(String(error), new RegExp(sentence))
    } finally {
      await served.stop(0)
    }
  })

test('stopping lets the answer under way arrive', async () => {
  const begun = Promise.withResolvers<void>()
  const served = await listen((_req, res) => {
    begun.resolve()
    void pause(100).then(() => res.end('whole'))
  }, here)
  const answer = fetch(`http://127.0.0.1:${served.port}/`).then(async one => one.text())
  await begun.promise
  const beganMs = performance.now()
  await served.stop()
  assert.is(await answer, 'whole')
  assert.ok(performance.now() - beganMs < 3_000, 'and its connection is not waited for')
})

test('metrics of one name add up by their labels, and say what they mean', async () => {
  const metrics = new ProcessMetrics()
  metrics.count('hallpass_events_total', { event: 'Granted' })
  metrics.count('hallpass_events_total', { event: 'Granted' }, 2)
  metrics.count('hallpass_events_total', { event: 'Denied' })
  metrics.gauge('leader_election_master_status', 1, { name: 'lease' })
  metrics.observe('workqueue_work_duration_seconds', 0.2, { name: 'requests' })
  const text = await metrics.registry.metrics()
  assert.ok(metrics.registry instanceof Registry)
  assert.match(text, /hallpass_events_total\{event="Granted"\} 3/)
  assert.match(text, /hallpass_events_total\{event="Denied"\} 1/)
  assert.match(text, /leader_election_master_status\{name="lease"\} 1/)
  assert.match(text, /workqueue_work_duration_seconds_count\{name="requests"\} 1/)
  assert.match(text, /# HELP hallpass_events_total Audit events by name; see events\. Alert/)
})

test.run()
