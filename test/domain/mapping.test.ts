// A stored mapping as the rules read it, and what a request's snapshot may differ in.
import * as assert from 'uvu/assert'
import type { RequestSpec, RoleMapping } from '../../src/api/kinds.ts'
import { newRequest } from '../../src/domain/asking.ts'
import { readMapping, snapshotDifference } from '../../src/domain/mapping.ts'
import { mapping } from '../slack/fakes.ts'
import { suite, table } from '../suite.ts'

const test = suite('mappings')

test('a mapping that says nothing more than it must reads with the CRD’s defaults', () => {
  const bare = mapping()
  bare.spec = {
    grants: [{ resource: 'projects/prod-eu', role: 'roles/x.y' }],
    requesters: { domains: ['example.com'] },
    approval: { onCall: { escalationPolicy: 'PABC123' } },
    channel: 'C0PRODACCESS',
  }
  const read = readMapping(bare)
  assert.equal([read.minSeconds, read.defaultSeconds, read.maxSeconds], [60, 3600, 14_400])
  assert.equal(read.approval, {
    required: 1,
    window: '30m',
    escalateAfter: '10m',
    onCall: { escalationPolicy: 'PABC123', level: 1 },
    onlyOnCall: false,
  })
  assert.equal([read.reason, read.allowPrivileged, read.description], [{ required: true }, false, ''])
})

const judged = (change: (stored: RoleMapping) => void): boolean => {
  const stored = mapping()
  change(stored)
  return readMapping(stored).isReady
}
table<{ change: (stored: RoleMapping) => void; isReady: boolean }>(
  test,
  {
    'Ready at its generation is ready': { change: () => undefined, isReady: true },
    'Ready at an earlier generation is not': { change: stored => (stored.metadata.generation = 2), isReady: false },
    'not judged yet is not': { change: stored => delete stored.status, isReady: false },
    'being deleted is not': {
      change: stored => (stored.metadata.deletionTimestamp = '2026-11-23T14:00:00Z'),
      isReady: false,
    },
  },
  ({ change, isReady }) => assert.is(judged(change), isReady),
)

const spec: RequestSpec = newRequest(readMapping(mapping()), {
  name: 'x',
  seconds: 1800,
  requester: { email: 'dana@example.com' },
  origin: 'slack',
  reason: 'INC-1',
}).spec
const [first, second] = mapping().spec.grants
if (!first || !second) throw new Error('the mapping grants nothing')

table<{ now: RoleMapping | undefined; difference: RegExp | undefined }>(
  test,
  {
    'no difference': { now: mapping(), difference: undefined },
    'what only people read may change': {
      now: mapping({ spec: { description: 'new', channel: 'C0OTHER' } }),
      difference: undefined,
    },
    'other words for the same time are the same': {
      now: mapping({
        spec: { approval: { window: '1800s', escalateAfter: '600s', onCall: { escalationPolicy: 'PABC123' } } },
      }),
      difference: undefined,
    },
    gone: { now: undefined, difference: /"prod-db" no longer exists/ },
    'a role less': {
      now: mapping({ spec: { grants: [first] } }),
      difference: /no longer offers "roles\/logging.viewer" on "projects\/prod-eu"$/,
    },
    'a condition more': {
      now: mapping({ spec: { grants: [{ ...first, condition: 'a' }, second] } }),
      difference: /no longer offers "roles\/cloudsql.client"/,
    },
    'a role more': {
      now: mapping({ spec: { grants: [first, second, { ...first, role: 'roles/x.y' }] } }),
      difference: /lists other grants/,
    },
    'another order': { now: mapping({ spec: { grants: [second, first] } }), difference: /lists other grants/ },
    'other approvers': {
      now: mapping({ spec: { approval: { window: '30m', onCall: { escalationPolicy: 'POTHER' } } } }),
      difference: /approval rules .* have changed/,
    },
    'a shorter maximum': {
      now: mapping({ spec: { duration: { default: '10m', max: '20m' } } }),
      difference: /at most 20m/,
    },
    'not ready': { now: mapping({ isReady: false }), difference: /is not ready/ },
    'the person no longer among those who may ask': {
      now: mapping({ spec: { requesters: { domains: ['other.example'], emails: ['otto@example.com'] } } }),
      difference: /no longer lets dana@example\.com ask$/,
    },
    'the person named now, the domain no more': {
      now: mapping({ spec: { requesters: { domains: [], emails: ['Dana@example.com'] } } }),
      difference: undefined,
    },
    'a user group, whose members are not known here': {
      now: mapping({ spec: { requesters: { slackUserGroups: ['S0DBA'] } } }),
      difference: undefined,
    },
  },
  ({ now, difference }) => {
    const found = snapshotDifference(spec, now && readMapping(now))
    if (difference) assert.match(found ?? '', difference)
    else assert.is(found, undefined)
  },
)

test('a listed address of which a letter is another one in lower case lets nobody ask', () => {
  const frank = { ...spec, requester: { ...spec.requester, email: 'frank@example.com' } }
  const now = mapping({ spec: { requesters: { emails: ['fran\u212A@example.com'] } } })
  assert.match(snapshotDifference(frank, readMapping(now)) ?? '', /no longer lets frank@example\.com ask$/)
})

test.run()
