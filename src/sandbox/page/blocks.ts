// Slack's blocks as elements: sections, context, actions. Buttons act as the person who is looking.
import { html } from 'htm/preact'
import type { ComponentChild } from 'preact'
import { mrkdwn } from './mrkdwn.ts'
import type { Block } from './state.ts'

export type Press = (element: Block, blockID: string) => void
type Names = Record<string, string>

/** Renders a message's blocks. */
export function blocks(all: readonly Block[], names: Names, press: Press): ComponentChild {
  return all.map(block => html`<div class="block ${block.type}">${one(block, names, press)}</div>`)
}

function one(block: Block, names: Names, press: Press): ComponentChild {
  const id = block.block_id ?? ''
  switch (block.type) {
    case 'section':
      return html`<div class="text">${text(block['text'], names)}</div>
        ${block['accessory'] ? element(block['accessory'] as Block, id, press) : ''}`
    case 'context':
      return elementsOf(block).map(each => html`<span>${text(each, names)}</span>`)
    case 'actions':
      return elementsOf(block).map(each => element(each, id, press))
    case 'divider':
      return html`<hr />`
    case 'header':
      return html`<h3>${text(block['text'], names)}</h3>`
    default:
      return html`<em>${block.type} cannot be shown here.</em>`
  }
}

function element(part: Block, blockID: string, press: Press): ComponentChild {
  const label = text(part['text'], {})
  const style = typeof part['style'] === 'string' ? part['style'] : ''
  if (part.type !== 'button') return html`<em>${part.type} cannot be shown here.</em>`
  if (typeof part['url'] === 'string')
    return html`<a
      class="button ${style}"
      href=${part['url']}
      target="_blank"
      rel="noreferrer"
      onClick=${() => press(part, blockID)}
      >${label}</a
    >`
  return html`<button class="button ${style}" type="button" onClick=${() => press(part, blockID)}>${label}</button>`
}

/** A text object of Slack's. */
export function text(object: unknown, names: Names): ComponentChild {
  const { type, text: shown = '' } = (object ?? {}) as { type?: string; text?: string }
  return type === 'mrkdwn' ? mrkdwn(shown, names) : shown
}

function elementsOf(block: Block): Block[] {
  return (block['elements'] ?? []) as Block[]
}
