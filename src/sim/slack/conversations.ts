// The conversations.* methods: which channels the app sees and what it may read in them.
import { paged } from './args.ts'
import { SlackFailure } from './failure.ts'
import { asApiMessage, microseconds, type Workspace } from './state.ts'
import type { Json, SlackChannel, StoredMessage } from './types.ts'
import { type Call, type Method, requireScope } from './method.ts'

/** The channel, if the app may know of it: a private one only as a member. */
export function channelOf(state: Workspace, id: string): SlackChannel {
  const channel = state.channels.get(id)
  const isHidden = channel?.is_private && !channel.members.includes(state.app.userId)
  if (!channel || isHidden) throw new SlackFailure('channel_not_found')
  return channel
}

type Doing = 'read' | 'history' | 'write'

const anyOf = (doing: Doing): string[] => ['channels', 'groups', 'im', 'mpim'].map(kind => `${kind}:${doing}`)

// Each kind of conversation has its own scope.
function scoped(channel: SlackChannel, doing: Doing, state: Workspace): SlackChannel {
  requireScope(state, [`${kindOf(channel)}:${doing}`])
  return channel
}

function kindOf(channel: SlackChannel): 'im' | 'groups' | 'channels' {
  if (channel.im) return 'im'
  return channel.is_private ? 'groups' : 'channels'
}

function apiChannel(channel: SlackChannel, { app }: Workspace): Json {
  return {
    id: channel.id,
    ...(channel.im ? { user: channel.im } : { name: channel.name, num_members: channel.members.length }),
    is_channel: kindOf(channel) === 'channels',
    is_group: false,
    is_im: channel.im !== undefined,
    is_mpim: false,
    is_private: channel.is_private ?? false,
    is_archived: channel.is_archived ?? false,
    is_ext_shared: channel.is_ext_shared ?? false,
    is_read_only: channel.is_read_only ?? false,
    is_thread_only: channel.is_thread_only ?? false,
    is_non_threadable: channel.is_non_threadable ?? false,
    is_member: channel.members.includes(app.userId),
  }
}

function history({ args, state }: Call): Json {
  const channel = scoped(channelOf(state, args.required('channel')), 'history', state)
  if (!channel.members.includes(state.app.userId)) throw new SlackFailure('not_in_channel')
  const limit = args.limit(100, 999)
  const found = inRange(state.messages(channel.id), args).reverse()
  const from = startOf(found, args.text('cursor'))
  const page = found.slice(from, from + limit)
  const next = found[from + limit]
  return {
    messages: page.map(message => asApiMessage(state, message, args.flag('include_all_metadata'))),
    has_more: next !== undefined,
    response_metadata: { next_cursor: next ? Buffer.from(`next_ts:${next.ts}`).toString('base64') : '' },
  }
}

// Replies are not part of the history, unless they were sent to the channel too. Bounds count only when `inclusive`.
function inRange(messages: StoredMessage[], args: Call['args']): StoredMessage[] {
  const slack = args.flag('inclusive') ? 0 : 1
  const oldest = microseconds(bound(args.text('oldest'))) + slack
  const latest = args.has('latest') ? microseconds(bound(args.text('latest'))) - slack : Infinity
  return messages
    .filter(({ threadTs, isBroadcast }) => threadTs === undefined || isBroadcast)
    .filter(({ ts }) => microseconds(ts) >= oldest && microseconds(ts) <= latest)
}

function bound(ts = '0'): string {
  if (!/^\d{1,12}(\.\d{1,6})?$/.test(ts)) throw new SlackFailure('invalid_ts_oldest')
  return ts
}

// The cursor names a message, so that messages posted meanwhile do not shift the pages.
function startOf(found: StoredMessage[], cursor: string | undefined): number {
  if (!cursor) return 0
  const ts = /^next_ts:(\d+\.\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1]
  if (!ts) throw new SlackFailure('invalid_cursor')
  const at = found.findIndex(message => microseconds(message.ts) <= microseconds(ts))
  return at < 0 ? found.length : at
}

function members({ args, state }: Call): Json {
  const channel = scoped(channelOf(state, args.required('channel')), 'read', state)
  const { page, next } = paged(channel.members, args, args.limit(100, 1000))
  return { members: page, response_metadata: { next_cursor: next } }
}

function list({ args, state }: Call): Json {
  const kinds: Record<string, string> = {
    public_channel: 'channels',
    private_channel: 'groups',
    im: 'im',
    mpim: 'mpim',
  }
  const types = (args.text('types') || 'public_channel').split(',').map(type => kinds[type.trim()])
  if (types.includes(undefined)) throw new SlackFailure('invalid_types')
  for (const type of types) requireScope(state, [`${type}:read`])
  const seen = [...state.channels.values()]
    .filter(channel => types.includes(kindOf(channel)))
    .filter(channel => !channel.is_private || channel.members.includes(state.app.userId))
    .filter(channel => !(args.flag('exclude_archived') && channel.is_archived))
  const { page, next } = paged(seen, args, args.limit(100, 1000))
  return { channels: page.map(channel => apiChannel(channel, state)), response_metadata: { next_cursor: next } }
}

function open({ args, state }: Call): Json {
  if (args.has('channel')) return { channel: { id: channelOf(state, args.required('channel')).id } }
  const ids = args.required('users').split(',')
  const [user, ...others] = ids.map(id => state.users.get(id.trim()))
  if (!user) throw new SlackFailure('user_not_found')
  if (user.deleted) throw new SlackFailure('user_disabled')
  // Conversations of several people are not simulated.
  if (others.length > 0 || user.is_bot) throw new SlackFailure('invalid_user_combination')
  return { channel: apiChannel(state.directMessage(user.id), state) }
}

export const conversationMethods: Record<string, Method> = {
  'conversations.history': { needs: anyOf('history'), run: history },
  'conversations.members': { needs: anyOf('read'), run: members },
  'conversations.list': { needs: anyOf('read'), run: list },
  'conversations.info': {
    needs: anyOf('read'),
    run: ({ args, state }) => ({
      channel: apiChannel(scoped(channelOf(state, args.required('channel')), 'read', state), state),
    }),
  },
  'conversations.open': { needs: ['im:write', 'mpim:write'], run: open },
}
