// When and at which level approvers are looked for.
import * as assert from 'uvu/assert'
import type { Approver, RequestSpec, RequestStatus } from '../../../src/api/kinds.ts'
import {
  approversFrom,
  type Candidate,
  maxLevel,
  newcomers,
  nextLevel,
  refreshAt,
  routeAt,
  sayLeftOut,
} from '../../../src/domain/calling/routing.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { start } from '../../fakes/clock.ts'
import { suite, table } from '../../suite.ts'

const test = suite('routing')
const { spec } = request(mapping())
const at = '2026-11-23T14:02:00Z'
const mo: Approver = { email: 'mo@example.com', name: 'Mo Manager', level: 1, why: 'on call', at }
const rules = (approval: Partial<RequestSpec['approval']>): RequestSpec => ({
  ...spec,
  approval: { ...spec.approval, ...approval },
})
const policy = { escalationPolicy: 'PABC123', level: 1 }
const { onCall: _none, ...withoutOnCall } = spec.approval
const fallbackOnly: RequestSpec = { ...spec, approval: { ...withoutOnCall, fallback: { emails: ['ana@example.com'] } } }

table<{ spec?: RequestSpec; status: RequestStatus; at: string | undefined }>(
  test,
  {
    'at once, to begin with': { status: {}, at: '1970-01-01T00:00:00.000Z' },
    'while nobody is found, again in 15 s': {
      status: { routing: { at }, approvers: [] },
      at: '2026-11-23T14:02:15.000Z',
    },
    'the next level after escalateAfter': {
      status: { routing: { at, level: 1 }, approvers: [mo] },
      at: '2026-11-23T14:12:00.000Z',
    },
    'never when escalateAfter is 0s': {
      spec: rules({ escalateAfter: '0s' }),
      status: { routing: { at, level: 1 }, approvers: [mo] },
      at: undefined,
    },
    'never after the fallback': { status: { routing: { at, level: 0 }, approvers: [mo] }, at: undefined },
    'never from a schedule without a fallback': {
      spec: rules({ onCall: { schedule: 'S1', level: 1 } }),
      status: { routing: { at, level: 1 }, approvers: [mo] },
      at: undefined,
    },
    'from a schedule to the fallback': {
      spec: rules({ onCall: { schedule: 'S1', level: 1 }, fallback: { emails: ['ana@example.com'] } }),
      status: { routing: { at, level: 1 }, approvers: [mo] },
      at: '2026-11-23T14:12:00.000Z',
    },
    'while PagerDuty is silent, again in 15 s': {
      status: { routing: { at, silentSince: at } },
      at: '2026-11-23T14:02:15.000Z',
    },
    'and exactly when its 20 s are over': {
      status: { routing: { at: '2026-11-23T14:02:15Z', silentSince: at } },
      at: '2026-11-23T14:02:20.000Z',
    },
    'and on from there, although the fallback was asked': {
      status: { routing: { at: '2026-11-23T14:02:20Z', silentSince: at }, approvers: [mo] },
      at: '2026-11-23T14:02:35.000Z',
    },
  },
  fact => assert.is(routeAt(fact.spec ?? spec, fact.status)?.toISOString(), fact.at),
)

table<{ status: RequestStatus; lookedAt?: Date; at: string | undefined }>(
  test,
  {
    'a process that has not looked yet looks at once': { status: { approvers: [mo] }, at: '1970-01-01T00:00:00.000Z' },
    'then every minute': { status: { approvers: [mo] }, lookedAt: start, at: '2026-11-23T14:03:00.000Z' },
    'not while nobody was asked': { status: {}, at: undefined },
    'not while PagerDuty is silent': { status: { approvers: [mo], routing: { at, silentSince: at } }, at: undefined },
    'for the fallback too, of which not everybody may be known yet': {
      status: { approvers: [{ ...mo, level: 0 }], routing: { at, level: 0 } },
      at: '1970-01-01T00:00:00.000Z',
    },
  },
  fact => assert.is(refreshAt(fact.status, fact.lookedAt)?.toISOString(), fact.at),
)

table<{ spec?: RequestSpec; status: RequestStatus; level: number }>(
  test,
  {
    'first the level of the mapping': { spec: rules({ onCall: { ...policy, level: 2 } }), status: {}, level: 2 },
    'the next after the last': { status: { routing: { at, level: 1 }, approvers: [mo] }, level: 2 },
    'the first again when nobody was found': { status: { routing: { at, level: 3 }, approvers: [] }, level: 1 },
    'the first again after the fallback was asked in silence': {
      status: { routing: { at, silentSince: at }, approvers: [{ ...mo, level: 0 }] },
      level: 1,
    },
    'the fallback after a schedule': {
      spec: rules({ onCall: { schedule: 'S1', level: 1 } }),
      status: { routing: { at, level: 1 }, approvers: [mo] },
      level: 0,
    },
    'the fallback after the last level there can be': {
      status: { routing: { at, level: maxLevel }, approvers: [mo] },
      level: 0,
    },
    'the fallback without an on-call': { spec: fallbackOnly, status: {}, level: 0 },
  },
  fact => assert.is(nextLevel(fact.spec ?? spec, fact.status), fact.level),
)

const candidate = (email: string, more: Partial<Candidate> = {}): Candidate => ({
  email,
  level: 1,
  why: 'on call',
  ...more,
})
table<{ candidates: Candidate[]; found: string[] }>(
  test,
  {
    'each once, in order': {
      candidates: [candidate('mo@example.com'), candidate('ana@example.com'), candidate('MO@example.com')],
      found: ['mo@example.com', 'ana@example.com'],
    },
    'not the requester': { candidates: [candidate('dana@example.com')], found: [] },
    'not the requester by Slack account': {
      candidates: [candidate('boss@example.com', { slackUserID: 'U0DANA' })],
      found: [],
    },
    'not the requester by the people table': { candidates: [candidate('d@corp.example')], found: [] },
    'not what is no address': { candidates: [candidate('mo at example.com')], found: [] },
  },
  ({ candidates, found }) => {
    const people = [['dana@example.com', 'd@corp.example']]
    assert.equal(
      approversFrom(candidates, spec, people, start).map(({ email }) => email),
      found,
    )
  },
)

test('what is stored of an approver is as long as the CRD allows', () => {
  const [stored] = approversFrom(
    [candidate('mo@example.com', { name: 'n'.repeat(99), why: 'w'.repeat(200) })],
    spec,
    [],
    start,
  )
  assert.equal([stored?.name?.length, stored?.why.length, stored?.at], [80, 120, at])
})

test('what is stored of an approver ends in no half of an emoji', () => {
  const long = { name: `${'n'.repeat(79)}👩‍💻`, why: `${'w'.repeat(119)}😀` }
  const [stored] = approversFrom([candidate('mo@example.com', long)], spec, [], start)
  assert.equal([stored?.name, stored?.why], ['n'.repeat(79), 'w'.repeat(119)])
})

test('a name of which nothing can be seen is not stored', () => {
  const [stored] = approversFrom([candidate('mo@example.com', { name: '\u3164' })], spec, [], start)
  assert.is(stored?.name, undefined)
})

test('people who were asked are not asked again, and people found twice are asked once', () => {
  const ana = { ...mo, email: 'ana@example.com' }
  assert.equal(
    newcomers([mo], { approvers: [{ ...mo, level: 2 }, ana, { ...ana, level: 2 }] }).asked.map(({ email }) => email),
    ['ana@example.com'],
  )
})

test('a request asks at most 20 people, and counts whom it leaves out', () => {
  const many = Array.from({ length: 30 }, (_, i) => ({ ...mo, email: `m${i}@example.com` }))
  const { asked, leftOut } = newcomers([mo], { approvers: many })
  assert.equal([asked.length, asked.at(-1)?.email, leftOut], [19, 'm18@example.com', 11])
  assert.equal(newcomers([mo, ...asked], { approvers: many }), { asked: [], leftOut: 11 })
  assert.is(newcomers([mo], { approvers: many, unseen: 400 }).leftOut, 411)
  assert.is(newcomers([mo], { approvers: many.slice(0, 5), unseen: 400 }).leftOut, 0, 'there is room for more')
})

table(
  test,
  {
    'nobody left out': { leftOut: 0, said: '' },
    'one left out': { leftOut: 1, said: ' 1 more is left out: a request asks 20 people at most.' },
    'many left out': { leftOut: 12, said: ' 12 more are left out: a request asks 20 people at most.' },
  },
  ({ leftOut, said }) => assert.is(sayLeftOut(leftOut), said),
)

test.run()
