// One contract for every directory: the adapter over HTTP and the fake in memory that the gateway's tests use.
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import type { Directory } from '../../src/domain/ports.ts'
import { createDirectory } from '../../src/slack/messages/directory.ts'
import { bo, dana, del, gil, MemoryDirectory, sam, team } from '../slack/fakes.ts'
import { openSlack } from '../slack/workspace.ts'

const test = suite('contract: what Slack knows of people')

type World = { directory: Directory; close: () => Promise<void> }
const worlds: Record<string, () => Promise<World>> = {
  'in memory': async () => {
    const directory = new MemoryDirectory()
    directory.groups = { S0DBA: ['U0DANA', 'U0MO'] }
    return { directory, close: async () => undefined }
  },
  'over HTTP': async () => {
    const { sim, client, clock } = await openSlack()
    return {
      directory: createDirectory({ client, clock, installedTeams: [team] }),
      close: () => sim.close(),
    }
  },
}

const opened: Record<string, World> = {}
test.before(async () => {
  for (const [where, open] of Object.entries(worlds)) opened[where] = await open()
})
test.after(async () => {
  for (const { close } of Object.values(opened)) await close()
})

for (const where of Object.keys(worlds)) {
  const directory = (): Directory => {
    const world = opened[where]
    if (!world) throw new Error(`${where} was not opened`)
    return world.directory
  }

  test(`${where}: a member is known by id and by e-mail`, async () => {
    assert.equal(await directory().byId('U0DANA'), dana)
    assert.equal(await directory().byEmail('dana@example.com'), dana)
  })
  test(`${where}: who is not there is not there`, async () => {
    assert.is(await directory().byId('U0NOBODY'), undefined)
    assert.is(await directory().byEmail('nobody@example.com'), undefined)
    assert.equal(await directory().membersOf('S0NONE'), [])
  })
  test(`${where}: who cannot take part is said to be so`, async () => {
    for (const one of [gil, bo, sam, del]) assert.equal(await directory().byId(one.slackUserID), one)
  })
  test(`${where}: an account may have no address`, async () => {
    assert.is((await directory().byId('U0NOMAIL'))?.email, undefined)
  })
  test(`${where}: a group has its members`, async () => {
    assert.equal(await directory().membersOf('S0DBA'), ['U0DANA', 'U0MO'])
  })
}

test.run()
