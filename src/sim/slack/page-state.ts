// What one person sees in Slack, as data for a page: their channels with threads, messages only for them, their modals.
import type { Workspace } from './state.ts'
import type { Json, SlackChannel, SlackCommand, SlackUser, StoredMessage, StoredView } from './types.ts'

/** A message, or an ephemeral one. */
export type PageMessage = {
  ts: string
  user: string
  isApp: boolean
  text: string
  blocks: Json[]
  threadTs?: string
  editedAt?: string
  /** How often it was edited. */
  edits: number
  isEphemeral: boolean
}

/** A channel or direct message; replies are listed with their message. */
export type PageChannel = {
  id: string
  name: string
  isDirect: boolean
  isPrivate: boolean
  isArchived: boolean
  isMember: boolean
  members: string[]
  messages: (PageMessage & { replies: PageMessage[] })[]
  ephemerals: PageMessage[]
}

export type PagePerson = {
  id: string
  handle: string
  name: string
  teamID: string
  isBot: boolean
  isGuest: boolean
  isStranger: boolean
  isDeactivated: boolean
}

/** Modals come in order, the topmost last. */
export type PageState = {
  now: string
  team: Workspace['team']
  app: { id: string; userID: string; botID: string; name: string }
  me: PagePerson | undefined
  people: PagePerson[]
  commands: SlackCommand[]
  channels: PageChannel[]
  views: (Pick<StoredView, 'id' | 'hash' | 'view' | 'values' | 'errors'> & { rootID: string })[]
}

/** What a person sees. Somebody unknown sees no channels. */
export function pageStateOf(state: Workspace, userID: string): PageState {
  const me = state.users.get(userID)
  const channels = me ? [...state.channels.values()].filter(channel => isSeenBy(channel, me)) : []
  return {
    now: state.clock.now().toISOString(),
    team: state.team,
    app: { id: state.app.id, userID: state.app.userId, botID: state.app.botId, name: state.app.name },
    me: me && personOf(me, state),
    people: [...state.users.values()].map(user => personOf(user, state)),
    commands: state.app.commands,
    channels: channels.map(channel => channelOf(state, channel, userID)),
    views: state.openViews(userID).map(({ rootId: rootID, id, hash, view, values, errors }) => ({
      id,
      hash,
      rootID,
      view,
      values,
      errors,
    })),
  }
}

// Full members find public channels that they have not joined; guests and strangers see only their own.
function isSeenBy({ members, is_private: isPrivate }: SlackChannel, user: SlackUser): boolean {
  const isFull = !user.is_restricted && !user.is_ultra_restricted && !user.is_stranger
  return members.includes(user.id) || (isFull && !isPrivate)
}

function personOf(user: SlackUser, { team }: Workspace): PagePerson {
  return {
    id: user.id,
    handle: user.name,
    name: user.real_name,
    teamID: user.team_id ?? team.id,
    isBot: user.is_bot ?? false,
    isGuest: user.is_restricted === true || user.is_ultra_restricted === true,
    isStranger: user.is_stranger ?? false,
    isDeactivated: user.deleted ?? false,
  }
}

function channelOf(state: Workspace, channel: SlackChannel, userID: string): PageChannel {
  const messages = state.messages(channel.id)
  const repliesTo = (ts: string): PageMessage[] => messages.filter(({ threadTs }) => threadTs === ts).map(messageOf)
  return {
    id: channel.id,
    name: channel.im ? state.app.name : channel.name,
    isDirect: channel.im !== undefined,
    isPrivate: channel.is_private ?? false,
    isArchived: channel.is_archived ?? false,
    isMember: channel.members.includes(userID),
    members: channel.members,
    messages: messages
      .filter(({ threadTs }) => threadTs === undefined)
      .map(message => ({ ...messageOf(message), replies: repliesTo(message.ts) })),
    ephemerals: state
      .ephemerals(userID)
      .filter(({ channel: id }) => id === channel.id)
      .map(messageOf),
  }
}

function messageOf(message: StoredMessage): PageMessage {
  const { ts, user, botId, text, blocks, threadTs, editedAt, edits, ephemeralFor } = message
  return {
    ts,
    user,
    isApp: botId !== undefined,
    text,
    blocks,
    ...(threadTs && { threadTs }),
    ...(editedAt && { editedAt }),
    edits: edits.length,
    isEphemeral: ephemeralFor !== undefined,
  }
}
