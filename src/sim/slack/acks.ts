// Parses the app's answer to a delivery.
import { blocksIn } from './blocks.ts'
import { SlackFailure } from './failure.ts'
import { isObject } from './schema.ts'
import type { Delivered, Json, StoredView } from './types.ts'

type Acknowledged = Extract<Delivered, { status: number }>

/** The errors that a form shows: at input blocks only; anything else makes Slack show none of them. */
export function errorsAt({ view }: StoredView, errors: unknown): Record<string, string> {
  const inputs = new Set(
    blocksIn(view['blocks'])
      .filter(block => block['type'] === 'input')
      .map(block => block['block_id']),
  )
  const shown = isObject(errors) ? Object.entries(errors) : []
  if (shown.length === 0 || shown.some(([id, message]) => !inputs.has(id) || typeof message !== 'string'))
    throw new SlackFailure('errors at no input block')
  return Object.fromEntries(shown.map(([id, message]) => [id, String(message)]))
}

/** The app's answer: JSON if its content type says so, else plain text. */
export function saidIn({ body, contentType }: Acknowledged): Json {
  if (!contentType.includes('application/json')) return { text: body }
  try {
    const said: unknown = JSON.parse(body)
    if (isObject(said)) return said
  } catch {
    // Declared as JSON, but invalid.
  }
  throw new SlackFailure('invalid_json')
}

/** Whether the app acknowledged in time and with 200. */
export function isOk(outcome: Delivered): outcome is Acknowledged {
  return 'status' in outcome && outcome.status === 200
}

/** Slack's sentences about a refused view. */
export function detailOf({ more }: SlackFailure): string {
  const messages = isObject(more['response_metadata']) ? more['response_metadata']['messages'] : undefined
  return Array.isArray(messages) ? `: ${messages.join('; ')}` : ''
}
