// Who may store a request, and what it must say, tried on a real API server under each identity's own token.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { attacks, ending, type Sentence } from '../attacks.ts'
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

const nights = (hours: number): { duration: string; window: object } => ({
  duration: '4h',
  window: { zone: 'Europe/Berlin', from: '22:00', to: '02:00', until: inHours(hours) },
})

type Creation = Refused & {
  as: Who
  body?: { metadata?: object; spec?: object }
  origin?: 'slack' | 'web'
}
/** What a request from the web says of where it comes from. */
const onTheWeb = { requester: { email: 'dana@example.com', googleSubject: '1' }, slack: undefined }
const slackID = 'U0DANA'

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
  'the gateway stores a request for several days': { as: 'gateway', body: { spec: nights(24) } },
  'the gateway stores a request for several days within the hours of its mapping': {
    as: 'gateway',
    body: { spec: { ...nights(24), hours: { zone: 'UTC', spans: [{ from: '20:00', to: '08:00' }] } } },
  },
  'the gateway stores no window that ends more than a week ahead': {
    as: 'gateway',
    body: { spec: nights(169) },
    refused: /at most 7 days later/,
  },
  'the gateway stores no window that is over': {
    as: 'gateway',
    body: { spec: nights(-1) },
    refused: /ends after it was asked for/,
  },
  'the gateway stores no window with another length than it says': {
    as: 'gateway',
    body: { spec: { ...nights(24), duration: '5h' } },
    refused: /the time from its from to its to/,
  },
  'the gateway stores no window that begins later as well': {
    as: 'gateway',
    body: { spec: { ...nights(24), notBefore: inHours(1) } },
    refused: /a window has its own times/,
  },
  'the gateway stores no window whose zone closes a quotation': {
    as: 'gateway',
    body: { spec: { ...nights(24), window: { ...nights(24).window, zone: 'UTC") || true || ("' } } },
    refused: /spec.window.zone/,
  },
  'the gateway stores no window that never opens': {
    as: 'gateway',
    body: { spec: { ...nights(24), window: { ...nights(24).window, to: '22:00' } } },
    refused: /does not end when it begins/,
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
  'auth stores what was asked on the web': { as: 'auth', origin: 'web', body: { spec: onTheWeb } },
  'auth stores no request for a private address': {
    as: 'auth',
    origin: 'web',
    body: { spec: { ...onTheWeb, requester: { email: 'dana@private.example', googleSubject: '1' } } },
    refused: /"dana@private\.example" cannot ask/,
  },
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

/** Each door claims what only the other one can know. */
const claims: Record<Sentence, { as: Who; origin: 'slack' | 'web'; spec: object }> = {
  'auth stores a request as asked in Slack … 403': { as: 'auth', origin: 'slack', spec: {} },
  'auth claims the Slack account of the requester … 403': {
    as: 'auth',
    origin: 'web',
    spec: { ...onTheWeb, requester: { ...onTheWeb.requester, slackUserID: slackID } },
  },
  'auth claims a channel of Slack … 403': {
    as: 'auth',
    origin: 'web',
    spec: { ...onTheWeb, slack: newRequest().spec.slack },
  },
  'auth claims a name, which Google did not say … 403': {
    as: 'auth',
    origin: 'web',
    spec: { ...onTheWeb, requester: { ...onTheWeb.requester, name: 'Ana Director' } },
  },
  'auth leaves out which Google account signed in … 403': {
    as: 'auth',
    origin: 'web',
    spec: { ...onTheWeb, requester: { email: 'dana@example.com' } },
  },
  'the gateway claims a Google account … 403': {
    as: 'gateway',
    origin: 'slack',
    spec: { requester: { email: 'dana@example.com', slackUserID: slackID, googleSubject: '1' } },
  },
}
attacks(test, claims, ({ as, origin, spec }) => {
  const request = newRequest()
  const body = { ...request, spec: { ...request.spec, ...spec, origin } }
  return statusOf(fixture.as[as].request({ method: 'POST', path: requestsPath, body }))
})

test('even with the right to create requests, the controller could not ask', async () => {
  const { admin } = fixture.as
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/hallpass'
  const rules = [{ apiGroups: ['hallpass.dev'], resources: ['accessrequests'], verbs: ['create'] }]
  await admin.request({ method: 'POST', path: `${rbac}/roles`, body: { metadata: { name: 'asker' }, rules } })
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'asker' }
  const subjects = [{ kind: 'ServiceAccount', name: 'hallpass-controller', namespace: 'hallpass-system' }]
  const body = { metadata: { name: 'asker' }, roleRef, subjects }
  await admin.request({ method: 'POST', path: `${rbac}/rolebindings`, body })
  const asked = { method: 'POST', path: requestsPath, body: newRequest() } as const
  await eventually(() => judge(fixture.as.controller.request(asked), { refused: /a request says who asked/ }))
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
