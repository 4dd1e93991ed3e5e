// Posts and edits messages in Slack: implements the chat port. A message's text is never read as data.
import type { WebClient } from '@slack/web-api'
import { Refused } from '../../domain/outcome.ts'
import type { Alerts } from '../../domain/calling/alerts.ts'
import type { Chat, Clock, MessageRef, PostedMessage } from '../../domain/ports.ts'
import type { Reason } from '../../domain/refusals.ts'
import type { MessageView, News } from '../../domain/view/view.ts'
import { createAlerts } from './alerts.ts'
import type { Rendered } from './blocks.ts'
import { renderAsk, renderDirectReminder, renderMention, renderReminder } from './calls.ts'
import { meaningOf } from './codes.ts'
import { renderEndNote } from './end-notes.ts'
import { createMembers } from './members.ts'
import { renderMessage } from './message.ts'
import { renderNews } from './news.ts'
import { codeOf, outcomeOf } from './outcome.ts'
import { createOwnMessages, metadataOf } from './own-messages.ts'
import { createRateLimiter, type QueuedMessage, type Rank, type RateLimiter } from './rate-limiter.ts'
import { createTries } from './tries.ts'
import { createUnposted } from './unposted.ts'

/** One message a second in a channel, and 50 changes a minute (https://docs.slack.dev/apis/web-api/rate-limits), with a margin. */
const [postSpacingMs, changeSpacingMs] = [1100, 1250]

type Posted = MessageRef & { permalink?: string }
/** A message to be sent, to a channel or person; `queue` is the queue of all that goes there, unless given. */
type Sending = Omit<QueuedMessage, 'queue'> & { doing: string; to: string; queue?: string }
/** A message to one person. */
type Reaching = Omit<Sending, 'to'> & { person: { email: string; slackUserID?: string | undefined }; shown: Rendered }
/** The reasons why a thread cannot be written to, although a direct message can. */
const elsewhere: readonly Reason[] = ['ChannelUnreachable', 'MessageGone']

/** The chat port with one workspace's client, and the alerts port, which shares its queues. */
export function createChat({ client, clock }: { client: WebClient; clock: Clock }): Chat & { alerts: Alerts } {
  const call = async <T>(doing: string, to: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw outcomeOf(error, { now: clock.now(), doing, to })
    }
  }
  const tries = createTries()
  const ownMessages = createOwnMessages(client)
  const isMember = createMembers({ client, clock })
  const unposted = createUnposted()
  const limited =
    (limiter: RateLimiter) =>
    <T>({ doing, to, ...queued }: Sending, work: () => Promise<T>): Promise<T> =>
      tries(`${queued.id} ${to}`, () => limiter({ queue: to, ...queued }, () => call(doing, to, work)))
  const posting = limited(createRateLimiter({ clock, spacingMs: postSpacingMs }))
  const changing = limited(createRateLimiter({ clock, spacingMs: changeSpacingMs }))

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

  // The address is optional: without it the message still works.
  const withPermalink = async (message: MessageRef): Promise<Posted> => {
    try {
      const { permalink } = await client.chat.getPermalink({ channel: message.channel, message_ts: message.ts })
      return permalink ? { ...message, permalink } : message
    } catch {
      return message
    }
  }

  const absentAmong = async (channel: string, ids: readonly string[]): Promise<string[]> => {
    const isThere = await Promise.all(ids.map(async id => isMember(channel, id)))
    return ids.filter((_, i) => !isThere[i])
  }

  // Optional too: without it, the next step looks again.
  const withAbsent = async (channel: string, { approvers }: MessageView): Promise<Pick<PostedMessage, 'absent'>> => {
    try {
      return {
        absent: await absentAmong(
          channel,
          approvers.flatMap(({ slackUserID }) => slackUserID ?? []),
        ),
      }
    } catch {
      return {}
    }
  }

  /** In the thread, or by direct message to a person who is not in the channel. */
  const reach = async (message: MessageRef | undefined, { person, shown, ...sending }: Reaching): Promise<void> => {
    const { email, slackUserID: id } = person
    const isThere =
      message &&
      (!id || (await call('look who is in the channel', message.channel, () => isMember(message.channel, id))))
    if (message && isThere) {
      const thread = { thread_ts: message.ts }
      const isSaid = await posting({ ...sending, to: message.channel }, () =>
        inThread(() => say(message.channel, shown, thread)),
      )
      if (isSaid) return
    }
    if (!id) throw new Refused('NobodyToTell', `Slack does not know ${email}, so they could not be told.`)
    await posting({ ...sending, to: id }, () => say(id, shown))
  }

  return {
    alerts: createAlerts({ client, call, say, inThread, posting, changing }),

    post: async (channel, view, links) => {
      const metadata = metadataOf(view.uid)
      const sending = { doing: 'post the message', to: channel, id: `${view.uid} post`, rank: 'news' } as const
      const ts = await unposted.track(view.uid, () =>
        posting(sending, () => say(channel, renderMessage(view, links), { metadata })),
      )
      const message = { channel, ts }
      const [linked, seen] = await Promise.all([withPermalink(message), withAbsent(channel, view)])
      return { ...linked, ...seen }
    },

    find: async (channel, uid, since) => {
      if (unposted.has(uid)) return undefined
      const found = await call('look for the message', channel, () => first(ownMessages(channel, uid, since)))
      return found && withPermalink(found)
    },

    removeOthers: ({ channel, ts }, uid, since) =>
      call('delete a second message', channel, async () => {
        for await (const other of ownMessages(channel, uid, since))
          if (other.ts !== ts) await client.chat.delete({ channel, ts: other.ts })
      }),

    update: async ({ channel, ts }, view, links) => {
      const rank = rankOfState(view.state)
      await changing({ doing: 'change the message', to: channel, queue: 'all', id: view.uid, rank }, () =>
        client.chat.update({ channel, ts, ...renderMessage(view, links), parse: 'none' }),
      )
    },

    tell: async (message, view, { news, links }) => {
      const sending = { doing: 'tell the requester', id: `${view.uid} tell`, rank: rankOfNews(news) }
      await reach(message, { ...sending, person: view.requester, shown: renderNews(view, news, links) })
    },

    remind: async (message, view, note) => {
      const sending = { doing: 'mention a person', id: `${view.uid} ${note.about}`, rank: 'news' } as const
      await reach(message, { ...sending, person: note.to, shown: renderEndNote(view, note) })
    },

    mention: ({ channel, ts }, view, people) =>
      posting({ doing: 'mention people', to: channel, id: `${view.uid} mention`, rank: 'news' }, () =>
        inThread(() => say(channel, renderMention(view, people), { thread_ts: ts })),
      ),

    callAgain: ({ channel, ts }, view, people) =>
      posting({ doing: 'call people again', to: channel, id: `${view.uid} callAgain`, rank: 'reminder' }, () =>
        inThread(() => say(channel, renderReminder(view, people), { thread_ts: ts })),
      ),

    callAgainDirectly: async (person, view, links) => {
      const sending = {
        doing: 'call a person again',
        to: person,
        id: `${view.uid} callAgain`,
        rank: 'reminder',
      } as const
      await posting(sending, () => say(person, renderDirectReminder(view, links)))
    },

    absentAmong: (channel, ids) => call('look who is in the channel', channel, () => absentAmong(channel, ids)),

    ask: async (person, view, links) => {
      await posting({ doing: 'ask a person directly', to: person, id: `${view.uid} ask`, rank: 'news' }, () =>
        say(person, renderAsk(view, links)),
      )
    },
  }
}

// Managers who look at the message and the waiting requester must see the decision before all other news.
function rankOfState(state: MessageView['state']): Rank {
  return state === 'asking' || state === 'expired' ? 'news' : 'decision'
}

function rankOfNews(news: News): Rank {
  if (news === 'endingSoon') return 'reminder'
  return news === 'ended' ? 'news' : 'decision'
}

/**
 * Whether it was posted in the thread; false when there is no such thread any more or nobody may write there, so that it
 * must be sent elsewhere.
 */
async function inThread(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    const meaning = meaningOf(codeOf(error) ?? '')
    if (meaning?.is === 'final' && elsewhere.includes(meaning.reason)) return false
    throw error
  }
}

async function first(messages: AsyncGenerator<MessageRef>): Promise<MessageRef | undefined> {
  for await (const message of messages) return message
  return undefined
}
