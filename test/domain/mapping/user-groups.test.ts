// Slack user groups that a mapping names: how large they may be.
import * as assert from 'uvu/assert'
import { groupsOf, type NamedGroup, refuseEmpty, refuseGroup } from '../../../src/domain/mapping/user-groups.ts'
import { mapping } from '../../builders/mapping.ts'
import { suite, table } from '../../suite.ts'

const test = suite('user groups of a mapping')
const requesters: NamedGroup = { id: 'S0DBA', field: 'requesters.slackUserGroups' }
const fallback: NamedGroup = { id: 'S0LEADS', field: 'approval.fallback.slackUserGroup' }
const reviewers: NamedGroup = { id: 'S0SECURITY', field: 'emergency.reviewers.slackUserGroup' }

table<{ group: NamedGroup; size: number | undefined; reason: string | undefined; says?: RegExp }>(
  test,
  {
    'a fallback of fifty': { group: fallback, size: 50, reason: undefined },
    'a fallback of more': {
      group: fallback,
      size: 51,
      reason: 'UserGroupTooLarge',
      says: /"S0LEADS" \(approval\.fallback\.slackUserGroup\) has 51 members, and 50 are the most: .* Name a smaller group/,
    },
    'reviewers of whom everybody can be recorded': { group: reviewers, size: 10, reason: undefined },
    'more reviewers, of whom some could not review': {
      group: reviewers,
      size: 11,
      reason: 'UserGroupTooLarge',
      says: /has 11 members, and 10 are the most: .*emergency\.reviewers\.emails/,
    },
    'a thousand who may ask': { group: requesters, size: 1000, reason: undefined },
    'more who may ask': {
      group: requesters,
      size: 1001,
      reason: 'UserGroupTooLarge',
      says: /has 1001 members, and 1000 are the most: .*requesters\.domains/,
    },
    'an empty group': { group: requesters, size: 0, reason: undefined },
    'a group that Slack does not know': {
      group: requesters,
      size: undefined,
      reason: 'UnknownUserGroup',
      says: /does not know the user group "S0DBA" \(requesters\.slackUserGroups\).*Copy the id/,
    },
  },
  ({ group, size, reason, says }) => {
    const no = refuseGroup(group, size)
    assert.is(no?.reason, reason)
    if (says) assert.match(no?.message ?? '', says)
  },
)

const group = { fallback: { slackUserGroup: 'S0LEADS' } }
table<{ spec: Parameters<typeof mapping>[0]; empty: string[]; says: RegExp[] }>(
  test,
  {
    'the only group of those who may ask is empty': {
      spec: { spec: { requesters: { slackUserGroups: ['S0DBA'] } } },
      empty: ['S0DBA'],
      says: [/^Nobody can ask: Slack user group "S0DBA" \(requesters\.slackUserGroups\) has no members\. Add people/],
    },
    'one of two groups is empty': {
      spec: { spec: { requesters: { slackUserGroups: ['S0DBA', 'S0SRE'] } } },
      empty: ['S0DBA'],
      says: [],
    },
    'both are empty': {
      spec: { spec: { requesters: { slackUserGroups: ['S0DBA', 'S0SRE'] } } },
      empty: ['S0DBA', 'S0SRE'],
      says: [/the Slack user groups "S0DBA", "S0SRE" \(requesters\.slackUserGroups\) have no members/],
    },
    'an empty group besides a domain': {
      spec: { spec: { requesters: { slackUserGroups: ['S0DBA'], domains: ['example.com'] } } },
      empty: ['S0DBA'],
      says: [],
    },
    'the only approvers are an empty group': {
      spec: { spec: { approval: group } },
      empty: ['S0LEADS'],
      says: [/^Nobody can approve: .*"S0LEADS" \(approval\.fallback\.slackUserGroup\)/],
    },
    'an empty fallback behind people on call': {
      spec: { spec: { approval: { ...group, onCall: { schedule: 'PNIGHTS' } } } },
      empty: ['S0LEADS'],
      says: [],
    },
  },
  ({ spec, empty, says }) => {
    const stored = mapping(spec)
    const sizes = new Map(groupsOf(stored).map(({ id }) => [id, empty.includes(id) ? 0 : 3]))
    const faults = refuseEmpty(stored, sizes)
    assert.is(faults.length, says.length)
    says.forEach((words, i) => assert.match(faults[i]?.message ?? '', words))
  },
)

test('every group that a mapping names is looked at', () => {
  const approval = { fallback: { slackUserGroup: 'S0LEADS' } }
  const spec = { requesters: { slackUserGroups: ['S0DBA', 'S0SRE'] }, approval }
  assert.equal(
    groupsOf(mapping({ spec })).map(({ id }) => id),
    ['S0DBA', 'S0SRE', 'S0LEADS'],
  )
  assert.equal(groupsOf(mapping()), [])
})

test.run()
