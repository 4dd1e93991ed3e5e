// The runtime on a real API server: reflector, elections and events.
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { createElector } from '../../src/kube/elector.ts'
import { noMetrics, silentLog, systemTimers } from '../../src/kube/environment.ts'
import { createRecorder } from '../../src/kube/recorder.ts'
import { createReflectors } from '../../src/kube/namespaces.ts'
import { createReflector } from '../../src/kube/reflector.ts'
import { createResource, type Stored } from '../../src/kube/resource.ts'
import { createTransport, type Transport } from '../../src/kube/transport.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { suite } from '../suite.ts'
import { lease, startActingLeader } from './acting-leader.ts'
import { ManualTimers } from './manual-timers.ts'

const test = suite('the runtime on a real API server')
const host = { timers: systemTimers, log: silentLog, metrics: noMetrics }
const configMaps = { group: '', version: 'v1', plural: 'configmaps' }
type ConfigMap = Stored & { data?: Record<string, string> }
let cluster: Cluster

test.before(async () => {
  cluster = await startCluster({ content: 'nothing' })
  for (const name of ['one', 'two', 'three']) await cluster.createNamespace(name)
})
test.after(() => cluster.stop())

async function until<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (const began = Date.now(); ; await sleep(20)) {
    const seen = await look()
    if (seen) return seen
    if (Date.now() - began > 15_000) throw new Error(`never: ${what}`)
  }
}
const another = (): Transport => {
  const { url, caPem, adminToken } = cluster.controlPlane
  return createTransport({ server: url, ca: caPem, token: async () => adminToken })
}

test('a reflector follows the cluster through cut connections', async () => {
  const writer = createResource<ConfigMap>(cluster.transport, configMaps)
  const create = (name: string): Promise<ConfigMap> => writer.create({ metadata: { name, namespace: 'one' } })
  for (let n = 0; n < 7; n++) await create(`map-${n}`)
  const connections: AbortController[] = []
  const inner = another()
  const transport: Transport = {
    ...inner,
    stream: async (path, query, signal) => {
      const opened = new AbortController()
      const body = await inner.stream(path, query, AbortSignal.any([signal, opened.signal]))
      connections.push(opened)
      return body
    },
  }
  const reflector = createReflector<ConfigMap>({ ...host, transport, kind: configMaps, namespace: 'one' })
  const stop = new AbortController()
  const ended = reflector.run(stop.signal)
  await reflector.synced()
  assert.is(reflector.list().length, 7)
  const seen = reflector.get({ namespace: 'one', name: 'map-3' }) ?? assert.unreachable()
  assert.not('managedFields' in (seen as ConfigMap).metadata)

  await until('a watch', () => connections.length === 1)
  connections[0]?.abort(new Error('cut'))
  await create('while-cut')
  await writer.delete({ namespace: 'one', name: 'map-0' })
  await until('the changes meanwhile', () => {
    const names = reflector.list().map(({ metadata }) => metadata.name)
    return names.includes('while-cut') && !names.includes('map-0')
  })
  assert.is(connections.length, 2)
  stop.abort()
  await ended
  await inner.close()
})

test('several namespaces are watched as one, and others are not', async () => {
  const writer = createResource<ConfigMap>(cluster.transport, configMaps)
  const reflector = createReflectors<ConfigMap>(['two', 'three', 'two'], {
    ...host,
    transport: cluster.transport,
    kind: configMaps,
  })
  const keys: string[] = []
  reflector.onChange(key => keys.push(key))
  const stop = new AbortController()
  const ended = reflector.run(stop.signal)
  await reflector.synced()
  for (const namespace of ['one', 'two', 'three']) await writer.create({ metadata: { name: 'here', namespace } })
  await until('both', () => reflector.list().length === 2)
  assert.equal(keys.sort(), ['three/here', 'two/here'])
  assert.ok(reflector.get({ namespace: 'two', name: 'here' }))
  stop.abort()
  await ended
})

test('a namespace that may not be read keeps the cache unsynced but does not stop the process', async () => {
  const stranger = await cluster.as('one', 'stranger')
  const reflector = createReflector<ConfigMap>({ ...host, transport: stranger, kind: configMaps, namespace: 'one' })
  const stop = new AbortController()
  const ended = reflector.run(stop.signal)
  await sleep(300)
  assert.not(reflector.isSynced())
  stop.abort()
  await ended
})

test('of two candidates one leads at a time, and after a graceful stop the other leads', async () => {
  let leading = 0
  const history: string[] = []
  const candidate = (identity: string) => {
    const stop = new AbortController()
    const work = Promise.withResolvers<void>()
    const elector = createElector({
      ...host,
      transport: cluster.transport,
      namespace: 'one',
      name: 'race',
      identity,
      leaseSeconds: 3,
      renewDeadlineSeconds: 2,
      retrySeconds: 0.2,
    })
    const ended = elector.run(stop.signal, async () => {
      assert.is(++leading, 1, 'two lead at once')
      history.push(identity)
      await work.promise
      leading -= 1
    })
    return { identity, stop, work, ended, elector }
  }
  const candidates = ['a', 'b', 'c'].map(candidate)
  await until('a leader', () => history.length === 1)
  await sleep(4_000)
  assert.is(history.length, 1, 'it was renewed')
  const leader = candidates.find(({ identity }) => identity === history[0]) ?? assert.unreachable()
  if (!leader) return
  assert.equal(
    candidates.map(({ elector }) => elector.mayAct()),
    candidates.map(one => one === leader),
  )
  leader.stop.abort()
  leader.work.resolve()
  const began = Date.now()
  await until('another leader', () => history.length === 2)
  assert.ok(Date.now() - began < 2_000, 'without waiting for the lease')
  assert.is(await leader.ended, 'stopped')
  const lease = await cluster.transport.request<{ spec: { renewTime: string; leaseTransitions: number } }>({
    method: 'GET',
    path: '/apis/coordination.k8s.io/v1/namespaces/one/leases/race',
  })
  assert.match(lease.spec.renewTime, /\.\d{6}Z$/)
  for (const { stop, work } of candidates) {
    stop.abort()
    work.resolve()
  }
  await Promise.all(candidates.map(({ ended }) => ended))
})

test('a leader that is cut off loses, and another one leads after the lease', async () => {
  const inner = another()
  let isCut = false
  const cutOff: Transport = {
    ...inner,
    request: call =>
      isCut
        ? new Promise((_, reject) => call.signal?.addEventListener('abort', () => reject(new Error('cut off'))))
        : inner.request(call),
  }
  const options = {
    ...host,
    namespace: 'one',
    name: 'cut',
    leaseSeconds: 3,
    renewDeadlineSeconds: 2,
    retrySeconds: 0.2,
  }
  const first = createElector({ ...options, transport: cutOff, identity: 'first' })
  const second = createElector({ ...options, transport: cluster.transport, identity: 'second' })
  const stop = new AbortController()
  let lostAt = 0
  const ended = first.run(stop.signal, async lost => {
    await until('the loss', () => lost.aborted)
    lostAt = Date.now()
  })
  await until('the first leads', () => first.mayAct())
  let secondAt = 0
  const secondEnded = second.run(stop.signal, async () => {
    secondAt = Date.now()
  })
  isCut = true
  assert.is(await ended, 'lost')
  await until('the first noticed', () => lostAt > 0)
  assert.not(first.mayAct())
  assert.is(await secondEnded, 'stopped')
  assert.ok(secondAt > lostAt, 'the second began before the first had lost')
  await inner.close()
})

test('a leader that is frozen until another leads makes at most one call when it wakes, and ends', async () => {
  const { url: server, caPem: ca, adminToken: token } = cluster.controlPlane
  const frozen = startActingLeader({ server, ca, token })
  try {
    await until('it acts', () => frozen.acts.length > 10)
    frozen.signal('SIGSTOP')
    const second = createElector({ ...host, ...lease, transport: cluster.transport, identity: 'second' })
    const stop = new AbortController()
    let secondAt = 0
    const ended = second.run(stop.signal, async () => {
      secondAt = Date.now()
      frozen.signal('SIGCONT')
      assert.is(await frozen.ended, 'lost')
    })
    await ended
    const late = frozen.acts.filter(at => at > secondAt)
    assert.ok(secondAt > 0 && late.length <= 1, `${late.length} acts after another led`)
  } finally {
    frozen.signal('SIGKILL')
  }
})

test('events are recorded once and counted, cut between characters, and many different ones are combined', async () => {
  const timers = new ManualTimers()
  const dropped: string[] = []
  const metrics = { ...noMetrics, count: (name: string) => void dropped.push(name) }
  const recorder = createRecorder({
    transport: cluster.transport,
    reportingController: 'hallpass.dev/controller',
    reportingInstance: 'pod-1',
    timers,
    log: silentLog,
    metrics,
  })
  const object = await createResource<ConfigMap>(cluster.transport, configMaps).create({
    metadata: { name: 'described', namespace: 'two' },
  })
  const about = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'two', name: 'described', uid: object.metadata.uid }
  for (let n = 0; n < 5; n++) recorder.record(about, { type: 'Normal', reason: 'Routed', message: 'Asked Mo.' })
  recorder.record(about, { type: 'Warning', reason: 'Long', message: 'ü'.repeat(2_000) })
  for (let n = 0; n < 30; n++) recorder.record(about, { type: 'Warning', reason: 'Noise', message: `number ${n}` })
  await recorder.drain()
  recorder.record(about, { type: 'Normal', reason: 'Routed', message: 'Asked Mo.' })
  await timers.advance(30_000)
  assert.is(timers.pending, 0)
  await recorder.drain()
  const { items } = await createResource<Stored & { reason: string; note: string; series?: { count: number } }>(
    cluster.transport,
    { group: 'events.k8s.io', version: 'v1', plural: 'events' },
  ).list({ namespace: 'two', fieldSelector: 'regarding.name=described' })
  const of = (reason: string) => items.filter(item => item.reason === reason)
  assert.equal(
    of('Routed').map(({ series }) => series?.count),
    [6],
  )
  assert.match(of('Long')[0]?.note ?? '', /^ü{500,}…$/)
  assert.is(of('Noise').length, 11)
  assert.equal(dropped, [])
  const described = await cluster.kubectl('describe', 'configmap', 'described', '-n', 'two')
  assert.match(described.stdout, /Routed .*hallpass\.dev\/controller.*Asked Mo\./)
})

test('events that cannot be recorded cause no error', async () => {
  const dropped: string[] = []
  const recorder = createRecorder({
    transport: cluster.transport,
    reportingController: 'hallpass.dev/controller',
    reportingInstance: 'pod-1',
    timers: new ManualTimers(),
    log: silentLog,
    metrics: { ...noMetrics, count: name => void dropped.push(name) },
  })
  const about = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'nowhere', name: 'x', uid: 'u' }
  recorder.record(about, { type: 'Normal', reason: 'Routed', message: 'Asked Mo.' })
  await recorder.drain()
  assert.equal(dropped, ['events_dropped_total'])
})

test('a stop does not wait for events longer than allowed', async () => {
  const timers = new ManualTimers()
  const never: Transport = { ...cluster.transport, request: () => new Promise(() => undefined) }
  const reporting = { reportingController: 'hallpass.dev/controller', reportingInstance: 'pod-1' }
  const recorder = createRecorder({ ...host, ...reporting, transport: never, timers })
  const about = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'two', name: 'x', uid: 'u' }
  recorder.record(about, { type: 'Normal', reason: 'Routed', message: 'Asked Mo.' })
  let isDrained = false
  void recorder.drain(3_000).then(() => (isDrained = true))
  await timers.advance(2_900)
  assert.not(isDrained)
  await timers.advance(100)
  assert.ok(isDrained)
})

test.run()
