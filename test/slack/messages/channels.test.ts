// The channel of a mapping, as Slack shows it: found out before anybody asks.
import * as assert from 'uvu/assert'
import { Broken } from '../../../src/domain/outcome.ts'
import type { SlackChannel } from '../../../src/sim/slack/types.ts'
import { createChannels } from '../../../src/slack/messages/channels.ts'
import { suite, table } from '../../suite.ts'
import { channel, inSlack } from '../workspace.ts'

const test = suite('the channel of a mapping')

type Fact = { is?: Partial<SlackChannel>; at?: string; fault: RegExp | undefined }
table<Fact>(
  test,
  {
    'a channel with Hallpass in it': { fault: undefined },
    'a private one': { is: { is_private: true }, fault: undefined },
    'an archived one': { is: { is_archived: true }, fault: /"C0PRODACCESS": it is archived; name another channel/ },
    'one without Hallpass': { is: { members: ['U0DANA'] }, fault: /not a member of it; invite Hallpass/ },
    'a private one without Hallpass': {
      is: { members: ['U0DANA'], is_private: true },
      fault: /Slack does not know it, or Hallpass is not a member/,
    },
    'one that is not there': { at: 'C0NONE', fault: /"C0NONE": Slack does not know it/ },
    'a read-only one': { is: { is_read_only: true }, fault: /it is read-only/ },
    'one that takes only replies': { is: { is_thread_only: true }, fault: /only replies in threads/ },
  },
  async ({ is = {}, at = channel, fault }) =>
    inSlack(async ({ sim, client, clock }) => {
      Object.assign(sim.state.channels.get(channel) ?? {}, is)
      const channels = createChannels({ client, clock })
      const found = await channels.faultOf(at)
      if (fault) assert.match(found?.message ?? '', fault)
      assert.is(found?.reason, fault && 'ChannelUnreachable')
    }),
)

test('mappings with the same channel share one call a minute', () =>
  inSlack(async slack => {
    const { client, clock } = slack
    const channels = createChannels({ client, clock })
    await Promise.all([channels.faultOf(channel), channels.faultOf(channel)])
    await channels.faultOf(channel)
    assert.is(slack.count('conversations.info'), 1)
    clock.forward(61)
    await channels.faultOf(channel)
    assert.is(slack.count('conversations.info'), 2)
  }))

test('an answer without the channel says nothing about it', () =>
  inSlack(async ({ sim, client, clock }) => {
    sim.faults.add({ route: '* /api/conversations.info', status: 200, body: { ok: true } })
    const error: unknown = await createChannels({ client, clock })
      .faultOf(channel)
      .catch((thrown: unknown) => thrown)
    assert.instance(error, Broken)
  }))

test('a missing right and silence say nothing about the channel', () =>
  inSlack(async ({ sim, client, clock }) => {
    const channels = createChannels({ client, clock })
    sim.state.app.scopes = []
    const error: unknown = await channels.faultOf(channel).catch((thrown: unknown) => thrown)
    assert.instance(error, Broken)
  }))

test.run()
