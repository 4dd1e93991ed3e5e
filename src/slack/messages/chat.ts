// Posts and edits messages in Slack: implements the chat port. A message's text is never read as data.
import type { WebClient } from '@slack/web-api'
import { Refused } from '../../domain/outcome.ts'
import type { Chat, Clock, MessageRef } from '../../domain/ports.ts'
import type { MessageView, News } from '../../domain/view.ts'
import type { Rendered } from './blocks.ts'
import { createMembers } from './members.ts'
import { renderMessage } from './message.ts'
import { renderNews } from './news.ts'
import { codeOf, outcomeOf } from './outcome.ts'
import { createOwnMessages, metadataOf } from './own-messages.ts'
import { createRateLimiter, type Rank } from './rate-limiter.ts'
import { createUnposted } from './unposted.ts'

/** One message a second in a channel, and 50 changes a minute (https://docs.slack.dev/apis/web-api/rate-limits), with a margin. */
const [postSpacingMs, changeSpacingMs] = [1100, 1250]

type Posted = MessageRef & { permalink?: string }

/** The chat port with one workspace's client. */
export function createChat({ client, clock }: { client: WebClient; clock: Clock }): Chat {
  const call = async <T>(doing: string, channel: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw outcomeOf(error, { now: clock.now(), doing, channel })
    }
  }
  const ownMessages = createOwnMessages(client)
  const isMember = createMembers({ client, clock })
  const unposted = createUnposted()
  const posting = createRateLimiter({ clock, spacingMs: postSpacingMs })
  const changing = createRateLimiter({ clock, spacingMs: changeSpacingMs })

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

  return {
    post: async (channel, view, links) => {
      const metadata = metadataOf(view.uid)
      const queued = { queue: channel, id: `${view.uid} post`, rank: 'news' } as const
      const ts = await unposted.track(view.uid, () =>
        posting(queued, () =>
          call('post the message', channel, () => say(channel, renderMessage(view, links), { metadata })),
        ),
      )
      return withPermalink({ channel, ts })
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
      await changing({ queue: 'all', id: view.uid, rank: rankOfState(view.state) }, () =>
        call('change the message', channel, () =>
          client.chat.update({ channel, ts, ...renderMessage(view, links), parse: 'none' }),
        ),
      )
    },

    tell: async (message, view, news) => {
      const shown = renderNews(view, news)
      const person = view.requester.slackUserID
      const queued = { id: `${view.uid} tell`, rank: rankOfNews(news) }
      const thread = message && { thread_ts: message.ts }
      const isThere =
        message &&
        (!person ||
          (await call('look who is in the channel', message.channel, () => isMember(message.channel, person))))
      if (message && isThere) {
        const isTold = await posting({ ...queued, queue: message.channel }, () =>
          call('tell the requester', message.channel, () => inThread(() => say(message.channel, shown, thread))),
        )
        if (isTold) return
      }
      if (!person)
        throw new Refused('NobodyToTell', `Slack does not know ${view.requester.email}, so they could not be told.`)
      await posting({ ...queued, queue: person }, () => call('tell the requester', person, () => say(person, shown)))
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
 * Whether it was posted in the thread; false when the message or channel was deleted, so that it must be sent
 * elsewhere.
 */
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

async function first(messages: AsyncGenerator<MessageRef>): Promise<MessageRef | undefined> {
  for await (const message of messages) return message
  return undefined
}
