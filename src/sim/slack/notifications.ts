// Who is notified by what, as Slack's help pages say: a new message notifies the people that it mentions, if they are in
// the channel and have not muted it; a direct message notifies its person; an edit notifies nobody.
import type { Json, SlackChannel, SlackUser, StoredMessage, Usergroup } from './types.ts'

/** The people and places that decide it, by their ids. */
type Members = {
  readonly users: ReadonlyMap<string, SlackUser>
  readonly channels: ReadonlyMap<string, SlackChannel>
  readonly usergroups: ReadonlyMap<string, Usergroup>
}

/** One person notified of one message, with the text at that moment. */
export type Notification = {
  user: string
  by: 'mention' | 'directMessage'
  channel: string
  ts: string
  text: string
}

/** Mentions of all members: `<!channel>`, `<!here>`, `<!everyone>`. */
const everybody = /<!(?:channel|here|everyone)(?:\|[^>]*)?>/
const mentionsOfPeople = /<@([UW][A-Z0-9]+)(?:\|[^>]*)?>/g
const mentionsOfGroups = /<!subteam\^([A-Z0-9]+)(?:\|[^>]*)?>/g

/** Whom a message notifies when it is posted. Nobody is notified of their own message, or by an ephemeral one. */
export function notifiedBy(state: Members, message: StoredMessage): Notification[] {
  const channel = state.channels.get(message.channel)
  if (!channel || message.ephemeralFor) return []
  const by = channel.im ? 'directMessage' : 'mention'
  const meant = channel.im ? [channel.im] : mentionedIn(state, message)
  return [...new Set(meant)]
    .filter(user => channel.members.includes(user) && !channel.mutedBy?.includes(user))
    .filter(user => user !== message.user && isReachable(state.users.get(user)))
    .map(user => ({ user, by, channel: channel.id, ts: message.ts, text: message.text }))
}

function isReachable(user: SlackUser | undefined): boolean {
  return user !== undefined && !user.deleted && !user.is_bot
}

// With blocks, the text is only what is read aloud: a mention there notifies nobody.
function mentionedIn(state: Members, { channel, text, blocks }: StoredMessage): string[] {
  const shown = blocks.length > 0 ? textsOf(blocks).join('\n') : text
  if (everybody.test(shown)) return state.channels.get(channel)?.members ?? []
  const people = [...shown.matchAll(mentionsOfPeople)].map(([, id = '']) => id)
  const groups = [...shown.matchAll(mentionsOfGroups)].map(([, id = '']) => id)
  return [...people, ...groups.flatMap(id => state.usergroups.get(id)?.users ?? [])]
}

/** The texts of blocks in which markup counts. */
function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf)
  if (value === null || typeof value !== 'object') return []
  const { type, text, ...others } = value as Json
  return [
    ...(type === 'mrkdwn' && typeof text === 'string' ? [text] : textsOf(text)),
    ...textsOf(Object.values(others)),
  ]
}
