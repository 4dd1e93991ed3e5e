import * as assert from 'uvu/assert'
import { createHmac } from 'node:crypto'
import { suite, table } from '../../suite.ts'
import { Impossible } from '../../../src/sim/slack/fields.ts'
import { channel, dana, withFixture, plain, type Fixture } from './fixture.ts'

const test = suite('simulated Slack: deliveries and what people see of the answers')
const line = { user: dana, channel, command: '/prod-db', text: '30m  why <!here> & @mo ' }
const shown = (fixture: Fixture, user = dana): string[] => fixture.sim.state.ephemerals(user).map(({ text }) => text)
const section = (text: string): object => ({ type: 'section', text: { type: 'mrkdwn', text } })
async function impossible(deed: Promise<unknown> | (() => unknown), says: RegExp): Promise<void> {
  const error: unknown = await (async () => (typeof deed === 'function' ? deed() : deed))().catch(
    (thrown: unknown) => thrown,
  )
  assert.instance(error, Impossible)
  assert.match((error as Error).message, says)
}

test('a command is signed as Slack signs it and carries its fields, the text escaped', () =>
  withFixture(async fixture => {
    await fixture.sim.desktop.slashCommand(line)
    const [{ headers, body, form } = { headers: {}, body: '', form: new URLSearchParams() }] = fixture.received
    const stamp = String(Math.floor(fixture.clock.now().getTime() / 1000))
    const hmac = createHmac('sha256', fixture.sim.signingSecret).update(`v0:${stamp}:${body}`).digest('hex')
    assert.is((headers as Record<string, string>)['x-slack-signature'], `v0=${hmac}`)
    assert.is((headers as Record<string, string>)['x-slack-request-timestamp'], stamp)
    assert.is((headers as Record<string, string>)['content-type'], 'application/x-www-form-urlencoded')
    const { response_url: url = '', trigger_id: trigger = '', token: _, ...fields } = Object.fromEntries(form)
    assert.equal(fields, {
      team_id: 'T0HALLPASS',
      team_domain: 'hallpass-sandbox',
      channel_id: channel,
      channel_name: 'prod-access',
      user_id: dana,
      user_name: 'dana',
      command: '/prod-db',
      text: '30m  why &lt;!here&gt; &amp; @mo ',
      api_app_id: 'A0HALLPASS',
      is_enterprise_install: 'false',
    })
    assert.ok(url.startsWith(`${fixture.sim.url}/commands/T0HALLPASS/`))
    assert.match(trigger, /^\d+\.\d+\.[0-9a-f]+$/)
  }))

const typing: Record<string, { text: string; delivered: string; isOnPhone?: boolean }> = {
  'an address becomes a link': { text: 'ask mo@x.example.', delivered: 'ask <mailto:mo@x.example|mo@x.example>.' },
  'a link is marked, and what it contains is escaped': {
    text: 'see https://x.example/a?b=1&c=2, please',
    delivered: 'see <https://x.example/a?b=1&amp;c=2>, please',
  },
  'a host alone becomes a link': {
    text: 'on db.x.example now',
    delivered: 'on <http://db.x.example|db.x.example> now',
  },
  'markup that a person types is text': { text: '<@U0MO> <!channel>', delivered: '&lt;@U0MO&gt; &lt;!channel&gt;' },
  "a phone's keyboard": {
    text: `help "it's" --now 15 min`,
    delivered: 'Help \u201Cit\u2019s\u201D \u2014now 15\u00A0min',
    isOnPhone: true,
  },
}
table(test, typing, ({ text, delivered, isOnPhone = false }) =>
  withFixture(async fixture => {
    await fixture.sim.desktop.slashCommand({ ...line, text, isOnPhone })
    assert.is(fixture.received[0]?.form.get('text'), delivered)
  }),
)

type Ack = { answer: ReturnType<Fixture['answer']>; shows: string[]; inChannel?: number }
const acks: Record<string, Ack> = {
  'an empty acknowledgement shows nothing': { answer: {}, shows: [] },
  'a text is shown to the person alone': { answer: { body: 'hello' }, shows: ['hello'] },
  'JSON is shown to the person alone': { answer: { body: { text: 'hi', blocks: [section('hi')] } }, shows: ['hi'] },
  'JSON said to be text is shown as text': { answer: { body: '{"text":"hi"}' }, shows: ['{"text":"hi"}'] },
  'in_channel is shown to all': {
    answer: { body: { text: 'hi', response_type: 'in_channel' } },
    shows: [],
    inChannel: 1,
  },
  'blocks that break a limit are an error': {
    answer: { body: { text: 'hi', blocks: [section('x'.repeat(3001))] } },
    shows: ['/prod-db failed with the error "invalid_command_response" (invalid_blocks)'],
  },
  'broken JSON is an error': {
    answer: { body: '{', type: 'application/json' },
    shows: ['/prod-db failed with the error "invalid_command_response" (invalid_json)'],
  },
  'an error of the app is an error': {
    answer: { status: 500, body: 'secret stack' },
    shows: ['/prod-db failed with the error "http_service_error"'],
  },
  'a redirect is followed nowhere': {
    answer: { status: 302 },
    shows: ['/prod-db failed with the error "http_service_error"'],
  },
  'silence is a time-out': { answer: 'never', shows: ['/prod-db failed with the error "operation_timeout"'] },
}
table(test, acks, ({ answer, shows, inChannel = 0 }) =>
  withFixture(async fixture => {
    fixture.sim.sender.patienceMs = answer === 'never' ? 80 : 3000
    fixture.answer = () => answer
    await fixture.sim.desktop.slashCommand(line)
    assert.equal(shown(fixture), shows)
    assert.equal(shown(fixture, 'U0MO'), [])
    assert.is(fixture.sim.state.messages(channel).length, inChannel)
  }),
)

test('Slack waits three seconds unless told otherwise', () =>
  withFixture(async fixture => assert.is(fixture.sim.sender.patienceMs, 3000)))

test('an app that listens nowhere fails the dispatch', () =>
  withFixture(async fixture => {
    fixture.sim.connect('http://127.0.0.1:9/')
    await fixture.sim.desktop.slashCommand(line)
    assert.equal(shown(fixture), ['/prod-db failed with the error "dispatch_failed"'])
    assert.throws(() => fixture.sim.connect('https://hallpass.example.com/slack/events'), /loopback/)
  }))

test('what Slack does not deliver: unknown commands, commands in threads, commands of strangers and outsiders', () =>
  withFixture(async fixture => {
    await fixture.sim.desktop.slashCommand({ ...line, command: '/nope' })
    await fixture.sim.desktop.slashCommand({ ...line, threadTs: await fixture.post() })
    assert.equal(shown(fixture), ['/nope is not a valid command.', '/prod-db is not supported in threads. Sorry!'])
    await impossible(fixture.sim.desktop.slashCommand({ ...line, user: 'U0SAM' }), /another organisation/)
    await impossible(
      fixture.sim.desktop.slashCommand({ ...line, user: 'U0GIL', channel: 'C0GENERAL' }),
      /not in channel/,
    )
    await impossible(fixture.sim.desktop.slashCommand({ ...line, user: 'U0NONE' }), /Nobody/)
    assert.is(fixture.received.length, 0)
  }))

test('a click tells who, where and what, and a link button opens its page besides', () =>
  withFixture(async fixture => {
    const ts = await fixture.post()
    const done = await fixture.sim.desktop.clickButton({ user: 'U0MO', channel, ts, actionID: 'yes' })
    assert.is(done.opened, undefined)
    const { user, team, container, channel: where, actions, message, response_url: url } = fixture.payload()
    assert.equal(user, { id: 'U0MO', username: 'mo', name: 'mo', team_id: 'T0HALLPASS' })
    assert.equal(team, { id: 'T0HALLPASS', domain: 'hallpass-sandbox' })
    assert.equal(container, { type: 'message', message_ts: ts, channel_id: channel, is_ephemeral: false })
    assert.equal(where, { id: channel, name: 'prod-access' })
    assert.is(message.ts, ts)
    assert.ok(String(url).startsWith(`${fixture.sim.url}/actions/`))
    const { action_ts: _, ...action } = actions[0] ?? {}
    const text = { type: 'plain_text', text: 'Yes', emoji: true }
    assert.equal(action, { action_id: 'yes', block_id: 'row', text, value: 'v1', type: 'button' })
    const opened = await fixture.sim.desktop.clickButton({ user: 'U0MO', ts, actionID: 'open' })
    assert.is(opened.opened, 'https://x.example/page')
    assert.is(fixture.payload().actions[0]?.url, 'https://x.example/page')
  }))

test('a stranger in a shared channel clicks with their own team, the app also sees its own', () =>
  withFixture(async fixture => {
    const ts = await fixture.post()
    await fixture.sim.desktop.clickButton({ user: 'U0SAM', ts, actionID: 'yes' })
    assert.is(fixture.payload().user.team_id, 'T0PARTNER')
    assert.is(fixture.payload().team.id, 'T0HALLPASS')
  }))

test('nobody clicks what they do not see', () =>
  withFixture(async fixture => {
    const ts = await fixture.post()
    await impossible(fixture.sim.desktop.clickButton({ user: dana, ts, actionID: 'other' }), /0 elements/)
    await impossible(fixture.sim.desktop.clickButton({ user: dana, ts, blockID: 'row' }), /2 elements/)
    await impossible(fixture.sim.desktop.clickButton({ user: dana, ts: '1.2', actionID: 'yes' }), /no message/)
    const direct = await fixture.post({ channel: 'U0MO' })
    await impossible(fixture.sim.desktop.clickButton({ user: dana, ts: direct, actionID: 'yes' }), /no message/)
    const { message_ts: own = '' } = await fixture.client().chat.postEphemeral({ channel, user: 'U0MO', text: 'x' })
    await impossible(fixture.sim.desktop.clickButton({ user: dana, ts: own, actionID: 'yes' }), /no message/)
    assert.is(fixture.received.length, 0)
  }))

async function answerAt(url: string, body: unknown): Promise<{ status: number; error: string | undefined }> {
  const reply = await fetch(url, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })
  return { status: reply.status, error: ((await reply.json()) as { error?: string }).error }
}
async function clicked(fixture: Fixture, ts: string): Promise<string> {
  await fixture.sim.desktop.clickButton({ user: dana, ts, actionID: 'yes' })
  return String(fixture.payload().response_url)
}
const taken = { status: 200, error: undefined }

test('an address takes five answers within half an hour, ephemeral unless said otherwise', () =>
  withFixture(async fixture => {
    await fixture.sim.desktop.slashCommand(line)
    const url = fixture.received[0]?.form.get('response_url') ?? ''
    for (const type of [undefined, 'ephemeral', 'in_channel', undefined, undefined])
      assert.equal(await answerAt(url, { text: 'later', response_type: type }), taken)
    assert.equal(await answerAt(url, { text: 'sixth' }), { status: 404, error: 'used_url' })
    assert.is(shown(fixture).length, 4)
    assert.is(fixture.sim.state.messages(channel).length, 1)
    await fixture.sim.desktop.slashCommand(line)
    fixture.clock.forward(1801)
    const late = fixture.received[1]?.form.get('response_url') ?? ''
    assert.equal(await answerAt(late, { text: 'late' }), { status: 404, error: 'expired_url' })
    assert.equal(await answerAt(`${fixture.sim.url}/commands/T0/x/y`, { text: 'a' }), {
      status: 404,
      error: 'invalid_url',
    })
  }))

test('an address refuses what a message refuses', () =>
  withFixture(async fixture => {
    const url = await clicked(fixture, await fixture.post())
    assert.equal(await answerAt(url, { blocks: [{ type: 'poem' }] }), { status: 400, error: 'invalid_blocks' })
    assert.equal(await answerAt(url, {}), { status: 400, error: 'no_text' })
    assert.equal(await answerAt(url, 'nope'), { status: 400, error: 'invalid_payload' })
    assert.equal(await answerAt(url, { text: 'a', replace_original: 'true' }), {
      status: 400,
      error: 'invalid_payload',
    })
    assert.is(shown(fixture).length, 0)
  }))

test('the clicked message is replaced or deleted where the answer says so, ephemeral or not', () =>
  withFixture(async fixture => {
    const ts = await fixture.post()
    await answerAt(await clicked(fixture, ts), { text: 'new', replace_original: true })
    assert.equal(
      fixture.sim.state.messages(channel).map(({ text, blocks }) => [text, blocks.length]),
      [['new', 0]],
    )
    const { message_ts: own = '' } = await fixture.client().chat.postEphemeral({
      channel,
      user: dana,
      text: 'only you',
      blocks: fixture.sim.state.messages(channel)[0]?.edits[0]?.blocks as never,
    })
    await answerAt(await clicked(fixture, own), {
      text: 'only you, changed',
      replace_original: true,
      blocks: [section('a')],
    })
    assert.equal(shown(fixture), ['only you, changed'])
    const other = await fixture.post()
    await answerAt(await clicked(fixture, other), { delete_original: true })
    assert.is(fixture.sim.state.message(channel, other), undefined)
  }))

test('an address needs no membership', () =>
  withFixture(async fixture => {
    const url = await clicked(fixture, await fixture.post())
    fixture.sim.state.channels.get(channel)?.members.splice(-1)
    assert.equal(await answerAt(url, { text: 'still', response_type: 'in_channel' }), taken)
    assert.is(fixture.sim.state.messages(channel).length, 2)
  }))

test('a trigger opens one form, within three seconds', () =>
  withFixture(async fixture => {
    const view = JSON.stringify({ type: 'modal', title: plain('T'), blocks: [section('a')] })
    const trigger = async (): Promise<string> => {
      await fixture.sim.desktop.slashCommand(line)
      return fixture.received.at(-1)?.form.get('trigger_id') ?? ''
    }
    const first = await trigger()
    assert.is(await fixture.errorOf('views.open', { trigger_id: first, view }), 'ok')
    assert.is(await fixture.errorOf('views.open', { trigger_id: first, view }), 'exchanged_trigger_id')
    const second = await trigger()
    fixture.clock.forward(3)
    assert.is(await fixture.errorOf('views.open', { trigger_id: second, view }), 'ok')
    const third = await trigger()
    fixture.clock.forward(4)
    assert.is(await fixture.errorOf('views.open', { trigger_id: third, view }), 'expired_trigger_id')
    assert.is(
      await fixture.errorOf('views.open', { trigger_id: await trigger(), view: '{"type":"modal"}' }),
      'invalid_arguments',
    )
    assert.is(fixture.sim.state.openViews(dana).length, 1)
  }))

test('a duplicated delivery is the same bytes twice', () =>
  withFixture(async fixture => {
    fixture.sim.sender.isTwice = true
    await fixture.sim.desktop.slashCommand(line)
    assert.is(fixture.received.length, 2)
    assert.is(fixture.received[0]?.body, fixture.received[1]?.body)
    assert.equal(
      fixture.sim.sender.deliveries.map(({ kind }) => kind),
      ['command', 'command'],
    )
  }))

test('forged deliveries are as wrong as a test wants them', () =>
  withFixture(async fixture => {
    await fixture.sim.sender.raw('a=b', {
      secret: 'guess',
      at: new Date(0),
      headers: { 'x-slack-signature': undefined },
    })
    const { headers } = fixture.received[0] ?? { headers: {} }
    assert.is((headers as Record<string, string>)['x-slack-request-timestamp'], '0')
    assert.not.ok('x-slack-signature' in headers)
  }))

test.run()
