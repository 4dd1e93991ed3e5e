// One contract for every directory: the adapter over HTTP and the fake in memory that the gateway's tests use.
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import type { Directory } from '../../src/domain/ports.ts'
import { createDirectory } from '../../src/slack/messages/directory.ts'
import { bo, dana, del, gil, sam, team } from '../builders/organisation.ts'
import { MemoryDirectory } from '../fakes/directory.ts'
import { openSlack } from '../slack/workspace.ts'

const test = suite('contract: what Slack knows of people')

type Fixture = {
  directory: Directory
  /** Slack says something else from now on. */
  changes: (id: string, email: string) => void
  leaves: (group: string, id: string) => void
  close: () => Promise<void>
}
const fixtures: Record<string, () => Promise<Fixture>> = {
  'in memory': async () => {
    const directory = new MemoryDirectory()
    directory.groups = { S0DBA: ['U0DANA', 'U0MO'] }
    return {
      directory,
      changes: (id, email) => {
        directory.remember()
        directory.change(id, { email })
      },
      leaves: (group, id) => {
        directory.remember()
        directory.groups = { ...directory.groups, [group]: (directory.groups[group] ?? []).filter(one => one !== id) }
      },
      close: async () => undefined,
    }
  },
  'over HTTP': async () => {
    const { sim, client, clock } = await openSlack()
    return {
      directory: createDirectory({ client, clock, installedTeams: [team] }),
      changes: (id, email) => {
        const user = sim.state.users.get(id)
        if (user) sim.state.users.set(id, { ...user, email })
      },
      leaves: (group, id) => {
        const stored = sim.state.usergroups.get(group)
        if (stored) sim.state.usergroups.set(group, { ...stored, users: stored.users.filter(one => one !== id) })
      },
      close: () => sim.close(),
    }
  },
}

const opened: Record<string, Fixture> = {}
test.before(async () => {
  for (const [where, open] of Object.entries(fixtures)) opened[where] = await open()
})
test.after(async () => {
  for (const { close } of Object.values(opened)) await close()
})

for (const where of Object.keys(fixtures)) {
  const fixture = (): Fixture => {
    const found = opened[where]
    if (!found) throw new Error(`${where} was not opened`)
    return found
  }
  const directory = (): Directory => fixture().directory

  test(`${where}: a member is known by id and by e-mail`, async () => {
    assert.equal(await directory().byId('U0DANA'), dana)
    assert.equal(await directory().byEmail('dana@example.com'), dana)
  })
  test(`${where}: who is not there is not there`, async () => {
    assert.is(await directory().byId('U0NOBODY'), undefined)
    assert.is(await directory().byEmail('nobody@example.com'), undefined)
    assert.is(await directory().membersOf('S0NONE'), undefined)
  })
  test(`${where}: who cannot take part is said to be so`, async () => {
    for (const one of [gil, bo, sam, del]) assert.equal(await directory().byId(one.slackUserID), one)
  })
  test(`${where}: an account may have no address`, async () => {
    assert.is((await directory().byId('U0NOMAIL'))?.email, undefined)
  })
  test(`${where}: a group has its members`, async () => {
    assert.equal(await directory().membersOf('S0DBA'), ['U0DANA', 'U0MO'])
    assert.equal(await directory().unhurried.membersOf('S0DBA'), ['U0DANA', 'U0MO'])
  })
  test(`${where}: several are looked up at once, without those who are not there`, async () => {
    const { people, missing, error } = await directory().unhurried.byIds(['U0DANA', 'U0NOBODY', 'U0GIL'])
    assert.equal(people, [dana, gil])
    assert.equal([missing, error], [0, undefined])
  })
  // Last: what changes stays changed.
  test(`${where}: a fresh look sees what has changed, whatever is remembered`, async () => {
    await directory().byId('U0DANA')
    await directory().membersOf('S0DBA')
    fixture().changes('U0DANA', 'private@gmail.com')
    assert.equal(await directory().fresh.byId('U0DANA'), { ...dana, email: 'private@gmail.com' })
    assert.is(await directory().fresh.byId('U0NOBODY'), undefined)
    fixture().leaves('S0DBA', 'U0DANA')
    assert.equal(await directory().fresh.membersOf('S0DBA'), ['U0MO'])
    assert.is(await directory().fresh.membersOf('S0NONE'), undefined)
  })
}

test.run()
