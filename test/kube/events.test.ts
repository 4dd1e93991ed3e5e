// What people read of our Events with the real kubectl: the story in its order, even if everything happens within a
// millisecond.
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { noMetrics, silentLog, systemTimers, type Timers } from '../../src/kube/environment.ts'
import { createRecorder, type Recorder, type Regarding } from '../../src/kube/recorder.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { suite } from '../suite.ts'

const test = suite('events as kubectl prints them')
/** More than twelve, because Go's sort keeps the order of shorter lists anyway. */
const story = Array.from({ length: 20 }, (_, i) => `Step ${String.fromCharCode(97 + i)}.`)
let cluster: Cluster
test.before(async () => {
  cluster = await startCluster({ content: 'nothing' })
  await cluster.createNamespace('here')
})
test.after(() => cluster.stop())

/** A clock that always says the same, or goes back at each look. */
const stopped = (stepMs = 0): Timers => {
  let ms = Date.now()
  return { ...systemTimers, now: () => new Date((ms += stepMs)) }
}

const recorderWith = (timers: Timers): Recorder =>
  createRecorder({
    transport: cluster.transport,
    reportingController: 'test.dev/controller',
    reportingInstance: 'pod-1',
    timers,
    log: silentLog,
    metrics: noMetrics,
  })

async function thing(name: string): Promise<Regarding> {
  const { metadata } = await cluster.transport.request<{ metadata: { uid: string } }>({
    method: 'POST',
    path: '/api/v1/namespaces/here/configmaps',
    body: { metadata: { name } },
  })
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'here', name, uid: metadata.uid }
}

async function told(recorder: Recorder, about: Regarding): Promise<void> {
  for (const [i, message] of story.entries())
    recorder.record(about, { type: i % 3 ? 'Normal' : 'Warning', reason: `Step${i}`, message })
  await recorder.drain()
}

/** The steps in the order in which kubectl prints them. */
async function printed(...args: string[]): Promise<string[]> {
  const { stdout, stderr, code } = await cluster.kubectl(...args, '--namespace=here')
  assert.is(code, 0, stderr)
  return stdout.match(/Step [a-z]\./g) ?? []
}

const clocks: Record<string, () => Timers> = {
  'within one millisecond': () => stopped(),
  'while the clock is set back': () => stopped(-1),
  'in their time': () => systemTimers,
}
for (const [when, timers] of Object.entries(clocks))
  test(`twenty events ${when} are printed in their order`, async () => {
    const about = await thing(when.replaceAll(' ', '-'))
    await told(recorderWith(timers()), about)
    assert.equal(await printed('describe', 'configmap', about.name), story, 'describe')
    assert.equal(await printed('events', `--for=configmap/${about.name}`), story, 'events')
    const one = `--field-selector=involvedObject.name=${about.name}`
    assert.equal(await printed('get', 'events', one), story, 'get events')
    assert.equal(await printed('get', 'events', one, '--sort-by=.eventTime'), story, 'get events, sorted')
  })

test('the next leader continues the story', async () => {
  const about = await thing('two-leaders')
  const [first, second] = [recorderWith(systemTimers), recorderWith(systemTimers)]
  first.record(about, { type: 'Normal', reason: 'One', message: 'Step a.' })
  first.record(about, { type: 'Normal', reason: 'Two', message: 'Step b.' })
  await first.drain()
  await sleep(2)
  second.record(about, { type: 'Normal', reason: 'Three', message: 'Step c.' })
  await second.drain()
  assert.equal(await printed('describe', 'configmap', about.name), ['Step a.', 'Step b.', 'Step c.'])
})

test.run()
