import * as assert from 'uvu/assert'
import { attack } from '../../attacks.ts'
import { suite, table } from '../../suite.ts'
import { Broken, Refused, Waiting } from '../../../src/domain/outcome.ts'
import type { Chat } from '../../../src/domain/ports.ts'
import type { Fault } from '../../../src/sim/serve.ts'
import { createChat } from '../../../src/slack/messages/chat.ts'
import { start } from '../../fakes/clock.ts'
import { approve, view } from '../../builders/views.ts'
import { channel, inSlack, type Slack } from '../workspace.ts'

const test = suite('speaking in Slack')
const links = { approve }

/** Our chat in a separate workspace. */
const inChat = (work: (slack: Slack, chat: Chat) => Promise<void>): Promise<void> =>
  inSlack(slack => work(slack, createChat({ client: slack.client, clock: slack.clock })))
const sentTo = ({ sim }: Slack, method: string): Record<string, unknown> =>
  sim.calls.find(call => call.method === method)?.args ?? {}
/** Someone else's words in the channel, as many as it takes to fill pages. */
function chatter({ sim }: Slack, count: number): void {
  for (let i = 0; i < count; i++) sim.desktop.say({ user: 'U0OTTO', channel, text: `line ${i}` })
}
async function thrown(work: Promise<unknown>): Promise<Error> {
  try {
    await work
  } catch (error) {
    return error as Error
  }
  return assert.unreachable('it did not fail') as never
}

test('a message is posted with its uid as metadata, and nothing unfurls', () =>
  inChat(async (slack, chat) => {
    const posted = await chat.post(channel, view(), links)
    assert.is(posted.permalink, `https://hallpass-sandbox.slack.com/archives/${channel}/p${posted.ts.replace('.', '')}`)
    assert.equal(slack.messages()[0]?.metadata, { event_type: 'hallpass_request', event_payload: { uid: view().uid } })
    const args = sentTo(slack, 'chat.postMessage')
    assert.is(args['unfurl_links'], 'false')
    assert.is(args['unfurl_media'], 'false')
  }))

test('a message without permalink is posted anyway', () =>
  inChat(async (slack, chat) => {
    slack.sim.faults.add({ route: 'POST /api/chat.getPermalink', status: 500 })
    assert.is((await chat.post(channel, view(), links)).permalink, undefined)
  }))

test('a message that was posted before a crash is found again, past others and over pages', () =>
  inChat(async (slack, chat) => {
    const posted = await chat.post(channel, view(), links)
    chatter(slack, 450)
    await chat.post(channel, view({ uid: '22222222-0000-4000-8000-000000000100' }), links)
    const { absent: _, ...placed } = posted
    assert.equal(await chat.find(channel, view().uid, start), placed)
    assert.is(slack.count('conversations.history'), 3)
    assert.is(await chat.find(channel, 'another', start), undefined)
    const args = sentTo(slack, 'conversations.history')
    assert.is(args['include_all_metadata'], 'true')
    assert.is(args['oldest'], String(start.getTime() / 1000))
  }))

test("somebody else's message with our metadata is not adopted", () =>
  inChat(async (slack, chat) => {
    const metadata = { event_type: 'hallpass_request', event_payload: { uid: view().uid } }
    const theirs = { channel, user: 'U0EVIL', botId: 'B0EVIL', text: '', blocks: [], mrkdwn: true, metadata }
    slack.sim.state.post(theirs)
    assert.is(await chat.find(channel, view().uid, start), undefined)
  }))

test('the message is edited in place', () =>
  inChat(async (slack, chat) => {
    const posted = await chat.post(channel, view(), links)
    await chat.update(posted, view({ state: 'granting' }), {})
    assert.is(slack.messages().length, 1)
    assert.match(JSON.stringify(slack.messages()[0]?.blocks), 'Granting…')
    assert.not.match(JSON.stringify(slack.messages()[0]?.blocks), '"approve"')
  }))

test('a message that is gone is refused', () =>
  inChat(async (_, chat) => {
    const error = await thrown(chat.update({ channel, ts: '9.9' }, view(), links))
    assert.instance(error, Refused)
    assert.is((error as Refused).refusal.reason, 'MessageGone')
  }))

test('a member is told in the thread; who is in the channel is asked once a minute, page by page', () =>
  inChat(async (slack, chat) => {
    slack.sim.state.channels.get(channel)?.members.unshift(...Array.from({ length: 1500 }, (_, i) => `U${1000 + i}`))
    const posted = await chat.post(channel, view(), links)
    await chat.tell(posted, view({ state: 'granted' }), { news: 'granted' })
    await chat.tell(posted, view({ state: 'granted' }), { news: 'endingSoon' })
    assert.equal(
      slack.messages().map(({ threadTs }) => threadTs),
      [undefined, posted.ts, posted.ts],
    )
    assert.match(JSON.stringify(slack.messages()[1]?.blocks), '<@U0DANA>')
    assert.is(slack.count('conversations.members'), 2)
    slack.clock.forward(61)
    await chat.tell(posted, view({ state: 'expired' }), { news: 'ended' })
    assert.is(slack.count('conversations.members'), 4)
  }))

test('a person who is not a member is told in a direct message, and not in the thread', () =>
  inChat(async (slack, chat) => {
    const posted = await chat.post(channel, view(), links)
    slack.clock.forward(61)
    const at = slack.sim.state.channels.get(channel)
    if (at) at.members = ['U0MO', 'U0HALLPASS']
    await chat.tell(posted, view({ state: 'denied' }), { news: 'denied' })
    assert.is(slack.messages().length, 1)
    assert.is(slack.direct('U0DANA').length, 1)
  }))

test('a message that is gone, or never was, does not keep the person from being told', () =>
  inChat(async (slack, chat) => {
    await chat.tell({ channel, ts: '9.9' }, view({ state: 'denied' }), { news: 'denied' })
    await chat.tell({ channel: 'C0GONE', ts: '9.9' }, view({ state: 'denied' }), { news: 'denied' })
    await chat.tell(undefined, view({ state: 'timedOut' }), { news: 'timedOut' })
    assert.is(slack.direct('U0DANA').length, 3)
  }))

test('a requester whom Slack does not know is named in the thread; without one it is refused', () =>
  inChat(async (slack, chat) => {
    const unknown = view({ state: 'granted', requester: { email: 'dana@example.com' } })
    const posted = await chat.post(channel, unknown, links)
    await chat.tell(posted, unknown, { news: 'granted' })
    assert.match(JSON.stringify(slack.messages()[1]?.blocks), 'dana@example.com, you have')
    assert.is(
      ((await thrown(chat.tell(undefined, unknown, { news: 'granted' }))) as Refused).refusal.reason,
      'NobodyToTell',
    )
  }))

test('a message that Slack has just turned away is not searched for, and one that may have been posted is', () =>
  inChat(async (slack, chat) => {
    slack.sim.faults.add({ route: 'POST /api/chat.postMessage', status: 429, headers: { 'retry-after': '1' } })
    assert.instance(await thrown(chat.post(channel, view(), links)), Waiting)
    assert.is(await chat.find(channel, view().uid, start), undefined)
    assert.is(slack.count('conversations.history'), 0)
    slack.clock.forward(1)
    slack.sim.faults.add({ route: 'POST /api/chat.postMessage', reset: 'after' })
    assert.instance(await thrown(chat.post(channel, view(), links)), Broken)
    assert.ok(await chat.find(channel, view().uid, start))
  }))

attack(test, 'a proxy asks to leave Slack alone for thirty years … asked again after 300 s', async () => {
  let end = ''
  await inChat(async (slack, chat) => {
    const fault = { status: 429, headers: { 'retry-after': '946080000' }, body: { ok: false, error: 'ratelimited' } }
    slack.sim.faults.add({ route: 'POST /api/chat.postMessage', ...fault })
    assert.instance(await thrown(chat.post(channel, view(), links)), Waiting)
    slack.clock.forward(299)
    assert.instance(await thrown(chat.post(channel, view(), links)), Waiting)
    slack.clock.forward(1)
    end = (await chat.post(channel, view(), links)).ts ? 'asked again after 300 s' : 'lost'
  })
  return end
})

type Fact = {
  fault: Omit<Fault, 'route'>
  outcome: typeof Refused | typeof Waiting | typeof Broken
  also: (error: Error) => unknown
}
const code = (error: string): Omit<Fault, 'route'> => ({ status: 200, body: { ok: false, error } })
const answered = (is: boolean) => (error: Error) => assert.is((error as Broken).answered, is)
const unreachable = (error: Error): void => {
  assert.is((error as Refused).refusal.reason, 'ChannelUnreachable')
  assert.match(error.message, `Slack channel "${channel}"`)
}
const outcomes: Record<string, Fact> = {
  'too many calls: wait as long as Slack says': {
    fault: { status: 429, headers: { 'retry-after': '7' }, body: { ok: false, error: 'ratelimited' } },
    outcome: Waiting,
    also: error => assert.is((error as Waiting).until.getTime() - start.getTime(), 7000),
  },
  'too many calls, as a code': { fault: code('rate_limited'), outcome: Waiting, also: () => undefined },
  'an unknown channel': { fault: code('channel_not_found'), outcome: Refused, also: unreachable },
  'not invited': { fault: code('not_in_channel'), outcome: Refused, also: unreachable },
  'an archived channel': { fault: code('is_archived'), outcome: Refused, also: unreachable },
  'a read-only channel': {
    fault: code('restricted_action_read_only_channel'),
    outcome: Refused,
    also: unreachable,
  },
  'what administrators forbid': {
    fault: code('ekm_access_denied'),
    outcome: Refused,
    also: error => assert.is((error as Refused).refusal.reason, 'SlackAccessDenied'),
  },
  'blocks that are too long': {
    fault: code('msg_blocks_too_long'),
    outcome: Refused,
    also: error => assert.is((error as Refused).refusal.reason, 'MessageRefused'),
  },
  'an error of Slack itself': { fault: code('internal_error'), outcome: Broken, also: answered(true) },
  'a revoked token': { fault: code('token_revoked'), outcome: Broken, also: answered(true) },
  'a wrong token': { fault: code('invalid_auth'), outcome: Broken, also: answered(true) },
  'an error nobody knows': { fault: code('something_new'), outcome: Broken, also: answered(true) },
  'a page of a proxy that says 200: it may have been posted, and no part of the page is quoted': {
    fault: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>maintenance</html>' },
    outcome: Broken,
    also: error => (answered(false)(error), assert.not.match(error.message, 'maintenance')),
  },
  'a 4xx of a proxy': { fault: { status: 407, body: '<html>' }, outcome: Broken, also: answered(false) },
  'a refused form': {
    fault: code('invalid_blocks'),
    outcome: Refused,
    also: error => assert.is((error as Refused).refusal.reason, 'MessageRefused'),
  },
  'a server error: it may have been posted': {
    fault: { status: 503, body: {} },
    outcome: Broken,
    also: answered(false),
  },
  'a broken connection: it may have been posted': {
    fault: { reset: 'before' },
    outcome: Broken,
    also: answered(false),
  },
  'a connection that breaks after the post': {
    fault: { reset: 'after' },
    outcome: Broken,
    also: answered(false),
  },
}
table(test, outcomes, ({ fault, outcome, also }) =>
  inChat(async (slack, chat) => {
    slack.sim.faults.add({ route: 'POST /api/chat.postMessage', ...fault })
    const error = await thrown(chat.post(channel, view(), links))
    assert.instance(error, outcome)
    assert.not.match(`${error.stack} ${JSON.stringify(error)}`, 'xoxb')
    // A client that tried again would have succeeded.
    assert.is(slack.messages().length, fault.reset === 'after' ? 1 : 0)
    also(error)
  }),
)

test('a code that nobody knows is tried twice more, then it is told instead of tried on in silence', () =>
  inChat(async (slack, chat) => {
    slack.sim.faults.add({ route: 'POST /api/chat.postMessage', ...code('something_new'), times: 4 })
    const other = view({ uid: '22222222-0000-4000-8000-000000000100' })
    for (const [shown, outcome] of [
      [view(), Broken],
      [other, Broken],
      [view(), Broken],
      [view(), Refused],
    ] as const)
      assert.instance(await thrown(chat.post(channel, shown, links)), outcome)
    assert.ok((await chat.post(channel, view(), links)).ts)
  }))

test('a direct message that Slack does not take is refused, and says what to enable', () =>
  inChat(async (slack, chat) => {
    slack.sim.state.app.hasMessagesTab = false
    for (const saying of [
      chat.ask('U0MO', view(), links),
      chat.tell(undefined, view({ state: 'denied' }), { news: 'denied' }),
    ]) {
      const error = await thrown(saying)
      assert.is((error as Refused).refusal.reason, 'DirectMessageRefused')
      assert.match(error.message, /the Messages tab of the Slack app is off; enable app_home.messages_tab_enabled/)
    }
    assert.is((await thrown(chat.ask('U0NONE', view(), links))).message.includes('account "U0NONE"'), true)
  }))

test('a thread that cannot be written to is no reason to tell nobody', () =>
  inChat(async (slack, chat) => {
    const posted = await chat.post(channel, view(), links)
    Object.assign(slack.sim.state.channels.get(channel) ?? {}, { is_read_only: true })
    assert.is(await chat.mention(posted, view(), view().approvers), false)
    await chat.tell(posted, view({ state: 'granted' }), { news: 'granted' })
    assert.is(slack.direct('U0DANA').length, 1)
  }))

test('what was posted although the answer got lost is found and adopted', () =>
  inChat(async (slack, chat) => {
    slack.sim.faults.add({ route: 'POST /api/chat.postMessage', reset: 'after' })
    await thrown(chat.post(channel, view(), links))
    const found = await chat.find(channel, view().uid, start)
    assert.is(found?.ts, slack.messages()[0]?.ts)
  }))

test.run()
