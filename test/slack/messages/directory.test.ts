import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import { Broken } from '../../../src/domain/outcome.ts'
import type { Directory, SlackPerson } from '../../../src/domain/ports.ts'
import { createDirectory, readPerson, type SlackUser } from '../../../src/slack/messages/directory.ts'
import { ManualClock } from '../fakes.ts'
import { WebApi } from '../web-api.ts'

const test = suite('what Slack knows of people')
const dana = {
  id: 'U0DANA',
  team_id: 'T0HOME',
  is_email_confirmed: true,
  profile: { email: 'dana@example.com', real_name: 'Dana Engineer' },
}

async function inSlack(
  work: (slack: WebApi, directory: Directory, clock: ManualClock) => Promise<void>,
): Promise<void> {
  const slack = new WebApi()
  slack.users = [dana]
  slack.groups = { S0DBA: ['U0DANA'] }
  const clock = new ManualClock()
  try {
    await work(
      slack,
      createDirectory({ client: await slack.open(), clock, installedTeams: ['T0HOME', 'E0ORG'] }),
      clock,
    )
  } finally {
    await slack.close()
  }
}

test('a person is found by id and by e-mail', () =>
  inSlack(async (_, directory) => {
    const expected = { slackUserID: 'U0DANA', teamID: 'T0HOME', email: 'dana@example.com', name: 'Dana Engineer' }
    assert.equal(await directory.byId('U0DANA'), expected)
    assert.equal(await directory.byEmail('dana@example.com'), expected)
    assert.is(await directory.byEmail('nobody@example.com'), undefined)
    assert.is(await directory.byId('U0NOBODY'), undefined)
    assert.equal(await directory.membersOf('S0DBA'), ['U0DANA'])
    assert.equal(await directory.membersOf('S0NONE'), [])
  }))

test('what is known is remembered for ten minutes, what is not for one', () =>
  inSlack(async (slack, directory, clock) => {
    const look = async (): Promise<void> => {
      await directory.byId('U0DANA')
      await directory.byId('U0NEW')
    }
    await look()
    await look()
    assert.is(slack.count('users.info'), 2)
    clock.forward(61)
    slack.users.push({ ...dana, id: 'U0NEW' })
    await look()
    assert.is(slack.count('users.info'), 3)
    assert.is((await directory.byId('U0NEW'))?.slackUserID, 'U0NEW')
    clock.forward(600)
    await look()
    assert.is(slack.count('users.info'), 5)
  }))

test('many who ask at once ask Slack once', () =>
  inSlack(async (slack, directory) => {
    await Promise.all(Array.from({ length: 20 }, async () => directory.byId('U0DANA')))
    assert.is(slack.count('users.info'), 1)
  }))

test('a failure is not remembered', () =>
  inSlack(async (slack, directory) => {
    slack.faults['users.info'] = { status: 500, body: {} }
    const error = await directory.byId('U0DANA').catch((thrown: unknown) => thrown)
    assert.instance(error, Broken)
    delete slack.faults['users.info']
    assert.is((await directory.byId('U0DANA'))?.slackUserID, 'U0DANA')
  }))

const facts: Record<string, { user: SlackUser; unfit: SlackPerson['unfit'] | 'fit' }> = {
  'a full member': { user: {}, unfit: 'fit' },
  'a guest of one channel': { user: { is_ultra_restricted: true }, unfit: 'guest' },
  'a guest of some channels': { user: { is_restricted: true }, unfit: 'guest' },
  'a bot': { user: { is_bot: true }, unfit: 'bot' },
  Slackbot: { user: { id: 'USLACKBOT' }, unfit: 'bot' },
  'a stranger from a shared channel': { user: { is_stranger: true }, unfit: 'stranger' },
  'somebody at home elsewhere': { user: { team_id: 'T0OTHER' }, unfit: 'stranger' },
  'somebody without a home': { user: { team_id: '' }, unfit: 'stranger' },
  'a workspace of our organisation': {
    user: { team_id: 'T0THIRD', enterprise_user: { enterprise_id: 'E0ORG' } },
    unfit: 'fit',
  },
  'another organisation': {
    user: { team_id: 'T0THIRD', enterprise_user: { enterprise_id: 'E0OTHER', teams: ['T9'] } },
    unfit: 'stranger',
  },
  'a deactivated account, whatever else it is': { user: { deleted: true, is_bot: true }, unfit: 'deactivated' },
}
table(test, facts, ({ user, unfit }) => {
  assert.is(readPerson({ ...dana, ...user }, ['T0HOME', 'E0ORG'])?.unfit ?? 'fit', unfit)
})

test('an address that was never confirmed counts as none', () => {
  assert.is(readPerson({ ...dana, is_email_confirmed: false }, ['T0HOME'])?.email, undefined)
})

test.run()
