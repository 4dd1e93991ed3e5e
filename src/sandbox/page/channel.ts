// The middle column: the messages of a channel, and the input line for commands.
import { html } from 'htm/preact'
import type { ComponentChild } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { blocks, type Press } from './blocks.ts'
import { mrkdwn } from './mrkdwn.ts'
import type { Command, Message, State } from './state.ts'

type ChannelProps = {
  state: State
  channel: string
  onPress: (message: Message) => Press
  onCommand: (text: string) => void
}

/** One channel or direct message. */
export function ChannelView({ state, channel, onPress, onCommand }: ChannelProps): ComponentChild {
  const messages = state.messages[channel] ?? []
  const end = useRef<HTMLDivElement>(null)
  const shown = messages.map(message => `${message.ts}${message.replies.length}`).join()
  useEffect(() => end.current?.scrollIntoView({ block: 'end' }), [channel, shown])
  const name = state.channels.find(each => each.id === channel)
  return html`<main class="channel" aria-label="Channel">
    <h2>${name?.isDirect ? '' : '#'}${name?.name ?? channel}</h2>
    <div class="messages" role="log" aria-live="polite" tabindex="0">
      ${messages.length === 0 ? html`<p class="empty">Nothing has been said here yet.</p>` : ''}
      ${messages.map(message => html`<${MessageView} key=${message.ts} ...${{ message, state, onPress }} />`)}
      <div ref=${end}></div>
    </div>
    <${Composer} commands=${state.commands} onCommand=${onCommand} />
  </main>`
}

type MessageProps = { message: Message; state: State; onPress: (message: Message) => Press }

function MessageView({ message, state, onPress }: MessageProps): ComponentChild {
  const initials = message.author
    .split(' ')
    .map(word => word[0])
    .join('')
    .slice(0, 2)
  return html`<article class="message ${message.isEphemeral ? 'ephemeral' : ''}">
    <div class="avatar ${message.isApp ? 'app' : ''}" aria-hidden="true">${initials}</div>
    <div class="body">
      <header>
        <strong>${message.author}</strong>${message.isApp ? html` <span class="badge">APP</span>` : ''}
        <time datetime=${message.at}
          >${new Date(message.at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}</time
        >
        ${message.isEdited ? html`<small>(edited)</small>` : ''}
        ${message.isEphemeral ? html`<small>Only visible to you</small>` : ''}
      </header>
      ${
        message.blocks.length > 0
          ? blocks(message.blocks, state.names, onPress(message))
          : html`<div class="text">${mrkdwn(message.text, state.names)}</div>`
      }
      ${
        message.replies.length > 0
          ? html`<section class="thread" aria-label="Thread">
              ${message.replies.map(reply => html`<${MessageView} key=${reply.ts} message=${reply} state=${state} onPress=${onPress} />`)}
            </section>`
          : ''
      }
    </div>
  </article>`
}

type ComposerProps = { commands: Command[]; onCommand: (text: string) => void }

/** The input holds what was typed; the state only follows it, so it may be late. */
function Composer({ commands, onCommand }: ComposerProps): ComponentChild {
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState('')
  const [picked, setPicked] = useState(0)
  const typed = (): string => input.current?.value ?? ''
  const offersFor = (line: string): Command[] =>
    /^\/\S*$/.test(line) ? commands.filter(({ name }) => name.startsWith(line) && name !== line) : []
  const offered = offersFor(text)
  const write = (line: string): void => {
    if (input.current) input.current.value = line
    setText(line)
  }
  const complete = (name: string): void => write(`${name} `)
  const send = (event: Event): void => {
    event.preventDefault()
    const line = typed().trim()
    if (line === '') return
    onCommand(line)
    write('')
  }
  const key = (event: KeyboardEvent): void => {
    const offers = offersFor(typed())
    if (offers.length === 0) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) setPicked((picked + step + offers.length) % offers.length)
    else if (event.key === 'Tab' || event.key === 'Enter') complete(offers[picked % offers.length]?.name ?? typed())
    else return
    event.preventDefault()
  }
  return html`<form class="composer" onSubmit=${send}>
    ${
      offered.length > 0
        ? html`<ul class="offers" role="listbox" id="offers" aria-label="Commands">
            ${offered.map(
              ({ name, hint }, i) =>
                html`<li role="option" aria-selected=${i === picked % offered.length}>
                  <button type="button" tabindex="-1" onClick=${() => complete(name)}><b>${name}</b> ${hint}</button>
                </li>`,
            )}
          </ul>`
        : ''
    }
    <label class="hidden" for="composer">Message or command</label>
    <input
      id="composer"
      autocomplete="off"
      placeholder="Type /prod-db 1m trying it"
      role="combobox"
      aria-expanded=${offered.length > 0}
      aria-controls="offers"
      ref=${input}
      onInput=${() => setText(typed())}
      onKeyDown=${key}
    />
    <button class="button primary" type="submit">Send</button>
  </form>`
}
