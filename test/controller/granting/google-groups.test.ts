// People whom only a Google group lets in, when their request or approval is accepted: Google is asked at that moment, and
// nobody gets in by an answer that is missing.
import * as assert from 'uvu/assert'
import { attacks } from '../../attacks.ts'
import type { FakeGroup } from '../../fakes/google-groups.ts'
import { emergency } from '../../builders/emergency.ts'
import { suite } from '../../suite.ts'
import { type Operator, operator } from '../fakes.ts'

const test = suite('Google groups, when it is granted')
const askers = 'sre@example.com'
const approvers = 'prod-approvers@example.com'
const duty = { window: '30m', escalateAfter: '10m', onCall: { escalationPolicy: 'PMANAGERS' } }
const byGroup = { requesters: { googleGroups: [askers] } }
const withApprovers = {
  requesters: { domains: ['example.com'] },
  approval: { ...duty, allowed: { googleGroups: [approvers] } },
}
const leads = 'leads@example.com'
/** Only who is on call approves, and in an emergency the leads too. */
const inEmergencies = {
  requesters: { domains: ['example.com'] },
  approval: { ...duty, onlyOnCall: true, allowed: { googleGroups: [approvers] } },
  emergency: { ...emergency, allowed: { googleGroups: [leads] } },
}
const ana = 'ana@example.com'
const anaToken = 'ya29.ana'

type Scene = {
  spec: NonNullable<NonNullable<Parameters<typeof operator>[0]>['spec']>
  groups?: Record<string, FakeGroup>
  /** Who approves; Mo, who is on call, unless given. */
  by?: string
  /** What changes before the approval is stored. */
  before?: (op: Operator) => void
  /** What changes after it was stored, before the controller looks. */
  after?: (op: Operator) => void
  isEmergency?: boolean
}

async function played({ spec, groups = {}, by, before, after, isEmergency = false }: Scene): Promise<Operator> {
  const op = operator({ spec })
  for (const [group, facts] of Object.entries(groups)) op.googleGroups.groups.set(group, facts)
  for (const resource of op.policies.stored.keys()) op.policies.seed(resource, [anaToken, 'ya29.mo', 'ya29.dana'])
  await op.ask({ isEmergency })
  await op.look()
  before?.(op)
  await op.approve(by === undefined ? {} : { email: by, token: `ya29.${by.split('@')[0] ?? ''}` })
  after?.(op)
  await op.look()
  return op
}

/** What the audit log holds of an event. */
function detailsOf(op: Operator, event: string): Record<string, unknown> {
  const entry = op.auditLog.entries().find(({ payload }) => payload['event'] === event)
  return (entry?.payload['details'] ?? {}) as Record<string, unknown>
}

/** The phase and why, of an approval that was accepted or refused. */
async function result(op: Operator): Promise<string> {
  const approved = await op.condition('Approved')
  return `${await op.phase()} ${approved?.reason ?? ''}`
}

const members = (...all: string[]): FakeGroup => ({ members: all })

test('a requester in the group is granted, and the log and the status say by which group', async () => {
  const op = await played({ spec: byGroup, groups: { [askers]: members('dana@example.com') } })
  assert.is(await op.phase(), 'Provisioned')
  assert.equal((await op.now()).status?.admittedBy, { requester: askers })
  assert.is(detailsOf(op, 'Approved')['requesterGroup'], askers)
})

test('a requester three groups down is granted', async () => {
  const op = await played({
    spec: byGroup,
    groups: {
      [askers]: members('inner@example.com'),
      'inner@example.com': members('deep@example.com'),
      'deep@example.com': members('dana@example.com', askers),
    },
  })
  assert.is(await op.phase(), 'Provisioned')
})

test('whom the mapping names by address is not looked up', async () => {
  const op = await played({ spec: { requesters: { emails: ['dana@example.com'], googleGroups: [askers] } } })
  assert.is(await op.phase(), 'Provisioned')
  assert.equal(op.googleGroups.asked, [])
  assert.is((await op.now()).status?.admittedBy, undefined)
})

test('a member of the approvers, whom nobody called, approves; the log and the status say by which group', async () => {
  const op = await played({ spec: withApprovers, groups: { [approvers]: members(ana) }, by: ana })
  assert.is(await op.phase(), 'Provisioned')
  assert.equal((await op.now()).status?.admittedBy, { approvers: [{ email: ana, group: approvers }] })
  assert.is(detailsOf(op, 'Approved')['group'], approvers)
  assert.not.ok(
    (await op.now()).status?.approvers?.some(({ email }) => email === ana),
    'nobody is called by a group',
  )
})

test('in an emergency a member of its group approves; the log and the status say by which group', async () => {
  let named: readonly string[] | undefined
  const before = (op: Operator): void => void (named = op.chat.posted[0]?.view.groups)
  const op = await played({
    spec: inEmergencies,
    groups: { [leads]: members(ana) },
    by: ana,
    isEmergency: true,
    before,
  })
  assert.equal(named, [leads], 'the message names the group while it waits')
  assert.is(await op.phase(), 'Provisioned')
  assert.equal((await op.now()).status?.admittedBy, { approvers: [{ email: ana, group: leads }] })
  assert.is(detailsOf(op, 'Approved')['group'], leads)
})

test('who is on call is not looked up', async () => {
  const op = await played({ spec: withApprovers })
  assert.is(await op.phase(), 'Provisioned')
  assert.equal(op.googleGroups.asked, [])
})

test('of two approvals each is counted by what lets it in', async () => {
  const op = operator({ spec: { ...withApprovers, approval: { ...withApprovers.approval, required: 2 } } })
  op.googleGroups.groups.set(approvers, members('otto@example.com'))
  await op.ask()
  await op.look()
  await op.approve({ email: 'otto@example.com', token: 'ya29.otto' })
  await op.look()
  assert.is(detailsOf(op, 'ApprovalCounted')['group'], approvers)
  await op.approve()
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
  const { admittedBy } = (await op.now()).status ?? {}
  assert.equal(admittedBy, { approvers: [{ email: 'otto@example.com', group: approvers }] })
})

const openedSince = (op: Operator): void =>
  void op.googleGroups.groups.set(approvers, { members: [ana], joining: 'open' })
const endedSince = (op: Operator): void => void op.googleGroups.groups.set(approvers, members('mo@example.com'))
const scenes: Record<string, Scene> = {
  'the membership ends between asking and the approval … Failed NotARequester': {
    spec: byGroup,
    groups: { [askers]: members('dana@example.com') },
    before: op => op.googleGroups.groups.set(askers, members()),
  },
  'the membership ends after the approval was stored … Failed NotARequester': {
    spec: byGroup,
    groups: { [askers]: members('dana@example.com') },
    after: op => op.googleGroups.groups.set(askers, members()),
  },
  'the group of requesters is deleted meanwhile … Failed NotARequester': {
    spec: byGroup,
    groups: { [askers]: members('dana@example.com') },
    after: op => op.googleGroups.groups.delete(askers),
  },
  'another group gets a name that looks like that of the requesters … Failed NotARequester': {
    spec: byGroup,
    groups: {
      [askers]: members(),
      'sre@example.net': members('dana@example.com'),
      'SRE@example.com': members('dana@example.com'),
    },
  },
  'an approver leaves the group between the sign-in and the acceptance … Failed NotAnApprover': {
    spec: withApprovers,
    groups: { [approvers]: members(ana) },
    by: ana,
    after: endedSince,
  },
  'an approver belongs only to a group in the group … Failed NotAnApprover': {
    spec: withApprovers,
    groups: { [approvers]: members('leads@example.com'), 'leads@example.com': members(ana) },
    by: ana,
  },
  'the requester is in the group of approvers and approves … Failed SelfApproval': {
    spec: withApprovers,
    groups: { [approvers]: members('dana@example.com') },
    by: 'dana@example.com',
  },
  'with onlyOnCall a member of the group approves … Failed NotAnApprover': {
    spec: { ...withApprovers, approval: { ...withApprovers.approval, onlyOnCall: true } },
    groups: { [approvers]: members(ana) },
    by: ana,
  },
  'a member of the group for emergencies approves a usual request … Failed NotAnApprover': {
    spec: inEmergencies,
    groups: { [leads]: members(ana) },
    by: ana,
  },
  'with onlyOnCall a member of the usual group approves an emergency … Failed NotAnApprover': {
    spec: inEmergencies,
    groups: { [approvers]: members(ana), [leads]: members() },
    by: ana,
    isEmergency: true,
  },
  'an approver leaves the group for emergencies before the acceptance … Failed NotAnApprover': {
    spec: inEmergencies,
    groups: { [leads]: members(ana) },
    by: ana,
    isEmergency: true,
    after: op => void op.googleGroups.groups.set(leads, members()),
  },
  'the requester of an emergency is in its group and approves … Failed SelfApproval': {
    spec: inEmergencies,
    groups: { [leads]: members('dana@example.com') },
    by: 'dana@example.com',
    isEmergency: true,
  },
  // Nobody is refused: a person must correct the group, and the approval waits as long as the sign-in lasts.
  'people can join the group of approvers by themselves since it was declared … Pending GoogleGroupOpen': {
    spec: withApprovers,
    groups: { [approvers]: members(ana) },
    by: ana,
    after: openedSince,
  },
  'the group of approvers is no security group … Pending GoogleGroupNotSecurity': {
    spec: withApprovers,
    groups: { [approvers]: { members: [ana], isSecurity: false } },
    by: ana,
  },
  'it is not known who can join the group of approvers … Pending GoogleGroupJoinUnknown': {
    spec: withApprovers,
    groups: { [approvers]: { members: [ana], joining: 'unread' } },
    by: ana,
  },
  'the group of approvers cannot be read … Pending GoogleGroupUnreadable': {
    spec: withApprovers,
    groups: { [approvers]: members(ana) },
    by: ana,
    after: op => op.googleGroups.hidden.add(approvers),
  },
  'people can join the group for emergencies by themselves … Pending GoogleGroupOpen': {
    spec: inEmergencies,
    groups: { [leads]: { members: [ana], joining: 'open' } },
    by: ana,
    isEmergency: true,
  },
  'the group for emergencies cannot be read … Pending GoogleGroupUnreadable': {
    spec: inEmergencies,
    groups: { [leads]: members(ana) },
    by: ana,
    isEmergency: true,
    after: op => op.googleGroups.hidden.add(leads),
  },
  'the group of requesters cannot be read … Pending GoogleGroupUnreadable': {
    spec: byGroup,
    groups: { [askers]: members('dana@example.com') },
    after: op => op.googleGroups.hidden.add(askers),
  },
  'Google no longer says who belongs to the group of requesters … Pending GoogleMembershipUnreadable': {
    spec: byGroup,
    groups: { [askers]: members('dana@example.com') },
    after: op => void (op.googleGroups.isPremium = false),
  },
  'Cloud Identity is away while a requester is judged … Pending GoogleGroupsSilent': {
    spec: byGroup,
    groups: { [askers]: members('dana@example.com') },
    after: op => void (op.googleGroups.isSilent = true),
  },
  'Cloud Identity is away while an approver is judged … Pending ProofDelayed': {
    spec: withApprovers,
    groups: { [approvers]: members(ana) },
    by: ana,
    after: op => void (op.googleGroups.isSilent = true),
  },
}
attacks(test, scenes, async scene => {
  const op = await played(scene)
  assert.equal(op.ours(), [], 'nothing is granted')
  assert.not.ok(op.log().includes('TamperingSeen'), 'a membership may have ended')
  return result(op)
})

for (const [who, scene] of Object.entries({
  requester: scenes['Cloud Identity is away while a requester is judged … Pending GoogleGroupsSilent'],
  approver: scenes['Cloud Identity is away while an approver is judged … Pending ProofDelayed'],
}))
  test(`while Google does not answer about the ${who}, it waits, and is granted when Google does`, async () => {
    const op = await played(scene as Scene)
    op.googleGroups.isSilent = false
    op.clock.forward(60)
    await op.look()
    assert.is(await op.phase(), 'Provisioned')
  })

test('if Google does not answer before the sign-in ends, nothing is granted and nobody is blamed', async () => {
  const op = await played(
    scenes['Cloud Identity is away while a requester is judged … Pending GoogleGroupsSilent'] as Scene,
  )
  op.clock.forward(3601)
  await op.look()
  assert.is(await result(op), 'Failed GoogleGroupsSilent')
  assert.equal(op.ours(), [])
})

test.run()
