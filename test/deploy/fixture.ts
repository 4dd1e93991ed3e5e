// A cluster with the base applied, the identities that act in it, and requests in any state, made by the allowed
// identities.
import type { AccessRequest, Decision, NewAccessRequest, RequestStatus } from '../../src/api/kinds.ts'
import { isAlreadyExists } from '../../src/kube/api-error.ts'
import type { Transport } from '../../src/kube/transport.ts'
import type { StartOptions } from '../../src/sim/controlplane/start.ts'
import { baseContent, untilEnforced } from '../../src/sandbox/base.ts'
import { type Cluster, startCluster } from '../cluster.ts'

export const requestsPath = '/apis/hallpass.dev/v1alpha1/namespaces/hallpass/accessrequests'
export const mappingsPath = '/apis/hallpass.dev/v1alpha1/namespaces/hallpass/rolemappings'
export const tokensPath = '/api/v1/namespaces/hallpass-tokens/secrets'

/**
 * The identities: Hallpass's three, a member of system:masters, and a service account with every right that RBAC can
 * give.
 */
export type Who = 'gateway' | 'auth' | 'controller' | 'admin' | 'robot'
export type Fixture = { cluster: Cluster; as: Record<Who, Transport> }

export async function startFixture(options: StartOptions = {}): Promise<Fixture> {
  const cluster = await startCluster({ ...options, content: baseContent() })
  await untilEnforced(cluster)
  return fixtureIn(cluster)
}

/** The identities in a cluster where the base is applied, with the three service accounts in this namespace. */
export async function fixtureIn(cluster: Cluster, systemNamespace = 'hallpass-system'): Promise<Fixture> {
  await cluster.createNamespace('elsewhere')
  const robot = await cluster.as('elsewhere', 'robot')
  const everything = {
    metadata: { name: 'robot' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'elsewhere' }],
  }
  const bindings = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'
  await cluster.transport.request({ method: 'POST', path: bindings, body: everything }).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error
  })
  const [gateway, auth, controller] = await Promise.all(
    ['gateway', 'auth', 'controller'].map(name => cluster.as(systemNamespace, `hallpass-${name}`)),
  )
  if (!gateway || !auth || !controller) throw new Error('the base has no service accounts')
  return { cluster, as: { gateway, auth, controller, robot, admin: cluster.transport } }
}

let made = 0

/** What makes a request an emergency. */
export const emergency: Pick<NewAccessRequest['spec'], 'emergency' | 'review'> = {
  emergency: true,
  review: { channel: 'C0SECURITY', within: '72h', reviewers: { emails: ['sam@example.com'] } },
}

/** A request as the gateway stores it, or auth with the origin `web`. */
export function newRequest(more: Partial<NewAccessRequest['spec']> = {}): NewAccessRequest {
  return {
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'AccessRequest',
    metadata: { name: `prod-db-${++made}`, namespace: 'hallpass', finalizers: ['hallpass.dev/account'] },
    spec: {
      roleMapping: 'prod-db',
      requester: { email: 'dana@example.com', slackUserID: 'U0DANA' },
      origin: 'slack',
      ...(more.origin !== 'web' && {
        slack: { teamID: 'T0EXAMPLE', channelID: 'C0PRODACCESS', triggerDigest: '0'.repeat(64) },
      }),
      duration: '30m',
      reason: 'INC-1 the orders table is locked',
      grants: [{ resource: 'projects/prod-eu', role: 'roles/cloudsql.client' }],
      approval: { required: 1, window: '30m', escalateAfter: '10m', onlyOnCall: false },
      ...more,
    },
  }
}

/** This many milliseconds from now, in whole seconds. */
export const instant = (fromNowMs = 0): string => `${new Date(Date.now() + fromNowMs).toISOString().slice(0, 19)}Z`
const at = instant()
export const denial: Decision = { id: 'd1', verdict: 'Denied', who: { email: 'mo@example.com' }, at }
export const withdrawal: Decision = { id: 'w1', verdict: 'Withdrawn', who: { email: 'dana@example.com' }, at }
/** The same as auth records them: by the Google account that signed in. */
export const denialAtDoor: Decision = { ...denial, who: { email: 'mo@example.com', googleSubject: '1' } }
export const withdrawalAtDoor: Decision = { ...withdrawal, who: { email: 'dana@example.com', googleSubject: 'g-dana' } }
export const approval: Decision = {
  id: 'a1',
  verdict: 'Approved',
  who: { email: 'mo@example.com', googleSubject: '1' },
  at,
  evidence: {
    hash: '0'.repeat(64),
    salt: 'A'.repeat(43),
    claims: {
      iss: 'https://accounts.google.com',
      aud: 'x',
      sub: '1',
      email: 'mo@example.com',
      iat: 1,
      exp: 2,
      nonce: 'n',
    },
  },
}

/** The state of a request. */
export type State = 'new' | 'pending' | 'denied' | 'approved' | 'provisioned' | 'ended' | 'settled'

const roads: Record<State, [Who, RequestStatus][]> = {
  new: [],
  pending: [['controller', { phase: 'Pending' }]],
  denied: [
    ['controller', { phase: 'Pending' }],
    ['gateway', { decisions: [denial] }],
  ],
  approved: [
    ['controller', { phase: 'Pending' }],
    ['auth', { decisions: [approval] }],
  ],
  provisioned: [
    ['controller', { phase: 'Pending' }],
    ['auth', { decisions: [approval] }],
    ['controller', { phase: 'Approved', approvedBy: 'mo@example.com' }],
    ['controller', { phase: 'Provisioned', startsAt: at, expiresAt: instant(1_800_000) }],
  ],
  ended: [['controller', { phase: 'Withdrawn', audit: [{ seq: 1, event: 'Withdrawn', at }], auditSeq: 1 }]],
  settled: [['controller', { phase: 'Withdrawn', settled: true }]],
}

/** A new stored request in this state. */
export async function requestIn(
  { as }: Fixture,
  state: State,
  more: Partial<NewAccessRequest['spec']> = {},
): Promise<AccessRequest> {
  const writer = as[more.origin === 'web' ? 'auth' : 'gateway']
  let stored = await writer.request<AccessRequest>({ method: 'POST', path: requestsPath, body: newRequest(more) })
  for (const [who, status] of roads[state]) stored = await patchStatus(as[who], stored, status)
  return stored
}

/** Merge patch of status against the version that was seen, as all of Hallpass's writers do. */
export function patchStatus(
  transport: Transport,
  seen: AccessRequest,
  status: object,
  { dryRun = false } = {},
): Promise<AccessRequest> {
  return transport.request<AccessRequest>({
    method: 'PATCH',
    query: { dryRun: dryRun ? 'All' : undefined },
    path: `${requestsPath}/${seen.metadata.name}/status`,
    contentType: 'application/merge-patch+json',
    body: { metadata: { resourceVersion: seen.metadata.resourceVersion }, status },
  })
}

/** A sealed token as auth stores it. */
export function sealedToken(): { metadata: { name: string; [more: string]: unknown }; [more: string]: unknown } {
  const digits = (++made).toString(16).padStart(12, '0')
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `token-0f0f0f0f-1111-2222-3333-${digits}-0123456789abcdef` },
    type: 'hallpass.dev/sealed-token',
    immutable: true,
    data: { sealed: Buffer.from('sealed').toString('base64') },
  }
}
