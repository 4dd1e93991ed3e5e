// Who may ask through a Slack user group is looked up again when it is granted: memberships end, and requests can be made
// by hand.
import * as assert from 'uvu/assert'
import { suite, table } from '../suite.ts'
import { operator } from './fakes.ts'

const test = suite('members of user groups may still ask when it is granted')

type Fact = {
  members: string[]
  requesters?: { emails?: string[]; slackUserGroups: string[] }
  email?: string
  phase: string
}
const facts: Record<string, Fact> = {
  'a member is granted': { members: ['U0DANA'], phase: 'Provisioned' },
  'who has left the group is not': { members: ['U0MO'], phase: 'Failed' },
  'a request made by hand in the name of somebody else with a member’s Slack id is not': {
    members: ['U0DANA'],
    email: 'otto@example.com',
    phase: 'Failed',
  },
  'whom the mapping names by address needs no group': {
    members: [],
    requesters: { emails: ['dana@example.com'], slackUserGroups: ['S0DBA'] },
    phase: 'Provisioned',
  },
}
table(test, facts, async ({ members, requesters = { slackUserGroups: ['S0DBA'] }, email, phase }) => {
  const op = operator({ spec: { requesters } })
  op.directory.groups = { S0DBA: members }
  await op.ask({ ...(email && { email }) })
  await op.look()
  await op.approve()
  await op.look()
  assert.is(await op.phase(), phase)
  assert.is(op.ours().length, phase === 'Provisioned' ? 2 : 0)
  if (phase === 'Failed')
    assert.match((await op.condition('Approved'))?.message ?? '', /is not among those who may ask for "prod-db"/)
})

test('while Slack does not say, nothing is granted and nothing is given up', async () => {
  const op = operator({ spec: { requesters: { slackUserGroups: ['S0DBA'] } } })
  op.directory.groups = { S0DBA: ['U0DANA'] }
  await op.ask()
  await op.look()
  await op.approve()
  op.directory.isSilent = true
  await op.look().catch(() => undefined)
  assert.is(await op.phase(), 'Pending')
  assert.equal(op.ours(), [])
  op.directory.isSilent = false
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
})

test.run()
