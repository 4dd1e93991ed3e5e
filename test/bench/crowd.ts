// Many access requests of about 1.3 KB each in a separate API server. One is made and settled through the API server,
// and the others are written like it into the store, a hundred at a time: as fast as the store takes them.
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { type AccessRequest, group, type NewAccessRequest, type RequestStatus } from '../../src/api/kinds.ts'
import { createResource, type Resource } from '../../src/kube/resource.ts'
import type { Transport } from '../../src/kube/transport.ts'
import { requestKind } from '../../src/store/requests.ts'
import { startCluster } from '../cluster.ts'
import { cpuSecondsUnder } from './measured.ts'

export type Crowd = {
  kubeconfigPath: string
  transport: Transport
  /** Stores requests numbered `from` (inclusive) to `to` (exclusive). */
  create(namespace: string, from: number, to: number): Promise<void>
  /** Ends them without remaining work. */
  settle(namespace: string, from: number, to: number): Promise<void>
  /** Processor time that the API server and its store have taken so far. */
  serverCpuSeconds(): Promise<number>
  stop(): Promise<void>
}

/** As many are written at a time, each in one piece. */
const [writers, together] = [4, 100]
const now = '2026-11-24T10:00:00Z'

/** An API server with our kinds in it and these namespaces. */
export async function startCrowd(namespaces: readonly string[], say: (line: string) => void): Promise<Crowd> {
  const cluster = await startCluster({ say })
  for (const namespace of namespaces) await cluster.createNamespace(namespace)
  const { transport } = cluster
  const { kubeconfigPath, etcdUrl, watchdogPid } = cluster.controlPlane
  const store = storeAt(etcdUrl)
  const resource = createResource<AccessRequest>(transport, requestKind)
  // All like the first, which has gone through the API server.
  const writeLike = async (namespace: string, from: number, to: number): Promise<void> => {
    const first = await store.read(namespace, nameOf(from))
    await store.write(from + 1, to, n => ({ ...first, ...requestOf(namespace, n), metadata: metadataOf(first, n) }))
  }

  return {
    kubeconfigPath,
    transport,
    create: async (namespace, from, to) => {
      await resource.create(requestOf(namespace, from))
      await writeLike(namespace, from, to)
      await untilSeen(resource, namespace, nameOf(to - 1))
    },
    settle: async (namespace, from, to) => {
      const seen = await resource.get({ namespace, name: nameOf(from) })
      await resource.patch(seen, { status: settled }, 'status')
      await writeLike(namespace, from, to)
      await untilSeen(resource, namespace, nameOf(to - 1), ({ status }) => status?.settled === true)
    },
    serverCpuSeconds: () => cpuSecondsUnder(watchdogPid),
    stop: () => cluster.stop(),
  }
}

type InStore = { metadata: Record<string, unknown> }

const metadataOf = ({ metadata }: InStore, n: number): InStore['metadata'] => ({
  ...metadata,
  name: nameOf(n),
  uid: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
})

/** The watch cache of the API server comes after the store. */
async function untilSeen(
  resource: Resource<AccessRequest>,
  namespace: string,
  name: string,
  is: (request: AccessRequest) => boolean = () => true,
): Promise<void> {
  const fieldSelector = `metadata.name=${name}`
  for (;;) {
    const { items } = await resource.list({ namespace, fieldSelector, resourceVersion: '0' })
    if (items.some(is)) return
    await pause(50)
  }
}

/** The API server's store, by its own HTTP interface (etcd.io/docs/v3.6/dev-guide/api_grpc_gateway). */
function storeAt(url: string) {
  const agent = new Agent({ connections: 2 * writers })
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const keyOf = (namespace: string, name: string): string =>
    base64(`/registry/${group}/accessrequests/${namespace}/${name}`)
  const call = async (path: string, body: object): Promise<unknown> => {
    const answer = await request(`${url}/v3/kv/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      dispatcher: agent,
    })
    if (answer.statusCode !== 200)
      throw new Error(`The store answered ${answer.statusCode}: ${await answer.body.text()}`)
    return answer.body.json()
  }
  const read = async (namespace: string, name: string): Promise<InStore> => {
    const { kvs = [] } = (await call('range', { key: keyOf(namespace, name) })) as { kvs?: { value: string }[] }
    return JSON.parse(Buffer.from(kvs[0]?.value ?? '', 'base64').toString()) as InStore
  }
  const put = ({ metadata, ...rest }: InStore): object => ({
    requestPut: {
      key: keyOf(String(metadata['namespace']), String(metadata['name'])),
      value: base64(JSON.stringify({ ...rest, metadata })),
    },
  })
  return {
    read,
    /** Writes what `make` says for each number. */
    write: async (from: number, to: number, make: (n: number) => InStore): Promise<void> => {
      let next = from
      const work = async (): Promise<void> => {
        while (next < to) {
          const numbers = Array.from({ length: Math.min(together, to - next) }, (_, n) => next + n)
          next += numbers.length
          await call('txn', { success: numbers.map(n => put(make(n))) })
        }
      }
      await Promise.all(Array.from({ length: writers }, work))
    },
  }
}

const nameOf = (n: number): string => `prod-db-${String(n).padStart(8, '0')}`
const settled: RequestStatus = { phase: 'Withdrawn', endedAt: now, settled: true }

function requestOf(namespace: string, n: number): NewAccessRequest {
  const person = `engineer-${n % 1000}`
  return {
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'AccessRequest',
    metadata: { name: nameOf(n), namespace, finalizers: ['hallpass.dev/account'] },
    spec: {
      roleMapping: 'prod-db',
      requester: { email: `${person}@example.com`, slackUserID: `U0BENCH${n % 1000}`, name: `Engineer ${n % 1000}` },
      origin: 'slack',
      duration: '30m',
      reason: `INC-${n} replaying the failed payout batch of the night before, which stopped half way through: 14 accounts have been paid twice and 220 not at all, and the bank takes corrections until four in the afternoon`,
      slack: { teamID: 'T0HALLPASS', channelID: 'C0PRODACCESS', triggerDigest: digestOf(`trigger ${n}`) },
      grants: [
        { resource: 'projects/prod-eu', role: 'roles/cloudsql.client' },
        { resource: 'projects/prod-eu', role: 'roles/cloudsql.instanceUser', condition },
      ],
      approval: {
        required: 1,
        window: '30m',
        escalateAfter: '10m',
        onCall: { escalationPolicy: 'PMANAGERS', level: 1 },
        fallback: { emails: ['ana@example.com'], slackUserGroup: 'S0MANAGERS' },
        onlyOnCall: false,
      },
    },
  }
}

const condition = "resource.type == 'sqladmin.googleapis.com/Instance' && resource.name.endsWith('/instances/payouts')"

/** What a first look at a request writes. `shown` makes it another one each time. */
export function routedStatus(shown: string): RequestStatus {
  return {
    phase: 'Pending',
    observedGeneration: 1,
    conditions: [
      {
        type: 'Routed',
        status: 'True',
        lastTransitionTime: now,
        reason: 'OnCall',
        message: 'mo@example.com was asked.',
      },
    ],
    approvers: [
      { email: 'mo@example.com', slackUserID: 'U0MO', name: 'Mo Manager', level: 1, why: 'on call', at: now },
    ],
    message: { channel: 'C0PRODACCESS', intentAt: now, shown: digestOf(shown) },
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
