// Posts and edits the messages about emergencies in their second channel: implements the alerts port. Their metadata has
// its own type, so that neither message of a request is mistaken for the other.
import type { WebClient } from '@slack/web-api'
import type { Alerts } from '../../domain/calling/alerts.ts'
import { renderAlert } from './alert-message.ts'
import type { Rendered } from './blocks.ts'
import { renderReviewAsk, renderReviewCall } from './emergency.ts'
import { alertType, createOwnMessages, metadataOf } from './own-messages.ts'
import type { Rank } from './rate-limiter.ts'

type Sending = { doing: string; to: string; id: string; rank: Rank; queue?: string }
type Limited = <T>(sending: Sending, work: () => Promise<T>) => Promise<T>

/** What the messages of one workspace share: its client, and the queues that keep to Slack's limits. */
export type Shared = {
  client: WebClient
  call: <T>(doing: string, to: string, work: () => Promise<T>) => Promise<T>
  say: (channel: string, shown: Rendered, more?: object) => Promise<string>
  inThread: (work: () => Promise<unknown>) => Promise<boolean>
  posting: Limited
  changing: Limited
}

/** The alerts port over one workspace's client. */
export function createAlerts({ client, call, say, inThread, posting, changing }: Shared): Alerts {
  const ownMessages = createOwnMessages(client, alertType)
  return {
    post: async (channel, view, links) => {
      const metadata = metadataOf(view.uid, alertType)
      const sending = { doing: 'post the alert', to: channel, id: `${view.uid} alert`, rank: 'news' } as const
      return { channel, ts: await posting(sending, () => say(channel, renderAlert(view, links), { metadata })) }
    },

    find: (channel, uid, since) =>
      call('look for the alert', channel, async () => {
        for await (const message of ownMessages(channel, uid, since)) return message
        return undefined
      }),

    removeOthers: ({ channel, ts }, uid, since) =>
      call('delete a second alert', channel, async () => {
        for await (const other of ownMessages(channel, uid, since))
          if (other.ts !== ts) await client.chat.delete({ channel, ts: other.ts })
      }),

    update: async ({ channel, ts }, view, links) => {
      const sending = { doing: 'change the alert', to: channel, queue: 'all', id: `${view.uid} alert` } as const
      await changing({ ...sending, rank: 'news' }, () =>
        client.chat.update({ channel, ts, ...renderAlert(view, links), parse: 'none' }),
      )
    },

    mention: ({ channel, ts }, view, calling) =>
      posting({ doing: 'ask the reviewers', to: channel, id: `${view.uid} review`, rank: 'news' }, () =>
        inThread(() => say(channel, renderReviewCall(view, calling), { thread_ts: ts })),
      ),

    ask: async (person, view, calling) => {
      await posting({ doing: 'ask a reviewer directly', to: person, id: `${view.uid} review`, rank: 'news' }, () =>
        say(person, renderReviewAsk(view, calling)),
      )
    },
  }
}
