// The Slack app's manifest against what our code calls: its scopes suffice, and none of them is idle.
import { readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { suite, table } from '../suite.ts'
import { createChat } from '../../src/slack/messages/chat.ts'
import { createDirectory } from '../../src/slack/messages/directory.ts'
import { mapping } from '../builders/mapping.ts'
import { team } from '../builders/organisation.ts'
import { request } from '../builders/request.ts'
import { inHouse } from '../slack/house.ts'
import { approve, view } from '../builders/views.ts'
import { channel, inSlack, type Slack } from '../slack/workspace.ts'

const test = suite("contract: the Slack app's scopes")

type Manifest = { oauth_config: { scopes: { bot: string[] } } }
const scopesOf = async (): Promise<string[]> => {
  const text = await readFile(new URL('../../deploy/slack/manifest.yaml', import.meta.url), 'utf8')
  return (parse(text) as Manifest).oauth_config.scopes.bot
}

const chatOf = ({ client, clock }: Slack): ReturnType<typeof createChat> => createChat({ client, clock })
const directoryOf = ({ client, clock }: Slack): ReturnType<typeof createDirectory> =>
  createDirectory({ client, clock, installedTeams: [team] })
const inPrivate = (slack: Slack): Slack => {
  Object.assign(slack.sim.state.channels.get(channel) ?? {}, { is_private: true })
  return slack
}
const find = async (slack: Slack): Promise<unknown> => chatOf(slack).find(channel, view().uid, slack.clock.now())
const tell = async (slack: Slack): Promise<unknown> => {
  const ts = slack.sim.desktop.say({ user: 'U0MO', channel, text: 'a message' }).ts
  return chatOf(slack).tell({ channel, ts }, view({ state: 'granted' }), { news: 'granted' })
}
const command = async ({ sim }: Slack): Promise<void> => {
  const { trouble } = await sim.desktop.slashCommand({ user: 'U0DANA', channel, command: '/access', text: 'help' })
  if (trouble?.includes('not a valid command')) throw new Error(trouble)
}

/** What each scope is for. */
const deeds: Record<string, { scope: string; deed: (slack: Slack) => Promise<unknown> }> = {
  'hearing commands': { scope: 'commands', deed: command },
  'posting the message': { scope: 'chat:write', deed: slack => chatOf(slack).post(channel, view(), { approve }) },
  'looking up who asks': { scope: 'users:read', deed: slack => directoryOf(slack).byId('U0DANA') },
  'finding who is on call': { scope: 'users:read.email', deed: slack => directoryOf(slack).byEmail('mo@example.com') },
  'reading a user group': { scope: 'usergroups:read', deed: slack => directoryOf(slack).membersOf('S0DBA') },
  'adopting a message': { scope: 'channels:history', deed: find },
  'adopting a message in a private channel': { scope: 'groups:history', deed: slack => find(inPrivate(slack)) },
  'knowing who is in the channel': { scope: 'channels:read', deed: tell },
  'knowing who is in a private channel': { scope: 'groups:read', deed: slack => tell(inPrivate(slack)) },
}
table(test, deeds, async ({ scope, deed }) => {
  const granted = await scopesOf()
  await inSlack(async slack => {
    slack.sim.state.app.scopes = granted
    await deed(slack)
  })
  await inSlack(async slack => {
    slack.sim.state.app.scopes = granted.filter(one => one !== scope)
    const error: unknown = await deed(slack).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    assert.instance(error, Error, `${scope} is not needed`)
  })
})

test('every scope of the manifest is one of these, except for the one that direct messages need', async () => {
  const needed = Object.values(deeds).map(({ scope }) => scope)
  assert.equal(
    (await scopesOf()).filter(scope => !needed.includes(scope)),
    ['im:write'],
  )
})

test('forms take no scope', () =>
  inHouse(async house => {
    house.sim.state.app.scopes = await scopesOf()
    const ts = await house.announce(request(mapping()))
    await house.sim.desktop.clickButton({ user: 'U0MO', ts, actionID: 'deny' })
    await house.gateway.stop()
    assert.is(house.sim.state.openViews('U0MO').length, 1)
  }))

test.run()
