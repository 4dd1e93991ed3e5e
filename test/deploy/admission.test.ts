// Who may change what, tried on a real API server under each identity's own token: what RBAC leaves open, the admission
// policies close field by field, and even a cluster's administrator cannot write in our name.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import type { Call, Transport } from '../../src/kube/transport.ts'
import { suite } from '../suite.ts'
import {
  approval,
  denial,
  mappingsPath,
  newRequest,
  patchStatus,
  requestIn,
  requestsPath,
  sealedToken,
  startWorld,
  type State,
  tokensPath,
  type Who,
  withdrawal,
  type World,
} from './world.ts'

const test = suite('admission', { timeoutMs: 60_000 })
let world: World
test.before(async () => {
  world = await startWorld()
})
test.after(() => world.cluster.stop())

/** `refused` says by whom: RBAC, or the words of a policy. Without it the act succeeds. */
type Refused = { refused?: RegExp }
const byRbac = /User "[^"]+" cannot \w+ resource/
const onlyHallpassWrites = /only Hallpass's own service accounts do/

async function judge(act: Promise<unknown>, { refused }: Refused): Promise<void> {
  const error = await act.then(
    () => undefined,
    (e: unknown) => e,
  )
  if (!refused) return assert.is(error, undefined, String(error))
  assert.instance(error, Error, 'it was allowed')
  assert.match((error as Error).message, refused)
}

const inHours = (hours: number): string => `${new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 19)}Z`

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
  'the gateway does not store a request that could vanish': {
    as: 'gateway',
    body: { metadata: { finalizers: [] } },
    refused: /carries the finalizer/,
  },
  'the gateway stores what is to begin in a week': { as: 'gateway', body: { spec: { notBefore: inHours(168) } } },
  'the gateway does not store what is to begin later': {
    as: 'gateway',
    body: { spec: { notBefore: inHours(169) } },
    refused: /asked for at most 7 days ahead/,
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
    await judge(world.as[as].request({ method: 'POST', path: requestsPath, body: whole }), rest)
  })

test('a status sent along with a new request is dropped', async () => {
  const body = { ...newRequest(), status: { phase: 'Pending', decisions: [approval] } }
  const stored = await world.as.gateway.request<AccessRequest>({ method: 'POST', path: requestsPath, body })
  assert.is(stored.status, undefined)
})

type Write = Refused & { as: Who; on: State; status: object }
const changedDenial = { ...denial, comment: 'no' }
const selfApproval = { ...approval, who: { email: 'dana@example.com' } }
const ownEvidence = {
  ...approval,
  evidence: { ...approval.evidence, claims: { ...approval.evidence?.claims, email: 'Dana@Example.com' } },
}
const attempts = { count: 1, last: [{ at: denial.at, who: 'otto@example.com', why: 'not asked' }] }

const writes: Record<string, Write> = {
  'the gateway appends a denial': { as: 'gateway', on: 'pending', status: { decisions: [denial] } },
  'the gateway appends a withdrawal': { as: 'gateway', on: 'pending', status: { decisions: [withdrawal] } },
  'the gateway may be faster than the controller': { as: 'gateway', on: 'new', status: { decisions: [withdrawal] } },
  'the gateway counts an attempt': { as: 'gateway', on: 'pending', status: { attempts } },
  'the gateway appends a denial and counts an attempt': {
    as: 'gateway',
    on: 'pending',
    status: { decisions: [denial], attempts },
  },
  'the gateway appends no approval': {
    as: 'gateway',
    on: 'pending',
    status: { decisions: [approval] },
    refused: /an approval needs a Google login/,
  },
  'the gateway appends no approval without evidence': {
    as: 'gateway',
    on: 'pending',
    status: { decisions: [{ ...approval, evidence: undefined }] },
    refused: /an approval (needs a Google login|carries evidence)/,
  },
  'the gateway does not put a denial on an approval': {
    as: 'gateway',
    on: 'approved',
    status: { decisions: [approval, denial] },
    refused: /decided already/,
  },
  'the gateway does not put a denial before an approval': {
    as: 'gateway',
    on: 'approved',
    status: { decisions: [denial, approval] },
    refused: /cannot be moved or removed/,
  },
  'the gateway does not appoint two decisions at once': {
    as: 'gateway',
    on: 'pending',
    status: { decisions: [denial, withdrawal] },
    refused: /decided already/,
  },
  'the gateway does not change a decision': {
    as: 'gateway',
    on: 'denied',
    status: { decisions: [changedDenial] },
    refused: /written once/,
  },
  'the gateway does not remove a decision': {
    as: 'gateway',
    on: 'denied',
    status: { decisions: [] },
    refused: /cannot be moved or removed/,
  },
  'the gateway does not remove all decisions': {
    as: 'gateway',
    on: 'denied',
    status: { decisions: null },
    refused: /cannot be moved or removed/,
  },
  'the gateway does not exchange a decision for another': {
    as: 'gateway',
    on: 'denied',
    status: { decisions: [withdrawal] },
    refused: /cannot be moved or removed/,
  },
  'the gateway does not begin a request': {
    as: 'gateway',
    on: 'new',
    status: { phase: 'Pending' },
    refused: /cannot write status\.phase/,
  },
  'the gateway does not end a request': {
    as: 'gateway',
    on: 'pending',
    status: { phase: 'Denied', decisions: [denial] },
    refused: /cannot write status\.phase/,
  },
  'the gateway does not name approvers': {
    as: 'gateway',
    on: 'pending',
    status: { approvers: [{ email: 'otto@example.com', level: 1, why: 'says so', at: denial.at }] },
    refused: /cannot write status\.approvers/,
  },
  'the gateway does not settle a request': {
    as: 'gateway',
    on: 'pending',
    status: { settled: true },
    refused: /cannot write status\.settled/,
  },
  'the gateway does not forge the audit trail': {
    as: 'gateway',
    on: 'pending',
    status: { auditSeq: 7 },
    refused: /cannot write status\.auditSeq/,
  },
  'the gateway does not remove what the controller wrote': {
    as: 'gateway',
    on: 'provisioned',
    status: { startsAt: null },
    refused: /cannot write status\.startsAt|written once/,
  },
  'auth appends an approval with evidence': { as: 'auth', on: 'pending', status: { decisions: [approval] } },
  'auth counts an attempt': { as: 'auth', on: 'pending', status: { attempts } },
  'auth appends no denial': {
    as: 'auth',
    on: 'pending',
    status: { decisions: [denial] },
    refused: /approvals with evidence only/,
  },
  'auth appends no withdrawal': {
    as: 'auth',
    on: 'pending',
    status: { decisions: [withdrawal] },
    refused: /approvals with evidence only/,
  },
  'auth appends no approval without evidence': {
    as: 'auth',
    on: 'pending',
    status: { decisions: [{ ...approval, evidence: undefined }] },
    refused: /approvals with evidence only|carries evidence/,
  },
  'auth appends no approval of nobody': {
    as: 'auth',
    on: 'pending',
    status: { decisions: [{ ...approval, who: {} }] },
    refused: /approvals with evidence only/,
  },
  'auth does not let the requester approve': {
    as: 'auth',
    on: 'pending',
    status: { decisions: [selfApproval] },
    refused: /Nobody approves their own request/,
  },
  'auth does not let the requester approve under another name': {
    as: 'auth',
    on: 'pending',
    status: { decisions: [ownEvidence] },
    refused: /Nobody approves their own request/,
  },
  'auth does not overrule a denial': {
    as: 'auth',
    on: 'denied',
    status: { decisions: [denial, approval] },
    refused: /decided already/,
  },
  'auth does not put an approval before a denial': {
    as: 'auth',
    on: 'denied',
    status: { decisions: [approval, denial] },
    refused: /cannot be moved or removed/,
  },
  'auth does not approve twice': {
    as: 'auth',
    on: 'approved',
    status: { decisions: [approval, { ...approval, id: 'a2' }] },
    refused: /decided already/,
  },
  'auth does not move a request on': {
    as: 'auth',
    on: 'pending',
    status: { phase: 'Approved', decisions: [approval] },
    refused: /cannot write status\.phase/,
  },
  'auth does not say when access ends': {
    as: 'auth',
    on: 'approved',
    status: { expiresAt: '2026-12-24T10:00:00Z' },
    refused: /cannot write status\.expiresAt/,
  },
  'auth does not say who approved': {
    as: 'auth',
    on: 'approved',
    status: { approvedBy: 'mo@example.com' },
    refused: /cannot write status\.approvedBy/,
  },
  'the controller begins a request': { as: 'controller', on: 'new', status: { phase: 'Pending' } },
  'the controller names approvers': {
    as: 'controller',
    on: 'pending',
    status: { approvers: [{ email: 'mo@example.com', level: 1, why: 'on call', at: denial.at }] },
  },
  'the controller follows a denial': { as: 'controller', on: 'denied', status: { phase: 'Denied' } },
  'the controller follows an approval': {
    as: 'controller',
    on: 'approved',
    status: { phase: 'Approved', approvedBy: 'mo@example.com' },
  },
  'the controller may count an attempt': { as: 'controller', on: 'pending', status: { attempts } },
  'the controller appends no denial': {
    as: 'controller',
    on: 'pending',
    status: { decisions: [denial] },
    refused: /records no decisions/,
  },
  'the controller appends no approval': {
    as: 'controller',
    on: 'pending',
    status: { decisions: [approval] },
    refused: /records no decisions/,
  },
  'the controller does not remove a decision': {
    as: 'controller',
    on: 'denied',
    status: { decisions: null },
    refused: /cannot be moved or removed/,
  },
  'the controller does not change a decision on the way': {
    as: 'controller',
    on: 'denied',
    status: { phase: 'Denied', decisions: [changedDenial] },
    refused: /written once/,
  },
  'an administrator approves nothing': {
    as: 'admin',
    on: 'pending',
    status: { decisions: [approval] },
    refused: onlyHallpassWrites,
  },
  'an administrator moves no request on': {
    as: 'admin',
    on: 'approved',
    status: { phase: 'Approved' },
    refused: onlyHallpassWrites,
  },
  'a robot with every right denies nothing': {
    as: 'robot',
    on: 'pending',
    status: { decisions: [denial] },
    refused: onlyHallpassWrites,
  },
  'a robot with every right hides nothing': {
    as: 'robot',
    on: 'provisioned',
    status: { settled: true },
    refused: onlyHallpassWrites,
  },
}
for (const [sentence, { as, on, status, ...rest }] of Object.entries(writes))
  test(sentence, async () => {
    const seen = await requestIn(world, on)
    await judge(patchStatus(world.as[as], seen, status), rest)
  })

type Change = Refused & { as: Who; on: State; patch: object }
const changes: Record<string, Change> = {
  'the controller lets go of a settled request': {
    as: 'controller',
    on: 'settled',
    patch: { metadata: { finalizers: [] } },
  },
  'the controller does not let go of a request whose access holds': {
    as: 'controller',
    on: 'provisioned',
    patch: { metadata: { finalizers: [] } },
    refused: /once the request has ended/,
  },
  'the controller does not let go of a request before its history is delivered': {
    as: 'controller',
    on: 'ended',
    patch: { metadata: { finalizers: [] } },
    refused: /its audit events are delivered/,
  },
  'the controller does not let go of a request it has not looked at': {
    as: 'controller',
    on: 'new',
    patch: { metadata: { finalizers: [] } },
    refused: /once the request has ended/,
  },
  'the gateway does not let go of a request': {
    as: 'gateway',
    on: 'settled',
    patch: { metadata: { finalizers: [] } },
    refused: byRbac,
  },
  'auth does not let go of a request': {
    as: 'auth',
    on: 'settled',
    patch: { metadata: { finalizers: null } },
    refused: byRbac,
  },
  'an administrator does not let go of a request': {
    as: 'admin',
    on: 'provisioned',
    patch: { metadata: { finalizers: null } },
    refused: /goes by itself once the access has ended/,
  },
  'a robot does not exchange the finalizer for its own': {
    as: 'robot',
    on: 'provisioned',
    patch: { metadata: { finalizers: ['example.com/mine'] } },
    refused: /goes by itself once the access has ended/,
  },
  'an administrator may label a request': {
    as: 'admin',
    on: 'pending',
    patch: { metadata: { labels: { incident: 'inc-1' } } },
  },
  'an administrator does not change what was asked': {
    as: 'admin',
    on: 'pending',
    patch: { spec: { duration: '8h' } },
    refused: /spec is immutable/,
  },
  'the controller does not change what was asked': {
    as: 'controller',
    on: 'pending',
    patch: { spec: { requester: { email: 'otto@example.com' } } },
    refused: /spec is immutable/,
  },
}
for (const [sentence, { as, on, patch, ...rest }] of Object.entries(changes))
  test(sentence, async () => {
    const { metadata } = await requestIn(world, on)
    await judge(mergePatch(world.as[as], `${requestsPath}/${metadata.name}`, patch), rest)
  })

test('a deleted request stays until the controller has ended it', async () => {
  const seen = await requestIn(world, 'provisioned')
  const path = `${requestsPath}/${seen.metadata.name}`
  await world.as.admin.request({ method: 'DELETE', path })
  const kept = await world.as.admin.request<AccessRequest>({ method: 'GET', path })
  assert.ok(kept.metadata.deletionTimestamp)
  await patchStatus(world.as.controller, kept, { phase: 'Expired' })
  await mergePatch(world.as.controller, path, { metadata: { finalizers: [] } })
  await judge(world.as.admin.request({ method: 'GET', path }), { refused: /not found/ })
})

const ready = {
  type: 'Ready',
  status: 'True',
  reason: 'Sound',
  message: 'It can be asked for.',
  lastTransitionTime: denial.at,
}
const judgements: Record<string, Refused & { as: Who }> = {
  'the controller judges a mapping': { as: 'controller' },
  'the gateway judges no mapping': { as: 'gateway', refused: byRbac },
  'auth judges no mapping': { as: 'auth', refused: byRbac },
  'an administrator judges no mapping': { as: 'admin', refused: /only Hallpass's controller judges/ },
  'a robot judges no mapping': { as: 'robot', refused: /only Hallpass's controller judges/ },
}
for (const [sentence, { as, ...rest }] of Object.entries(judgements))
  test(sentence, async () => {
    const name = `mapping-${as}`
    const spec = {
      grants: [{ resource: 'projects/prod-eu', role: 'roles/cloudsql.client' }],
      requesters: { domains: ['example.com'] },
      approval: { onCall: { escalationPolicy: 'PMANAGERS' } },
      channel: 'C0PRODACCESS',
    }
    const body = { apiVersion: 'hallpass.dev/v1alpha1', kind: 'RoleMapping', metadata: { name }, spec }
    await world.as.admin.request({ method: 'POST', path: mappingsPath, body })
    await judge(mergePatch(world.as[as], `${mappingsPath}/${name}/status`, { status: { conditions: [ready] } }), rest)
  })

type Sealing = Refused & { as: Who; change?: (token: ReturnType<typeof sealedToken>) => object; into?: string }
const big = { sealed: 'A'.repeat(16_388) }
const sealings: Record<string, Sealing> = {
  'auth seals a token': { as: 'auth' },
  'the gateway seals no token': { as: 'gateway', refused: byRbac },
  'the controller seals no token': { as: 'controller', refused: byRbac },
  'an administrator puts nothing among the sealed tokens': {
    as: 'admin',
    refused: /holds sealed tokens and nothing else/,
  },
  'a robot puts nothing among the sealed tokens': { as: 'robot', refused: /holds sealed tokens and nothing else/ },
  'an administrator may store Secrets anywhere else': {
    as: 'admin',
    into: '/api/v1/namespaces/elsewhere/secrets',
  },
  'auth stores no Secret anywhere else': {
    as: 'auth',
    into: '/api/v1/namespaces/hallpass-system/secrets',
    refused: byRbac,
  },
  'auth seals nothing of another type': {
    as: 'auth',
    change: token => ({ ...token, type: 'Opaque' }),
    refused: /has the type hallpass\.dev\/sealed-token/,
  },
  'auth seals nothing without a type': {
    as: 'auth',
    change: token => ({ ...token, type: undefined }),
    refused: /has the type hallpass\.dev\/sealed-token/,
  },
  'auth makes no token of a service account': {
    as: 'auth',
    change: token => ({
      metadata: { ...token.metadata, annotations: { 'kubernetes.io/service-account.name': 'default' } },
      type: 'kubernetes.io/service-account-token',
    }),
    refused: /has the type hallpass\.dev\/sealed-token/,
  },
  'auth seals nothing that could be changed': {
    as: 'auth',
    change: token => ({ ...token, immutable: undefined }),
    refused: /is immutable/,
  },
  'auth seals nothing under a free name': {
    as: 'auth',
    change: token => ({ ...token, metadata: { name: 'token-mine' } }),
    refused: /named token-UID-HASH/,
  },
  'auth seals nothing under a name with more behind it': {
    as: 'auth',
    change: token => ({ ...token, metadata: { name: `${token.metadata.name}0` } }),
    refused: /named token-UID-HASH/,
  },
  'auth seals nothing under a name the server makes up': {
    as: 'auth',
    change: token => ({ ...token, metadata: { generateName: 'token-' } }),
    refused: /named token-UID-HASH/,
  },
  'auth seals nothing that is too big': {
    as: 'auth',
    change: token => ({ ...token, data: big }),
    refused: /at most 16384/,
  },
  'auth seals nothing that is too big, sent as plain text': {
    as: 'auth',
    change: token => ({ ...token, data: undefined, stringData: big }),
    refused: /at most 16384/,
  },
  'auth seals one thing at a time': {
    as: 'auth',
    change: token => ({ ...token, data: { sealed: 'AAAA', more: 'AAAA' } }),
    refused: /is one value/,
  },
  'auth seals something': { as: 'auth', change: token => ({ ...token, data: undefined }), refused: /is one value/ },
  'auth seals nothing that outlives its deletion': {
    as: 'auth',
    change: token => ({ ...token, metadata: { ...token.metadata, finalizers: ['example.com/keep'] } }),
    refused: /no finalizers, owners or annotations/,
  },
  'auth writes no notes on a sealed token': {
    as: 'auth',
    change: token => ({ ...token, metadata: { ...token.metadata, annotations: { token: 'ya29' } } }),
    refused: /no finalizers, owners or annotations/,
  },
}
for (const [sentence, { as, change, into, ...rest }] of Object.entries(sealings))
  test(sentence, async () => {
    const token = sealedToken()
    await judge(
      world.as[as].request({ method: 'POST', path: into ?? tokensPath, body: change?.(token) ?? token }),
      rest,
    )
  })

type Handling = Refused & { as: Who; call: (path: string) => Call }
const relabel = (path: string): Call => ({
  method: 'PATCH',
  path,
  contentType: 'application/merge-patch+json',
  body: { metadata: { labels: { seen: 'yes' } } },
})
const handlings: Record<string, Handling> = {
  'the controller reads a sealed token': { as: 'controller', call: path => ({ method: 'GET', path }) },
  'the controller lists sealed tokens': { as: 'controller', call: () => ({ method: 'GET', path: tokensPath }) },
  'the controller deletes a sealed token': { as: 'controller', call: path => ({ method: 'DELETE', path }) },
  'the controller does not change a sealed token': { as: 'controller', call: relabel, refused: byRbac },
  'the controller reads no Secrets of its own namespace': {
    as: 'controller',
    call: () => ({ method: 'GET', path: '/api/v1/namespaces/hallpass-system/secrets' }),
    refused: byRbac,
  },
  'auth does not read what it sealed': { as: 'auth', call: path => ({ method: 'GET', path }), refused: byRbac },
  'auth does not list what is sealed': {
    as: 'auth',
    call: () => ({ method: 'GET', path: tokensPath }),
    refused: byRbac,
  },
  'auth does not delete what it sealed': { as: 'auth', call: path => ({ method: 'DELETE', path }), refused: byRbac },
  'auth does not change what it sealed': { as: 'auth', call: relabel, refused: byRbac },
  'the gateway reads no sealed token': { as: 'gateway', call: path => ({ method: 'GET', path }), refused: byRbac },
  'the gateway deletes no sealed token': { as: 'gateway', call: path => ({ method: 'DELETE', path }), refused: byRbac },
  'an administrator changes no sealed token': { as: 'admin', call: relabel, refused: /is never changed/ },
  'an administrator deletes no sealed token': {
    as: 'admin',
    call: path => ({ method: 'DELETE', path }),
    refused: /controller does, once it is used/,
  },
  'a robot clears away no sealed tokens': {
    as: 'robot',
    call: () => ({ method: 'DELETE', path: tokensPath }),
    refused: /controller does, once it is used/,
  },
}
for (const [sentence, { as, call, ...rest }] of Object.entries(handlings))
  test(sentence, async () => {
    const token = sealedToken()
    await world.as.auth.request({ method: 'POST', path: tokensPath, body: token })
    await judge(world.as[as].request(call(`${tokensPath}/${token.metadata.name}`)), rest)
  })

test('a namespace that is deleted can be cleared of sealed tokens', async () => {
  const token = sealedToken()
  await world.as.auth.request({ method: 'POST', path: tokensPath, body: token })
  const { stderr, code } = await world.cluster.kubectl(
    'delete',
    'secret',
    token.metadata.name,
    '--namespace=hallpass-tokens',
    '--wait=false',
    '--as=system:serviceaccount:kube-system:namespace-controller',
    '--as-group=system:masters',
  )
  assert.is(code, 0, stderr)
})

test('were they given the right, auth could ask on the web only, and the controller not at all', async () => {
  const { admin } = world.as
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
    return world.as[who].request({ method: 'POST', path: requestsPath, body: whole })
  }
  await eventually(() => judge(ask('auth', 'web'), {}))
  await judge(ask('auth', 'slack'), { refused: /origin "web" only/ })
  await eventually(() => judge(ask('controller', 'slack'), { refused: /a request says who asked/ }))
})

function mergePatch(transport: Transport, path: string, body: object): Promise<unknown> {
  return transport.request({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body })
}

/** The API server learns of changed rights by its own watch. */
async function eventually(check: () => Promise<void>): Promise<void> {
  for (const until = Date.now() + 10_000; ; await new Promise(resolve => setTimeout(resolve, 50))) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > until) throw error
    }
  }
}

test.run()
