// Parses, as Slack does, what an app sends in a call, an acknowledgement or through a response address.
import type { Args } from './args.ts'
import { blocksIn, messageFaults, metadataFaults, withIds } from './blocks.ts'
import { failureWith, SlackFailure } from './failure.ts'
import { isObject } from './schema.ts'
import type { Workspace } from './state.ts'
import type { Json, StoredMessage } from './types.ts'

/** Longer texts are cut when posted. */
const textCut = 40_000
type Content = Pick<StoredMessage, 'text' | 'blocks' | 'mrkdwn' | 'metadata'>

// Blocks as they would be stored.
function readBlocks(given: unknown, state: Workspace): Json[] {
  if (given === undefined || given === null) return []
  if (!Array.isArray(given)) throw new SlackFailure('invalid_blocks_format')
  const faults = messageFaults(given)
  if (faults.length > 0) throw failureWith('invalid_blocks', faults)
  return withIds(blocksIn(given), prefix => state.nextId(prefix))
}

/** What a method's arguments say: a text, blocks, or both. Fails where Slack refuses them. */
export function contentOf(args: Args, state: Workspace): Content {
  const text = (args.text('text') ?? '').slice(0, textCut)
  const blocks = readBlocks(args.json('blocks', 'invalid_blocks_format'), state)
  if (text === '' && blocks.length === 0 && !args.has('attachments')) throw new SlackFailure('no_text')
  const metadata = metadataOf(args)
  return { text, blocks, mrkdwn: args.flag('mrkdwn', true), ...(metadata && { metadata }) }
}

function metadataOf(args: Args): StoredMessage['metadata'] {
  const metadata = args.json('metadata', 'invalid_metadata_format')
  if (metadata === undefined) return undefined
  const faults = metadataFaults(metadata)
  if (faults.length > 0) throw failureWith('invalid_metadata_format', faults)
  const { event_type: type, event_payload: payload } = metadata as { event_type: string; event_payload: Json }
  return { event_type: type, event_payload: payload }
}

/** What an app says in an acknowledgement or through a response address: its text and blocks. */
export function readSaid(said: Json, state: Workspace): Omit<Content, 'metadata'> {
  const text = typeof said['text'] === 'string' ? said['text'].slice(0, textCut) : ''
  const blocks = readBlocks(said['blocks'], state)
  if (text === '' && blocks.length === 0 && !isObject(said['attachments'])) throw new SlackFailure('no_text')
  return { text, blocks, mrkdwn: said['mrkdwn'] !== false }
}

/** The author of the app's messages. */
export function asApp({ app }: Workspace): { user: string; botId: string } {
  return { user: app.userId, botId: app.botId }
}
