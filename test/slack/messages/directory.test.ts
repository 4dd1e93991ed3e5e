import * as assert from 'uvu/assert'
import { attack } from '../../attacks.ts'
import { suite, table } from '../../suite.ts'
import { Broken, Refused, Waiting } from '../../../src/domain/outcome.ts'
import type { Directory, SlackPerson } from '../../../src/domain/ports.ts'
import { createDirectory, readPerson, type SlackUser } from '../../../src/slack/messages/directory.ts'
import { team } from '../../builders/organisation.ts'
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
    const expected = {
      slackUserID: 'U0DANA',
      teamID: team,
      email: 'dana@example.com',
      name: 'Dana Engineer',
      zone: 'Europe/Zurich',
    }
    assert.equal(await directory.byId('U0DANA'), expected)
    assert.equal(await directory.byEmail('dana@example.com'), expected)
    assert.is(await directory.byEmail('nobody@example.com'), undefined)
    assert.is(await directory.byId('U0NOBODY'), undefined)
    slack.sim.state.users.set('U0HIDDEN', { id: 'U0HIDDEN', name: 'h', real_name: 'H', is_hidden: true })
    assert.is(await directory.byId('U0HIDDEN'), undefined)
    assert.equal(await directory.membersOf('S0DBA'), ['U0DANA', 'U0MO'])
    assert.is(await directory.membersOf('S0NONE'), undefined)
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

test('a fresh look sees what changed a moment ago, and what it saw is remembered', () =>
  inDirectory(async (slack, directory) => {
    await directory.byId('U0DANA')
    await directory.membersOf('S0DBA')
    slack.sim.state.users.set('U0DANA', { id: 'U0DANA', name: 'd', real_name: 'Dana', email: 'private@gmail.com' })
    slack.sim.state.usergroups.set('S0DBA', { id: 'S0DBA', handle: 'dba', users: ['U0MO'] })
    assert.is((await directory.byId('U0DANA'))?.email, 'dana@example.com')
    assert.equal(await directory.membersOf('S0DBA'), ['U0DANA', 'U0MO'])
    assert.is((await directory.fresh.byId('U0DANA'))?.email, 'private@gmail.com')
    assert.equal(await directory.fresh.membersOf('S0DBA'), ['U0MO'])
    assert.is((await directory.byId('U0DANA'))?.email, 'private@gmail.com')
    assert.equal(await directory.membersOf('S0DBA'), ['U0MO'])
  }))

test('a fresh look does not join one that is under way', () =>
  inDirectory(async (slack, directory) => {
    await Promise.all([directory.byId('U0DANA'), directory.fresh.byId('U0DANA'), directory.fresh.byId('U0DANA')])
    assert.is(slack.count('users.info'), 3)
  }))

test('an answer that was long under way does not hide a newer one', () =>
  inDirectory(async (slack, directory) => {
    const old = { id: 'U0DANA', team_id: team, name: 'dana', profile: { email: 'dana@example.com' } }
    const late = { ok: true, user: old }
    slack.sim.faults.add({ route: '* /api/users.info', status: 200, body: late, latencyMs: 150, times: 1 })
    slack.sim.state.users.set('U0DANA', { id: 'U0DANA', name: 'd', real_name: 'Dana', email: 'private@gmail.com' })
    const slow = directory.byId('U0DANA')
    assert.is((await directory.fresh.byId('U0DANA'))?.email, 'private@gmail.com')
    await slow
    assert.is((await directory.byId('U0DANA'))?.email, 'private@gmail.com')
  }))

test('an answer about another account finds nobody', () =>
  inDirectory(async (slack, directory) => {
    const user = { id: 'U0MO', team_id: team, name: 'mo', profile: { email: 'mo@example.com' } }
    slack.sim.faults.add({ route: '* /api/users.info', status: 200, body: { ok: true, user } })
    assert.is(await directory.fresh.byId('U0DANA'), undefined)
  }))

test('a workspace whose plan has no user groups says so', () =>
  inDirectory(async (slack, directory) => {
    const body = { ok: false, error: 'plan_upgrade_required' }
    slack.sim.faults.add({ route: '* /api/usergroups.users.list', status: 200, body })
    const error = await directory.membersOf('S0DBA').catch((thrown: unknown) => thrown)
    assert.is(error instanceof Refused && error.refusal.reason, 'SlackPlanTooSmall')
  }))

test('the token of an organisation asks each of its workspaces for a group', async () => {
  await inSlack(async slack => {
    const { client, clock, sim } = slack
    sim.state.app.isOrgWide = true
    sim.state.usergroups.set('S0SRE', { id: 'S0SRE', handle: 'sre', users: ['U0ANA'], team_id: 'T0SECOND' })
    const directory = createDirectory({ client, clock, installedTeams: [team, 'T0SECOND', 'E0ORG'] })
    assert.equal(await directory.membersOf('S0DBA'), ['U0DANA', 'U0MO'])
    assert.equal(await directory.membersOf('S0SRE'), ['U0ANA'])
    assert.is(await directory.membersOf('S0NONE'), undefined)
  })
})

test('a colleague of another workspace is found by address, though that answer hides the organisation', () =>
  inDirectory(async (slack, directory) => {
    const cleo = { id: 'W0CLEO', name: 'cleo', real_name: 'Cleo', email: 'cleo@example.com', team_id: 'T0THIRD' }
    slack.sim.state.users.set('W0CLEO', { ...cleo, enterprise_user: { enterprise_id: 'E0ORG', teams: ['T0THIRD'] } })
    const user = { id: 'W0CLEO', team_id: 'T0THIRD', name: 'cleo', profile: { email: 'cleo@example.com' } }
    slack.sim.faults.add({ route: '* /api/users.lookupByEmail', status: 200, body: { ok: true, user } })
    assert.equal((await directory.byEmail('cleo@example.com'))?.unfit, undefined)
  }))

const cleo = { id: 'W0CLEO', name: 'cleo', real_name: 'Cleo', email: 'cleo@example.com', team_id: 'T0THIRD' }

/** Cleo, in a workspace that is not configured, whose organisation Slack does not say. */
async function lookForCleo(
  app: { isOrgWide?: boolean; workspaces?: string[] },
  more: Partial<typeof cleo> & { is_stranger?: boolean; enterprise_user?: { enterprise_id: string; teams: string[] } },
  check: (said: string, slack: Slack) => Promise<void> | void,
): Promise<void> {
  await inSlack(async slack => {
    const { client, clock, sim } = slack
    Object.assign(sim.state.app, app)
    sim.state.users.set('W0CLEO', { ...cleo, ...more })
    const directory = createDirectory({ client, clock, installedTeams: [team, 'E0ORG'] })
    const [byId, fresh] = [await directory.byId('W0CLEO'), await directory.fresh.byId('W0CLEO')]
    assert.equal(byId, fresh)
    if (!more.is_stranger) assert.equal(await directory.byEmail('cleo@example.com'), byId)
    await check(byId?.unfit ?? 'fit', slack)
  })
}

test('a colleague of an approved workspace takes part, although Slack does not say the organisation', () =>
  lookForCleo({ isOrgWide: true, workspaces: ['T0SECOND', 'T0THIRD'] }, {}, async (said, slack) => {
    assert.is(said, 'fit')
    assert.is(slack.count('auth.teams.list'), 2, 'a fresh look asks again')
  }))

test('somebody of a workspace that the organisation does not list stays a stranger', async () => {
  await lookForCleo({ isOrgWide: true, workspaces: ['T0SECOND'] }, {}, said => assert.is(said, 'stranger'))
  await lookForCleo({}, {}, said => assert.is(said, 'stranger'))
})

test('the workspaces are not asked about people who are said to be strangers, or of another organisation', async () => {
  const app = { isOrgWide: true, workspaces: ['T0THIRD'] }
  const none = (said: string, slack: Slack): void =>
    assert.equal([said, slack.count('auth.teams.list')], ['stranger', 0])
  await lookForCleo(app, { is_stranger: true }, none)
  await lookForCleo(app, { enterprise_user: { enterprise_id: 'E0OTHER', teams: ['T0THIRD'] } }, none)
  await lookForCleo(app, { team_id: '' }, none)
})

/** As many more people, all in one group. */
function fill({ sim }: Slack, group: string, count: number): string[] {
  const ids = Array.from({ length: count }, (_, i) => `U0M${i}`)
  for (const id of ids)
    sim.state.users.set(id, { id, name: id, real_name: id, email: `${id.toLowerCase()}@example.com` })
  sim.state.usergroups.set(group, { id: group, handle: 'all', users: ids })
  return ids
}

test('three hundred people are looked up a share of the quota at a time, while others are served at once', () =>
  inDirectory(async (slack, directory) => {
    slack.sim.quota.isOn = true
    const ids = fill(slack, 'S0ALL', 300)
    const looks: number[] = []
    let found = 0
    for (let minute = 0; found < 300; minute++) {
      const before = slack.count('users.info')
      const { people, missing, error } = await directory.unhurried.byIds(ids)
      assert.ok(people.length > found, `minute ${minute}: ${people.length} people`)
      assert.is(people.length + missing, 300, 'nobody who was found is lost')
      if (missing > 0) assert.instance(error, Waiting)
      found = people.length
      looks.push(slack.count('users.info') - before)
      // Somebody asks in the same minute, and an approval is accepted.
      assert.is((await directory.fresh.byId('U0DANA'))?.slackUserID, 'U0DANA')
      assert.is((await directory.fresh.byId('U0MO'))?.slackUserID, 'U0MO')
      slack.clock.forward(60)
      if (minute > 20) assert.unreachable('it does not end')
    }
    assert.ok(Math.max(...looks) <= 40, `${Math.max(...looks)} looks in a minute`)
  }))

test('a look that fails half-way keeps whom it has found, and goes on there', () =>
  inDirectory(async (slack, directory) => {
    const ids = fill(slack, 'S0ALL', 30)
    await directory.unhurried.byIds(ids.slice(0, 12))
    slack.sim.faults.add({ route: '* /api/users.info', reset: 'before', times: 100 })
    const broken = await directory.unhurried.byIds(ids)
    assert.equal([broken.people.length, broken.missing], [12, 18])
    assert.instance(broken.error, Broken)
    slack.sim.faults.clear()
    const before = slack.count('users.info')
    const whole = await directory.unhurried.byIds(ids)
    assert.equal([whole.people.map(({ slackUserID }) => slackUserID), whole.missing], [ids, 0])
    assert.is(slack.count('users.info') - before, 18)
  }))

test('one account that Slack cannot show does not hide the others', () =>
  inDirectory(async (slack, directory) => {
    const ids = fill(slack, 'S0ALL', 8)
    const body = { ok: false, error: 'fatal_error' }
    slack.sim.faults.add({ route: '* /api/users.info', status: 200, body, times: 1 })
    const { people, missing } = await directory.unhurried.byIds([...ids, 'U0NOBODY'])
    assert.equal([people.length, missing], [7, 1])
  }))

test('lists of many groups leave half of their quota to approvals', () =>
  inDirectory(async (slack, directory) => {
    slack.sim.quota.isOn = true
    for (let i = 0; i < 30; i++) fill(slack, `S0G${i}`, 2)
    const lists = await Promise.allSettled(
      Array.from({ length: 30 }, async (_, i) => directory.unhurried.membersOf(`S0G${i}`)),
    )
    assert.is(lists.filter(({ status }) => status === 'fulfilled').length, 10)
    for (const list of lists) if (list.status === 'rejected') assert.instance(list.reason, Waiting)
    for (let i = 0; i < 10; i++) assert.ok(await directory.fresh.membersOf(`S0G${i}`))
    slack.clock.forward(60)
    assert.ok(await directory.unhurried.membersOf('S0G20'))
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

test('an invisible name is replaced by the next one', () => {
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

test('a time zone counts only when it is a place of the database, or UTC', () => {
  for (const zone of ['Europe/Zurich', 'America/Argentina/Buenos_Aires', 'UTC'])
    assert.is(readPerson({ ...dana, tz: zone }, [team])?.zone, zone)
  for (const zone of ['', 'CET', 'EST', 'europe/zurich', 'Europe/Atlantis', '+01:00', 'Local'])
    assert.is(readPerson({ ...dana, tz: zone }, [team])?.zone, undefined, zone)
})

attack(test, 'a profile has a time zone that would end a condition or mention everyone … no zone', () => {
  const zones = ['Europe/Zurich") || true || ("', 'Europe/Zurich\n<!channel>', '*UTC*', '../../etc/localtime']
  const read = zones.map(tz => readPerson({ ...dana, tz }, [team])?.zone ?? 'no zone')
  return [...new Set(read)].join(', ')
})

test.run()
