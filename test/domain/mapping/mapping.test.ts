// A stored mapping as the rules read it, and what a request's snapshot may differ in.
import * as assert from 'uvu/assert'
import type { RequestSpec, RoleMapping } from '../../../src/api/kinds.ts'
import { newRequest } from '../../../src/domain/asking/asking.ts'
import { readMapping, rulesDigest, shownDurations, snapshotDifference } from '../../../src/domain/mapping/mapping.ts'
import { nights } from '../../builders/hours.ts'
import { mapping } from '../../builders/mapping.ts'
import { suite, table } from '../../suite.ts'

const test = suite('mappings')

test('a mapping that says nothing more than it must reads with the defaults', () => {
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

table<{ duration: RoleMapping['spec']['duration']; shown: [min: string, usual: string, max: string] }>(
  test,
  {
    'no times': { duration: undefined, shown: ['1m', '1h', '4h'] },
    'a short maximum is the default too': { duration: { max: '30m' }, shown: ['1m', '30m', '30m'] },
    'a maximum that is shorter than the usual minimum': { duration: { max: '30s' }, shown: ['30s', '30s', '30s'] },
    'a long maximum': { duration: { max: '168h' }, shown: ['1m', '1h', '168h'] },
    'a long minimum is the default too': { duration: { min: '90m' }, shown: ['1h30m', '1h30m', '4h'] },
    'a short default': { duration: { default: '30s' }, shown: ['30s', '30s', '4h'] },
    'all three, in other words': {
      duration: { min: '60s', default: '90m', max: '7200s' },
      shown: ['1m', '1h30m', '2h'],
    },
  },
  ({ duration, shown }) => {
    const stored = mapping()
    if (duration) stored.spec.duration = duration
    else delete stored.spec.duration
    const [min, usual, max] = shown
    assert.equal(shownDurations(readMapping(stored)), { min, default: usual, max })
  },
)

test('a limit in sequence is read, shown, and part of the rules; without it nothing is', () => {
  const [bare, limited] = [mapping(), mapping()]
  limited.spec.duration = { ...limited.spec.duration, maxConsecutive: '8h' }
  const [without, read] = [readMapping(bare), readMapping(limited)]
  assert.equal([without.maxConsecutiveSeconds, read.maxConsecutiveSeconds], [undefined, 8 * 3600])
  assert.equal(Object.keys(shownDurations(without)), ['min', 'default', 'max'])
  assert.is(shownDurations(read).maxConsecutive, '8h')
  assert.is.not(rulesDigest(read), rulesDigest(without))
  const { maxConsecutiveSeconds: _, ...as } = read
  assert.is(rulesDigest(as), rulesDigest(without), 'digests of mappings without it stay as they were')
})

test('hours are read, shown, and part of the rules; without them nothing is', () => {
  const [bare, limited] = [mapping(), mapping({ spec: { hours: nights } })]
  const [without, read] = [readMapping(bare), readMapping(limited)]
  assert.equal([without.hours, read.hours], [undefined, nights])
  assert.is(shownDurations(read).hours, 'Monday to Friday 22:00 to 06:00 the next day (Europe/Berlin)')
  assert.is.not(rulesDigest(read), rulesDigest(without))
  const { hours: _, ...as } = read
  assert.is(rulesDigest(as), rulesDigest(without), 'digests of mappings without them stay as they were')
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

const digest = (change: (stored: RoleMapping) => void): string => {
  const stored = mapping()
  change(stored)
  return rulesDigest(readMapping(stored))
}
const flips: Record<string, { change: (stored: RoleMapping) => void; isSeen: boolean }> = {
  'another approver': { change: ({ spec }) => (spec.approval.fallback = { emails: ['x@example.com'] }), isSeen: true },
  'somebody else on call': { change: ({ spec }) => (spec.approval.onCall = { schedule: 'PX' }), isSeen: true },
  'another requester': { change: ({ spec }) => (spec.requesters.emails = ['x@example.com']), isSeen: true },
  'another domain': { change: ({ spec }) => (spec.requesters.domains = ['example.org']), isSeen: true },
  'another user group': { change: ({ spec }) => (spec.requesters.slackUserGroups = ['S0X']), isSeen: true },
  'another role': {
    change: ({ spec }) => (spec.grants = [{ resource: 'projects/p-1', role: 'roles/x' }]),
    isSeen: true,
  },
  'a longer time': { change: ({ spec }) => (spec.duration = { max: '8h' }), isSeen: true },
  'privileged roles': { change: ({ spec }) => (spec.allowPrivileged = true), isSeen: true },
  'another name': { change: ({ metadata }) => (metadata.name = 'other'), isSeen: true },
  'a default that is now written out': { change: ({ spec }) => (spec.approval.required = 1), isSeen: false },
  'empty lists': {
    change: ({ spec }) => Object.assign(spec.approval, { fallback: { emails: [] }, allowed: { emails: [] } }),
    isSeen: false,
  },
  'another description': { change: ({ spec }) => (spec.description = 'x'), isSeen: false },
  'another status': { change: stored => delete stored.status, isSeen: false },
}
for (const [sentence, { change, isSeen }] of Object.entries(flips))
  test(`the digest of the rules ${isSeen ? 'tells' : 'does not tell'} ${sentence}`, () => {
    assert.is(digest(change) !== digest(() => undefined), isSeen)
  })

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
    'empty lists name nobody': {
      now: mapping({
        spec: {
          approval: {
            window: '30m',
            onCall: { escalationPolicy: 'PABC123' },
            fallback: { emails: [] },
            allowed: { emails: [] },
          },
        },
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
