// What may be asked for, and what an ask becomes.
import * as assert from 'uvu/assert'
import type { RoleMapping } from '../../../src/api/kinds.ts'
import {
  mayAsk,
  nearMatches,
  newRequest,
  refuseAsk,
  requestName,
  triggerDigest,
} from '../../../src/domain/asking/asking.ts'
import { parseEmail } from '../../../src/domain/people/identity.ts'
import { readMapping } from '../../../src/domain/mapping/mapping.ts'
import { mapping } from '../../builders/mapping.ts'
import { organisation } from '../../builders/organisation.ts'
import { start } from '../../fakes/clock.ts'
import { suite, table } from '../../suite.ts'

const test = suite('asking')
const email = (text: string) => {
  const parsed = parseEmail(text)
  if (!parsed) throw new Error(`${text} is no address`)
  return parsed
}

type Fact = {
  spec?: Partial<RoleMapping['spec']>
  isReady?: boolean
  who?: string
  groups?: string[]
  seconds?: number
  reason?: string
  refused: string | undefined
}
table<Fact>(
  test,
  {
    'a whole ask': { refused: undefined },
    'a mapping that is not ready': { isReady: false, refused: 'NotReady' },
    'a mapping that is not ready, to somebody who may not ask for it': {
      isReady: false,
      who: 'eve@evil.example',
      refused: 'NotARequester',
    },
    'somebody of another domain': { who: 'eve@evil.example', refused: 'NotARequester' },
    'a domain that only has the same ending': { who: 'eve@notexample.com', refused: 'NotARequester' },
    'a subdomain is another domain': { who: 'eve@sub.example.com', refused: 'NotARequester' },
    'a listed address, in any letters': {
      spec: { requesters: { emails: ['Eve@Evil.example'] } },
      who: 'eve@evil.example',
      refused: undefined,
    },
    'a listed letter that is another one in lower case': {
      spec: { requesters: { emails: ['fran\u212A@evil.example'] } },
      who: 'frank@evil.example',
      refused: 'NotARequester',
    },
    'a member of the group': {
      spec: { requesters: { slackUserGroups: ['S1'] } },
      groups: ['S2', 'S1'],
      refused: undefined,
    },
    'not a member of the group': {
      spec: { requesters: { slackUserGroups: ['S1'] } },
      groups: ['S2'],
      refused: 'NotARequester',
    },
    'nobody, when nobody is listed': { spec: { requesters: {} }, refused: 'NotARequester' },
    'a time that is partly within the hours': {
      spec: { hours: { zone: 'UTC', spans: [{ from: '14:31', to: '15:00' }] } },
      refused: undefined,
    },
    'a time that is not within the hours': {
      spec: { hours: { zone: 'UTC', spans: [{ from: '14:33', to: '15:00' }] } },
      refused: 'OutsideHours',
    },
    'as long as it may be': { seconds: 4 * 3600, refused: undefined },
    'a second too long': { seconds: 4 * 3600 + 1, refused: 'TooLong' },
    'a second too short': { seconds: 299, refused: 'TooShort' },
    'no reason': { reason: '', refused: 'ReasonMissing' },
    'no reason where none is needed': {
      spec: { reason: { required: false, pattern: 'INC' } },
      reason: '',
      refused: undefined,
    },
    'a reason that does not fit': { reason: 'because', refused: 'ReasonPattern' },
    'a reason and a pattern that would keep a backtracking matcher busy without end': {
      spec: { reason: { required: true, pattern: '^(a+)+$' } },
      reason: `${'a'.repeat(400)}!`,
      refused: 'ReasonPattern',
    },
    'a reason that fits anywhere in it': { reason: 'see INC-1, please', refused: undefined },
    'a reason that is too long': { reason: `INC-1 ${'x'.repeat(500)}`, refused: 'ReasonTooLong' },
  },
  ({ spec, isReady = true, who = 'dana@example.com', groups = [], seconds = 1800, reason = 'INC-1', refused }) => {
    const requester = { email: email(who), userGroups: groups }
    const read = readMapping(mapping({ isReady, ...(spec && { spec }) }))
    const wide = { ...organisation, hostedDomains: [requester.email.replace(/.*@/, '')] }
    assert.is(refuseAsk({ mapping: read, requester, seconds, reason }, wide, start)?.reason, refused)
    if (requester.email.endsWith('@example.com')) return
    if (requester.email.endsWith('@example.com')) return
    assert.is(refuseAsk({ mapping: read, requester, seconds, reason }, organisation, start)?.reason, 'RequesterOutside')
    if (refused === 'NotARequester') assert.not(mayAsk(read, requester))
  },
)

test('what is refused says what was asked, what is allowed, and what to do', () => {
  const read = readMapping(mapping())
  const ask = { mapping: read, requester: { email: email('dana@example.com'), userGroups: [] }, reason: 'INC-1' }
  assert.is(
    refuseAsk({ ...ask, seconds: 9 * 3600 }, organisation, start)?.message,
    '*prod-db* lasts at most 4 hours; you asked for 9 hours.',
  )
  assert.is(
    refuseAsk({ ...ask, seconds: 1800, reason: '' }, organisation, start)?.message,
    '*prod-db* needs a reason, with a ticket such as INC-1234.',
  )
})

table<[string, string[]]>(
  test,
  {
    'a slip of the fingers': ['prod-bd', ['prod-db']],
    'in capitals': ['PROD-DB', ['prod-db']],
    'nothing like it': ['kitchen', []],
    'eight thousand letters': ['prod-db'.repeat(1143), []],
  },
  ([typed, near]) => assert.equal(nearMatches(typed, ['prod-db', 'staging-cluster']), near),
)

test('one trigger has one name, and another trigger or team another', () => {
  const names = [triggerDigest('T1', '1.2'), triggerDigest('T1', '1.3'), triggerDigest('T11', '.2')].map(digest =>
    requestName('prod-db', digest),
  )
  assert.is(new Set(names).size, 3)
  assert.is(names[0], requestName('prod-db', triggerDigest('T1', '1.2')))
  for (const name of names) assert.match(name, /^prod-db-[a-z2-7]{12}$/)
})

test('a new request carries the snapshot of its mapping and the finalizer', () => {
  const read = readMapping(mapping())
  const made = newRequest(read, {
    name: 'prod-db-x',
    seconds: 5400,
    requester: { email: 'dana@example.com' },
    origin: 'slack',
    reason: 'INC-1',
  })
  assert.equal(made.metadata, { name: 'prod-db-x', namespace: 'hallpass', finalizers: ['hallpass.dev/account'] })
  assert.equal(made.spec.grants, read.grants)
  assert.equal(made.spec.approval, read.approval)
  assert.equal([made.spec.roleMapping, made.spec.duration], ['prod-db', '1h30m'])
})

test.run()
