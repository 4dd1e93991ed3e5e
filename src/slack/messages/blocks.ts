// The parts of Block Kit that Hallpass uses, cut to Slack's limits
// (https://docs.slack.dev/reference/block-kit/blocks/). Pure.
import { truncate } from './words.ts'

/** A block as sent. */
export type Block = { type: string; [field: string]: unknown }
/** The content of a message; `text` can be read aloud. */
export type Rendered = { text: string; blocks: Block[] }

/** Slack's limits, in characters. */
export const limits = { section: 3000, text: 4000, button: 75, value: 2000, url: 3000, context: 3000 } as const

/** mrkdwn; `verbatim` prevents that Slack turns words such as "@here" into mentions. */
export function section(text: string, accessory?: Block): Block {
  return {
    type: 'section',
    text: { type: 'mrkdwn', text: truncate(text, limits.section), verbatim: true },
    ...(accessory && { accessory }),
  }
}

/** Small print. */
export function context(text: string): Block {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: truncate(text, limits.context), verbatim: true }] }
}

/** Buttons in a row; no block without buttons. */
export function actions(blockID: string, buttons: readonly (Block | undefined)[]): Block[] {
  const elements = buttons.filter(button => button !== undefined)
  return elements.length > 0 ? [{ type: 'actions', block_id: blockID, elements }] : []
}

/** The request of a button. It is used only together with Slack's signature and the stored state. */
export type ButtonTarget = { namespace: string; name: string; uid: string }

/** The value of a button. */
export function encodeTarget({ namespace, name, uid }: ButtonTarget): string {
  return JSON.stringify({ ns: namespace, n: name, u: uid })
}

type Style = 'primary' | 'danger'

/** A button whose click goes to the gateway. */
export function button(actionID: string, label: string, target: ButtonTarget, style?: Style): Block {
  return {
    type: 'button',
    action_id: actionID,
    text: { type: 'plain_text', text: truncate(label, limits.button) },
    value: encodeTarget(target),
    ...(style && { style }),
  }
}

/** A button that opens a page. Slack also reports the click to the gateway. */
export function linkButton(actionID: string, label: string, url: string): Block {
  return {
    type: 'button',
    action_id: actionID,
    text: { type: 'plain_text', text: truncate(label, limits.button) },
    url,
  }
}

/** The button that opens the approver's page. Its click names the request, so that others see who is looking at it. */
export function approveButton(label: string, url: string, target: ButtonTarget): Block {
  return { ...linkButton('approve', label, url), value: encodeTarget(target), style: 'primary' }
}

/** Text and blocks, the text within its limit. */
export function rendered(text: string, blocks: Block[]): Rendered {
  return { text: truncate(text, limits.text), blocks }
}
