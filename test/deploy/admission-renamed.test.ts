// The same installation under other namespaces: the policies use the accounts there and not the old names.
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Transport } from '../../src/kube/transport.ts'
import { attacks, ending } from '../attacks.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { suite } from '../suite.ts'
import { eventually, judge, statusOf } from './judge.ts'
import { newRequest, sealedToken } from './fixture.ts'

const test = suite('admission under other namespaces', { timeoutMs: 60_000 })
let cluster: Cluster
let gateway: Transport
let namesake: Transport
test.before(async () => {
  cluster = await startCluster({ content: 'nothing' })
  const { code, stderr } = await cluster.kubectl(
    'apply',
    '--server-side',
    '-k',
    join(import.meta.dirname, 'overlays/renamed'),
  )
  assert.is(code, 0, stderr)
  gateway = await cluster.as('access', 'hallpass-gateway')
  await cluster.createNamespace('hallpass-system')
  namesake = await cluster.as('hallpass-system', 'hallpass-gateway')
  const apiGroup = 'rbac.authorization.k8s.io'
  await cluster.transport.request({
    method: 'POST',
    path: `/apis/${apiGroup}/v1/clusterrolebindings`,
    body: {
      metadata: { name: 'namesake' },
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'hallpass-gateway', namespace: 'hallpass-system' }],
    },
  })
  // kubectl applies in the order of names, so when the last policy is enforced, the others are too.
  const last = (): Promise<unknown> => post('/api/v1/namespaces/access-sealed/secrets', { ...sealedToken(), type: 'x' })
  await eventually(async () => assert.is(await statusOf(last()), '403'))
  await eventually(() => judge(ask(gateway), {}))
})
test.after(() => cluster.stop())

function ask(who: Transport): Promise<unknown> {
  const request = newRequest()
  const body = { ...request, metadata: { ...request.metadata, namespace: 'teams' } }
  return who.request({ method: 'POST', path: '/apis/hallpass.dev/v1alpha1/namespaces/teams/accessrequests', body })
}

function token(namespace: string): Promise<unknown> {
  return cluster.transport.request({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/hallpass-gateway/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  })
}

const post = (path: string, body: object): Promise<unknown> => cluster.transport.request({ method: 'POST', path, body })

attacks<() => Promise<unknown>>(
  test,
  ending('403', {
    'an account of the usual name in the usual namespace asks when Hallpass runs in other namespaces': () =>
      ask(namesake),
    'an administrator has an unbound token of the gateway when Hallpass runs in other namespaces': () =>
      token('access'),
    'an administrator takes the lease when Hallpass runs in other namespaces': () =>
      post('/apis/coordination.k8s.io/v1/namespaces/access/leases', {
        metadata: { name: 'hallpass-controller' },
        spec: {},
      }),
    'an administrator puts a Secret among sealed tokens when Hallpass runs in other namespaces': () =>
      post('/api/v1/namespaces/access-sealed/secrets', sealedToken()),
  }),
  act => statusOf(act()),
)

test('the usual namespace is then not special', async () => {
  await judge(token('hallpass-system'), {})
  const lease = { metadata: { name: 'hallpass-controller' }, spec: { holderIdentity: 'x', leaseDurationSeconds: 900 } }
  await judge(post('/apis/coordination.k8s.io/v1/namespaces/hallpass-system/leases', lease), {})
})

test.run()
