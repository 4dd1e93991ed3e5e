// The state of a simulated workspace: people, channels, messages, ephemerals, modals. It stores and reports changes and
// checks no rules.
import { EventEmitter } from 'node:events'
import type { Clock } from '../clock.ts'
import { type Notification, notifiedBy } from './notifications.ts'
import type {
  Json,
  SlackApp,
  SlackChannel,
  SlackEvent,
  SlackUser,
  StoredMessage,
  StoredView,
  Usergroup,
} from './types.ts'

/** The content of a new message; the workspace adds its `ts`. */
export type Draft = Omit<StoredMessage, 'ts' | 'edits'>

/** The seeds of a workspace. */
export type Seeds = {
  team: { id: string; domain: string; name: string; enterpriseId?: string }
  app: SlackApp
  users: SlackUser[]
  channels: SlackChannel[]
  usergroups: Usergroup[]
}

/** A workspace in memory. Its maps may be changed by tests while it runs. */
export class Workspace {
  readonly clock: Clock
  readonly team: Seeds['team']
  readonly app: SlackApp
  readonly users = new Map<string, SlackUser>()
  readonly channels = new Map<string, SlackChannel>()
  readonly usergroups = new Map<string, Usergroup>()
  readonly views = new Map<string, StoredView>()
  readonly #messages = new Map<string, StoredMessage[]>()
  readonly #ephemerals: StoredMessage[] = []
  /** Who was notified of what so far, oldest first. */
  readonly notifications: Notification[] = []
  /** Emits `event` for each change. */
  readonly events = new EventEmitter<{ event: [SlackEvent] }>()
  /** How long after posting a message may be edited; without limit unless set. */
  editWindowSeconds = Infinity
  #lastMicroseconds = 0
  #serial = 0

  constructor(seeds: Seeds, clock: Clock) {
    this.clock = clock
    this.team = seeds.team
    this.app = seeds.app
    this.events.setMaxListeners(0)
    for (const user of seeds.users) this.users.set(user.id, { ...user })
    for (const channel of seeds.channels) this.channels.set(channel.id, { ...channel, members: [...channel.members] })
    for (const group of seeds.usergroups) this.usergroups.set(group.id, { ...group, users: [...group.users] })
  }

  /** A new `ts`: the clock's seconds with six digits, never twice the same and always rising. */
  nextTs(): string {
    this.#lastMicroseconds = Math.max(this.clock.now().getTime() * 1000, this.#lastMicroseconds + 1)
    const seconds = Math.floor(this.#lastMicroseconds / 1e6)
    return `${seconds}.${String(this.#lastMicroseconds % 1e6).padStart(6, '0')}`
  }

  /** A new id such as `V00000007`. */
  nextId(prefix: string): string {
    return `${prefix}${(++this.#serial).toString(36).toUpperCase().padStart(8, '0')}`
  }

  /** The direct message between the app and a person, opened if it does not exist. */
  directMessage(userId: string): SlackChannel {
    const open = [...this.channels.values()].find(channel => channel.im === userId)
    if (open) return open
    const channel = { id: this.nextId('D'), name: '', members: [userId, this.app.userId], is_private: true, im: userId }
    this.channels.set(channel.id, channel)
    return channel
  }

  /** All messages of a channel, replies included, oldest first. */
  messages(channelId: string): StoredMessage[] {
    return this.#messages.get(channelId) ?? []
  }

  /** A thread: its parent and replies, oldest first. */
  thread(channelId: string, ts: string): StoredMessage[] {
    return this.messages(channelId).filter(message => message.ts === ts || message.threadTs === ts)
  }

  /** What the app wrote to a person directly, and what they answered. */
  directMessages(userId: string): StoredMessage[] {
    return [...this.channels.values()].filter(channel => channel.im === userId).flatMap(({ id }) => this.messages(id))
  }

  /** How often a person was notified, by what: `mention in C0PRODACCESS`, `direct message`. */
  notified(userId: string): string[] {
    return this.notifications
      .filter(({ user }) => user === userId)
      .map(({ by, channel }) => (by === 'mention' ? `mention in ${channel}` : 'direct message'))
  }

  /** The messages only one person sees (all such messages without an argument), oldest first. */
  ephemerals(userId?: string): StoredMessage[] {
    return this.#ephemerals.filter(message => userId === undefined || message.ephemeralFor === userId)
  }

  /** The modals open on a person's screen, the topmost last. */
  openViews(userId: string): StoredView[] {
    return [...this.views.values()].filter(view => view.user === userId)
  }

  message(channelId: string, ts: string): StoredMessage | undefined {
    return this.messages(channelId).find(message => message.ts === ts)
  }

  post(draft: Draft): StoredMessage {
    const message: StoredMessage = { ...draft, ts: this.nextTs(), edits: [] }
    if (message.ephemeralFor) this.#ephemerals.push(message)
    if (!message.ephemeralFor) this.#messages.set(message.channel, [...this.messages(message.channel), message])
    this.notifications.push(...notifiedBy(this, message))
    this.tell({ type: message.ephemeralFor ? 'ephemeral' : 'message', channel: message.channel, message })
    return message
  }

  /** Replaces a message's content; what it was stays in `edits`. */
  edit(message: StoredMessage, now: Pick<StoredMessage, 'text' | 'blocks'> & Partial<StoredMessage>): void {
    message.edits.push({ text: message.text, blocks: message.blocks, replacedAt: this.clock.now() })
    Object.assign(message, now, { editedAt: this.nextTs() })
    this.tell({ type: message.ephemeralFor ? 'ephemeral' : 'message_changed', channel: message.channel, message })
  }

  remove(message: StoredMessage): void {
    const kept = this.messages(message.channel).filter(other => other !== message)
    const at = this.#ephemerals.indexOf(message)
    if (at >= 0) this.#ephemerals.splice(at, 1)
    if (at < 0) this.#messages.set(message.channel, kept)
    this.tell({ type: at >= 0 ? 'ephemeral_deleted' : 'message_deleted', channel: message.channel, message })
  }

  /** Puts a modal on a screen, or a new content in it. */
  show(view: StoredView): StoredView {
    view.hash = `${this.nextTs()}.${this.nextId('h')}`
    this.views.set(view.id, view)
    this.tell({ type: 'view', user: view.user, view })
    return view
  }

  hide(view: StoredView): void {
    this.views.delete(view.id)
    this.tell({ type: 'view_closed', user: view.user, view })
  }

  isMember(channelId: string, userId: string): boolean {
    return this.channels.get(channelId)?.members.includes(userId) ?? false
  }

  tell(event: SlackEvent): void {
    this.events.emit('event', event)
  }
}

/** A message as the Web API returns it. */
export function asApiMessage(state: Workspace, message: StoredMessage, withMetadata = false): Json {
  const replies = state.thread(message.channel, message.ts).filter(reply => reply !== message)
  return {
    type: 'message',
    user: message.user,
    ts: message.ts,
    text: message.text,
    team: state.team.id,
    ...(message.botId && { bot_id: message.botId, app_id: state.app.id }),
    ...(message.blocks.length > 0 && { blocks: message.blocks }),
    ...(message.editedAt && { edited: { user: message.user, ts: message.editedAt } }),
    ...(message.threadTs && {
      thread_ts: message.threadTs,
      parent_user_id: state.message(message.channel, message.threadTs)?.user,
    }),
    ...(replies.length > 0 && { thread_ts: message.ts, reply_count: replies.length, latest_reply: replies.at(-1)?.ts }),
    ...(withMetadata && message.metadata && { metadata: message.metadata }),
  }
}

/** A `ts` as a number that can be compared and counted with. */
export function microseconds(ts: string): number {
  const [seconds = '0', fraction = ''] = ts.split('.')
  return Number(seconds) * 1e6 + Number(fraction.padEnd(6, '0').slice(0, 6))
}
