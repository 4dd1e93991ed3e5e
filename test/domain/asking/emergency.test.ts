// What a mapping offers in an emergency: which of its rules change, and that nobody gets an emergency that is not offered.
import * as assert from 'uvu/assert'
import type { ApprovalRules, RequestSpec, RoleMapping } from '../../../src/api/kinds.ts'
import { newRequest, refuseAsk } from '../../../src/domain/asking/asking.ts'
import { specDigest } from '../../../src/domain/approval/digest.ts'
import { readMapping, rulesDigest, snapshotDifference } from '../../../src/domain/mapping/mapping.ts'
import { emergency, urgentMapping } from '../../builders/emergency.ts'
import { mapping } from '../../builders/mapping.ts'
import { organisation } from '../../builders/organisation.ts'
import { request } from '../../builders/request.ts'
import { attacks } from '../../attacks.ts'
import { start } from '../../fakes/clock.ts'
import { suite, table } from '../../suite.ts'

const test = suite('emergencies of a mapping')

type Approval = RoleMapping['spec']['approval']
type Emergency = NonNullable<RoleMapping['spec']['emergency']>
const usual: Approval = {
  window: '30m',
  onCall: { escalationPolicy: 'PABC123' },
  fallback: { emails: ['ana@example.com'] },
  allowed: { emails: ['bo@example.com'] },
}
const least: Emergency = { channel: 'C0SECURITY', reviewers: { emails: ['sam@example.com'] } }
const asUsual: ApprovalRules = {
  required: 1,
  window: '30m',
  escalateAfter: '10m',
  onCall: { escalationPolicy: 'PABC123', level: 1 },
  fallback: { emails: ['ana@example.com'] },
  allowed: { emails: ['bo@example.com'] },
  onlyOnCall: false,
}

table<{
  approval?: Approval
  emergency: Emergency
  rules: Omit<Partial<ApprovalRules>, 'allowed'> & { allowed?: ApprovalRules['allowed'] | undefined }
}>(
  test,
  {
    'what is not declared stays': { emergency: least, rules: {} },
    'one approval is enough where two are needed': { approval: { ...usual, required: 2 }, emergency: least, rules: {} },
    'two approvals where three are needed': {
      approval: { ...usual, required: 3 },
      emergency: { ...least, required: 2 },
      rules: { required: 2 },
    },
    'a shorter window': { emergency: { ...least, window: '900s' }, rules: { window: '15m' } },
    'the next level sooner': { emergency: { ...least, escalateAfter: '2m' }, rules: { escalateAfter: '2m' } },
    'another fallback instead': {
      emergency: { ...least, fallback: { slackUserGroup: 'S0SRE' } },
      rules: { fallback: { slackUserGroup: 'S0SRE' } },
    },
    'an empty fallback leaves the usual one': { emergency: { ...least, fallback: { emails: [] } }, rules: {} },
    'more people who may approve': {
      emergency: { ...least, allowed: { emails: ['otto@example.com', 'bo@example.com'] } },
      rules: { allowed: { emails: ['bo@example.com', 'otto@example.com'] } },
    },
    'where only the people on call may approve, only the named people may too': {
      approval: { ...usual, onlyOnCall: true },
      emergency: { ...least, allowed: { emails: ['otto@example.com'] } },
      rules: { allowed: { emails: ['otto@example.com'] }, onlyOnCall: false },
    },
    'more groups whose members may approve': {
      approval: { ...usual, allowed: { googleGroups: ['approvers@example.com'] } },
      emergency: { ...least, allowed: { googleGroups: ['leads@example.com', 'approvers@example.com'] } },
      rules: { allowed: { googleGroups: ['approvers@example.com', 'leads@example.com'] } },
    },
    'where only the people on call may approve, only members of the groups of emergencies may too': {
      approval: { ...usual, onlyOnCall: true, allowed: { googleGroups: ['approvers@example.com'] } },
      emergency: { ...least, allowed: { googleGroups: ['leads@example.com'] } },
      rules: { allowed: { googleGroups: ['leads@example.com'] }, onlyOnCall: false },
    },
    'where only the people on call may approve, an empty list of groups changes nothing': {
      approval: { ...usual, onlyOnCall: true },
      emergency: { ...least, allowed: { googleGroups: [], emails: [] } },
      rules: { allowed: undefined, onlyOnCall: true },
    },
    'where only the people on call may approve, it stays so': {
      approval: { ...usual, onlyOnCall: true, allowed: { emails: [] } },
      emergency: least,
      rules: { allowed: undefined, onlyOnCall: true },
    },
  },
  ({ approval = usual, emergency: declared, rules }) => {
    const { allowed, ...rest } = { ...asUsual, ...rules }
    const read = readMapping(urgentMapping({ approval, emergency: declared }))
    assert.equal(read.emergency?.approval, { ...rest, ...(allowed && { allowed }) })
  },
)

test('the review has its default time, in one form', () => {
  assert.is(readMapping(urgentMapping({ emergency: least })).emergency?.review.within, '72h')
  const shorter = urgentMapping({ emergency: { ...least, reviewWithin: '120m' } })
  assert.is(readMapping(shorter).emergency?.review.within, '2h')
})

const offered = readMapping(urgentMapping())
const asked = { ...request(urgentMapping()).spec, seconds: 1800, name: 'prod-db-x' }
const urgent = newRequest(offered, { ...asked, isEmergency: true }).spec
const review = urgent.review as NonNullable<RequestSpec['review']>
const plain = newRequest(offered, asked).spec

test('an emergency holds its rules, and is offered', () => {
  assert.is(urgent.emergency, true)
  assert.equal(urgent.review, {
    channel: 'C0SECURITY',
    within: '48h',
    reviewers: { emails: ['sam@example.com'], slackUserGroup: 'S0SECURITY' },
  })
  assert.equal(urgent.approval.allowed?.emails, ['otto@example.com'])
  assert.is(snapshotDifference(urgent, offered), undefined)
})

test('another request for the same mapping holds no rule of it', () => {
  assert.equal([plain.emergency, plain.review, plain.approval.allowed], [undefined, undefined, undefined])
  assert.is(snapshotDifference(plain, offered), undefined)
})

test('requests and rules from before there were emergencies keep their digests', () => {
  const before = readMapping(mapping())
  assert.is(specDigest(plain), specDigest(newRequest(before, asked).spec))
  assert.is.not(rulesDigest(before), rulesDigest(offered))
  assert.is(rulesDigest({ ...before, emergency: undefined } as never), rulesDigest(before))
})

const differs = (spec: RequestSpec, now = offered): string => snapshotDifference(spec, now) ?? 'granted'
attacks<{ spec: RequestSpec; now?: RoleMapping }>(
  test,
  {
    'somebody stores an emergency of a mapping without any … mapping "prod-db" offers no emergency': {
      spec: urgent,
      now: mapping(),
    },
    'somebody stores the approval rules of emergencies in another request … the approval rules of mapping "prod-db" have changed':
      { spec: { ...plain, approval: urgent.approval } },
    'somebody stores an emergency that more people may approve … the approval rules of mapping "prod-db" have changed':
      { spec: { ...urgent, approval: { ...urgent.approval, allowed: { emails: ['eve@example.com'] } } } },
    'somebody stores an emergency that a friend reviews … the rules of mapping "prod-db" for the review of emergencies have changed':
      { spec: { ...urgent, review: { ...review, reviewers: { emails: ['eve@example.com'] } } } },
    'somebody stores an emergency that is told in another channel … the rules of mapping "prod-db" for the review of emergencies have changed':
      { spec: { ...urgent, review: { ...review, channel: 'C0QUIET' } } },
    'a mapping stops offering emergencies while one waits … mapping "prod-db" offers no emergency': {
      spec: urgent,
      now: mapping(),
    },
  },
  ({ spec, now }) => differs(spec, now && readMapping(now)),
)

const requester = { email: 'dana@example.com' as never, userGroups: [] }
const ask = { mapping: offered, requester, seconds: 1800, reason: 'INC-1 all is down', isEmergency: true }
table<{ change: Partial<Parameters<typeof refuseAsk>[0]>; reason: string | undefined }>(
  test,
  {
    'an offered emergency can be asked for': { change: {}, reason: undefined },
    'a mapping without emergencies has none': { change: { mapping: readMapping(mapping()) }, reason: 'NoEmergency' },
    'without a reason, never': { change: { reason: '' }, reason: 'ReasonMissing' },
    'without a reason, also where none is needed': {
      change: { reason: '', mapping: readMapping(urgentMapping({ reason: { required: false } })) },
      reason: 'ReasonMissing',
    },
    'a reason of another form': { change: { reason: 'all is down' }, reason: 'ReasonPattern' },
    'longer than the mapping allows': { change: { seconds: 5 * 3600 }, reason: 'TooLong' },
  },
  ({ change, reason }) => assert.is(refuseAsk({ ...ask, ...change }, organisation, start)?.reason, reason),
)

test('the builder declares what is tested', () => assert.is(emergency.channel, 'C0SECURITY'))

test.run()
