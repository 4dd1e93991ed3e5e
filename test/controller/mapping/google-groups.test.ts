// What a mapping's Ready says of its Google groups: as it is declared, and again every few minutes.
import * as assert from 'uvu/assert'
import type { RoleMapping } from '../../../src/api/kinds.ts'
import { judgeGoogleGroups } from '../../../src/controller/mapping/google-groups.ts'
import { noGoogleGroups } from '../../../src/domain/people/google-groups.ts'
import { emergency } from '../../builders/emergency.ts'
import { mapping } from '../../builders/mapping.ts'
import { type FakeGroup, MemoryGoogleGroups } from '../../fakes/google-groups.ts'
import { suite, table } from '../../suite.ts'

const test = suite('the Google groups of a mapping')
const askers = 'sre@example.com'
const approvers = 'prod-approvers@example.com'
const duty = { window: '30m', onCall: { escalationPolicy: 'PMANAGERS' } }
const asking = { requesters: { googleGroups: [askers] } }
const leads = 'leads@example.com'
const inEmergencies = { emergency: { ...emergency, allowed: { googleGroups: [leads] } } }
const approving = { approval: { ...duty, allowed: { googleGroups: [approvers] } } }

type Fact = {
  spec: Partial<RoleMapping['spec']>
  groups?: Record<string, FakeGroup>
  change?: (groups: MemoryGoogleGroups) => void
  faults?: string[]
  unread?: string[]
  silence?: string
  remarks?: RegExp
}
const dana = { members: ['dana@example.com'] }
const facts: Record<string, Fact> = {
  'a group with members may ask': { spec: asking, groups: { [askers]: dana } },
  'a closed security group may approve': { spec: approving, groups: { [approvers]: dana } },
  'a mapping without groups asks nobody': { spec: {}, change: groups => void (groups.isSilent = true) },
  'a group that Google says is missing': { spec: asking, faults: ['UnknownGoogleGroup'] },
  'a group that cannot be read keeps new requests out only': {
    spec: asking,
    groups: { [askers]: dana },
    change: groups => groups.hidden.add(askers),
    unread: ['GoogleGroupUnreadable'],
  },
  'an edition that does not say who belongs': {
    spec: asking,
    groups: { [askers]: dana },
    change: groups => void (groups.isPremium = false),
    unread: ['GoogleMembershipUnreadable'],
  },
  'approvers need no such edition': {
    spec: approving,
    groups: { [approvers]: dana },
    change: groups => void (groups.isPremium = false),
  },
  'a group that got another address': {
    spec: asking,
    groups: { [askers]: { ...dana, address: 'reliability@example.com' } },
    faults: ['GoogleGroupRenamed'],
  },
  'approvers who are no security group': {
    spec: approving,
    groups: { [approvers]: { ...dana, isSecurity: false } },
    faults: ['GoogleGroupNotSecurity'],
  },
  'approvers whom everybody can join': {
    spec: approving,
    groups: { [approvers]: { ...dana, joining: 'open' } },
    faults: ['GoogleGroupOpen'],
  },
  'approvers of whom it is not known who can join': {
    spec: approving,
    groups: { [approvers]: { ...dana, joining: 'unread' } },
    faults: ['GoogleGroupJoinUnknown'],
  },
  'requesters may be any group': {
    spec: asking,
    groups: { [askers]: { ...dana, isSecurity: false, joining: 'open' } },
  },
  'approvers of emergencies who are fit': { spec: inEmergencies, groups: { [leads]: dana } },
  'approvers of emergencies who are no security group': {
    spec: inEmergencies,
    groups: { [leads]: { ...dana, isSecurity: false } },
    faults: ['GoogleGroupNotSecurity'],
  },
  'approvers of emergencies whom everybody can join': {
    spec: { ...approving, ...inEmergencies },
    groups: { [approvers]: dana, [leads]: { ...dana, joining: 'open' } },
    faults: ['GoogleGroupOpen'],
  },
  'approvers of emergencies who cannot be read keep new requests out only': {
    spec: inEmergencies,
    groups: { [leads]: dana },
    change: groups => groups.hidden.add(leads),
    unread: ['GoogleGroupUnreadable'],
  },
  'an empty group of approvers of emergencies is said': {
    spec: inEmergencies,
    groups: { [leads]: { members: [] } },
    remarks: /"leads@example\.com" \(emergency\.allowed\.googleGroups\) has no members/,
  },
  'an empty group that alone may ask': {
    spec: asking,
    groups: { [askers]: { members: [] } },
    faults: ['GoogleGroupEmpty'],
  },
  'an empty group besides others is said': {
    spec: { requesters: { domains: ['example.com'], googleGroups: [askers] } },
    groups: { [askers]: { members: [] } },
    remarks: /"sre@example\.com" \(requesters\.googleGroups\) has no members/,
  },
  'an empty group of approvers is said: others are called': {
    spec: approving,
    groups: { [approvers]: { members: [] } },
    remarks: /"prod-approvers@example\.com" \(approval\.allowed\.googleGroups\) has no members/,
  },
  'Google does not answer': {
    spec: asking,
    groups: { [askers]: dana },
    change: groups => void (groups.isSilent = true),
    silence: 'GoogleGroupsSilent',
  },
}

table(test, facts, async ({ spec, groups = {}, change, faults = [], unread = [], silence, remarks = /^$/ }) => {
  const reader = new MemoryGoogleGroups()
  for (const [group, it] of Object.entries(groups)) reader.groups.set(group, it)
  change?.(reader)
  const found = await judgeGoogleGroups(mapping({ spec }), reader)
  const reasons = (all: { reason: string }[]): string[] => all.map(({ reason }) => reason)
  assert.equal(
    { faults: reasons(found.faults), unread: reasons(found.unread), silence: found.silence?.reason },
    { faults, unread, silence },
  )
  assert.match(found.remarks.join(' '), remarks)
})

test('without a reader the mapping says what to set', async () => {
  const { faults } = await judgeGoogleGroups(mapping({ spec: asking }), noGoogleGroups)
  assert.is(faults[0]?.reason, 'GoogleGroupsOff')
  assert.match(faults[0]?.message ?? '', /google\.groupsReader/)
})

test.run()
