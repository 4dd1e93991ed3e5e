// Somebody with the gateway's own token: what the cluster refuses, and what forged requests lead to.
import * as assert from 'uvu/assert'
import { instant } from '../../src/domain/duration.ts'
import type { AccessRequest } from '../../src/api/kinds.ts'
import type { Transport } from '../../src/kube/transport.ts'
import { approve, cast, openApproval, reached, stored, until } from '../../src/sandbox/plays.ts'
import type { World } from '../../src/sandbox/world.ts'
import { defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import { createSealer, createUnsealer } from '../../src/google/seal.ts'
import { quickWorld } from '../story/world.ts'
import { suite } from '../suite.ts'
import { identity } from '../google/world.ts'
import {
  accounted,
  asked,
  bindingsOf,
  decisionWith,
  foreign,
  like,
  noSecretSeen,
  nothingWritten,
  putSecret,
  refusedBy,
  requestsPath,
  routed,
  standing,
  stolen,
  store,
  together,
  tokensPath,
  writeStatus,
} from './ground.ts'

const test = suite('the gateway’s token in strange hands', { timeoutMs: 60_000 })
const { dana, mo, otto } = cast

let world: World
let gateway: Transport
let request: AccessRequest
let before = ''

test.before(async () => {
  world = await quickWorld()
  gateway = await stolen(world, 'gateway')
  before = foreign(world)
  request = await routed(world, await asked(world, dana, '/prod-db 3s the true one'))
})
test.after(async () => {
  await gateway.close()
  await world.stop()
})

const unsigned = [
  'e30',
  Buffer.from(
    '{"iss":"https://accounts.google.com","aud":"x","sub":"2","email":"mo@example.com","hd":"example.com","iat":1,"exp":9999999999,"nonce":"n"}',
  ).toString('base64url'),
  '',
].join('.')
const forged = decisionWith({ idToken: unsigned, salt: 'A'.repeat(43) })
const at = '2026-01-01T00:00:00Z'

together<() => Promise<unknown>>(
  test,
  {
    'it does not approve': () => writeStatus(gateway, request, { decisions: [forged] }),
    'it does not hide an approval behind a denial': () =>
      writeStatus(gateway, request, {
        decisions: [{ id: 'd', verdict: 'Denied', who: { email: mo.email }, at }, forged],
      }),
    'it does not move the phase': () => writeStatus(gateway, request, { phase: 'Approved' }),
    'it does not name approvers': () =>
      writeStatus(gateway, request, {
        approvers: [...(request.status?.approvers ?? []), { email: dana.email, level: 1, why: 'x', at }],
      }),
    'it does not say when access ends': () => writeStatus(gateway, request, { expiresAt: '2030-01-01T00:00:00Z' }),
    'it does not claim that something was granted': () => writeStatus(gateway, request, { grants: [] }),
    'it does not settle': () => writeStatus(gateway, request, { settled: true }),
    'it does not erase the audit trail': () => writeStatus(gateway, request, { audit: null, auditSeq: 99 }),
    'it does not change what was asked': () =>
      gateway.request({
        method: 'PATCH',
        path: `${requestsPath}/${request.metadata.name}`,
        contentType: 'application/merge-patch+json',
        body: { spec: { duration: '4h' } },
      }),
    'it does not delete a request': () =>
      gateway.request({ method: 'DELETE', path: `${requestsPath}/${request.metadata.name}` }),
    'it does not delete all of them': () => gateway.request({ method: 'DELETE', path: requestsPath }),
    'it lists no sealed tokens': () => gateway.request({ method: 'GET', path: tokensPath }),
    'it makes no sealed token': () => putSecret(gateway, `token-${request.metadata.uid}-${'0'.repeat(16)}`, 'x'),
    'it reads no Secrets of the system': () =>
      gateway.request({ method: 'GET', path: '/api/v1/namespaces/hallpass-system/secrets' }),
    'it asks for nobody else’s token': () =>
      gateway.request({
        method: 'POST',
        path: '/api/v1/namespaces/hallpass-system/serviceaccounts/hallpass-auth/token',
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
      }),
    'it acts as nobody else': () =>
      gateway.request({
        method: 'POST',
        path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
        body: { metadata: { name: 'x' }, roleRef: { kind: 'ClusterRole', name: 'cluster-admin' }, subjects: [] },
      }),
    'it takes no lease': () =>
      gateway.request({
        method: 'PATCH',
        path: '/apis/coordination.k8s.io/v1/namespaces/hallpass-system/leases/hallpass-controller',
        contentType: 'application/merge-patch+json',
        body: { spec: { holderIdentity: 'x' } },
      }),
    'it changes no mapping': () =>
      gateway.request({
        method: 'PATCH',
        path: requestsPath.replace('accessrequests', 'rolemappings/prod-db'),
        contentType: 'application/merge-patch+json',
        body: { spec: { requesters: { emails: ['x@example.com'] } } },
      }),
    'it lifts no policy': () =>
      gateway.request({
        method: 'DELETE',
        path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/hallpass-request-status',
      }),
  },
  async attack => {
    const why = await refusedBy(attack())
    assert.match(why, /forbidden|denied|cannot|only|records|immutable|approval needs/i)
    assert.is((await standing(world, request)).status?.phase, 'Pending')
  },
)

test('Google knows it for no key', async () => {
  for (const key of Object.values(defaultKeys)) {
    const options = { key, authClient: identity(defaultIdentities.gateway.token), rootUrl: world.google.url }
    assert.match(await refusedBy(createSealer(options).seal('x', 'y')), /does not let Hallpass encrypt/)
    assert.match(await refusedBy(createUnsealer(options).unseal('A'.repeat(40), 'y')), /does not let Hallpass decrypt/)
  }
})

type Forgery = { spec: Partial<AccessRequest['spec']>; page: RegExp }
const rules = {
  required: 1,
  window: '24h',
  escalateAfter: '10m',
  onlyOnCall: false,
  fallback: { emails: [otto.email] },
}
together<Forgery>(
  test,
  {
    'a role that the mapping never offered': {
      spec: { grants: [{ resource: 'projects/prod-eu', role: 'roles/owner' }] },
      page: /no longer offers "roles\/owner"/,
    },
    'a resource that it never named': {
      spec: { grants: [{ resource: 'organizations/1', role: 'roles/cloudsql.client' }] },
      page: /no longer offers/,
    },
    'one grant with a condition that lets more in': {
      spec: {
        grants: [
          { resource: 'projects/prod-eu', role: 'roles/cloudsql.client', condition: 'true) || (true' },
          { resource: 'projects/prod-eu', role: 'roles/logging.viewer' },
        ],
      },
      page: /no longer offers/,
    },
    'longer than the mapping allows': { spec: { duration: '100h' }, page: /now allows at most 4h/ },
    'approvers of its own choice': { spec: { approval: rules }, page: /approval rules .* have changed/ },
    'a mapping that does not exist': { spec: { roleMapping: 'nothing' }, page: /no longer exists/ },
    'somebody whom the mapping does not let ask': {
      spec: { requester: { email: 'mallory@evil.example' } },
      page: /no longer lets mallory@evil\.example ask/,
    },
  },
  async ({ spec, page }) => {
    const name = `prod-db-forged-${Math.random().toString(36).slice(2, 10)}`
    const made = await store(gateway, like(request, name, spec))
    const begun = await until(
      'it is begun',
      async () => {
        const now = await stored(world, name)
        return now?.status?.approvers?.length ||
          now?.status?.conditions?.some(c => c.type === 'Routed' && c.status === 'False')
          ? now
          : undefined
      },
      15,
    )
    if (begun.status?.approvers?.length && (await standing(world, made)).spec.roleMapping !== 'nothing') {
      const shown = await openApproval(world, name)
      assert.match(shown.page.text, page)
      assert.not.match(shown.page.text, /Sign in and approve/)
    }
    nothingWritten(world, made)
  },
)

test('a request forged in Dana’s name still needs Mo, who reads exactly what becomes of it', async () => {
  const name = 'prod-db-inhername'
  const made = await store(
    gateway,
    like(request, name, { reason: 'forged', requester: { email: dana.email, name: 'Ana Director' } }),
  )
  await routed(world, made)
  const { page } = await openApproval(world, name)
  for (const read of [
    'dana@example.com',
    'roles/cloudsql.client',
    'roles/logging.viewer',
    'projects/prod-eu',
    '3 seconds',
    'forged',
  ])
    assert.ok(page.text.includes(read), read)
  await approve(world, name, mo)
  const granted = await until('it is granted or over', async () => {
    const now = await stored(world, name)
    return now?.status?.startsAt ? now : undefined
  })
  await reached(world, name, 'Expired')
  for (const { members } of bindingsOf(world, granted)) assert.equal(members, ['user:dana@example.com'])
  await accounted(world, granted, 'Approved', 'Granted', 'Expired')
})

test('it can stop a request, and the account says in whose name', async () => {
  await writeStatus(gateway, request, {
    decisions: [
      { id: 'denied-x', verdict: 'Denied', who: { email: mo.email, slackUserID: mo.id }, at: instant(new Date()) },
    ],
  })
  await reached(world, request.metadata.name, 'Denied')
  nothingWritten(world, request)
  await accounted(world, request, 'Denied')
})

test('what is foreign stands as before, and no secret was shown', async () => {
  assert.is(foreign(world), before)
  await noSecretSeen(world)
})

test.run()
