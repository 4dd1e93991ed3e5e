// What the acts of a story share: the request that came of it, its messages, and a person's patience.
import { setTimeout as pause } from 'node:timers/promises'
import type { AccessRequest } from '../../src/api/kinds.ts'
import type { StoredMessage } from '../../src/sim/slack/types.ts'
import type { Installation } from './installation.ts'

/** People, and the channel of the mappings. */
export const [dana, mo] = ['U0DANA', 'U0MO']
export const channel = 'C0PRODACCESS'
/** Between two looks. Each costs the API server a list, so what takes seconds is not looked at ten times a second. */
const [firstPauseMs, longestPauseMs] = [50, 300]

/** The requests of a story. */
export type Made = () => Promise<AccessRequest[]>
export type Scene = { installation: Installation; made: Made; patienceMs: number; unpaged?: Unpaged | undefined }
/** Why nobody is paged in this scene: PagerDuty does not take the event, or refuses it. */
export type Unpaged = 'silent' | 'refused'

/** Every stored request of the installation. */
export async function all({ requests, namespace }: Installation): Promise<AccessRequest[]> {
  return (await requests.list({ namespace })).items
}

export async function isDecided(made: Made): Promise<boolean> {
  const [request] = await made()
  return (request?.status?.decisions?.length ?? 0) > 0
}

/** The message in the channel, as soon as it can be decided. */
export async function posted({ installation, made, patienceMs }: Scene): Promise<StoredMessage> {
  return until('the message is posted', patienceMs, async () => {
    const [request] = await made()
    const found = request && messagesOf(installation, request.metadata.uid)[0]
    return found && JSON.stringify(found.blocks).includes('"action_id":"deny"') ? found : undefined
  })
}

/** The messages in the channel that are about the request. */
export function messagesOf({ slack }: Installation, uid: string): StoredMessage[] {
  return slack.state.messages(channel).filter(({ metadata }) => metadata?.event_payload['uid'] === uid)
}

/** The second channel, and the alerts in it that are about the request. */
const incidents = 'C0INCIDENTS'
export function alertsOf({ slack }: Installation, uid: string): StoredMessage[] {
  return slack.state.messages(incidents).filter(({ metadata }) => metadata?.event_payload['uid'] === uid)
}

/** What the requester has been told about the request: in its message's thread, or directly if there is no message. */
export function toldOf(installation: Installation, { metadata }: AccessRequest): StoredMessage[] {
  const { state } = installation.slack
  const [message] = messagesOf(installation, metadata.uid)
  if (message) return state.messages(channel).filter(({ threadTs }) => threadTs === message.ts)
  const since = Date.parse(metadata.creationTimestamp) / 1000
  return state.directMessages(dana).filter(({ ts }) => Number(ts) >= since)
}

// What a look throws (the API server may be away for a moment) is looked at again, and said only if it stays so.
export async function until<T>(
  what: string,
  ms: number,
  look: () => Promise<T | undefined | false>,
  trouble: () => unknown = () => undefined,
): Promise<T> {
  let thrown: unknown
  let pauseMs = firstPauseMs
  for (const end = Date.now() + ms; Date.now() < end; await pause(pauseMs)) {
    const found = await look().catch((error: unknown) => void (thrown = error))
    if (found !== undefined && found !== false) return found
    pauseMs = Math.min(pauseMs * 1.3, longestPauseMs)
  }
  throw new Error(`Not within ${ms / 1000} s: ${what}.`, { cause: trouble() ?? thrown })
}
