// Slack user groups that a mapping names: how large they may be.
import * as assert from 'uvu/assert'
import { groupsOf, type NamedGroup, refuseGroup } from '../../src/domain/user-groups.ts'
import { mapping } from '../builders/mapping.ts'
import { suite, table } from '../suite.ts'

const test = suite('user groups of a mapping')
const requesters: NamedGroup = { id: 'S0DBA', field: 'requesters.slackUserGroups' }
const fallback: NamedGroup = { id: 'S0LEADS', field: 'approval.fallback.slackUserGroup' }

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
