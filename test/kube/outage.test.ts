// The runtime on a real API server that is killed and comes back, forgets, changes its certificate, or has very many
// objects.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { ApiError } from '../../src/kube/api-error.ts'
import { createElector } from '../../src/kube/elector.ts'
import { type Log, noMetrics, silentLog, systemTimers } from '../../src/kube/environment.ts'
import { createReflector, type Reflector } from '../../src/kube/reflector.ts'
import { createResource, type Stored } from '../../src/kube/resource.ts'
import { createTransport, type Transport } from '../../src/kube/transport.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { suite } from '../suite.ts'

const test = suite('the runtime and an API server that fails')
const host = { timers: systemTimers, log: silentLog, metrics: noMetrics }
const configMaps = { group: '', version: 'v1', plural: 'configmaps' }
type ConfigMap = Stored & { metadata: { labels?: Record<string, string> }; data?: Record<string, string> }
let cluster: Cluster
let transport: Transport
let stop = new AbortController()

test.before(async () => {
  cluster = await startCluster({ content: 'nothing' })
  for (const name of ['many', 'gone', 'outage']) await cluster.createNamespace(name)
  const { url, adminToken, folder } = cluster.controlPlane
  transport = createTransport({
    server: url,
    token: async () => adminToken,
    tls: async () => ({ ca: await readFile(join(folder, 'certs/apiserver.crt'), 'utf8') }),
  })
})
test.before.each(() => void (stop = new AbortController()))
test.after.each(() => stop.abort())
test.after(async () => {
  await transport.close()
  await cluster.stop()
})

async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
  for (const began = Date.now(); ; await sleep(20)) {
    const seen = look()
    if (seen) return seen
    if (Date.now() - began > 45_000) throw new Error(`never: ${what}`)
  }
}
const writer = () => createResource<ConfigMap>(transport, configMaps)
const create = (namespace: string, name: string, labels: Record<string, string> = {}): Promise<ConfigMap> => {
  const configMap = { metadata: { namespace, name, labels }, data: labels }
  return writer().create(configMap)
}
const namesIn = (reflector: Reflector<ConfigMap>): string =>
  reflector
    .list()
    .map(({ metadata }) => metadata.name)
    .filter(name => name !== 'kube-root-ca.crt')
    .sort()
    .join()

async function etcd(path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`${cluster.controlPlane.etcdUrl}${path}`, { method: 'POST', body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`etcd answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as Record<string, unknown>
}
const base64 = (text: string): string => Buffer.from(text).toString('base64')

const count = 10_000

// Through the store itself: the API server would take half a minute to write them.
async function storeMany(): Promise<void> {
  const put = (n: number): object => {
    const metadata = { name: `map-${n}`, namespace: 'many', uid: `uid-${n}`, labels: { owner: `owner-${n % 100}` } }
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { n: String(n), owner: `owner-${n % 100}` } }
    return {
      requestPut: { key: base64(`/registry/configmaps/many/map-${n}`), value: base64(JSON.stringify(object)) },
    }
  }
  for (let from = 0; from < count; from += 100)
    await etcd('/v3/kv/txn', { success: Array.from({ length: 100 }, (_, n) => put(from + n)) })
}

/**
 * Counts the lists of a reflector: in pages, and as a stream. With an invalid query instead of a stream, the server
 * refuses like one that cannot stream.
 */
function counting(canStream: boolean): { asked: { pages: number; streams: number }; through: Transport } {
  const asked = { pages: 0, streams: 0 }
  const through: Transport = {
    ...transport,
    request: call => ((asked.pages += 1), transport.request(call)),
    stream: (path, query, signal) => {
      asked.streams += 1
      const match = canStream ? query?.['resourceVersionMatch'] : undefined
      return transport.stream(path, { ...query, resourceVersionMatch: match }, signal)
    },
  }
  return { asked, through }
}

const ways: Record<string, { canStream: boolean; expected: { pages: number; streams: number } }> = {
  'streamed by one request': { canStream: true, expected: { pages: 0, streams: 1 } },
  'listed page by page when the server refuses to stream': { canStream: false, expected: { pages: 20, streams: 2 } },
}
for (const [way, { canStream, expected }] of Object.entries(ways))
  test(`ten thousand objects are ${way}, found by their index, and followed`, async () => {
    await storeMany()
    // A list includes the last write before it. The hundred objects of one transaction have the same version.
    await create('many', `mark-${canStream}`, { owner: 'owner-99' })
    const { asked, through } = counting(canStream)
    const reflector = createReflector<ConfigMap>({
      ...host,
      transport: through,
      kind: configMaps,
      namespace: 'many',
      labelSelector: 'owner!=owner-99',
      indexes: { byOwner: ({ data }) => (data?.['owner'] ? [data['owner']] : []) },
    })
    const ended = reflector.run(stop.signal)
    await reflector.synced()
    assert.is(reflector.list().length, 9_900)
    assert.is(reflector.by('byOwner', 'owner-7').length, 100)
    assert.is(reflector.get({ namespace: 'many', name: 'map-4321' })?.data?.['n'], '4321')
    const late = await create('many', 'late', { owner: 'owner-7' })
    await until('the late one', () => reflector.by('byOwner', 'owner-7').length === 101)
    await writer().delete({ namespace: 'many', name: 'map-107' })
    await until('one less', () => reflector.by('byOwner', 'owner-7').length === 100)
    assert.equal(asked, expected)
    assert.is(reflector.get({ namespace: 'many', name: 'late' })?.metadata.uid, late.metadata.uid)
    await writer().delete({ namespace: 'many', name: 'late' })
    stop.abort()
    await ended
  })

test('a version that etcd has compacted leads to a new list, and objects deleted meanwhile disappear', async () => {
  for (const name of ['a', 'b']) await create('gone', name)
  const said: string[] = []
  const log: Log = { ...silentLog, warn: (_, facts) => said.push(String(facts?.['error'])) }
  // While it is cut, its watches get no events.
  let isCut = false
  let connection: AbortController | undefined
  const cuttable: Transport = {
    ...transport,
    stream: async (path, query, signal) => {
      if (isCut) throw new ApiError('cut', { status: 0, reason: 'NoAnswer' })
      const opened = new AbortController()
      const body = await transport.stream(path, query, AbortSignal.any([signal, opened.signal]))
      connection = opened
      return body
    },
  }
  const through = { ...host, log, transport: cuttable }
  const reflector = createReflector<ConfigMap>({ ...through, kind: configMaps, namespace: 'gone' })
  const changes: string[] = []
  const ended = reflector.run(stop.signal)
  await until('a watch', () => connection)
  reflector.onChange(key => changes.push(key))
  isCut = true
  connection?.abort(new Error('cut'))
  await writer().delete({ namespace: 'gone', name: 'a' })
  const { metadata } = await create('gone', 'c')
  await etcd('/v3/kv/compaction', { revision: metadata.resourceVersion, physical: true })
  await cluster.controlPlane.restartApiServer()
  isCut = false
  await until('b and c', () => namesIn(reflector) === 'b,c')
  assert.ok(
    said.some(error => /too old resource version|has been compacted/.test(error)),
    said.join('\n'),
  )
  assert.equal(changes.sort(), ['gone/a', 'gone/c'])
  stop.abort()
  await ended
})

test('an API server that is killed and started again, with another certificate, is not noticed', async () => {
  const reflector = createReflector<ConfigMap>({ ...host, transport, kind: configMaps, namespace: 'outage' })
  // A busy machine may need more than the usual ten seconds to start an API server.
  const lease = { namespace: 'outage', name: 'leader', leaseSeconds: 60, renewDeadlineSeconds: 40 }
  const elector = createElector({ ...host, ...lease, transport, identity: 'me' })
  await create('outage', 'before')
  const watched = reflector.run(stop.signal)
  let isLost = false
  const led = elector.run(stop.signal, async lost => {
    lost.addEventListener('abort', () => (isLost = true))
    await new Promise(resolve => stop.signal.addEventListener('abort', resolve))
  })
  await until('it watches and leads', () => reflector.isSynced() && elector.mayAct())
  await rm(join(cluster.controlPlane.folder, 'certs'), { recursive: true })
  await cluster.controlPlane.restartApiServer()
  await create('outage', 'after')
  await until('what was made afterwards', () => namesIn(reflector) === 'after,before')
  await until('it has renewed within the last 6 s', () => elector.mayAct(50_000))
  assert.not(isLost)
  stop.abort()
  await watched
  assert.is(await led, 'stopped')
})

test.run()
