// Many access requests of about 1.3 KB each in an API server of their own, made and settled from sixteen connections.
import { createHash } from 'node:crypto'
import { Agent, request } from 'undici'
import type { NewAccessRequest, RequestStatus } from '../../src/api/kinds.ts'
import type { Transport } from '../../src/kube/transport.ts'
import { type Cluster, startCluster } from '../cluster.ts'

export type Crowd = {
  kubeconfigPath: string
  transport: Transport
  /** Stores requests numbered `from` (inclusive) to `to` (exclusive). */
  create(namespace: string, from: number, to: number): Promise<void>
  /** Ends them with nothing owed. */
  settle(namespace: string, from: number, to: number): Promise<void>
  stop(): Promise<void>
}

const connections = 16
const now = '2026-11-24T10:00:00Z'

/** An API server with our kinds in it and these namespaces. */
export async function startCrowd(namespaces: readonly string[], say: (line: string) => void): Promise<Crowd> {
  const cluster = await startCluster({ say })
  for (const namespace of namespaces) await cluster.createNamespace(namespace)
  const { url, caPem, adminToken, kubeconfigPath } = cluster.controlPlane
  const agent = new Agent({ connect: { ca: caPem }, connections, allowH2: false })
  const collection = (namespace: string): string =>
    `${url}/apis/hallpass.dev/v1alpha1/namespaces/${namespace}/accessrequests`
  const call = async (method: 'POST' | 'PATCH', path: string, body: object): Promise<void> => {
    const type = method === 'POST' ? 'application/json' : 'application/merge-patch+json'
    const headers = { authorization: `Bearer ${adminToken}`, 'content-type': type }
    const answer = await request(path, { method, headers, body: JSON.stringify(body), dispatcher: agent })
    const text = await answer.body.text()
    if (answer.statusCode >= 300) throw new Error(`The API server answered ${answer.statusCode}: ${text}`)
  }
  return {
    kubeconfigPath,
    transport: cluster.transport,
    create: (namespace, from, to) => each(from, to, n => call('POST', collection(namespace), requestOf(namespace, n))),
    settle: (namespace, from, to) =>
      each(from, to, n => call('PATCH', `${collection(namespace)}/${nameOf(n)}/status`, { status: settled })),
    stop: () => stop(agent, cluster),
  }
}

async function stop(agent: Agent, cluster: Cluster): Promise<void> {
  await agent.destroy()
  await cluster.stop()
}

async function each(from: number, to: number, act: (n: number) => Promise<void>): Promise<void> {
  let next = from
  const work = async (): Promise<void> => {
    for (let n = next++; n < to; n = next++) await act(n)
  }
  await Promise.all(Array.from({ length: connections }, work))
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
