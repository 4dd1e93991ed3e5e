// The chat.* methods: what the app may post, where, and what it may change afterwards.
import type { Args } from './args.ts'
import { blocksIn, messageFaults, metadataFaults, withIds } from './blocks.ts'
import { channelOf } from './conversations.ts'
import { failureWith, SlackFailure } from './failure.ts'
import { isObject } from './schema.ts'
import { asApiMessage, microseconds, type Workspace } from './state.ts'
import type { Json, SlackChannel, StoredMessage } from './types.ts'
import type { Call, Method } from './method.ts'

/** Longer texts are cut when posted. */
const textCut = 40_000
/** Longer texts are refused in an edit. */
const editLimit = 4000

type Content = Pick<StoredMessage, 'text' | 'blocks' | 'mrkdwn'> & Pick<StoredMessage, 'metadata'>

// Blocks as they would be stored.
function readBlocks(given: unknown, state: Workspace): Json[] {
  if (given === undefined || given === null) return []
  if (!Array.isArray(given)) throw new SlackFailure('invalid_blocks_format')
  const faults = messageFaults(given)
  if (faults.length > 0) throw failureWith('invalid_blocks', faults)
  return withIds(blocksIn(given), prefix => state.nextId(prefix))
}

function contentOf(args: Args, state: Workspace): Content {
  const text = (args.text('text') ?? '').slice(0, textCut)
  const blocks = readBlocks(args.json('blocks', 'invalid_blocks_format'), state)
  if (text === '' && blocks.length === 0 && !args.has('attachments')) throw new SlackFailure('no_text')
  const metadata = metadataOf(args)
  return { text, blocks, mrkdwn: args.flag('mrkdwn', true), ...(metadata && { metadata }) }
}

function metadataOf(args: Args): StoredMessage['metadata'] {
  const metadata = args.json('metadata', 'invalid_metadata_format')
  if (metadata === undefined) return undefined
  const faults = metadataFaults(metadata)
  if (faults.length > 0) throw failureWith('invalid_metadata_format', faults)
  const { event_type: type, event_payload: payload } = metadata as { event_type: string; event_payload: Json }
  return { event_type: type, event_payload: payload }
}

// A person's id stands for the direct message with them.
function whereToPost(id: string, state: Workspace): SlackChannel {
  if (!/^[UW]/.test(id)) return mayPost(channelOf(state, id), state)
  const person = state.users.get(id)
  if (!person || person.deleted || person.is_bot) throw new SlackFailure('channel_not_found')
  return state.directMessage(id)
}

function mayPost(channel: SlackChannel, state: Workspace): SlackChannel {
  if (channel.is_archived) throw new SlackFailure('is_archived')
  const isPublic = !channel.is_private && state.app.scopes.includes('chat:write.public')
  if (!channel.members.includes(state.app.userId) && !isPublic) throw new SlackFailure('not_in_channel')
  if (channel.is_restricted) throw new SlackFailure('restricted_action')
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

/** Who writes when the app writes. */
export function asApp({ app }: Workspace): { user: string; botId: string } {
  return { user: app.userId, botId: app.botId }
}

function postMessage({ args, state }: Call): Json {
  const { id: channel } = whereToPost(args.required('channel'), state)
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
  const { id: channel } = whereToPost(args.required('channel'), state)
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
  return { channel, ts: message.ts, text: message.text, message: asApiMessage(state, message) }
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

/** What an app says in an acknowledgement or through a response address: its text and blocks. */
export function readSaid(said: Json, state: Workspace): Pick<StoredMessage, 'text' | 'blocks' | 'mrkdwn'> {
  const text = typeof said['text'] === 'string' ? said['text'].slice(0, textCut) : ''
  const blocks = readBlocks(said['blocks'], state)
  if (text === '' && blocks.length === 0 && !isObject(said['attachments'])) throw new SlackFailure('no_text')
  return { text, blocks, mrkdwn: said['mrkdwn'] !== false }
}

const needs = ['chat:write']
export const chatMethods: Record<string, Method> = {
  'chat.postMessage': { needs, run: postMessage },
  'chat.postEphemeral': { needs, run: postEphemeral },
  'chat.update': { needs, run: update },
  'chat.delete': { needs, run: remove },
  'chat.getPermalink': { run: getPermalink },
}
