// Speaking in Slack: implements the chat port. A message's text is never read back; what identifies our message is its
// metadata (which anyone in the workspace can read, so it holds the uid alone) and that we posted it.
import type { WebClient } from '@slack/web-api'
import { after } from '../../domain/duration.ts'
import { Refused } from '../../domain/outcome.ts'
import type { Chat, Clock, MessageRef } from '../../domain/ports.ts'
import type { MessageView, News } from '../../domain/view.ts'
import type { Rendered } from './blocks.ts'
import { renderMessage } from './message.ts'
import { renderNews } from './news.ts'
import { codeOf, outcomeOf } from './outcome.ts'
import { createTurns, type Rank } from './turns.ts'
import { createUnsaid } from './unsaid.ts'

// Type of our messages' metadata.
const metadataType = 'hallpass_request'

/** 10 pages of 200 messages: what a busy channel says in some hours. */
const historyPages = 10
/** 10 pages of 1,000 members; in larger channels a person beyond them gets a direct message. */
const memberPages = 10
const memberCacheSeconds = 60
const memberCacheSize = 200
/** One message a second in a channel, and 50 changes a minute (https://docs.slack.dev/apis/web-api/rate-limits), with a margin. */
const [postSpacingMs, changeSpacingMs] = [1100, 1250]

type Posted = MessageRef & { permalink?: string }

/** The chat port on one workspace's client. */
export function createChat({ client, clock }: { client: WebClient; clock: Clock }): Chat {
  const call = async <T>(doing: string, channel: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw outcomeOf(error, { now: clock.now(), doing, channel })
    }
  }
  const ownIDs = once(async () => {
    const me = await client.auth.test()
    return { userID: me.user_id, botID: me.bot_id }
  })
  const isMember = memberships(client, clock)
  const unsaid = createUnsaid()
  const posting = createTurns({ clock, spacingMs: postSpacingMs })
  const changing = createTurns({ clock, spacingMs: changeSpacingMs })

  const say = async (channel: string, shown: Rendered, more: object = {}): Promise<string> => {
    const { ts } = await client.chat.postMessage({
      channel,
      ...shown,
      ...more,
      unfurl_links: false,
      unfurl_media: false,
    })
    if (!ts) throw new Error('Slack answered without a ts')
    return ts
  }

  // The address is a comfort: without it the message still works.
  const withPermalink = async (message: MessageRef): Promise<Posted> => {
    try {
      const { permalink } = await client.chat.getPermalink({ channel: message.channel, message_ts: message.ts })
      return permalink ? { ...message, permalink } : message
    } catch {
      return message
    }
  }

  const isOwn = async (message: { user?: string; bot_id?: string }): Promise<boolean> => {
    const { userID, botID } = await ownIDs()
    return (userID !== undefined && message.user === userID) || (botID !== undefined && message.bot_id === botID)
  }

  async function* search(channel: string, uid: string, since: Date): AsyncGenerator<MessageRef> {
    let cursor: string | undefined
    for (let page = 0; page < historyPages; page++) {
      const history = await client.conversations.history({
        channel,
        oldest: String(Math.floor(since.getTime() / 1000)),
        inclusive: true,
        include_all_metadata: true,
        limit: 200,
        ...(cursor && { cursor }),
      })
      for (const message of history.messages ?? []) {
        const { event_type: type, event_payload: payload } = (message.metadata ?? {}) as Metadata
        if (type === metadataType && payload?.uid === uid && message.ts && (await isOwn(message)))
          yield { channel, ts: message.ts }
      }
      cursor = history.response_metadata?.next_cursor
      if (!cursor) return
    }
  }

  const first = async (messages: AsyncGenerator<MessageRef>): Promise<MessageRef | undefined> => {
    for await (const message of messages) return message
    return undefined
  }

  return {
    post: async (channel, view, links) => {
      const metadata = { event_type: metadataType, event_payload: { uid: view.uid } }
      const turn = { line: channel, id: `${view.uid} post`, rank: 'news' } as const
      const ts = await unsaid.note(view.uid, () =>
        posting(turn, () =>
          call('post the message', channel, () => say(channel, renderMessage(view, links), { metadata })),
        ),
      )
      return withPermalink({ channel, ts })
    },

    find: async (channel, uid, since) => {
      if (unsaid.has(uid)) return undefined
      const found = await call('look for the message', channel, () => first(search(channel, uid, since)))
      return found && withPermalink(found)
    },

    removeOthers: ({ channel, ts }, uid, since) =>
      call('take away a second message', channel, async () => {
        for await (const other of search(channel, uid, since))
          if (other.ts !== ts) await client.chat.delete({ channel, ts: other.ts })
      }),

    update: async ({ channel, ts }, view, links) => {
      await changing({ line: 'all', id: view.uid, rank: rankOfState(view.state) }, () =>
        call('change the message', channel, () =>
          client.chat.update({ channel, ts, ...renderMessage(view, links), parse: 'none' }),
        ),
      )
    },

    tell: async (message, view, news) => {
      const shown = renderNews(view, news)
      const person = view.requester.slackUserID
      const turn = { id: `${view.uid} tell`, rank: rankOfNews(news) }
      const thread = message && { thread_ts: message.ts }
      const isThere =
        message &&
        (!person ||
          (await call('look who is in the channel', message.channel, () => isMember(message.channel, person))))
      if (message && isThere) {
        const isTold = await posting({ ...turn, line: message.channel }, () =>
          call('tell the requester', message.channel, () => inThread(() => say(message.channel, shown, thread))),
        )
        if (isTold) return
      }
      if (!person)
        throw new Refused('NobodyToTell', `Slack does not know ${view.requester.email}, so they could not be told.`)
      await posting({ ...turn, line: person }, () => call('tell the requester', person, () => say(person, shown)))
    },
  }
}

// A manager who looks at the message, and a requester who waits, must see what was decided before anything else.
function rankOfState(state: MessageView['state']): Rank {
  return state === 'asking' || state === 'expired' ? 'news' : 'decision'
}

function rankOfNews(news: News): Rank {
  if (news === 'endingSoon') return 'reminder'
  return news === 'ended' ? 'news' : 'decision'
}

type Metadata = { event_type?: string; event_payload?: { uid?: unknown } }

/** Whether it was said in the thread; false when the message or channel is gone, so that it must be said elsewhere. */
async function inThread(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    const code = codeOf(error) ?? ''
    if (['thread_not_found', 'message_not_found', 'channel_not_found', 'not_in_channel', 'is_archived'].includes(code))
      return false
    throw error
  }
}

function memberships(client: WebClient, clock: Clock): (channel: string, user: string) => Promise<boolean> {
  const cache = new Map<string, { until: Date; members: Set<string> }>()
  const load = async (channel: string): Promise<Set<string>> => {
    const members = new Set<string>()
    let cursor: string | undefined
    for (let page = 0; page < memberPages; page++) {
      const answer = await client.conversations.members({ channel, limit: 1000, ...(cursor && { cursor }) })
      for (const member of answer.members ?? []) members.add(member)
      cursor = answer.response_metadata?.next_cursor
      if (!cursor) break
    }
    return members
  }
  return async (channel, user) => {
    const known = cache.get(channel)
    if (known && known.until > clock.now()) return known.members.has(user)
    const members = await load(channel).catch((error: unknown) => {
      if (['channel_not_found', 'not_in_channel'].includes(codeOf(error) ?? '')) return new Set<string>()
      throw error
    })
    if (cache.size >= memberCacheSize) cache.clear()
    cache.set(channel, { until: after(clock.now(), memberCacheSeconds), members })
    return members.has(user)
  }
}

/** Asks once; a failure is forgotten, so that the next call asks again. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  return async () => {
    answer ??= ask()
    try {
      return await answer
    } catch (error) {
      answer = undefined
      throw error
    }
  }
}
