// Who may store a request, and what it must say, tried on a real API server under each identity's own token.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { attacks, ending } from '../attacks.ts'
import { suite } from '../suite.ts'
import { applyBase } from './base.ts'
import { byRbac, eventually, judge, type Refused, statusOf } from './judge.ts'
import { approval, instant, newRequest, requestsPath, startFixture, type Who, type Fixture } from './fixture.ts'

const test = suite('admission of new requests', { timeoutMs: 60_000 })
let fixture: Fixture
test.before(async () => {
  fixture = await startFixture()
})
test.after(() => fixture.cluster.stop())

const inHours = (hours: number): string => instant(hours * 3_600_000)

type Creation = Refused & {
  as: Who
  body?: { metadata?: object; spec?: object }
  origin?: 'slack' | 'web'
}
const creations: Record<string, Creation> = {
  'the gateway stores what was asked in Slack': { as: 'gateway' },
  'the gateway does not say that it was asked on the web': {
    as: 'gateway',
    origin: 'web',
    refused: /origin "slack" only/,
  },
  'the gateway does not store a request without the finalizer': {
    as: 'gateway',
    body: { metadata: { finalizers: [] } },
    refused: /carries the finalizer/,
  },
  'the gateway stores a request that begins in a week': { as: 'gateway', body: { spec: { notBefore: inHours(168) } } },
  'the gateway does not store a request that begins later': {
    as: 'gateway',
    body: { spec: { notBefore: inHours(169) } },
    refused: /asked for at most 7 days ahead/,
  },
  'the gateway stores nothing for a private address': {
    as: 'gateway',
    body: { spec: { requester: { email: 'dana@private.example', slackUserID: 'U0DANA' } } },
    refused: /"dana@private\.example" cannot ask: it is outside example\.com/,
  },
  'the gateway stores nothing for a domain that only has the same ending': {
    as: 'gateway',
    body: { spec: { requester: { email: 'dana@notexample.com', slackUserID: 'U0DANA' } } },
    refused: /cannot ask: it is outside/,
  },
  'the gateway stores nothing for a subdomain': {
    as: 'gateway',
    body: { spec: { requester: { email: 'dana@guests.example.com', slackUserID: 'U0DANA' } } },
    refused: /cannot ask: it is outside/,
  },
  'the gateway stores no request of Slack without a Slack id': {
    as: 'gateway',
    body: { spec: { requester: { email: 'dana@example.com' } } },
    refused: /names the requester's Slack id and workspace/,
  },
  'the gateway stores no request of Slack without a workspace': {
    as: 'gateway',
    body: { spec: { slack: undefined } },
    refused: /names the requester's Slack id and workspace/,
  },
  'the gateway stores no request that another object owns': {
    as: 'gateway',
    body: {
      metadata: {
        ownerReferences: [
          { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: '0f0f0f0f-1111-2222-3333-444444444444' },
        ],
      },
    },
    refused: /belongs to no other object/,
  },
  'the gateway stores no request with a finalizer that nobody removes': {
    as: 'gateway',
    body: { metadata: { finalizers: ['hallpass.dev/account', 'example.com/keep'] } },
    refused: /The only finalizers of a request are/,
  },
  'the gateway stores no request with large annotations': {
    as: 'gateway',
    body: { metadata: { annotations: { 'example.com/notes': 'x'.repeat(16_384) } } },
    refused: /16384 characters altogether/,
  },
  'auth stores no request yet': { as: 'auth', origin: 'web', refused: byRbac },
  'the controller stores no request': { as: 'controller', refused: byRbac },
  'an administrator asks in nobody’s name': { as: 'admin', refused: /a request says who asked/ },
  'a robot with every right asks in nobody’s name': { as: 'robot', refused: /a request says who asked/ },
}
for (const [sentence, { as, body, origin, ...rest }] of Object.entries(creations))
  test(sentence, async () => {
    const request = newRequest()
    const whole = {
      ...request,
      metadata: { ...request.metadata, ...body?.metadata },
      spec: { ...request.spec, ...body?.spec, origin: origin ?? 'slack' },
    }
    await judge(fixture.as[as].request({ method: 'POST', path: requestsPath, body: whole }), rest)
  })

test('a status sent along with a new request is dropped', async () => {
  const body = { ...newRequest(), status: { phase: 'Pending', decisions: [approval] } }
  const stored = await fixture.as.gateway.request<AccessRequest>({ method: 'POST', path: requestsPath, body })
  assert.equal(stored.status, { observedGeneration: -1, settled: false })
})

test('even with the right to create requests, auth could ask only on the web, and the controller not at all', async () => {
  const { admin } = fixture.as
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/hallpass'
  const rules = [{ apiGroups: ['hallpass.dev'], resources: ['accessrequests'], verbs: ['create'] }]
  await admin.request({ method: 'POST', path: `${rbac}/roles`, body: { metadata: { name: 'asker' }, rules } })
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'asker' }
  const subjects = ['auth', 'controller'].map(name => ({
    kind: 'ServiceAccount',
    name: `hallpass-${name}`,
    namespace: 'hallpass-system',
  }))
  const body = { metadata: { name: 'asker' }, roleRef, subjects }
  await admin.request({ method: 'POST', path: `${rbac}/rolebindings`, body })
  const ask = (who: Who, origin: 'slack' | 'web'): Promise<unknown> => {
    const request = newRequest()
    const whole = { ...request, spec: { ...request.spec, origin } }
    return fixture.as[who].request({ method: 'POST', path: requestsPath, body: whole })
  }
  await eventually(() => judge(ask('auth', 'web'), {}))
  await judge(ask('auth', 'slack'), { refused: /origin "web" only/ })
  await eventually(() => judge(ask('controller', 'slack'), { refused: /a request says who asked/ }))
})

attacks<Who>(
  test,
  ending(
    '403',
    { 'an administrator': 'admin', 'a robot with every right': 'robot' },
    'a new request is applied by force by ',
  ),
  who => {
    const { metadata, ...request } = newRequest()
    return statusOf(
      fixture.as[who].request({
        method: 'PATCH',
        path: `${requestsPath}/${metadata.name}`,
        query: { fieldManager: 'x', force: 'true' },
        contentType: 'application/apply-patch+yaml',
        body: { ...request, metadata },
      }),
    )
  },
)

test('a listed external requester can ask until their date', async () => {
  const ask = (email: string): Promise<unknown> => {
    const request = newRequest()
    const body = { ...request, spec: { ...request.spec, requester: { email, slackUserID: 'U0PAT' } } }
    return fixture.as.gateway.request({ method: 'POST', path: requestsPath, query: { dryRun: 'All' }, body })
  }
  await judge(ask('pat@partner.example'), { refused: /cannot ask/ })
  await applyBase(fixture.cluster, {
    hostedDomains: ['example.com', 'example.org'],
    externalRequesters: [
      { email: 'pat@partner.example', until: inHours(1) },
      { email: 'day@partner.example', until: inHours(0).slice(0, 10) },
      { email: 'old@partner.example', until: inHours(-1) },
      { email: 'eve@partner.example', until: inHours(-24).slice(0, 10) },
    ],
  })
  await eventually(() => judge(ask('pat@partner.example'), {}))
  await judge(ask('dana@example.org'), {})
  await judge(ask('day@partner.example'), {})
  await judge(ask('eve@partner.example'), { refused: /cannot ask/ })
  await judge(ask('old@partner.example'), { refused: /"old@partner\.example" cannot ask/ })
  await judge(ask('pat@partner.example.example'), { refused: /cannot ask/ })
  await judge(ask('mo@partner.example'), { refused: /example\.com, example\.org/ })
})

test.run()
