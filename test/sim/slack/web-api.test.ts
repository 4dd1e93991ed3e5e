import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import { buttons, channel, dana, withFixture, type Fixture } from './fixture.ts'

const test = suite('simulated Slack: the Web API')

type Row = {
  method: string
  args?: Record<string, unknown>
  error: string
  token?: string
  before?: (fixture: Fixture) => unknown
}
const without =
  (...scopes: string[]) =>
  ({ sim: { state } }: Fixture): void => {
    state.app.scopes = state.app.scopes.filter(scope => !scopes.includes(scope))
  }
const set =
  (more: object, id = channel) =>
  ({ sim: { state } }: Fixture): unknown =>
    Object.assign(state.channels.get(id) ?? {}, more)
const post = { channel, text: 'hi' }
const apart = { members: ['U0DANA'] }
const email = 'dana@example.com'
const facts: Record<string, Row> = {
  'a token is needed': { method: 'auth.test', token: '', error: 'not_authed' },
  'another token': { method: 'auth.test', token: 'xoxb-other', error: 'invalid_auth' },
  'our token': { method: 'auth.test', error: 'ok' },
  'a method nobody knows': { method: 'chat.shout', error: 'unknown_method' },
  'an argument nobody knows is tolerated': { method: 'auth.test', args: { colour: 'red' }, error: 'ok' },
  'posting as a member': { method: 'chat.postMessage', args: post, error: 'ok' },
  'posting without the scope': {
    method: 'chat.postMessage',
    args: post,
    error: 'missing_scope',
    before: without('chat:write'),
  },
  'posting where the app is no member': {
    method: 'chat.postMessage',
    args: { ...post, channel: 'C0GENERAL' },
    error: 'not_in_channel',
  },
  'posting there with chat:write.public': {
    method: 'chat.postMessage',
    args: { ...post, channel: 'C0GENERAL' },
    error: 'ok',
    before: ({ sim }) => sim.state.app.scopes.push('chat:write.public'),
  },
  'posting in a private channel of others': {
    method: 'chat.postMessage',
    args: post,
    error: 'channel_not_found',
    before: set({ ...apart, is_private: true }),
  },
  'posting in an archived channel': {
    method: 'chat.postMessage',
    args: post,
    error: 'is_archived',
    before: set({ is_archived: true }),
  },
  'posting in a read-only channel': {
    method: 'chat.postMessage',
    args: post,
    error: 'restricted_action_read_only_channel',
    before: set({ is_read_only: true }),
  },
  'posting where only replies are taken': {
    method: 'chat.postMessage',
    args: post,
    error: 'restricted_action_thread_only_channel',
    before: set({ is_thread_only: true }),
  },
  'replying where there are no threads': {
    method: 'chat.postMessage',
    args: { ...post, thread_ts: '1.2' },
    error: 'restricted_action_non_threadable_channel',
    before: set({ is_non_threadable: true }),
  },
  'posting to a person without the Messages tab': {
    method: 'chat.postMessage',
    args: { ...post, channel: dana },
    error: 'messages_tab_disabled',
    before: ({ sim }) => void (sim.state.app.hasMessagesTab = false),
  },
  'posting where posting is restricted': {
    method: 'chat.postMessage',
    args: post,
    error: 'restricted_action',
    before: set({ is_restricted: true }),
  },
  'posting nowhere': { method: 'chat.postMessage', args: { ...post, channel: 'C0NONE' }, error: 'channel_not_found' },
  'posting without naming a channel': { method: 'chat.postMessage', args: { text: 'hi' }, error: 'invalid_arguments' },
  'posting to a person': { method: 'chat.postMessage', args: { ...post, channel: dana }, error: 'ok' },
  'posting to nobody': { method: 'chat.postMessage', args: { ...post, channel: 'U0NONE' }, error: 'channel_not_found' },
  'posting to a bot': { method: 'chat.postMessage', args: { ...post, channel: 'U0BOT' }, error: 'channel_not_found' },
  'posting nothing': { method: 'chat.postMessage', args: { channel }, error: 'no_text' },
  'posting blocks alone': { method: 'chat.postMessage', args: { channel, blocks: [buttons()] }, error: 'ok' },
  'posting invalid blocks': {
    method: 'chat.postMessage',
    args: { ...post, blocks: '{nope' },
    error: 'invalid_blocks_format',
  },
  'posting one block without a list': {
    method: 'chat.postMessage',
    args: { ...post, blocks: buttons() },
    error: 'invalid_blocks_format',
  },
  'posting in an invalid thread': {
    method: 'chat.postMessage',
    args: { ...post, thread_ts: '1.2' },
    error: 'thread_not_found',
  },
  'metadata without payload': {
    method: 'chat.postMessage',
    args: { ...post, metadata: { event_type: 'x' } },
    error: 'invalid_metadata_format',
  },
  'an ephemeral for a member': { method: 'chat.postEphemeral', args: { ...post, user: dana }, error: 'ok' },
  'an ephemeral for nobody there': {
    method: 'chat.postEphemeral',
    args: { ...post, user: 'U0NONE' },
    error: 'user_not_in_channel',
  },
  'changing what is not there': { method: 'chat.update', args: { ...post, ts: '1.2' }, error: 'message_not_found' },
  'changing by a person instead of a channel': {
    method: 'chat.update',
    args: { ...post, channel: dana, ts: '1.2' },
    error: 'channel_not_found',
  },
  'deleting what is not there': { method: 'chat.delete', args: { channel, ts: '1.2' }, error: 'message_not_found' },
  'a link to what is not there': {
    method: 'chat.getPermalink',
    args: { channel, message_ts: '1.2' },
    error: 'message_not_found',
  },
  'reading the history as a member': { method: 'conversations.history', args: { channel }, error: 'ok' },
  'reading it without the scope for public channels': {
    method: 'conversations.history',
    args: { channel },
    error: 'missing_scope',
    before: without('channels:history'),
  },
  'reading it without any scope': {
    method: 'conversations.history',
    args: { channel },
    error: 'missing_scope',
    before: without('channels:history', 'groups:history'),
  },
  'reading it as a stranger to the channel': {
    method: 'conversations.history',
    args: { channel: 'C0GENERAL' },
    error: 'not_in_channel',
  },
  'a page that is too large': {
    method: 'conversations.history',
    args: { channel, limit: 1001 },
    error: 'invalid_limit',
  },
  'an invalid cursor': { method: 'conversations.members', args: { channel, cursor: 'x' }, error: 'invalid_cursor' },
  'members of a private channel need their own scope': {
    method: 'conversations.members',
    args: { channel },
    error: 'missing_scope',
    before: fixture => (without('groups:read')(fixture), set({ is_private: true })(fixture)),
  },
  'a channel': { method: 'conversations.info', args: { channel }, error: 'ok' },
  'no channel': { method: 'conversations.info', args: { channel: 'C0NONE' }, error: 'channel_not_found' },
  'the list of channels': { method: 'conversations.list', error: 'ok' },
  'the list of an unknown kind': { method: 'conversations.list', args: { types: 'rooms' }, error: 'invalid_types' },
  'opening a direct message': { method: 'conversations.open', args: { users: dana }, error: 'ok' },
  'opening one without the scope': {
    method: 'conversations.open',
    args: { users: dana },
    error: 'missing_scope',
    before: without('im:write'),
  },
  'opening one with nobody': { method: 'conversations.open', args: { users: 'U0NONE' }, error: 'user_not_found' },
  'a person': { method: 'users.info', args: { user: dana }, error: 'ok' },
  nobody: { method: 'users.info', args: { user: 'U0NONE' }, error: 'user_not_found' },
  'a person whom the app may not see': {
    method: 'users.info',
    args: { user: dana },
    error: 'user_not_visible',
    before: ({ sim }) => Object.assign(sim.state.users.get(dana) ?? {}, { is_hidden: true }),
  },
  'a person by address': { method: 'users.lookupByEmail', args: { email: 'DANA@example.com' }, error: 'ok' },
  'a person by address without the scope': {
    method: 'users.lookupByEmail',
    args: { email },
    error: 'missing_scope',
    before: without('users:read.email'),
  },
  'a stranger by address': {
    method: 'users.lookupByEmail',
    args: { email: 'sam@partner.example' },
    error: 'users_not_found',
  },
  'a deactivated person by address': {
    method: 'users.lookupByEmail',
    args: { email },
    error: 'users_not_found',
    before: ({ sim }) => Object.assign(sim.state.users.get(dana) ?? {}, { deleted: true }),
  },
  'a user group': { method: 'usergroups.users.list', args: { usergroup: 'S0DBA' }, error: 'ok' },
  'no user group': { method: 'usergroups.users.list', args: { usergroup: 'S0NONE' }, error: 'no_such_subteam' },
  'a trigger that was never issued': {
    method: 'views.open',
    args: { trigger_id: '1.2.3', view: { type: 'modal' } },
    error: 'invalid_trigger_id',
  },
}
table(test, facts, ({ method, args, token, error, before }) =>
  withFixture(async fixture => {
    before?.(fixture)
    assert.is(await fixture.errorOf(method, args, token), error)
  }),
)

test('a missing scope is named, with those that were granted', () =>
  withFixture(async fixture => {
    without('chat:write')(fixture)
    const error = (await fixture
      .client()
      .chat.postMessage(post)
      .catch((thrown: unknown) => thrown)) as { data: object }
    assert.equal(
      { ...error.data, response_metadata: {} },
      {
        ok: false,
        error: 'missing_scope',
        needed: 'chat:write',
        provided: fixture.sim.state.app.scopes.join(','),
        response_metadata: {},
      },
    )
  }))

test('JSON is taken like a form, and broken JSON is named', () =>
  withFixture(async ({ sim }) => {
    const send = async (body: string): Promise<unknown> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${sim.botToken}` }
      return (await fetch(`${sim.apiUrl}chat.postMessage`, { method: 'POST', headers, body })).json()
    }
    assert.is(((await send(JSON.stringify({ ...post, blocks: [buttons()] }))) as { ok: boolean }).ok, true)
    assert.equal(await send('{'), { ok: false, error: 'invalid_json' })
    assert.is(sim.state.messages(channel)[0]?.blocks.length, 1)
  }))

test('a message is edited by its author only, within the window, and a text alone takes the blocks away', () =>
  withFixture(async fixture => {
    const ts = await fixture.post({ metadata: { event_type: 'x', event_payload: { a: 1 } } })
    const theirs = fixture.sim.desktop.say({ user: dana, channel, text: 'mine' }).ts
    assert.is(await fixture.errorOf('chat.update', { ...post, ts: theirs }), 'cant_update_message')
    assert.is(await fixture.errorOf('chat.delete', { channel, ts: theirs }), 'cant_delete_message')
    assert.is(await fixture.errorOf('chat.update', { channel, ts, text: 'x'.repeat(4001) }), 'msg_too_long')
    assert.is(await fixture.errorOf('chat.update', { channel, ts, text: 'x'.repeat(4000) }), 'ok')
    const [message] = fixture.sim.state.messages(channel)
    assert.equal(message?.blocks, [])
    assert.is(message?.edits[0]?.blocks.length, 1)
    assert.equal(message?.metadata, { event_type: 'x', event_payload: { a: 1 } })
    fixture.sim.state.editWindowSeconds = 60
    fixture.clock.forward(61)
    assert.is(await fixture.errorOf('chat.update', { ...post, ts }), 'edit_window_closed')
    assert.is(await fixture.errorOf('chat.delete', { channel, ts }), 'ok')
    assert.is(await fixture.errorOf('chat.update', { ...post, ts }), 'message_not_found')
  }))

test('an ephemeral cannot be changed or linked to, and only its reader sees it', () =>
  withFixture(async fixture => {
    const { message_ts: ts } = await fixture.client().chat.postEphemeral({ ...post, user: dana })
    assert.is(await fixture.errorOf('chat.update', { ...post, ts }), 'message_not_found')
    assert.is(await fixture.errorOf('chat.getPermalink', { channel, message_ts: ts }), 'message_not_found')
    assert.is(fixture.sim.state.ephemerals(dana).length, 1)
    assert.is(fixture.sim.state.ephemerals('U0MO').length, 0)
  }))

test('a long text is cut when posted', () =>
  withFixture(async fixture => {
    await fixture.post({ text: 'x'.repeat(40_001) })
    assert.is(fixture.sim.state.messages(channel)[0]?.text.length, 40_000)
  }))

test('a reply is in its thread, not in the history, and answers nobody itself', () =>
  withFixture(async fixture => {
    const ts = await fixture.post()
    const reply = await fixture.post({ thread_ts: ts })
    assert.is(await fixture.errorOf('chat.postMessage', { ...post, thread_ts: reply }), 'cannot_reply_to_message')
    const { messages = [] } = await fixture.client().conversations.history({ channel })
    assert.equal(
      messages.map(message => [message.ts, message.reply_count]),
      [[ts, 1]],
    )
    const { permalink } = await fixture.client().chat.getPermalink({ channel, message_ts: reply })
    assert.is(
      permalink,
      `https://hallpass-sandbox.slack.com/archives/${channel}/p${reply.replace('.', '')}?thread_ts=${ts}&cid=${channel}`,
    )
  }))

test('the history comes newest first, page by page, and a new message moves no page', () =>
  withFixture(async fixture => {
    fixture.sim.quota.isOn = false
    const posted: string[] = []
    for (let i = 0; i < 5; i++) posted.push(await fixture.post({ metadata: { event_type: 'x', event_payload: { i } } }))
    const seen: (string | undefined)[] = []
    let cursor = ''
    do {
      const page = await fixture.client().conversations.history({ channel, limit: 2, ...(cursor && { cursor }) })
      seen.push(...(page.messages ?? []).map(({ ts }) => ts))
      assert.ok((page.messages ?? []).every(message => !('metadata' in message)))
      cursor = page.response_metadata?.next_cursor ?? ''
      assert.is(page.has_more, cursor !== '')
      await fixture.post()
    } while (cursor)
    assert.equal(seen, [...posted].reverse())
  }))

test('the history holds its bounds, and metadata when asked', () =>
  withFixture(async fixture => {
    const ts = await fixture.post({ metadata: { event_type: 'x', event_payload: { a: 1 } } })
    const read = async (args: object): Promise<number> =>
      (await fixture.client().conversations.history({ channel, ...args })).messages?.length ?? 0
    assert.is(await read({ oldest: ts }), 0)
    assert.is(await read({ oldest: ts, inclusive: true }), 1)
    assert.is(await read({ latest: ts }), 0)
    assert.is(await read({ latest: ts, inclusive: true }), 1)
    const [message] =
      (await fixture.client().conversations.history({ channel, include_all_metadata: true })).messages ?? []
    assert.equal(message?.metadata, { event_type: 'x', event_payload: { a: 1 } })
  }))

test('members come page by page', () =>
  withFixture(async fixture => {
    const members: string[] = []
    for await (const page of fixture.client().paginate('conversations.members', { channel, limit: 3 }))
      members.push(...((page as { members?: string[] }).members ?? []))
    assert.equal(members, fixture.sim.state.channels.get(channel)?.members)
  }))

test('addresses are shown with their scope only, and never those of a stranger', () =>
  withFixture(async fixture => {
    const emailOf = async (user: string): Promise<string | undefined> =>
      (await fixture.client().users.info({ user })).user?.profile?.email
    assert.is(await emailOf(dana), email)
    assert.is(await emailOf('U0SAM'), undefined)
    assert.is((await fixture.client().users.info({ user: 'U0SAM' })).user?.team_id, 'T0PARTNER')
    without('users:read.email')(fixture)
    assert.is(await emailOf(dana), undefined)
  }))

test('a channel takes a burst, then one message a second, and says how long to wait', () =>
  withFixture(async fixture => {
    for (let i = 0; i < 4; i++) await fixture.post()
    const limited = await fetch(`${fixture.sim.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${fixture.sim.botToken}` },
      body: new URLSearchParams({ channel, text: 'hi' }),
    })
    assert.is(limited.status, 429)
    assert.is(limited.headers.get('retry-after'), '1')
    assert.equal(await limited.json(), { ok: false, error: 'ratelimited' })
    await fixture.post({ channel: dana })
    fixture.clock.forward(1)
    await fixture.post()
    fixture.sim.quota.isOn = false
    for (let i = 0; i < 10; i++) await fixture.post()
    assert.is(fixture.sim.state.messages(channel).length, 15)
  }))

test('a method has its calls per minute', () =>
  withFixture(async fixture => {
    const call = async (): Promise<string> => fixture.errorOf('usergroups.users.list', { usergroup: 'S0DBA' })
    for (let i = 0; i < 20; i++) assert.is(await call(), 'ok')
    assert.match(await call(), 'rate-limit')
    assert.is(await fixture.errorOf('auth.test'), 'ok')
    fixture.clock.forward(60)
    assert.is(await call(), 'ok')
  }))

test('faults happen to the calls they name', () =>
  withFixture(async fixture => {
    fixture.sim.faults.add({ route: 'POST /api/chat.postMessage', reset: 'after' })
    assert.match(await fixture.errorOf('chat.postMessage', post), /socket|ECONNRESET|aborted|fetch/i)
    assert.is(fixture.sim.state.messages(channel).length, 1)
    assert.is(await fixture.errorOf('chat.postMessage', post), 'ok')
  }))

test.run()
