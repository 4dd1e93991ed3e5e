// Our side of the benchmarks of src/kube: the alive requests as the controller keeps them, and its loop around a reconcile
// that makes only one patch. Says one line of JSON, then waits for the end of its standard input.
import { readFile } from 'node:fs/promises'
import type { RequestStatus } from '../../src/api/kinds.ts'
import { ProcessMetrics } from '../../src/app/metrics.ts'
import { refOf } from '../../src/kube/cache.ts'
import { runController } from '../../src/kube/controller.ts'
import { silentLog, systemTimers } from '../../src/kube/environment.ts'
import { createQueue } from '../../src/kube/queue.ts'
import { createResource } from '../../src/kube/resource.ts'
import { createTransport, type Endpoint } from '../../src/kube/transport.ts'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { requestKind } from '../../src/store/requests.ts'
import { createAliveRequests } from '../../src/store/alive-requests.ts'

/** What the parent says. */
export type Told = {
  mode: 'reconcile' | 'cache' | 'stream'
  namespace?: string
  /** How many patches or events end the work. */
  expect?: number
  /** What each request is given; `message.shown` tells this round's from those before. */
  status?: RequestStatus
}

/** A kubeconfig as the local control plane writes it. */
type KubeConfigJson = {
  clusters: { cluster: { server: string; 'certificate-authority-data'?: string } }[]
  users: { user: { token: string } }[]
}

const { mode, namespace, expect = 0, status = {} } = JSON.parse(process.argv[2] ?? '{}') as Told
const stop = new AbortController()
const { signal } = stop
const host = { timers: systemTimers, log: silentLog, metrics: new ProcessMetrics() }
const before = heap()
const transport = createTransport(await endpoint(), host)
const alive = createAliveRequests({ ...host, transport, namespaces: namespace ? [namespace] : [] })
const modes = { reconcile, cache, stream }
const working = modes[mode]()
process.stdin.on('end', () => stop.abort()).resume()
await working
await transport.close()

/** One status patch for each request, against the version that the cache shows. */
async function reconcile(): Promise<void> {
  const queue = createQueue({ ...host, name: 'accessrequest' })
  const requests = createResource<AccessRequest>(transport, requestKind)
  let done = 0
  alive.onChange(key => queue.add(key))
  const work = async (key: string): Promise<undefined> => {
    const seen = alive.get(refOf(key))
    if (!seen || seen.status?.message?.shown === status.message?.shown) return
    await requests.patch(seen, { status }, 'status')
    if (++done === expect) say({ done })
  }
  const loop = { ...host, name: 'accessrequest', queue, workers: 8, reconcile: work }
  await Promise.all([alive.run(signal), runController(loop, { stop: signal })])
}

async function cache(): Promise<void> {
  const watching = alive.run(signal)
  await alive.synced()
  say({ held: alive.list().length })
  if (process.env['HEAP']) say({ heapBytes: heap() - before })
  await watching
}

/** How fast events of a watch reach the cache. */
async function stream(): Promise<void> {
  let seen = 0
  let began = 0
  alive.onChange(() => {
    seen += 1
    if (seen === 1) began = performance.now()
    if (seen === expect) say({ seconds: (performance.now() - began) / 1000 })
  })
  await alive.run(signal)
}

/** Bytes in use after a collection; needs --expose-gc. */
function heap(): number {
  if (!process.env['HEAP']) return 0
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

async function endpoint(): Promise<Endpoint> {
  const file = await readFile(process.env['KUBECONFIG'] ?? '', 'utf8')
  const { clusters, users } = JSON.parse(file) as KubeConfigJson
  const [{ cluster } = { cluster: { server: '' } }] = clusters
  const data = cluster['certificate-authority-data']
  return {
    server: cluster.server,
    ca: data && Buffer.from(data, 'base64').toString(),
    token: async () => users[0]?.user.token,
  }
}

function say(fact: Record<string, number>): void {
  console.log(JSON.stringify(fact))
}
