// Finds Hallpass's own messages in a channel. They are identified by their metadata (which anyone in the workspace can
// read, so it contains only the uid) and by their author. A message's text is never read.
import type { WebClient } from '@slack/web-api'
import type { MessageRef } from '../../domain/ports.ts'

/** The type of the metadata of a request's one message, and of the alert about an emergency. */
const requestType = 'hallpass_request'
export const alertType = 'hallpass_emergency'
type MetadataType = typeof requestType | typeof alertType
/** 10 pages of 200 messages: some hours of a busy channel. */
const historyPages = 10

type Metadata = { event_type?: string; event_payload?: { uid?: unknown } }

/** The metadata of a request's message. */
export function metadataOf(
  uid: string,
  type: MetadataType = requestType,
): { event_type: string; event_payload: { uid: string } } {
  return { event_type: type, event_payload: { uid } }
}

/**
 * Hallpass's messages about a request in a channel, newest first. Rejects with Slack's own error when the call fails.
 */
export type OwnMessages = (channel: string, uid: string, since: Date) => AsyncGenerator<MessageRef>

/** Searches the channel's history; asks once for the app's own id. */
export function createOwnMessages(client: WebClient, wanted: MetadataType = requestType): OwnMessages {
  const ownIDs = once(async () => {
    const me = await client.auth.test()
    return { userID: me.user_id, botID: me.bot_id }
  })
  const isOwn = async (message: { user?: string; bot_id?: string }): Promise<boolean> => {
    const { userID, botID } = await ownIDs()
    return (userID !== undefined && message.user === userID) || (botID !== undefined && message.bot_id === botID)
  }

  return async function* (channel, uid, since) {
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
        if (type === wanted && payload?.uid === uid && message.ts && (await isOwn(message)))
          yield { channel, ts: message.ts }
      }
      cursor = history.response_metadata?.next_cursor
      if (!cursor) return
    }
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
