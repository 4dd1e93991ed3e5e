// Block Kit: which blocks a message or a view may hold and how large they may be. Pure; it only returns faults.
import { anyText, image, interactive, plain, typing } from './elements.ts'
import { both, boolean, byType, faultsOf, isObject, list, matching, object, string, word, type Rule } from './schema.ts'
import type { Json } from './types.ts'

const type: Rule = string(50)
const blockId = { 'block_id?': string(255) }
const notInInput = new Set(['button', 'overflow'])
const answerable = Object.fromEntries(
  Object.entries({ ...interactive, ...typing }).filter(([name]) => !notInInput.has(name)),
)

const textOrFields: Rule = (value, at, fault) => {
  if (isObject(value) && value['text'] === undefined && value['fields'] === undefined)
    fault('missing required field: text or fields', at)
}

// Rich text is made by people's clients; only its outline is checked.
const richText = object({ type, ...blockId, elements: list(richPart, 100) })
function richPart(value: unknown, at: string, fault: Parameters<Rule>[2]): void {
  if (!isObject(value) || !/^rich_text_(section|list|quote|preformatted)$/.test(String(value['type'])))
    fault('unsupported type', `${at}/type`)
}

const shared: Record<string, Rule> = {
  section: both(
    object({
      type,
      ...blockId,
      'text?': anyText(3000),
      'fields?': list(anyText(2000), 10),
      'accessory?': byType({ ...interactive, image }),
      'expand?': boolean,
    }),
    textOrFields,
  ),
  divider: object({ type, ...blockId }),
  header: object({ type, ...blockId, text: plain(150) }),
  context: object({ type, ...blockId, elements: list(byType({ image, ...textTypes() }), 10) }),
  actions: object({ type, ...blockId, elements: list(byType(interactive), 25) }),
  input: object({
    type,
    ...blockId,
    label: plain(2000),
    element: byType(answerable),
    'hint?': plain(2000),
    'optional?': boolean,
    'dispatch_action?': boolean,
  }),
  image: object({
    type,
    ...blockId,
    image_url: both(string(3000), matching(/^https?:/, 'a URL')),
    alt_text: string(2000),
    'title?': plain(2000),
  }),
  rich_text: richText,
}

function textTypes(): Record<string, Rule> {
  return { plain_text: anyText(3000), mrkdwn: anyText(3000) }
}

const messageBlocks = byType({ ...shared, markdown: object({ type, ...blockId, text: string(12_000) }) })
const viewBlocks = byType(shared)

const submitForInputs: Rule = (value, at, fault) => {
  if (!isObject(value) || value['type'] !== 'modal' || value['submit'] !== undefined) return
  if (blocksIn(value['blocks']).some(block => block['type'] === 'input'))
    fault('submit is required when an input block is within blocks array', `${at}/submit`)
}

const viewShape: Rule = both(
  object({
    type: word('modal', 'home'),
    title: plain(24),
    blocks: both(list(viewBlocks, 100), unique),
    'close?': plain(24),
    'submit?': plain(24),
    'private_metadata?': string(3000, 0),
    'callback_id?': string(255, 0),
    'external_id?': string(255, 0),
    'clear_on_close?': boolean,
    'notify_on_close?': boolean,
    'submit_disabled?': boolean,
  }),
  submitForInputs,
)

// Slack asks for unique block ids, and action ids unique within a block; messages of Hallpass keep both unique in the
// whole message.
function unique(value: unknown, at: string, fault: Parameters<Rule>[2]): void {
  const seen = new Set<string>()
  const once = (kind: string, id: unknown, where: string): void => {
    if (typeof id !== 'string') return
    if (seen.has(`${kind} ${id}`)) fault(`${kind} "${id}" already exists`, where)
    seen.add(`${kind} ${id}`)
  }
  blocksIn(value).forEach((block, index) => {
    once('block_id', block['block_id'], `${at}/${index}/block_id`)
    for (const element of elementsIn(block)) once('action_id', element['action_id'], `${at}/${index}`)
  })
}

/** The faults of a message's blocks; empty if they may be posted. */
export function messageFaults(blocks: unknown): string[] {
  return faultsOf(both(list(messageBlocks, 50, 0), unique), blocks, '/blocks')
}

/** The faults of a view; empty if it may be shown. */
export function viewFaults(view: unknown): string[] {
  return faultsOf(viewShape, view, '/view')
}

/** The faults of message metadata: an event type and a flat-named payload of bounded size. */
export function metadataFaults(metadata: unknown): string[] {
  const payload: Rule = (value, at, fault) => {
    if (!isObject(value)) fault('must be an object', at)
    else if (JSON.stringify(value).length > 8000) fault('must be less than 8001 characters', at)
  }
  return faultsOf(object({ event_type: string(255), event_payload: payload }), metadata, '/metadata')
}

/** The blocks of a message or view, as objects. */
export function blocksIn(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** The elements of a block that people can use or fill. */
export function elementsIn(block: Json): Json[] {
  return [block['accessory'], block['element'], ...(Array.isArray(block['elements']) ? block['elements'] : [])]
    .filter(isObject)
    .filter(
      element => typeof element['type'] === 'string' && (element['type'] in interactive || element['type'] in typing),
    )
}

/** Blocks as Slack stores them: every block and every usable element has an id. */
export function withIds(blocks: Json[], nextId: (prefix: string) => string): Json[] {
  return structuredClone(blocks).map(block => {
    for (const element of elementsIn(block)) element['action_id'] ??= nextId('a')
    return { ...block, block_id: block['block_id'] ?? nextId('b') }
  })
}
