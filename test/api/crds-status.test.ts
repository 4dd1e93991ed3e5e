// How a stored request may change, as the API server decides: allowed steps, fields that are written once, lists that
// only grow. These rules apply to every writer.
import * as assert from 'uvu/assert'
import { type AccessRequest, type Phase } from '../../src/api/kinds.ts'
import { endedPhases } from '../../src/api/phases.ts'
import { roads } from '../builders/roads.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { suite, table } from '../suite.ts'
import { approval, at, changed, denial, validSpec } from './crd-cases.ts'

const test = suite('how a request may change', { timeoutMs: 60_000 })
const path = '/apis/hallpass.dev/v1alpha1/namespaces/hallpass/accessrequests'
let cluster: Cluster
let made = 0
test.before(async () => {
  cluster = await startCluster()
  await cluster.createNamespace('hallpass')
})
test.after(() => cluster.stop())

/** A stored request that has had these statuses, one write each. */
async function stored(...states: object[]): Promise<AccessRequest> {
  const body = {
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'AccessRequest',
    metadata: { name: `r-${++made}` },
    spec: validSpec,
  }
  let request = await cluster.transport.request<AccessRequest>({ method: 'POST', path, body })
  for (const status of states) request = await put(request, { ...request.status, ...status })
  return request
}

/** Replaces the whole status. */
function put({ metadata, ...request }: AccessRequest, status: object | undefined): Promise<AccessRequest> {
  const body = { ...request, metadata, status }
  return cluster.transport.request<AccessRequest>({ method: 'PUT', path: `${path}/${metadata.name}/status`, body })
}

function merge({ metadata }: AccessRequest, body: object, subresource = '/status'): Promise<AccessRequest> {
  return cluster.transport.request<AccessRequest>({
    method: 'PATCH',
    path: `${path}/${metadata.name}${subresource}`,
    contentType: 'application/merge-patch+json',
    body,
  })
}

async function refusal(act: Promise<unknown>): Promise<string | undefined> {
  return act.then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  )
}

const phases: Phase[] = ['Pending', 'Approved', 'Provisioned', ...endedPhases]
const steps: Record<string, Phase[]> = {
  New: ['Pending', 'Withdrawn', 'Failed'],
  Pending: ['Approved', 'Denied', 'TimedOut', 'Withdrawn', 'Failed'],
  Approved: ['Provisioned', 'Revoked', 'Withdrawn', 'Failed'],
  Provisioned: ['Expired', 'Revoked', 'Failed'],
}
const noBeginning = 'a request begins as Pending'
for (const [from, road] of Object.entries(roads)) {
  const legal = new Set<string>(steps[from] ?? [])
  const name = from === 'New' ? 'its creation' : from
  test(`after ${name} come ${[...legal].join(', ') || 'no other phases'}`, async () => {
    const request = await stored(...road.map(phase => ({ phase })))
    for (const to of phases) {
      const refused = await refusal(dryRun(request, { phase: to }))
      const isLegal = legal.has(to) || to === from
      assert.is(refused === undefined, isLegal, `${name} to ${to}: ${refused ?? 'accepted'}`)
      if (!isLegal)
        assert.match(refused ?? '', from === 'New' ? noBeginning : `a request cannot go from ${from} to ${to}`)
    }
  })
}

function dryRun({ metadata }: AccessRequest, status: object): Promise<unknown> {
  return cluster.transport.request({
    method: 'PATCH',
    path: `${path}/${metadata.name}/status`,
    query: { dryRun: 'All' },
    contentType: 'application/merge-patch+json',
    body: { status },
  })
}

const audit = [{ seq: 1, event: 'Requested', at }]
const done = { id: 'd1', verdict: 'Done', who: { email: 'dana@example.com' }, at }
const kept = { id: 'e1', state: 'Published', at }
const endingRefused = { id: 'r1', reason: 'NotRemoved', message: 'Google refused.', at }
const mo = { email: 'mo@example.com', level: 1, why: 'on call', at }

/** The stored value, values that may follow it, and values that may not: each as a whole value; null removes it. */
const onceOnly: Record<string, { stands: unknown; may?: unknown[]; mayNot: unknown[]; says: RegExp }> = {
  phase: { stands: 'Pending', mayNot: [null], says: /phase cannot be removed/ },
  startsAt: { stands: at, may: [at], mayNot: [null, '2026-11-24T10:00:01Z'], says: /startsAt is written once/ },
  expiresAt: { stands: at, may: [at], mayNot: [null, '2027-11-24T10:00:00Z'], says: /expiresAt is written once/ },
  endedAt: { stands: at, may: [at], mayNot: [null, '2025-11-24T10:00:00Z'], says: /endedAt is written once/ },
  approvedBy: {
    stands: 'mo@example.com',
    may: ['mo@example.com'],
    mayNot: [null, 'otto@example.com', ''],
    says: /approvedBy is written once/,
  },
  settled: { stands: true, may: [true], mayNot: [null, false], says: /a settled request stays settled/ },
  auditSeq: { stands: 3, may: [3, 4], mayNot: [null, 2, 0], says: /auditSeq never goes back/ },
  attempts: {
    stands: { count: 2 },
    may: [{ count: 2 }, { count: 3, last: [{ at, who: 'otto', why: 'not asked' }] }],
    mayNot: [null, { count: 1 }],
    says: /attempts are only added/,
  },
  approvers: {
    stands: [mo],
    may: [[mo, { ...mo, email: 'ana@example.com', level: 2 }], [{ ...mo, why: 'asked again' }]],
    mayNot: [null, [], [{ ...mo, email: 'otto@example.com' }]],
    says: /who was asked to approve stays listed/,
  },
  decisions: {
    stands: [denial],
    may: [[denial], [denial, { ...denial, id: 'd2' }]],
    mayNot: [null, [], [{ ...denial, id: 'd2' }], [{ ...denial, id: 'd2' }, denial]],
    says: /a decision cannot be moved or removed/,
  },
  endings: {
    stands: [done],
    may: [[done], [done, { ...done, id: 'd2' }]],
    mayNot: [null, [], [{ ...done, id: 'd2' }], [{ ...done, id: 'd2' }, done]],
    says: /an ending cannot be moved or removed/,
  },
  evidence: {
    stands: [kept],
    may: [[kept], [kept, { ...kept, id: 'e2' }]],
    mayNot: [null, [], [{ ...kept, id: 'e2' }]],
    says: /the end of evidence stays recorded/,
  },
  endingsRefused: {
    stands: [endingRefused],
    may: [[endingRefused], [endingRefused, { ...endingRefused, id: 'r2' }]],
    mayNot: [null, [], [{ ...endingRefused, id: 'r2' }]],
    says: /an ending that was refused stays refused/,
  },
}
for (const [field, { stands, may = [], mayNot, says }] of Object.entries(onceOnly)) {
  test(`${field} cannot be changed or removed`, async () => {
    const request = await stored({ phase: 'Pending', [field]: stands })
    for (const value of mayNot) {
      assert.match((await refusal(merge(request, { status: { [field]: value } }))) ?? 'accepted', says)
      const whole = changed({ ...request.status }, { [field]: value ?? undefined })
      assert.match((await refusal(put(request, whole))) ?? 'accepted', says)
    }
    for (const value of may)
      assert.is(await refusal(dryRun(request, { [field]: value })), undefined, JSON.stringify(value))
  })
}

test('settled may still come after false', async () => {
  const request = await stored({ phase: 'Withdrawn', settled: false })
  assert.is((await merge(request, { status: { settled: true } })).status?.settled, true)
})

// The API server puts the default in its place, which lacks the phase.
test('status as a whole cannot be removed', async () => {
  const request = await stored({ phase: 'Pending' })
  assert.match((await refusal(put(request, undefined))) ?? 'accepted', /phase cannot be removed/)
  assert.match((await refusal(merge(request, { status: null }))) ?? 'accepted', /phase cannot be removed/)
})

const specChanges: Record<string, object> = {
  'another duration': { duration: '8h' },
  'another requester': { requester: { email: 'otto@example.com' } },
  'another role': { grants: [{ resource: 'projects/prod-eu', role: 'roles/owner' }] },
  'easier approval': { approval: { allowed: { emails: ['otto@example.com'] } } },
  'no reason': { reason: '' },
  'a later start': { notBefore: at },
  'a removed part': { slack: null },
}
table(
  (name, fn) => test(`spec is immutable: ${name}`, fn),
  specChanges,
  async spec => {
    const request = await stored()
    assert.match((await refusal(merge(request, { spec }, ''))) ?? 'accepted', /spec is immutable|Required value/)
    const sneaked = await merge(request, { spec, status: { phase: 'Pending' } })
    assert.equal(sneaked.spec, validSpec, 'by way of status')
  },
)

/** One status written to a pending request at a time. `says` is absent where it is accepted. */
const claims = (change: object): object => changed(approval, change as Record<string, unknown>)
const words = (length: number): object => ({ ...audit[0], details: { a: 'x'.repeat(length) } })
const outbox = (count: number, length: number): object[] =>
  Array.from({ length: count }, (_, n) => ({ ...words(length), seq: n + 1 }))
const statuses: Record<string, { status: object; says?: RegExp }> = {
  'an approval carries evidence': { status: { decisions: [approval] } },
  'an approval without evidence is refused': {
    status: { decisions: [claims({ evidence: undefined })] },
    says: /an approval carries evidence/,
  },
  'a denial carries no evidence': {
    status: { decisions: [claims({ verdict: 'Denied' })] },
    says: /an approval carries evidence, and nothing else does/,
  },
  'a verdict is one of three': { status: { decisions: [{ ...denial, verdict: 'Maybe' }] }, says: /Unsupported value/ },
  'a decision has an id': { status: { decisions: [{ ...denial, id: '' }] }, says: /decisions\[0\]\.id/ },
  'a decision has one date format': {
    status: { decisions: [{ ...denial, at: '2026-11-23T15:00:00x5Z' }] },
    says: /decisions\[0\]\.at/,
  },
  'an id is a plain word': { status: { decisions: [{ ...denial, id: 'a b' }] }, says: /decisions\[0\]\.id/ },
  'two decisions have two ids': { status: { decisions: [denial, denial] }, says: /Duplicate value/ },
  'there are six decisions at most': {
    status: { decisions: [1, 2, 3, 4, 5, 6, 7].map(n => ({ ...denial, id: `d${n}` })) },
    says: /must have at most 6 items/,
  },
  'a decision has an instant': { status: { decisions: [{ ...denial, at: 'today' }] }, says: /decisions\[0\]\.at/ },
  'a comment has 500 characters at most': {
    status: { decisions: [{ ...denial, comment: 'c'.repeat(501) }] },
    says: /comment/,
  },
  'a comment is one visible line': {
    status: { decisions: [{ ...denial, comment: 'no\nPhase: Provisioned' }] },
    says: /comment.*one line without control/s,
  },
  'an approver’s name has no direction characters': {
    status: { approvers: [{ ...mo, name: '\u202Eom' }] },
    says: /name.*one line without control/s,
  },
  'an approver’s name is not an address': {
    status: { approvers: [{ ...mo, name: 'ana@example.com' }] },
    says: /name.*at sign/s,
  },
  'a hash is one of SHA-256': { status: { decisions: [claims({ 'evidence.hash': 'x' })] }, says: /evidence\.hash/ },
  'a salt has 32 bytes': {
    status: { decisions: [claims({ 'evidence.salt': 'A'.repeat(42) })] },
    says: /evidence\.salt/,
  },
  'evidence names its audience': {
    status: { decisions: [claims({ 'evidence.claims.aud': undefined })] },
    says: /claims\.aud/,
  },
  'evidence holds no token': { status: { decisions: [claims({ 'evidence.idToken': 'eyJ' })] }, says: /idToken/ },
  'a narrowing keeps at least one grant': {
    status: { decisions: [claims({ 'narrowing.grants': [] })] },
    says: /narrowing\.grants/,
  },
  'a narrowing counts grants from 0 to 9': {
    status: { decisions: [claims({ 'narrowing.grants': [10] })] },
    says: /narrowing\.grants/,
  },
  'an approver has an address': { status: { approvers: [{ ...mo, email: 'mo' }] }, says: /approvers\[0\]\.email/ },
  'an approver is listed once': { status: { approvers: [mo, mo] }, says: /Duplicate value/ },
  'a condition is of one type each': {
    status: { conditions: [condition('Routed'), condition('Routed')] },
    says: /Duplicate value/,
  },
  'there is room for six conditions and the one that repeats one': {
    status: {
      conditions: ['Routed', 'Approved', 'Provisioned', 'Complete', 'Accounted', 'Reviewed', 'Stalled'].map(condition),
    },
  },
  'but not for an eighth': {
    status: { conditions: ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'].map(condition) },
    says: /at most 7 items/,
  },
  'five conditions may say as much as each may': { status: { conditions: 'ABCDE'.split('').map(longest) } },
  'a sixth makes no room for more text': {
    status: { conditions: 'ABCDEF'.split('').map(longest) },
    says: /at most 6220 characters/,
  },
  'a condition gives a reason in one word': {
    status: { conditions: [{ ...condition('Routed'), reason: 'two words' }] },
    says: /reason/,
  },
  'a grant is in a known state': {
    status: { grants: [{ ...validSpec.grants[0], state: 'Done' }] },
    says: /Unsupported value/,
  },
  'the outbox holds 20 events': { status: { audit: outbox(20, 500) } },
  'and no more': { status: { audit: outbox(21, 1) }, says: /at most 20 items/ },
  'the outbox holds 12000 characters': { status: { audit: outbox(11, 1024) } },
  'and not one more': { status: { audit: outbox(12, 1024) }, says: /at most 12000 characters/ },
  'long names of details count too': {
    status: { audit: [{ ...audit[0], details: { ['k'.repeat(12_000)]: '' } }] },
    says: /at most 12000 characters/,
  },
  'each position is used once': { status: { audit: [...audit, ...audit] }, says: /Duplicate value/ },
  'nothing else can be stored': { status: { token: 'ya29' }, says: /token/ },
}
function longest(letter: string): object {
  return { ...condition(letter.repeat(40)), reason: 'R'.repeat(60), message: 'm'.repeat(1024) }
}
function condition(type: string): object {
  return { type, status: 'True', reason: 'Seen', message: 'It is so.', lastTransitionTime: at }
}
table(test, statuses, async ({ status, says }) => {
  const request = await stored({ phase: 'Pending' })
  const body = { ...request, status: { ...request.status, ...status } }
  const query = { dryRun: 'All', fieldValidation: 'Strict' }
  const refused = await refusal(
    cluster.transport.request({ method: 'PUT', path: `${path}/${request.metadata.name}/status`, query, body }),
  )
  if (says) assert.match(refused ?? 'accepted', says)
  else assert.is(refused, undefined)
})

test('an existing decision does not change', async () => {
  const request = await stored({ phase: 'Pending', decisions: [approval] })
  for (const changes of [
    { at: '2026-11-24T10:00:01Z' },
    { comment: 'x' },
    { narrowing: undefined },
    { verdict: 'Denied' },
  ]) {
    const refused = await refusal(merge(request, { status: { decisions: [changed(approval, changes)] } }))
    assert.match(refused ?? 'accepted', /a decision is written once/)
  }
})

test('managedFields name what is written as a whole once, and each decision by its id', async () => {
  const { metadata } = await stored({
    phase: 'Pending',
    message: { channel: 'C0PRODACCESS', intentAt: at, ts: '1.2' },
    routing: { at, level: 1 },
    conditions: [{ type: 'Routed', status: 'True', lastTransitionTime: at, reason: 'OnCall', message: 'Asked.' }],
    told: [{ what: 'granted', at }],
    decisions: [approval],
  })
  const { managedFields } = metadata as { managedFields?: { subresource?: string; fieldsV1: object }[] }
  const named = managedFields?.map(({ subresource = 'request', fieldsV1 }) => [subresource, fieldsV1])
  assert.equal(Object.fromEntries(named ?? []), {
    request: { 'f:spec': {} },
    status: {
      'f:status': {
        'f:phase': {},
        'f:message': {},
        'f:routing': {},
        'f:conditions': { '.': {}, 'k:{"type":"Routed"}': {} },
        'f:told': {},
        'f:decisions': { '.': {}, [`k:{"id":"${approval.id}"}`]: {} },
      },
    },
  })
})

test.run()
