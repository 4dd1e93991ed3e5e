// The chat.* methods: what the app may post, where, and what it may change afterwards.
import type { Args } from './args.ts'
import { asApp, contentOf } from './content.ts'
import { channelOf } from './conversations.ts'
import { SlackFailure } from './failure.ts'
import { asApiMessage, microseconds, type Workspace } from './state.ts'
import type { Json, SlackChannel } from './types.ts'
import type { Call, Method } from './method.ts'

/** Longer texts are refused in an edit. */
const editLimit = 4000

// A person's id means the direct message with them.
function whereToPost(args: Args, state: Workspace): SlackChannel {
  const id = args.required('channel')
  if (!/^[UW]/.test(id)) return mayPost(channelOf(state, id), { state, isReply: args.has('thread_ts') })
  const person = state.users.get(id)
  if (!person || person.deleted || person.is_bot) throw new SlackFailure('channel_not_found')
  if (!state.app.hasMessagesTab) throw new SlackFailure('messages_tab_disabled')
  return state.directMessage(id)
}

function mayPost(channel: SlackChannel, { state, isReply }: { state: Workspace; isReply: boolean }): SlackChannel {
  if (channel.im && !state.app.hasMessagesTab) throw new SlackFailure('messages_tab_disabled')
  if (channel.is_archived) throw new SlackFailure('is_archived')
  const isPublic = !channel.is_private && state.app.scopes.includes('chat:write.public')
  if (!channel.members.includes(state.app.userId) && !isPublic) throw new SlackFailure('not_in_channel')
  if (channel.is_restricted) throw new SlackFailure('restricted_action')
  if (channel.is_read_only) throw new SlackFailure('restricted_action_read_only_channel')
  if (channel.is_thread_only && !isReply) throw new SlackFailure('restricted_action_thread_only_channel')
  if (channel.is_non_threadable && isReply) throw new SlackFailure('restricted_action_non_threadable_channel')
  return channel
}

function threadOf(args: Args, channel: string, state: Workspace): { threadTs?: string } {
  const ts = args.text('thread_ts')
  if (!ts) return {}
  const parent = state.message(channel, ts)
  if (!parent) throw new SlackFailure('thread_not_found')
  if (parent.threadTs) throw new SlackFailure('cannot_reply_to_message')
  return { threadTs: ts }
}

function postMessage({ args, state }: Call): Json {
  const { id: channel } = whereToPost(args, state)
  const content = contentOf(args, state)
  const message = state.post({
    channel,
    ...asApp(state),
    ...content,
    ...threadOf(args, channel, state),
    isBroadcast: args.flag('reply_broadcast'),
    unfurlLinks: args.flag('unfurl_links'),
    unfurlMedia: args.flag('unfurl_media', true),
  })
  return { channel, ts: message.ts, message: asApiMessage(state, message) }
}

function postEphemeral({ args, state }: Call): Json {
  const { id: channel } = whereToPost(args, state)
  const user = args.required('user')
  if (!state.isMember(channel, user)) throw new SlackFailure('user_not_in_channel')
  const content = contentOf(args, state)
  const thread = threadOf(args, channel, state)
  return { message_ts: state.post({ channel, ...asApp(state), ...content, ...thread, ephemeralFor: user }).ts }
}

function update({ args, state }: Call): Json {
  const { id: channel, is_archived: isArchived } = channelOf(state, args.required('channel'))
  const message = state.message(channel, args.required('ts'))
  if (!message) throw new SlackFailure('message_not_found')
  if (message.user !== state.app.userId) throw new SlackFailure('cant_update_message')
  if (isArchived) throw new SlackFailure('is_inactive')
  const age = (state.clock.now().getTime() * 1000 - microseconds(message.ts)) / 1e6
  if (age > state.editWindowSeconds) throw new SlackFailure('edit_window_closed')
  if ((args.text('text') ?? '').length > editLimit) throw new SlackFailure('msg_too_long')
  const content = contentOf(args, state)
  // A text without blocks removes the blocks; without metadata the old metadata stays.
  state.edit(message, content)
  // Its place and its thread are not in the message of this answer.
  const inThread = ['ts', 'thread_ts', 'parent_user_id', 'reply_count', 'latest_reply']
  const all = Object.entries(asApiMessage(state, message))
  const shown = Object.fromEntries(all.filter(([name]) => !inThread.includes(name)))
  return { channel, ts: message.ts, text: message.text, message: shown }
}

function remove({ args, state }: Call): Json {
  const { id: channel } = channelOf(state, args.required('channel'))
  const message = state.message(channel, args.required('ts'))
  if (!message) throw new SlackFailure('message_not_found')
  if (message.user !== state.app.userId) throw new SlackFailure('cant_delete_message')
  state.remove(message)
  return { channel, ts: message.ts }
}

function getPermalink({ args, state }: Call): Json {
  const { id: channel } = channelOf(state, args.required('channel'))
  const message = state.message(channel, args.required('message_ts'))
  if (!message) throw new SlackFailure('message_not_found')
  const thread = message.threadTs ? `?thread_ts=${message.threadTs}&cid=${channel}` : ''
  return { channel, permalink: `${permalinkRoot(state)}/${channel}/p${message.ts.replace('.', '')}${thread}` }
}

function permalinkRoot({ team }: Workspace): string {
  return `https://${team.domain}.slack.com/archives`
}

const needs = ['chat:write']
export const chatMethods: Record<string, Method> = {
  'chat.postMessage': { needs, run: postMessage },
  'chat.postEphemeral': { needs, run: postEphemeral },
  'chat.update': { needs, run: update },
  'chat.delete': { needs, run: remove },
  'chat.getPermalink': { run: getPermalink },
}
