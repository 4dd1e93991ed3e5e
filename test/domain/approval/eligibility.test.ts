// Who may decide, rule by rule, in order.
import * as assert from 'uvu/assert'
import type { Approver, Decision, RequestSpec, RequestStatus } from '../../../src/api/kinds.ts'
import {
  decideBy,
  type DecisionFacts,
  type Occasion,
  refuseDecision,
  sayApprovers,
} from '../../../src/domain/approval/eligibility.ts'
import { readMapping } from '../../../src/domain/mapping/mapping.ts'
import { mapping } from '../../builders/mapping.ts'
import { organisation } from '../../builders/organisation.ts'
import { request } from '../../builders/request.ts'
import { start } from '../../fakes/clock.ts'
import { suite, table } from '../../suite.ts'

const test = suite('who may decide')
const stored = mapping()
const { spec, status = {} } = request(stored)
const mo = { email: 'mo@example.com', slackUserID: 'U0MO' }
const dana = { email: 'dana@example.com', slackUserID: 'U0DANA' }
/** The facts of a row, flat: what differs from Mo, who was asked, at 14:05. */
type Flat = Omit<DecisionFacts, 'request'> & { spec: RequestSpec; status: RequestStatus; isDeleted: boolean }
const usual: Flat = {
  spec,
  status,
  isDeleted: false,
  mapping: readMapping(stored),
  person: mo,
  people: [['dana@example.com', 'd.engineer@corp.example']],
  organisation,
  now: new Date('2026-11-23T14:05:00Z'),
}
const reasonOf = (occasion: Occasion, change: Partial<Flat> = {}): string | undefined => {
  const { spec, status, isDeleted, ...facts } = { ...usual, ...change }
  const { metadata, ...rest } = request(stored)
  const deleted = isDeleted && { deletionTimestamp: '2026-11-23T14:03:00Z' }
  const created = { creationTimestamp: start.toISOString() }
  return refuseDecision(occasion, {
    ...facts,
    request: { ...rest, metadata: { ...metadata, ...created, ...deleted }, spec, status },
  })?.reason
}
const decided = (verdict: Decision['verdict']): RequestStatus => ({
  ...status,
  decisions: [{ id: '1', verdict, who: { email: 'ana@example.com' }, at: '2026-11-23T14:04:00Z' }],
})
const end = new Date('2026-11-23T14:32:00Z')
const allowed = { ...spec.approval, allowed: { emails: ['ana@example.com'] } }

type Fact = { change?: Partial<Flat>; approval: string | undefined; denial: string | undefined }
table<Fact>(
  test,
  {
    'who was asked may': { approval: undefined, denial: undefined },
    'known by Slack account alone': {
      change: { person: { slackUserID: 'U0MO' } },
      approval: undefined,
      denial: undefined,
    },
    'known by a plus address': {
      change: { person: { email: 'mo+x@example.com' } },
      approval: undefined,
      denial: undefined,
    },
    'somebody else may not': {
      change: { person: { email: 'otto@example.com' } },
      approval: 'NotAnApprover',
      denial: 'NotAnApprover',
    },
    'a person of whom nothing is known may not': {
      change: { person: {} },
      approval: 'NotAnApprover',
      denial: 'NotAnApprover',
    },
    'nobody may while nobody was asked': {
      change: { status: { phase: 'Pending', approvers: [] } },
      approval: 'NotAnApprover',
      denial: 'NotAnApprover',
    },
    'nor before anybody was looked up': { change: { status: {} }, approval: 'NotAnApprover', denial: 'NotAnApprover' },
    'the requester may not, even when asked': {
      change: { person: dana, status: { ...status, approvers: [{ email: dana.email, level: 1, why: 'x', at: 'x' }] } },
      approval: 'SelfApproval',
      denial: 'SelfDenial',
    },
    'the requester by another address may not': {
      change: { person: { email: 'd.engineer@corp.example' } },
      approval: 'SelfApproval',
      denial: 'SelfDenial',
    },
    'the requester by Slack account may not': {
      change: { person: { email: 'mo@example.com', slackUserID: 'U0DANA' } },
      approval: 'SelfApproval',
      denial: 'SelfDenial',
    },
    'whom the mapping allows may, unasked': {
      change: {
        spec: { ...spec, approval: allowed },
        mapping: readMapping(mapping({ spec: { approval: { ...stored.spec.approval, allowed: allowed.allowed } } })),
        person: { email: 'ana@example.com' },
      },
      approval: undefined,
      denial: undefined,
    },
    'unless only the on-call may': {
      change: {
        spec: { ...spec, approval: { ...allowed, onlyOnCall: true } },
        mapping: readMapping(
          mapping({ spec: { approval: { ...stored.spec.approval, allowed: allowed.allowed, onlyOnCall: true } } }),
        ),
        person: { email: 'ana@example.com' },
      },
      approval: 'NotAnApprover',
      denial: 'NotAnApprover',
    },
    'the last second of the window': {
      change: { now: new Date(end.getTime() - 1) },
      approval: undefined,
      denial: undefined,
    },
    'the end of the window is too late': { change: { now: end }, approval: 'WindowClosed', denial: 'WindowClosed' },
    'approved already': {
      change: { status: decided('Approved') },
      approval: 'AlreadyDecided',
      denial: 'AlreadyDecided',
    },
    'denied already': { change: { status: decided('Denied') }, approval: 'AlreadyDecided', denial: 'AlreadyDecided' },
    'withdrawn already': {
      change: { status: decided('Withdrawn') },
      approval: 'AlreadyWithdrawn',
      denial: 'AlreadyWithdrawn',
    },
    deleted: { change: { isDeleted: true }, approval: 'AlreadyWithdrawn', denial: 'AlreadyWithdrawn' },
    'failed before anybody decided': {
      change: { status: { ...status, phase: 'Failed' } },
      approval: 'AlreadyEnded',
      denial: 'AlreadyEnded',
    },
    'timed out, says a controller whose clock is ahead': {
      change: { status: { ...status, phase: 'TimedOut' } },
      approval: 'WindowClosed',
      denial: 'WindowClosed',
    },
    'withdrawn by a deletion': {
      change: { status: { ...status, phase: 'Withdrawn' } },
      approval: 'AlreadyWithdrawn',
      denial: 'AlreadyWithdrawn',
    },
    'said to hold access that nobody decided on': {
      change: { status: { ...status, phase: 'Provisioned' } },
      approval: 'AlreadyEnded',
      denial: 'AlreadyEnded',
    },
    'settled while it waits': {
      change: { status: { ...status, settled: true } },
      approval: 'AlreadyEnded',
      denial: 'AlreadyEnded',
    },
    'a mapping that is gone refuses a yes, never a no': {
      change: { mapping: undefined },
      approval: 'MappingChanged',
      denial: undefined,
    },
    'a requester outside the organisation refuses a yes, never a no': {
      change: { organisation: { ...organisation, hostedDomains: ['elsewhere.example'] } },
      approval: 'RequesterOutside',
      denial: undefined,
    },
    'the first refusal wins': {
      change: { now: end, isDeleted: true },
      approval: 'AlreadyWithdrawn',
      denial: 'AlreadyWithdrawn',
    },
  },
  ({ change, approval, denial }) => {
    assert.is(reasonOf('approve', change), approval)
    assert.is(reasonOf('deny', change), denial)
    // Who opens the page is not known, so it shows what speaks against everybody.
    const isOfPerson = approval === 'SelfApproval' || approval === 'NotAnApprover'
    assert.is(reasonOf('show', change), isOfPerson ? undefined : approval)
  },
)

table<{ change: Partial<Flat>; reason: string | undefined }>(
  test,
  {
    'the requester may withdraw': { change: { person: dana }, reason: undefined },
    'the approver may not': { change: { person: mo }, reason: 'NotTheRequester' },
    'not once it is decided': { change: { person: dana, status: decided('Approved') }, reason: 'AlreadyDecided' },
    'not after the window': { change: { person: dana, now: end }, reason: 'WindowClosed' },
    'not once it has failed': {
      change: { person: dana, status: { ...status, phase: 'Failed' } },
      reason: 'AlreadyEnded',
    },
  },
  ({ change, reason }) => assert.is(reasonOf('withdraw', change), reason),
)

table<{ change?: Partial<Flat>; at?: string; reason: string | undefined }>(
  test,
  {
    'a recorded approval holds': { reason: undefined },
    'though it is itself the existing decision': { change: { status: decided('Approved') }, reason: undefined },
    'not when it was recorded after the window': { at: '2026-11-23T14:32:00Z', reason: 'WindowClosed' },
    'though the request was deleted since': { change: { isDeleted: true }, reason: undefined },
    'not from the requester': { change: { person: dana }, reason: 'SelfApproval' },
    'not from somebody who was never asked': {
      change: { person: { email: 'otto@example.com' } },
      reason: 'NotAnApprover',
    },
    'not for somebody outside the organisation': {
      change: { organisation: { ...organisation, hostedDomains: [] } },
      reason: 'RequesterOutside',
    },
    'not when the mapping has changed since': { change: { mapping: undefined }, reason: 'MappingChanged' },
  },
  ({ change, at = '2026-11-23T14:05:00Z', reason }) =>
    assert.is(reasonOf('grant', { ...change, now: new Date(at) }), reason),
)

test('the window begins when the request was made', () => assert.equal(decideBy(spec, start), end))

const named = (name: string): Approver => ({
  email: `${name.toLowerCase()}@example.com`,
  name,
  level: 1,
  why: 'x',
  at: 'x',
})
table<[Approver[], string]>(
  test,
  {
    nobody: [[], 'nobody yet'],
    one: [[named('Mo')], 'mo@example.com (Mo)'],
    'one without a name': [[{ email: 'mo@example.com', level: 1, why: 'x', at: 'x' }], 'mo@example.com'],
    'one whose name cannot be seen': [[{ ...named('Mo'), name: '\u3164' }], 'mo@example.com'],
    two: [[named('Mo'), named('Ana')], 'mo@example.com (Mo) and ana@example.com (Ana)'],
    three: [[named('Mo'), named('Ana'), named('Otto')], 'mo@example.com (Mo) and 2 others'],
  },
  ([approvers, said]) => assert.is(sayApprovers(approvers), said),
)

test.run()
