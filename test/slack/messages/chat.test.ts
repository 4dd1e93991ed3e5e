import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import { Broken, Refused, Waiting } from '../../../src/domain/outcome.ts'
import type { Chat } from '../../../src/domain/ports.ts'
import { createChat } from '../../../src/slack/messages/chat.ts'
import { ManualClock, start } from '../fakes.ts'
import { approve, view } from '../views.ts'
import { WebApi } from '../web-api.ts'

const test = suite('speaking in Slack')
const channel = 'C0PRODACCESS'
const links = { approve }

async function inSlack(work: (slack: WebApi, chat: Chat, clock: ManualClock) => Promise<void>): Promise<void> {
  const slack = new WebApi()
  slack.channels[channel] = { messages: [], members: ['U1', 'U2', 'U3', 'U0DANA'] }
  const clock = new ManualClock()
  const chat = createChat({ client: await slack.open(), clock })
  try {
    await work(slack, chat, clock)
  } finally {
    await slack.close()
  }
}
const messages = (slack: WebApi, of = channel): WebApi['channels'][string]['messages'] =>
  slack.channels[of]?.messages ?? []
async function thrown(work: Promise<unknown>): Promise<Error> {
  try {
    await work
  } catch (error) {
    return error as Error
  }
  return assert.unreachable('it did not fail') as never
}

test('a message is posted with its uid as metadata, and nothing unfurls', () =>
  inSlack(async (slack, chat) => {
    const posted = await chat.post(channel, view(), links)
    assert.is(posted.permalink, `https://example.slack.com/archives/${channel}/p${posted.ts}`)
    assert.equal(messages(slack)[0]?.metadata, { event_type: 'hallpass_request', event_payload: { uid: view().uid } })
    const { args } = slack.calls.find(({ method }) => method === 'chat.postMessage') ?? {
      args: {} as Record<string, string>,
    }
    assert.is(args['unfurl_links'], 'false')
    assert.is(args['unfurl_media'], 'false')
  }))

test('a message without permalink is posted all the same', () =>
  inSlack(async (slack, chat) => {
    slack.faults['chat.getPermalink'] = { status: 500, body: {} }
    assert.is((await chat.post(channel, view(), links)).permalink, undefined)
  }))

test('a message that was posted before a crash is found again, past others and over pages', () =>
  inSlack(async (slack, chat) => {
    const posted = await chat.post(channel, view(), links)
    for (let i = 0; i < 5; i++)
      await chat.post(channel, view({ uid: `22222222-0000-4000-8000-00000000010${i}` }), links)
    assert.equal(await chat.find(channel, view().uid, start), posted)
    assert.is(await chat.find(channel, 'another', start), undefined)
    const { args } = slack.calls.find(({ method }) => method === 'conversations.history') ?? {
      args: {} as Record<string, string>,
    }
    assert.is(args['include_all_metadata'], 'true')
    assert.is(args['oldest'], String(start.getTime() / 1000))
  }))

test("somebody else's message with our metadata is not adopted", () =>
  inSlack(async (slack, chat) => {
    const metadata = { event_type: 'hallpass_request', event_payload: { uid: view().uid } }
    slack.channels[channel]?.messages.push({
      ts: '1.2',
      user: 'U0EVIL',
      bot_id: 'B0EVIL',
      text: '',
      blocks: [],
      metadata,
    })
    assert.is(await chat.find(channel, view().uid, start), undefined)
  }))

test('the message is edited in place', () =>
  inSlack(async (slack, chat) => {
    const posted = await chat.post(channel, view(), links)
    await chat.update(posted, view({ state: 'granting' }), {})
    assert.is(messages(slack).length, 1)
    assert.match(JSON.stringify(messages(slack)[0]?.blocks), 'Granting…')
    assert.not.match(JSON.stringify(messages(slack)[0]?.blocks), '"approve"')
  }))

test('a message that is gone is refused', () =>
  inSlack(async (_, chat) => {
    const error = await thrown(chat.update({ channel, ts: '9.9' }, view(), links))
    assert.instance(error, Refused)
    assert.is((error as Refused).refusal.reason, 'MessageGone')
  }))

test('a member is told in the thread; who is in the channel is asked once a minute', () =>
  inSlack(async (slack, chat, clock) => {
    const posted = await chat.post(channel, view(), links)
    await chat.tell(posted, view({ state: 'granted' }), 'granted')
    await chat.tell(posted, view({ state: 'granted' }), 'endingSoon')
    assert.equal(
      messages(slack).map(({ thread_ts: ts }) => ts),
      [undefined, posted.ts, posted.ts],
    )
    assert.match(JSON.stringify(messages(slack)[1]?.blocks), '<@U0DANA>')
    assert.is(slack.count('conversations.members'), 2)
    clock.forward(61)
    await chat.tell(posted, view({ state: 'expired' }), 'ended')
    assert.is(slack.count('conversations.members'), 4)
  }))

test('whoever is not a member is told in a direct message, and not in the thread', () =>
  inSlack(async (slack, chat) => {
    const posted = await chat.post(channel, view(), links)
    slack.channels[channel] = { messages: messages(slack), members: ['U1'] }
    await chat.tell(posted, view({ state: 'denied' }), 'denied')
    assert.is(messages(slack).length, 1)
    assert.is(messages(slack, 'U0DANA').length, 1)
  }))

test('a message that is gone, or never was, does not keep the person from being told', () =>
  inSlack(async (slack, chat) => {
    await chat.tell({ channel, ts: '9.9' }, view({ state: 'denied' }), 'denied')
    await chat.tell({ channel: 'C0GONE', ts: '9.9' }, view({ state: 'denied' }), 'denied')
    await chat.tell(undefined, view({ state: 'timedOut' }), 'timedOut')
    assert.is(messages(slack, 'U0DANA').length, 3)
  }))

test('a requester whom Slack does not know is named in the thread; without one it is refused', () =>
  inSlack(async (slack, chat) => {
    const unknown = view({ state: 'granted', requester: { email: 'dana@example.com' } })
    const posted = await chat.post(channel, unknown, links)
    await chat.tell(posted, unknown, 'granted')
    assert.match(JSON.stringify(messages(slack)[1]?.blocks), 'dana@example.com, you have')
    assert.is(((await thrown(chat.tell(undefined, unknown, 'granted'))) as Refused).refusal.reason, 'NobodyToTell')
  }))

type Fact = {
  fault: WebApi['faults'][string]
  outcome: typeof Refused | typeof Waiting | typeof Broken
  also: (error: Error) => unknown
}
const code = (error: string): { body: object } => ({ body: { ok: false, error } })
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
  'a revoked token': { fault: code('token_revoked'), outcome: Broken, also: answered(true) },
  'a wrong token': { fault: code('invalid_auth'), outcome: Broken, also: answered(true) },
  'an error nobody knows': { fault: code('something_new'), outcome: Broken, also: answered(true) },
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
  'a broken connection: it may have been posted': { fault: { hang: true }, outcome: Broken, also: answered(false) },
  'a connection that breaks after the post': {
    fault: { hang: true, afterwards: true },
    outcome: Broken,
    also: answered(false),
  },
}
table(test, outcomes, ({ fault, outcome, also }) =>
  inSlack(async (slack, chat) => {
    slack.faults['chat.postMessage'] = fault
    const error = await thrown(chat.post(channel, view(), links))
    assert.instance(error, outcome)
    assert.not.match(`${error.stack} ${JSON.stringify(error)}`, 'xoxb')
    assert.is(slack.count('chat.postMessage'), 1)
    also(error)
  }),
)

test('what was posted although the answer got lost is found and adopted', () =>
  inSlack(async (slack, chat) => {
    slack.faults['chat.postMessage'] = { hang: true, afterwards: true }
    await thrown(chat.post(channel, view(), links))
    const found = await chat.find(channel, view().uid, start)
    assert.is(found?.ts, messages(slack)[0]?.ts)
  }))

test.run()
