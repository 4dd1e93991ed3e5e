// The simulator for other processes, under `/_sim/`: what a person sees, and what they do. JSON only, so that no page of
// another origin can act here without asking first.
import express, { type Express, type Request, type Response } from 'express'
import type { Desktop } from './desktop.ts'
import { Impossible } from './fields.ts'
import type { Quota } from './quota.ts'
import type { Sender } from './sender.ts'
import type { Workspace } from './state.ts'
import type { Json, SlackChannel, SlackUser, StoredMessage } from './types.ts'

type PageOptions = { state: Workspace; desktop: Desktop; sender: Sender; quota: Quota }

/** Serves `/_sim/state`, `/_sim/events`, what people do, and the knobs. */
export function servePage(app: Express, { state, desktop, sender, quota }: PageOptions): void {
  app.get(
    '/_sim/state',
    (req, res) => void res.json(seenBy(state, typeof req.query['user'] === 'string' ? req.query['user'] : '')),
  )
  app.get('/_sim/events', (req, res) => streamEvents(state, req, res))
  const on = (path: string, act: (body: never) => unknown): void => {
    app.post(
      `/_sim/${path}`,
      express.json({ limit: '256kb' }),
      (req, res) => void answer(res, () => act(req.body as never)),
    )
  }
  on('command', ({ text, ...line }: { user: string; channel: string; text: string; threadTs?: string }) => {
    const [, command = text, rest = ''] = /^(\/\S+)(?:\s+([^]*))?$/.exec(text) ?? []
    return desktop.slashCommand({ ...line, command, text: rest })
  })
  on('say', (line: Parameters<Desktop['say']>[0]) => ({ ts: desktop.say(line).ts }))
  on('click', (click: Parameters<Desktop['clickButton']>[0]) => desktop.clickButton(click))
  on('choose', (choice: Parameters<Desktop['choose']>[0]) => desktop.choose(choice))
  on('fill', (filling: Parameters<Desktop['fill']>[0]) => ({ viewID: desktop.fill(filling).id }))
  on('submit', (filling: Parameters<Desktop['submitView']>[0]) => desktop.submitView(filling))
  on('close', (closing: Parameters<Desktop['closeView']>[0]) => desktop.closeView(closing))
  on('connect', ({ url }: { url: string }) => sender.connect(url))
  on('knobs', (knobs: { quota?: boolean; twice?: boolean; patienceMs?: number }) => {
    quota.isOn = knobs.quota ?? quota.isOn
    sender.isTwice = knobs.twice ?? sender.isTwice
    sender.patienceMs = knobs.patienceMs ?? sender.patienceMs
  })
}

async function answer(res: Response, act: () => unknown): Promise<void> {
  try {
    res.json((await act()) ?? {})
  } catch (error) {
    if (error instanceof Impossible) res.status(400).json({ error: error.message })
    else res.status(500).json({ error: String(error) })
  }
}

// Says only that something changed and for whom: whoever listens reads the state anew.
function streamEvents(state: Workspace, req: Request, res: Response): void {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  res.write(': listening\n\n')
  const tell = ({ type, channel, user }: Json): void =>
    void res.write(`data: ${JSON.stringify({ type, channel, user })}\n\n`)
  state.events.on('event', tell)
  req.on('close', () => state.events.off('event', tell))
}

/** What a person sees. Somebody unknown sees no channels. */
export function seenBy(state: Workspace, userID: string): Json {
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
    views: state
      .openViews(userID)
      .map(({ id, hash, rootId: rootID, view, values, errors }) => ({ id, hash, rootID, view, values, errors })),
  }
}

// Full members find public channels that they have not joined; guests and strangers see their own only.
function isSeenBy({ members, is_private: isPrivate }: SlackChannel, user: SlackUser): boolean {
  const isFull = !user.is_restricted && !user.is_ultra_restricted && !user.is_stranger
  return members.includes(user.id) || (isFull && !isPrivate)
}

function personOf(user: SlackUser, { team }: Workspace): Json {
  const isGuest = user.is_restricted === true || user.is_ultra_restricted === true
  return {
    id: user.id,
    handle: user.name,
    name: user.real_name,
    teamID: user.team_id ?? team.id,
    isBot: user.is_bot ?? false,
    isGuest,
    isStranger: user.is_stranger ?? false,
    isDeactivated: user.deleted ?? false,
  }
}

function channelOf(state: Workspace, channel: SlackChannel, userID: string): Json {
  const messages = state.messages(channel.id)
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
      .map(message => ({
        ...messageOf(message),
        replies: messages.filter(({ threadTs }) => threadTs === message.ts).map(messageOf),
      })),
    ephemerals: state
      .ephemerals(userID)
      .filter(({ channel: id }) => id === channel.id)
      .map(messageOf),
  }
}

function messageOf({ ts, user, botId, text, blocks, threadTs, editedAt, edits, ephemeralFor }: StoredMessage): Json {
  return {
    ts,
    user,
    isApp: botId !== undefined,
    text,
    blocks,
    ...(threadTs && { threadTs }),
    ...(editedAt && { editedAt, edits: edits.length }),
    isEphemeral: ephemeralFor !== undefined,
  }
}
