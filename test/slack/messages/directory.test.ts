import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import { Broken } from '../../../src/domain/outcome.ts'
import type { Directory, SlackPerson } from '../../../src/domain/ports.ts'
import { createDirectory, readPerson, type SlackUser } from '../../../src/slack/messages/directory.ts'
import { team } from '../fakes.ts'
import { inSlack, type Slack } from '../workspace.ts'

const test = suite('what Slack knows of people')
const dana = {
  id: 'U0DANA',
  team_id: team,
  is_email_confirmed: true,
  profile: { email: 'dana@example.com', real_name: 'Dana Engineer' },
}

const inDirectory = (work: (slack: Slack, directory: Directory) => Promise<void>): Promise<void> =>
  inSlack(slack =>
    work(slack, createDirectory({ client: slack.client, clock: slack.clock, installedTeams: [team, 'E0ORG'] })),
  )

test('a person is found by id and by e-mail', () =>
  inDirectory(async (slack, directory) => {
    const expected = { slackUserID: 'U0DANA', teamID: team, email: 'dana@example.com', name: 'Dana Engineer' }
    assert.equal(await directory.byId('U0DANA'), expected)
    assert.equal(await directory.byEmail('dana@example.com'), expected)
    assert.is(await directory.byEmail('nobody@example.com'), undefined)
    assert.is(await directory.byId('U0NOBODY'), undefined)
    slack.sim.state.users.set('U0HIDDEN', { id: 'U0HIDDEN', name: 'h', real_name: 'H', is_hidden: true })
    assert.is(await directory.byId('U0HIDDEN'), undefined)
    assert.equal(await directory.membersOf('S0DBA'), ['U0DANA', 'U0MO'])
    assert.equal(await directory.membersOf('S0NONE'), [])
  }))

test('an answer about another address, or one that was never confirmed, finds nobody', () =>
  inDirectory(async (slack, directory) => {
    const user = { id: 'U0OTTO', team_id: team, name: 'otto', profile: { email: 'otto@example.com' } }
    slack.sim.faults.add({ route: '* /api/users.lookupByEmail', status: 200, body: { ok: true, user } })
    assert.is(await directory.byEmail('mo@example.com'), undefined)
    const alike = { ...user, profile: { email: 'fran\u212A@example.com' } }
    slack.sim.faults.add({ route: '* /api/users.lookupByEmail', status: 200, body: { ok: true, user: alike } })
    assert.is(await directory.byEmail('frank@example.com'), undefined)
    slack.sim.state.users.set('U0NEW', {
      id: 'U0NEW',
      name: 'new',
      real_name: 'New',
      email: 'new@example.com',
      is_email_confirmed: false,
    })
    assert.is(await directory.byEmail('new@example.com'), undefined)
    assert.is((await directory.byEmail('Dana@example.com'))?.slackUserID, 'U0DANA')
  }))

test('what is known is remembered for ten minutes, what is not for one', () =>
  inDirectory(async (slack, directory) => {
    const look = async (): Promise<void> => {
      await directory.byId('U0DANA')
      await directory.byId('U0NEW')
    }
    await look()
    await look()
    assert.is(slack.count('users.info'), 2)
    slack.clock.forward(61)
    slack.sim.state.users.set('U0NEW', { id: 'U0NEW', name: 'new', real_name: 'New Comer' })
    await look()
    assert.is(slack.count('users.info'), 3)
    assert.is((await directory.byId('U0NEW'))?.slackUserID, 'U0NEW')
    slack.clock.forward(600)
    await look()
    assert.is(slack.count('users.info'), 5)
  }))

test('many who ask at once ask Slack once', () =>
  inDirectory(async (slack, directory) => {
    await Promise.all(Array.from({ length: 20 }, async () => directory.byId('U0DANA')))
    assert.is(slack.count('users.info'), 1)
  }))

test('a failure is not remembered', () =>
  inDirectory(async (slack, directory) => {
    slack.sim.faults.add({ route: 'POST /api/users.info', status: 500 })
    const error = await directory.byId('U0DANA').catch((thrown: unknown) => thrown)
    assert.instance(error, Broken)
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

test('a name of which nothing can be seen gives way to the next', () => {
  const names = { name: 'dana', real_name: '\u2800', profile: { real_name: '\u3164', display_name: '\u200B' } }
  assert.is(readPerson({ ...dana, ...names }, [team])?.name, 'dana')
  assert.is(readPerson({ ...dana, ...names, name: ' ' }, [team])?.name, undefined)
})

test('a name that is too long is cut between characters', () => {
  const profile = { real_name: `${'D'.repeat(79)}👩‍💻` }
  assert.is(readPerson({ ...dana, profile }, [team])?.name, 'D'.repeat(79))
})

test('an address that was never confirmed counts as none', () => {
  assert.is(readPerson({ ...dana, is_email_confirmed: false }, ['T0HOME'])?.email, undefined)
})

test.run()
