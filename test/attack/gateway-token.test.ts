// Somebody with the gateway's own token: what the cluster refuses, and what forged requests lead to.
import * as assert from 'uvu/assert'
import { instant } from '../../src/domain/asking/duration.ts'
import type { AccessRequest } from '../../src/api/kinds.ts'
import type { Transport } from '../../src/kube/transport.ts'
import { approve, cast, openApproval, reached, stored, until } from '../../src/sandbox/plays.ts'
import type { World } from '../../src/sandbox/world.ts'
import { defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import { createSealer, createUnsealer } from '../../src/google/seal.ts'
import { quickWorld } from '../story/world.ts'
import { attack, attacks, attacksTogether, ending } from '../attacks.ts'
import { suite } from '../suite.ts'
import { identity } from '../google/fixture.ts'
import {
  accounted,
  asked,
  bindingsOf,
  foreign,
  like,
  nothingWritten,
  requestsPath,
  routed,
  standing,
  statusOf,
  stolen,
  store,
  tokensPath,
  writeStatus,
} from './attacker.ts'
import { decisionWith, putSecret } from './forging.ts'
import { noSecretSeen } from './secrets.ts'

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

attacksTogether<() => Promise<unknown>>(
  test,
  {
    'the gateway approves … 403': () => writeStatus(gateway, request, { decisions: [forged] }),
    'the gateway hides an approval behind a denial … 403': () =>
      writeStatus(gateway, request, {
        decisions: [{ id: 'd', verdict: 'Denied', who: { email: mo.email }, at }, forged],
      }),
    'the gateway moves the phase … 403': () => writeStatus(gateway, request, { phase: 'Approved' }),
    'the gateway names approvers … 403': () =>
      writeStatus(gateway, request, {
        approvers: [...(request.status?.approvers ?? []), { email: dana.email, level: 1, why: 'x', at }],
      }),
    'the gateway says when access ends … 403': () =>
      writeStatus(gateway, request, { expiresAt: '2030-01-01T00:00:00Z' }),
    'the gateway claims that something was granted … 403': () => writeStatus(gateway, request, { grants: [] }),
    'the gateway settles a request … 403': () => writeStatus(gateway, request, { settled: true }),
    'the gateway erases the audit trail … 403': () => writeStatus(gateway, request, { audit: null, auditSeq: 99 }),
    'the gateway says that nobody may be paged … 403': () =>
      writeStatus(gateway, request, { page: { route: 'platform', intentAt: at, refused: 'PagesLimited' } }),
    'the gateway changes what was asked … 403': () =>
      gateway.request({
        method: 'PATCH',
        path: `${requestsPath}/${request.metadata.name}`,
        contentType: 'application/merge-patch+json',
        body: { spec: { duration: '4h' } },
      }),
    'the gateway deletes a request … 403': () =>
      gateway.request({ method: 'DELETE', path: `${requestsPath}/${request.metadata.name}` }),
    'the gateway deletes all requests … 403': () => gateway.request({ method: 'DELETE', path: requestsPath }),
    'the gateway lists sealed tokens … 403': () => gateway.request({ method: 'GET', path: tokensPath }),
    'the gateway makes a sealed token … 403': () =>
      putSecret(gateway, `token-${request.metadata.uid}-${'0'.repeat(16)}`, 'x'),
    'the gateway reads the Secrets of the system … 403': () =>
      gateway.request({ method: 'GET', path: '/api/v1/namespaces/hallpass-system/secrets' }),
    'the gateway asks for the token of auth … 403': () =>
      gateway.request({
        method: 'POST',
        path: '/api/v1/namespaces/hallpass-system/serviceaccounts/hallpass-auth/token',
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
      }),
    'the gateway binds a role to itself … 403': () =>
      gateway.request({
        method: 'POST',
        path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
        body: { metadata: { name: 'x' }, roleRef: { kind: 'ClusterRole', name: 'cluster-admin' }, subjects: [] },
      }),
    'the gateway takes the Lease … 403': () =>
      gateway.request({
        method: 'PATCH',
        path: '/apis/coordination.k8s.io/v1/namespaces/hallpass-system/leases/hallpass-controller',
        contentType: 'application/merge-patch+json',
        body: { spec: { holderIdentity: 'x' } },
      }),
    'the gateway changes a mapping … 403': () =>
      gateway.request({
        method: 'PATCH',
        path: requestsPath.replace('accessrequests', 'rolemappings/prod-db'),
        contentType: 'application/merge-patch+json',
        body: { spec: { requesters: { emails: ['x@example.com'] } } },
      }),
    'the gateway lifts an admission policy … 403': () =>
      gateway.request({
        method: 'DELETE',
        path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/hallpass-request-status',
      }),
  },
  async act => {
    const code = await statusOf(act())
    assert.is((await standing(world, request)).status?.phase, 'Pending')
    return code
  },
)

const coded = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
attacks<keyof typeof defaultKeys>(
  test,
  {
    'the gateway encrypts and decrypts with the key of tickets … neither': 'ticket',
    'the gateway encrypts and decrypts with the key of tokens … neither': 'token',
  },
  async name => {
    const { clock, url: rootUrl } = world.google
    const as = (token: string) => ({ key: defaultKeys[name], authClient: identity(token), clock, rootUrl })
    const options = as(defaultIdentities.gateway.token)
    const maker = name === 'token' ? defaultIdentities.auth : defaultIdentities.controller
    const sealed = await createSealer(as(maker.token)).seal('x', 'y')
    const encrypted = await coded(createSealer(options).seal('x', 'y'))
    const decrypted = await coded(createUnsealer(options).unseal(sealed, 'y'))
    assert.match(encrypted, /does not let Hallpass encrypt/)
    assert.match(decrypted, /does not let Hallpass decrypt/)
    return 'neither'
  },
)

type Forgery = { spec: Partial<AccessRequest['spec']>; page: RegExp }
const rules = {
  required: 1,
  window: '24h',
  escalateAfter: '10m',
  onlyOnCall: false,
  fallback: { emails: [otto.email] },
}
const forgeries: Record<string, Forgery> = {
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
  'approvers that it chose': { spec: { approval: rules }, page: /approval rules .* have changed/ },
  'a mapping that does not exist': { spec: { roleMapping: 'nothing' }, page: /no longer exists/ },
}

attacksTogether<Forgery>(
  test,
  ending('cannot be approved, nothing written', forgeries, 'the gateway forges a request for '),
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
      if (/Sign in and approve/.test(shown.page.text)) return 'can be approved'
    }
    return `cannot be approved, ${nothingWritten(world, made)}`
  },
)

attacks<Partial<AccessRequest['spec']>>(
  test,
  ending(
    '403',
    {
      'an address outside the organisation': { requester: { email: 'mallory@evil.example', slackUserID: 'U0MALLORY' } },
      'a private account of the requester': { requester: { email: 'dana@gmail.com', slackUserID: dana.id } },
      'an address in Slack without a Slack id': { requester: { email: dana.email } },
    },
    'the gateway forges a request for ',
  ),
  spec => statusOf(store(gateway, like(request, `prod-db-outside-${Math.random().toString(36).slice(2, 10)}`, spec))),
)

attack(
  test,
  'the gateway forges a request in Dana’s name, and Mo approves … granted to dana@example.com alone, as Mo read it',
  async () => {
    const name = 'prod-db-inhername'
    const made = await store(gateway, like(request, name, { reason: 'forged', requester: request.spec.requester }))
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
    const members = await until('it is written', () => {
      const found = bindingsOf(world, granted).flatMap(binding => binding.members)
      return found.length > 0 ? found : undefined
    })
    await reached(world, name, 'Expired')
    await accounted(world, granted, 'Approved', 'Granted', 'Expired')
    return `granted to ${[...new Set(members)].join().replaceAll('user:', '')} alone, as Mo read it`
  },
)

attack(test, 'the gateway denies in Mo’s name … Denied, nothing written, accounted', async () => {
  await writeStatus(gateway, request, {
    decisions: [
      { id: 'denied-x', verdict: 'Denied', who: { email: mo.email, slackUserID: mo.id }, at: instant(new Date()) },
    ],
  })
  await reached(world, request.metadata.name, 'Denied')
  const said = await accounted(world, request, 'Denied')
  const { phase } = (await standing(world, request)).status ?? {}
  return `${phase}, ${nothingWritten(world, request)}, ${said.includes('Denied') ? 'accounted' : 'not accounted'}`
})

attack(test, 'whatever the gateway’s token was used for … foreign bindings as before, no secret seen', async () => {
  const seen = await noSecretSeen(world)
  return `foreign bindings ${foreign(world) === before ? 'as before' : 'changed'}, ${seen}`
})

test.run()
