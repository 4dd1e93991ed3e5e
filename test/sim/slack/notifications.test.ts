// Who is notified of what: the question that decides whether a person who is asked ever learns of it.
import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import { channel, withFixture, type Fixture } from './fixture.ts'

const test = suite('simulated Slack: who is notified')

const mentionMo = { type: 'section', text: { type: 'mrkdwn', text: '<@U0MO>, please decide' } }
const post = async (fixture: Fixture, more: object): Promise<string> => {
  const { ts } = await fixture.client().chat.postMessage({ channel, text: 'please decide', ...more })
  return ts ?? ''
}
const set = ({ sim }: Fixture, more: object): unknown => Object.assign(sim.state.channels.get(channel) ?? {}, more)

type Fact = { does: (fixture: Fixture) => Promise<unknown>; notified: string[] }
table<Fact>(
  test,
  {
    'a mention in a new message': {
      does: async on => post(on, { blocks: [mentionMo] }),
      notified: [`mention in ${channel}`],
    },
    'a mention in a reply in a thread': {
      does: async on => post(on, { blocks: [mentionMo], thread_ts: await post(on, {}) }),
      notified: [`mention in ${channel}`],
    },
    'a mention that an edit adds notifies nobody': {
      does: async on => on.client().apiCall('chat.update', { channel, ts: await post(on, {}), blocks: [mentionMo] }),
      notified: [],
    },
    'two mentions in one message notify once': {
      does: async on => post(on, { blocks: [mentionMo, mentionMo] }),
      notified: [`mention in ${channel}`],
    },
    'a mention of somebody who is not in the channel notifies nobody': {
      does: async on => {
        set(on, { members: ['U0DANA', 'U0HALLPASS'], is_private: true })
        return post(on, { blocks: [mentionMo] })
      },
      notified: [],
    },
    'a mention in a channel that they muted notifies nobody': {
      does: async on => {
        set(on, { mutedBy: ['U0MO'] })
        return post(on, { blocks: [mentionMo] })
      },
      notified: [],
    },
    'a direct message notifies its person, whatever it mentions': {
      does: async on => post(on, { channel: 'U0MO' }),
      notified: ['direct message'],
    },
    'with blocks, a mention in the text notifies nobody': {
      does: async on => post(on, { text: '<@U0MO>', blocks: [{ type: 'divider' }] }),
      notified: [],
    },
    'without blocks, it does': { does: async on => post(on, { text: '<@U0MO>' }), notified: [`mention in ${channel}`] },
    'escaped text mentions nobody': {
      does: async on => post(on, { text: '&lt;@U0MO&gt; &lt;!here&gt;' }),
      notified: [],
    },
    'a mention of the channel notifies its members': {
      does: async on => post(on, { text: '<!channel>' }),
      notified: [`mention in ${channel}`],
    },
    'a mention of a group notifies its members': {
      does: async on => post(on, { text: '<!subteam^S0DBA>' }),
      notified: [`mention in ${channel}`],
    },
    'an ephemeral message notifies nobody': {
      does: async on => on.client().apiCall('chat.postEphemeral', { channel, user: 'U0MO', text: '<@U0MO>' }),
      notified: [],
    },
  },
  async ({ does, notified }) =>
    withFixture(async fixture => {
      await does(fixture)
      assert.equal(fixture.sim.state.notified('U0MO'), notified)
    }),
)

test.run()
