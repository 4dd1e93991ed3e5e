// What people are shown of a request, as data.
import * as assert from 'uvu/assert'
import type { AccessRequest, Ending, Narrowing, RequestStatus } from '../../../src/api/kinds.ts'
import { sayHeld } from '../../../src/domain/granting/held.ts'
import { readMapping } from '../../../src/domain/mapping/mapping.ts'
import { type MessageView, viewDigest, viewOf } from '../../../src/domain/view/view.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { suite, table } from '../../suite.ts'

const test = suite('the view of a request')
const stored = mapping({ spec: { afterGrant: { text: 'Connect.', links: [] } } })
const asked = request(stored)
const at = '2026-11-23T14:05:00Z'
const approved: RequestStatus = {
  approvedBy: 'mo@example.com',
  decisions: [
    {
      id: '1',
      verdict: 'Approved',
      who: { email: 'mo@example.com' },
      at,
      comment: 'ok',
      narrowing: { duration: '10m', grants: [1] },
    },
  ],
}
const condition = (type: string, message: string, reason = 'X', status: 'True' | 'False' = 'False') => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: at,
})
const view = (status: RequestStatus, of: AccessRequest = asked): MessageView =>
  viewOf({ ...of, status: { ...of.status, ...status } }, readMapping(stored))

table<[RequestStatus, MessageView['state']]>(
  test,
  {
    'Pending asks': [{ phase: 'Pending' }, 'asking'],
    'Approved is being granted': [{ phase: 'Approved' }, 'granting'],
    'Provisioned is granted': [{ phase: 'Provisioned' }, 'granted'],
    'with something unknown it is in doubt': [
      { phase: 'Provisioned', grants: [{ resource: 'r', role: 'x', state: 'Unknown' }] },
      'inDoubt',
    ],
    Expired: [{ phase: 'Expired' }, 'expired'],
    Denied: [{ phase: 'Denied' }, 'denied'],
    TimedOut: [{ phase: 'TimedOut' }, 'timedOut'],
    Withdrawn: [{ phase: 'Withdrawn' }, 'withdrawn'],
    Revoked: [{ phase: 'Revoked' }, 'revoked'],
    Failed: [{ phase: 'Failed' }, 'failed'],
  },
  ([status, state]) => assert.is(view(status).state, state),
)

test('who ended the access is named, with the name that is known, and only once it has ended', () => {
  const revoked = (email: string, more: object = {}): Ending =>
    ({ id: email, verdict: 'Revoked', who: { email }, at: '', evidence: {}, ...more }) as unknown as Ending
  const mo = revoked('mo@example.com', { comment: 'done' })
  const endings = { endings: [mo] }
  assert.is(view({ phase: 'Provisioned', ...endings }).endedBy, undefined)
  assert.is(view({ phase: 'Expired', ...endings }).endedBy, undefined)
  const { approvers = [] } = asked.status ?? {}
  assert.equal(view({ phase: 'Revoked', approvers, ...endings }).endedBy, {
    email: 'mo@example.com',
    name: 'Mo Manager',
    slackUserID: 'U0MO',
    comment: 'done',
  })
  assert.equal(view({ phase: 'Revoked', endings: [revoked('dana@example.com')] }).endedBy, {
    email: 'dana@example.com',
    name: 'Dana Engineer',
    slackUserID: 'U0DANA',
  })
  const refused = [{ id: 'mo@example.com', reason: 'NotRemoved', message: '', at: '' }]
  const second = { endings: [mo, revoked('ana@example.com')], endingsRefused: refused }
  assert.equal(view({ phase: 'Revoked', ...second }).endedBy, { email: 'ana@example.com' })
})

test('a request without status asks', () => {
  const { status: _status, ...bare } = asked
  assert.is(viewOf(bare, undefined).state, 'asking')
})

test('an approval that was accepted shows what is granted; one that was not changes nothing', () => {
  const granted = view({ ...approved, phase: 'Approved' })
  assert.equal([granted.seconds, granted.grants.map(({ role }) => role)], [600, ['roles/logging.viewer']])
  assert.equal(granted.approvedBy, { email: 'mo@example.com', name: 'Mo Manager', slackUserID: 'U0MO', at })
  const { approvedBy: _by, ...unaccepted } = approved
  const waiting = view({ ...unaccepted, phase: 'Pending' })
  assert.equal([waiting.seconds, waiting.grants.length, waiting.approvedBy], [1800, 2, undefined])
})

test('what the approver removed is told, and nothing else', () => {
  const accepted = (narrowing?: Narrowing): MessageView['narrowed'] => {
    const decisions = (approved.decisions ?? []).map(({ narrowing: _all, ...whole }) => ({
      ...whole,
      ...(narrowing && { narrowing }),
    }))
    return view({ ...approved, decisions, phase: 'Approved' }).narrowed
  }
  const [first] = asked.spec.grants.map(({ role, resource }) => ({ resource, role }))
  assert.equal(accepted({ duration: '10m', grants: [1] }), { without: [first], insteadOf: 1800 })
  assert.equal(accepted({ grants: [1] }), { without: [first] })
  assert.equal(accepted({ duration: '10m' }), { without: [], insteadOf: 1800 })
  assert.equal(accepted(), undefined)
})

test('who denied is named, with their words', () => {
  const denied = view({
    phase: 'Denied',
    decisions: [
      { id: '1', verdict: 'Denied', who: { email: 'mo@example.com', slackUserID: 'U0MO' }, at, comment: 'no' },
    ],
  })
  assert.equal([denied.deniedBy?.name, denied.comment], ['Mo Manager', 'no'])
})

table<[reason: string, once: string | undefined]>(
  test,
  {
    'asking again helps at once when the approver lacked a right': ['AccessDenied', undefined],
    'asking again helps at once when the mapping has changed since': ['MappingChanged', undefined],
    'asking again helps only with another mapping': ['NobodyToAsk', 'the mapping is corrected'],
    'asking again helps only with another setup': ['MessageRefused', 'the platform team has corrected the setup'],
    'asking again helps only with Google’s permission': [
      'GrantRefused',
      'your Google administrators have permitted it',
    ],
    'a reason of an older version says nothing about asking again': ['X', undefined],
  },
  ([reason, once]) => {
    const conditions = [condition('Provisioned', 'No.', reason)]
    assert.is(view({ phase: 'Failed', conditions }).againOnce, once)
    assert.is(view({ phase: 'Approved', conditions }).againOnce, undefined, 'it has not failed')
  },
)

test('why it failed is the latest sentence; why it is in doubt comes from Complete', () => {
  const conditions = [condition('Routed', 'r'), condition('Approved', 'a'), condition('Provisioned', 'p')]
  assert.is(view({ phase: 'Failed', conditions }).why, 'p')
  assert.is(view({ phase: 'Failed', conditions: conditions.slice(0, 2) }).why, 'a')
  assert.is(view({ phase: 'Failed', conditions: conditions.slice(0, 1) }).why, 'r')
  assert.is(view({ phase: 'Provisioned', conditions: [...conditions, condition('Complete', 'c')] }).why, 'c')
  assert.is(view({ phase: 'Provisioned', conditions: [condition('Complete', 'c', 'X', 'True')] }).why, undefined)
})

test('what PagerDuty’s silence changed is noted only while it is being decided', () => {
  const conditions = [condition('Routed', 'PagerDuty does not answer.', 'FallbackAsked', 'True')]
  assert.is(view({ phase: 'Pending', conditions }).note, 'PagerDuty does not answer.')
  assert.is(view({ phase: 'Approved', conditions }).note, undefined)
  assert.is(
    view({ phase: 'Pending', conditions: [condition('Routed', 'Asked Mo.', 'OnCall', 'True')] }).note,
    undefined,
  )
})

test('times, the window, and what to do first', () => {
  const shown = view({ phase: 'Provisioned', startsAt: at, expiresAt: '2026-11-23T14:35:00Z' })
  assert.equal([shown.startsAt, shown.expiresAt], [at, '2026-11-23T14:35:00Z'])
  assert.equal([shown.askedAt, shown.decideBy], ['2026-11-23T14:02:00.000Z', '2026-11-23T14:32:00.000Z'])
  assert.equal(shown.afterGrant, { text: 'Connect.', links: [] })
  assert.is(viewOf(asked, undefined).afterGrant, undefined)
})

test('bookkeeping does not change the digest; what is shown does', () => {
  const base = viewDigest(view({ phase: 'Pending' }))
  const kept: RequestStatus[] = [
    { told: [{ what: 'granted', at }] },
    { auditSeq: 4 },
    { message: { channel: 'C1', intentAt: at, ts: '1.0' } },
    { routing: { at, level: 2 } },
  ]
  for (const status of kept) assert.is(viewDigest(view({ phase: 'Pending', ...status })), base)
  assert.is.not(viewDigest(view({ phase: 'Denied' })), base)
  assert.is.not(viewDigest(view({ phase: 'Pending', approvers: [] })), base)
})

test('what the requester has anyway is told once for all, and only of grants that were written', () => {
  const grant = (n: number, more: object = {}) => ({ resource: 'projects/p', role: `roles/r${n}`, ...more })
  const why = 'This person already holds the role without a time limit, outside Hallpass.'
  const states = [{ state: 'Written' }, { state: 'Written', why }, { state: 'Refused', why }, { state: 'Unknown', why }]
  const grants = states.map((more, n) => grant(n, more)) as NonNullable<RequestStatus['grants']>
  assert.equal(view({ phase: 'Provisioned', grants }).held, [grant(1)])
  assert.not('held' in view({ phase: 'Provisioned', grants: grants.slice(0, 1) }), 'digests of other requests stay')
  const say = (count: number): string => sayHeld(Array.from({ length: count }, (_, n) => grant(n))) ?? 'nothing'
  assert.is(say(0), 'nothing')
  assert.match(say(1), /^The requester already has roles\/r0 on projects\/p without a time limit, outside Hallpass: /)
  assert.match(say(2), /has roles\/r0 on projects\/p and roles\/r1 on projects\/p without/)
  assert.match(say(5), /r0 on projects\/p, roles\/r1 on projects\/p, roles\/r2 on projects\/p and 2 more without/)
})

test('the groups whose members can decide are said while somebody is asked, and only where they can', () => {
  const googleGroups = ['prod-approvers@example.com']
  const of = (onlyOnCall: boolean): AccessRequest => ({
    ...asked,
    spec: { ...asked.spec, approval: { ...asked.spec.approval, onlyOnCall, allowed: { googleGroups } } },
  })
  assert.equal(view({ phase: 'Pending' }, of(false)).groups, googleGroups)
  assert.is(view({ phase: 'Pending' }, of(true)).groups, undefined)
  assert.is(view({ phase: 'Denied' }, of(false)).groups, undefined)
})

test.run()
