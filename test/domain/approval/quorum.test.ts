// The approvals of a request: which count, which decides, what they leave together, and what the nonce binds.
import * as assert from 'uvu/assert'
import type { Decision, Narrowing, RequestSpec } from '../../../src/api/kinds.ts'
import { type Commitment, nonceOf } from '../../../src/domain/approval/digest.ts'
import { differentPeople } from '../../../src/domain/people/identity.ts'
import {
  approvalsBefore,
  approvalsDigest,
  approvalsOf,
  met,
  sayApprovedBy,
  sayProgress,
  standingDecision,
  writerIn,
} from '../../../src/domain/approval/quorum.ts'
import { suite, table } from '../../suite.ts'

const test = suite('several approvals')

const verdicts = { A: 'Approved', D: 'Denied', W: 'Withdrawn' } as const
/** `A1 D2`: an approval and a denial, in this order. */
const decided = (text: string): Decision[] =>
  text
    .split(' ')
    .filter(Boolean)
    .map(id => ({
      id,
      verdict: verdicts[id[0] as keyof typeof verdicts],
      who: { email: `${id.toLowerCase()}@example.com` },
      at: '2026-11-23T14:02:00Z',
    }))
const request = (required: number, text: string) => ({
  spec: { approval: { required } },
  status: { decisions: decided(text) },
})

table<{ required: number; decisions: string; approvals: string; decides?: string }>(
  test,
  {
    'one is needed, and none is there': { required: 1, decisions: '', approvals: '' },
    'one is needed, and the first decides': { required: 1, decisions: 'A1', approvals: 'A1', decides: 'A1' },
    'what follows the one that decided is nothing': {
      required: 1,
      decisions: 'A1 D2',
      approvals: 'A1',
      decides: 'A1',
    },
    'a denial first': { required: 1, decisions: 'D1 A2', approvals: '', decides: 'D1' },
    'one of two decides nothing': { required: 2, decisions: 'A1', approvals: 'A1' },
    'the second of two decides': { required: 2, decisions: 'A1 A2', approvals: 'A1 A2', decides: 'A2' },
    'a denial between two approvals decides': {
      required: 2,
      decisions: 'A1 D2 A3',
      approvals: 'A1',
      decides: 'D2',
    },
    'a withdrawal after four of five': {
      required: 5,
      decisions: 'A1 A2 A3 A4 W5',
      approvals: 'A1 A2 A3 A4',
      decides: 'W5',
    },
    'a denial after the last approval is too late': {
      required: 2,
      decisions: 'A1 A2 D3',
      approvals: 'A1 A2',
      decides: 'A2',
    },
  },
  ({ required, decisions, approvals, decides }) => {
    const one = request(required, decisions)
    assert.is(
      approvalsOf(one)
        .map(({ id }) => id)
        .join(' '),
      approvals,
    )
    assert.is(standingDecision(one)?.id, decides)
    assert.is(sayProgress(one), `${approvals.split(' ').filter(Boolean).length} of ${required}`)
  },
)

test('an approval comes after those that are stored before it', () => {
  const one = request(3, 'A1 A2 A3')
  assert.equal(
    decided('A1 A2 A3 A9').map(decision => approvalsBefore(one, decision).length),
    [0, 1, 2, 0],
  )
})

test('all approvers are named, and the last one is the writer', () => {
  assert.is(sayApprovedBy(decided('A1 A2')), 'a1@example.com, a2@example.com')
  assert.equal(
    [writerIn('mo@example.com'), writerIn('a1@example.com, a2@example.com')],
    ['mo@example.com', 'a2@example.com'],
  )
})

const spec = { grants: Array.from({ length: 3 }, () => ({})) } as unknown as RequestSpec
table<{ all: (Narrowing | undefined)[]; left: Narrowing | undefined }>(
  test,
  {
    'nobody left anything out': { all: [undefined, undefined], left: undefined },
    'one alone is as it is written': { all: [{ duration: '90m' }], left: { duration: '90m' } },
    'the shorter time, however it is written': {
      all: [{ duration: '1h30m' }, { duration: '80m' }, undefined],
      left: { duration: '80m' },
    },
    'the grants that are in every list': {
      all: [{ grants: [0, 2] }, undefined, { grants: [2, 1] }],
      left: { grants: [2] },
    },
    'time and grants of different people': {
      all: [{ grants: [0] }, { duration: '5m' }],
      left: { duration: '5m', grants: [0] },
    },
    'nothing in common': { all: [{ grants: [0] }, { grants: [1] }], left: { grants: [] } },
    'a time that cannot be read is not shorter than one that can': {
      all: [{ duration: 'soon' }, { duration: '5m' }],
      left: { duration: '5m' },
    },
  },
  ({ all, left }) => assert.equal(met(spec, all), left),
)

test('a later narrowing never gives more than an earlier one', () => {
  const choices: (Narrowing | undefined)[] = [undefined, { grants: [0] }, { grants: [0, 1] }, { duration: '5m' }]
  for (const first of choices)
    for (const second of choices) {
      const grants = met(spec, [first, second])?.grants ?? [0, 1, 2]
      for (const grant of grants) assert.ok((first?.grants ?? [0, 1, 2]).includes(grant))
      assert.equal(met(spec, [first, second]), met(spec, [second, first]))
    }
})

const commitment: Commitment = { purpose: 'approve', uid: 'u', specDigest: 'd', salt: 's' }
const nonceAfter = (before: readonly Decision[]): string => nonceOf({ ...commitment, before: approvalsDigest(before) })

test('the nonce is another one for each list of approvals before it, also for an empty one', () => {
  const lists = ['', 'A1', 'A2', 'A1 A2', 'A2 A1'].map(decided)
  const [first] = decided('A1')
  const changed = [
    { ...first, comment: 'x' },
    { ...first, narrowing: { grants: [0] } },
  ] as Decision[]
  const nonces = [nonceOf(commitment), ...lists.map(nonceAfter), ...changed.map(one => nonceAfter([one]))]
  assert.is(new Set(nonces).size, nonces.length)
})

test('the order of the fields of a stored approval does not matter', () => {
  const [one] = decided('A1')
  const turned = Object.fromEntries(Object.entries(one ?? {}).toReversed()) as Decision
  assert.is(approvalsDigest([turned]), approvalsDigest(decided('A1')))
})

table<{ people: { email?: string; slackUserID?: string; googleSubject?: string }[]; joined?: string[][]; are: number }>(
  test,
  {
    nobody: { people: [], are: 0 },
    'two people': { people: [{ email: 'mo@d.example' }, { email: 'ana@d.example' }], are: 2 },
    'one with a tag': { people: [{ email: 'mo@d.example' }, { email: 'mo+x@d.example' }], are: 1 },
    'two addresses that are joined': {
      people: [{ email: 'mo@d.example' }, { email: 'boss@d.example' }],
      joined: [['mo@d.example', 'boss@d.example']],
      are: 1,
    },
    'a third joins the first two by address and by Slack account': {
      people: [
        { email: 'mo@d.example' },
        { email: 'boss@d.example', slackUserID: 'U1' },
        { email: 'mo@d.example', slackUserID: 'U1' },
      ],
      are: 1,
    },
  },
  ({ people, joined = [], are }) => assert.is(differentPeople(people, joined), are),
)

test.run()
