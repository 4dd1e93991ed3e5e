// An API server's watch without an API server: an empty list, and then one stream of events, made beforehand and sent as
// fast as it is taken, so that the reader alone is measured.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { createResource } from '../../src/kube/resource.ts'
import type { Transport } from '../../src/kube/transport.ts'
import { requestKind } from '../../src/store/requests.ts'

export type WatchSource = { kubeconfigPath: string; close(): Promise<void> }

const chunkEvents = 100
const head = { apiVersion: 'hallpass.dev/v1alpha1', kind: 'AccessRequest' }

/** Serves as many events as wanted about the requests of a real namespace, each with its own version. */
export async function startWatchSource(from: {
  transport: Transport
  namespace: string
  events: number
}): Promise<WatchSource> {
  const chunks = await chunksOf(from)
  const server = createServer(({ url = '' }, response) => {
    const { searchParams } = new URL(url, 'http://127.0.0.1')
    response.setHeader('content-type', 'application/json')
    if (searchParams.has('watch')) send(response, searchParams.has('sendInitialEvents'), chunks)
    else
      response.end(
        JSON.stringify({ ...head, kind: 'AccessRequestList', metadata: { resourceVersion: '1' }, items: [] }),
      )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const folder = await mkdtemp(join(tmpdir(), 'hallpass-bench-watch-'))
  const kubeconfigPath = join(folder, 'kubeconfig')
  await writeFile(kubeconfigPath, JSON.stringify(kubeconfigOf(server)))
  return {
    kubeconfigPath,
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}

async function chunksOf({
  transport,
  namespace,
  events,
}: {
  transport: Transport
  namespace: string
  events: number
}): Promise<string[]> {
  const objects = await Array.fromAsync(createResource<AccessRequest>(transport, requestKind).each({ namespace }))
  const lines = Array.from({ length: events }, (_, n) => {
    const object = objects[n % objects.length]
    const metadata = { ...object?.metadata, resourceVersion: String(n + 2) }
    const type = n < objects.length ? 'ADDED' : 'MODIFIED'
    return `${JSON.stringify({ type, object: { ...object, metadata } })}\n`
  })
  return Array.from({ length: Math.ceil(events / chunkEvents) }, (_, chunk) =>
    lines.slice(chunk * chunkEvents, (chunk + 1) * chunkEvents).join(''),
  )
}

function send(response: ServerResponse, wantsMark: boolean, chunks: readonly string[]): void {
  // client-go asks for the list as a watch, and takes this for its end.
  const annotations = { 'k8s.io/initial-events-end': 'true' }
  const mark = { type: 'BOOKMARK', object: { ...head, metadata: { resourceVersion: '1', annotations } } }
  if (wantsMark) response.write(`${JSON.stringify(mark)}\n`)
  Readable.from(chunks).pipe(response, { end: false })
}

function kubeconfigOf(server: Server): object {
  const { port } = server.address() as AddressInfo
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'source', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'nobody', user: { token: 'none' } }],
    contexts: [{ name: 'source', context: { cluster: 'source', user: 'nobody' } }],
    'current-context': 'source',
  }
}
