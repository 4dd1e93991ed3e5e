import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import { buttons, channel, dana, inWorld, type World } from './world.ts'

const test = suite('simulated Slack: the Web API')

type Row = {
  method: string
  args?: Record<string, unknown>
  error: string
  token?: string
  before?: (world: World) => unknown
}
const without =
  (...scopes: string[]) =>
  ({ sim: { state } }: World): void => {
    state.app.scopes = state.app.scopes.filter(scope => !scopes.includes(scope))
  }
const set =
  (more: object, id = channel) =>
  ({ sim: { state } }: World): unknown =>
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
    before: world => (without('groups:read')(world), set({ is_private: true })(world)),
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
  inWorld(async world => {
    before?.(world)
    assert.is(await world.errorOf(method, args, token), error)
  }),
)

test('a missing scope is named, with those that were granted', () =>
  inWorld(async world => {
    without('chat:write')(world)
    const error = (await world
      .client()
      .chat.postMessage(post)
      .catch((thrown: unknown) => thrown)) as { data: object }
    assert.equal(
      { ...error.data, response_metadata: {} },
      {
        ok: false,
        error: 'missing_scope',
        needed: 'chat:write',
        provided: world.sim.state.app.scopes.join(','),
        response_metadata: {},
      },
    )
  }))

test('JSON is taken like a form, and broken JSON is named', () =>
  inWorld(async ({ sim }) => {
    const send = async (body: string): Promise<unknown> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${sim.botToken}` }
      return (await fetch(`${sim.apiUrl}chat.postMessage`, { method: 'POST', headers, body })).json()
    }
    assert.is(((await send(JSON.stringify({ ...post, blocks: [buttons()] }))) as { ok: boolean }).ok, true)
    assert.equal(await send('{'), { ok: false, error: 'invalid_json' })
    assert.is(sim.state.messages(channel)[0]?.blocks.length, 1)
  }))

test('a message is edited by its author only, within the window, and a text alone takes the blocks away', () =>
  inWorld(async world => {
    const ts = await world.post({ metadata: { event_type: 'x', event_payload: { a: 1 } } })
    const theirs = world.sim.desktop.say({ user: dana, channel, text: 'mine' }).ts
    assert.is(await world.errorOf('chat.update', { ...post, ts: theirs }), 'cant_update_message')
    assert.is(await world.errorOf('chat.delete', { channel, ts: theirs }), 'cant_delete_message')
    assert.is(await world.errorOf('chat.update', { channel, ts, text: 'x'.repeat(4001) }), 'msg_too_long')
    assert.is(await world.errorOf('chat.update', { channel, ts, text: 'x'.repeat(4000) }), 'ok')
    const [message] = world.sim.state.messages(channel)
    assert.equal(message?.blocks, [])
    assert.is(message?.edits[0]?.blocks.length, 1)
    assert.equal(message?.metadata, { event_type: 'x', event_payload: { a: 1 } })
    world.sim.state.editWindowSeconds = 60
    world.clock.forward(61)
    assert.is(await world.errorOf('chat.update', { ...post, ts }), 'edit_window_closed')
    assert.is(await world.errorOf('chat.delete', { channel, ts }), 'ok')
    assert.is(await world.errorOf('chat.update', { ...post, ts }), 'message_not_found')
  }))

test('an ephemeral cannot be changed or linked to, and only its reader sees it', () =>
  inWorld(async world => {
    const { message_ts: ts } = await world.client().chat.postEphemeral({ ...post, user: dana })
    assert.is(await world.errorOf('chat.update', { ...post, ts }), 'message_not_found')
    assert.is(await world.errorOf('chat.getPermalink', { channel, message_ts: ts }), 'message_not_found')
    assert.is(world.sim.state.ephemerals(dana).length, 1)
    assert.is(world.sim.state.ephemerals('U0MO').length, 0)
  }))

test('a long text is cut when posted', () =>
  inWorld(async world => {
    await world.post({ text: 'x'.repeat(40_001) })
    assert.is(world.sim.state.messages(channel)[0]?.text.length, 40_000)
  }))

test('a reply is in its thread, not in the history, and answers nobody itself', () =>
  inWorld(async world => {
    const ts = await world.post()
    const reply = await world.post({ thread_ts: ts })
    assert.is(await world.errorOf('chat.postMessage', { ...post, thread_ts: reply }), 'cannot_reply_to_message')
    const { messages = [] } = await world.client().conversations.history({ channel })
    assert.equal(
      messages.map(message => [message.ts, message.reply_count]),
      [[ts, 1]],
    )
    const { permalink } = await world.client().chat.getPermalink({ channel, message_ts: reply })
    assert.is(
      permalink,
      `https://hallpass-sandbox.slack.com/archives/${channel}/p${reply.replace('.', '')}?thread_ts=${ts}&cid=${channel}`,
    )
  }))

test('the history comes newest first, page by page, and a new message moves no page', () =>
  inWorld(async world => {
    world.sim.quota.isOn = false
    const posted: string[] = []
    for (let i = 0; i < 5; i++) posted.push(await world.post({ metadata: { event_type: 'x', event_payload: { i } } }))
    const seen: (string | undefined)[] = []
    let cursor = ''
    do {
      const page = await world.client().conversations.history({ channel, limit: 2, ...(cursor && { cursor }) })
      seen.push(...(page.messages ?? []).map(({ ts }) => ts))
      assert.ok((page.messages ?? []).every(message => !('metadata' in message)))
      cursor = page.response_metadata?.next_cursor ?? ''
      assert.is(page.has_more, cursor !== '')
      await world.post()
    } while (cursor)
    assert.equal(seen, [...posted].reverse())
  }))

test('the history holds its bounds, and metadata when asked', () =>
  inWorld(async world => {
    const ts = await world.post({ metadata: { event_type: 'x', event_payload: { a: 1 } } })
    const read = async (args: object): Promise<number> =>
      (await world.client().conversations.history({ channel, ...args })).messages?.length ?? 0
    assert.is(await read({ oldest: ts }), 0)
    assert.is(await read({ oldest: ts, inclusive: true }), 1)
    assert.is(await read({ latest: ts }), 0)
    assert.is(await read({ latest: ts, inclusive: true }), 1)
    const [message] =
      (await world.client().conversations.history({ channel, include_all_metadata: true })).messages ?? []
    assert.equal(message?.metadata, { event_type: 'x', event_payload: { a: 1 } })
  }))

test('members come page by page', () =>
  inWorld(async world => {
    const members: string[] = []
    for await (const page of world.client().paginate('conversations.members', { channel, limit: 3 }))
      members.push(...((page as { members?: string[] }).members ?? []))
    assert.equal(members, world.sim.state.channels.get(channel)?.members)
  }))

test('addresses are shown with their scope only, and never those of a stranger', () =>
  inWorld(async world => {
    const emailOf = async (user: string): Promise<string | undefined> =>
      (await world.client().users.info({ user })).user?.profile?.email
    assert.is(await emailOf(dana), email)
    assert.is(await emailOf('U0SAM'), undefined)
    assert.is((await world.client().users.info({ user: 'U0SAM' })).user?.team_id, 'T0PARTNER')
    without('users:read.email')(world)
    assert.is(await emailOf(dana), undefined)
  }))

test('a channel takes a burst, then one message a second, and says how long to wait', () =>
  inWorld(async world => {
    for (let i = 0; i < 4; i++) await world.post()
    const limited = await fetch(`${world.sim.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.sim.botToken}` },
      body: new URLSearchParams({ channel, text: 'hi' }),
    })
    assert.is(limited.status, 429)
    assert.is(limited.headers.get('retry-after'), '1')
    assert.equal(await limited.json(), { ok: false, error: 'ratelimited' })
    await world.post({ channel: dana })
    world.clock.forward(1)
    await world.post()
    world.sim.quota.isOn = false
    for (let i = 0; i < 10; i++) await world.post()
    assert.is(world.sim.state.messages(channel).length, 15)
  }))

test('a method has its calls per minute', () =>
  inWorld(async world => {
    const call = async (): Promise<string> => world.errorOf('usergroups.users.list', { usergroup: 'S0DBA' })
    for (let i = 0; i < 20; i++) assert.is(await call(), 'ok')
    assert.match(await call(), 'rate-limit')
    assert.is(await world.errorOf('auth.test'), 'ok')
    world.clock.forward(60)
    assert.is(await call(), 'ok')
  }))

test('faults happen to the calls they name', () =>
  inWorld(async world => {
    world.sim.faults.add({ route: 'POST /api/chat.postMessage', reset: 'after' })
    assert.match(await world.errorOf('chat.postMessage', post), /socket|ECONNRESET|aborted|fetch/i)
    assert.is(world.sim.state.messages(channel).length, 1)
    assert.is(await world.errorOf('chat.postMessage', post), 'ok')
  }))

test.run()
