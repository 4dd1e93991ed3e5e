// What people do in Slack's own client, and what they see of the app's answers. Throws Impossible for an action that
// the screen would not allow.
import { isOk } from './acks.ts'
import { blocksIn, elementsIn } from './blocks.ts'
import { fieldsOf, filled, Impossible, unfilled } from './fields.ts'
import type { Hooks, Place } from './hooks.ts'
import * as payloads from './payloads.ts'
import { mark, obey, showAck, slackbot, type Trouble, trouble } from './screen.ts'
import type { Sender } from './sender.ts'
import type { Workspace } from './state.ts'
import { asDelivered, onPhone } from './typing.ts'
import type { Delivered, Json, SlackChannel, SlackUser, StoredMessage, StoredView } from './types.ts'

/**
 * The result of an action: the app's answer, the page that a link button opened, and Slack's message when it failed.
 */
export type Done = Trouble & { outcome?: Delivered; opened?: string }

/** A message that a person writes, in a channel or a thread. */
export type Line = { user: string; channel: string; text: string; threadTs?: string }
/** A command typed into a channel's composer, on a phone or at a desk. */
export type CommandLine = {
  user: string
  channel: string
  command: string
  text?: string
  threadTs?: string
  isOnPhone?: boolean
}
/** A button of a message, of an ephemeral one, or of a modal; named by either id. */
export type Click = {
  user: string
  channel?: string
  ts?: string
  viewID?: string
  actionID?: string
  blockID?: string
}
/** Values for fields: text, an option's value, or several of them. */
export type Filling = { user: string; viewID?: string; values?: Record<string, unknown>; isOnPhone?: boolean }
/** A choice in a select, date picker or similar element of a message or a modal. */
export type Choice = Click & { value: unknown }

/** The screens of all people. */
export class Desktop {
  readonly #state: Workspace
  readonly #hooks: Hooks
  readonly #sender: Sender

  constructor({ state, hooks, sender }: { state: Workspace; hooks: Hooks; sender: Sender }) {
    this.#state = state
    this.#hooks = hooks
    this.#sender = sender
  }

  /** Writes a message. */
  say({ user, channel, text, threadTs }: Line): StoredMessage {
    this.#inChannel(user, channel)
    return this.#state.post({ channel, user, text, blocks: [], mrkdwn: true, ...(threadTs && { threadTs }) })
  }

  /** Sends a slash command. Its acknowledgement is shown to the person, or to the channel when it says `in_channel`. */
  async slashCommand({ user: id, channel: channelID, command, threadTs, ...line }: CommandLine): Promise<Done> {
    const { user, channel } = this.#inChannel(id, channelID)
    const place: Place = { user: id, channel: channelID }
    if (threadTs) return slackbot(this.#state, place, `${command} is not supported in threads. Sorry!`)
    if (user.is_stranger) throw new Impossible(`"${id}" belongs to another organisation and cannot use commands here.`)
    if (!this.#isKnown(command)) return slackbot(this.#state, place, `${command} is not a valid command.`)
    const given = { triggerID: this.#hooks.trigger(id), responseUrl: this.#hooks.address('commands', place) }
    const text = asDelivered(line.text ?? '', line.isOnPhone)
    const fields = payloads.commandFields(this.#state, { user, channel, command, text, ...given })
    const outcome = await this.#sender.send('command', fields)
    return { outcome, ...showAck(this.#state, outcome, { place, command }) }
  }

  /** Presses a button. A link button opens its page and is delivered too. */
  async clickButton(click: Click): Promise<Done> {
    const { used, ...at } = this.#find(click)
    if (used.element['type'] !== 'button') throw new Impossible(`"${String(used.element['action_id'])}" is no button.`)
    const opened = used.element['url']
    return { ...(typeof opened === 'string' && { opened }), ...(await this.#act(click.user, { ...at, used })) }
  }

  /** Chooses in a select or picker. Within a form Slack delivers it only where the block asks for that. */
  async choose({ value, ...click }: Choice): Promise<Done> {
    const { used, ...at } = this.#find(click)
    const chosen = filled(used.element, value)
    if (at.view) this.#hold(at.view, used, chosen)
    if (used.block['type'] === 'input' && used.block['dispatch_action'] !== true) return {}
    return this.#act(click.user, { ...at, used: { ...used, chosen } })
  }

  /** Types into the fields of a modal: by block id. Nothing is delivered. */
  fill({ user, viewID, values = {}, isOnPhone = false }: Filling): StoredView {
    const view = this.#view(user, viewID)
    for (const [blockID, value] of Object.entries(values)) {
      const field = fieldsOf(view.view).find(one => one.blockID === blockID)
      if (!field) throw new Impossible(`The modal has no field "${blockID}".`)
      const isTyped = isOnPhone && field.element['type'] === 'plain_text_input' && typeof value === 'string'
      this.#hold(view, field, filled(field.element, isTyped ? onPhone(value) : value))
    }
    return view
  }

  /** Fills fields and submits the modal. What Slack itself would complain of is shown at the fields and not delivered. */
  async submitView(filling: Filling): Promise<Done> {
    const view = this.fill(filling)
    if (!view.view['submit']) throw new Impossible('The modal has nothing to submit.')
    const faults = unfilled(view.view, view.values)
    mark(this.#state, view, faults)
    if (Object.keys(faults).length > 0) return { trouble: Object.values(faults).join(' ') }
    const user = this.#person(view.user)
    const payload = payloads.viewSubmission(this.#state, { user, view, triggerID: this.#hooks.trigger(view.user) })
    const outcome = await this.#sender.send('view_submission', { payload: JSON.stringify(payload) })
    return { outcome, ...obey(this.#state, outcome, view) }
  }

  /** Closes the topmost modal, or with `all` the whole stack. */
  async closeView({ user, viewID, all = false }: { user: string; viewID?: string; all?: boolean }): Promise<Done> {
    const view = this.#view(user, viewID)
    for (const closed of all ? this.#state.openViews(user) : [view]) this.#state.hide(closed)
    if (view.view['notify_on_close'] !== true) return {}
    const payload = payloads.viewClosed(this.#state, { user: this.#person(user), view }, all)
    return { outcome: await this.#sender.send('view_closed', { payload: JSON.stringify(payload) }) }
  }

  #isKnown(command: string): boolean {
    const { scopes, commands } = this.#state.app
    return scopes.includes('commands') && commands.some(known => known.command === command)
  }

  #person(id: string): SlackUser {
    const user = this.#state.users.get(id)
    if (!user || user.deleted) throw new Impossible(`Nobody is signed in as "${id}".`)
    return user
  }

  #inChannel(id: string, channelID: string): { user: SlackUser; channel: SlackChannel } {
    const user = this.#person(id)
    const channel = this.#state.channels.get(channelID)
    if (!channel?.members.includes(id)) throw new Impossible(`"${id}" is not in channel "${channelID}".`)
    if (channel.is_archived) throw new Impossible(`Channel "${channelID}" is archived.`)
    return { user, channel }
  }

  #view(user: string, id?: string): StoredView {
    const open = this.#state.openViews(this.#person(user).id)
    const view = id === undefined ? open.at(-1) : open.find(one => one.id === id)
    if (!view) throw new Impossible(`"${user}" has no such modal open.`)
    return view
  }

  #hold(view: StoredView, { blockID, element }: { blockID: string; element: Json }, held: Json): void {
    view.values[blockID] = { ...view.values[blockID], [String(element['action_id'])]: held }
    this.#state.tell({ type: 'view', user: view.user, view })
  }

  #find(click: Click): { used: payloads.Used & { block: Json }; message?: StoredMessage; view?: StoredView } {
    const { user, ts, viewID } = click
    if (ts === undefined) {
      const view = this.#view(user, viewID)
      return { view, used: elementIn(blocksIn(view.view['blocks']), click) }
    }
    const message = this.#message(click, ts)
    return { message, used: elementIn(message.blocks, click) }
  }

  #message({ user, channel }: Click, ts: string): StoredMessage {
    const seen = [...this.#state.channels.values()].filter(({ members }) => members.includes(this.#person(user).id))
    const message = [...seen.flatMap(({ id }) => this.#state.messages(id)), ...this.#state.ephemerals(user)].find(
      one => one.ts === ts && (channel === undefined || one.channel === channel),
    )
    if (!message) throw new Impossible(`"${user}" sees no message "${ts}".`)
    return message
  }

  async #act(
    id: string,
    { used, message, view }: { used: payloads.Used; message?: StoredMessage; view?: StoredView },
  ): Promise<Done> {
    const user = this.#person(id)
    const triggerID = this.#hooks.trigger(id)
    const payload = view
      ? payloads.viewAction(this.#state, { user, view, triggerID, used })
      : payloads.messageAction(this.#state, { user, ...this.#answerable(id, message), triggerID, used })
    const outcome = await this.#sender.send('block_actions', { payload: JSON.stringify(payload) })
    return { outcome, ...(!isOk(outcome) && { trouble }) }
  }

  #answerable(user: string, message: StoredMessage | undefined): { message: StoredMessage; responseUrl: string } {
    if (!message) throw new Impossible('There is no message to answer to.')
    const { channel, threadTs } = message
    return { message, responseUrl: this.#hooks.address('actions', { user, channel, threadTs, original: message }) }
  }
}

function elementIn(blocks: Json[], { actionID, blockID }: Click): payloads.Used & { block: Json } {
  const found = blocks
    .filter(block => blockID === undefined || block['block_id'] === blockID)
    .flatMap(block => elementsIn(block).map(element => ({ block, blockID: String(block['block_id']), element })))
    .filter(({ element }) => actionID === undefined || element['action_id'] === actionID)
  const [one, ...more] = found
  if (!one || more.length > 0)
    throw new Impossible(`There are ${found.length} elements "${actionID ?? blockID ?? ''}".`)
  return one
}
