// Deliveries to the app: over HTTP, signed as Slack signs them (docs.slack.dev, "Verifying requests from Slack"), or over
// one of its sockets.
import { createHmac } from 'node:crypto'
import type { Sockets } from './sockets.ts'
import type { Workspace } from './state.ts'
import type { Delivered, Delivery, Json } from './types.ts'

/** Slack waits this long for an answer, in real time. */
const patienceMs = 3000

/** A delivery that is not as Slack would send it: other headers, another secret or another instant. */
export type Forged = { secret?: string; at?: Date; headers?: Record<string, string | undefined> }

/** The v0 signature of a body. */
export function signatureOf(secret: string, stamp: string, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${stamp}:${body}`).digest('hex')}`
}

/** Sends deliveries to one request URL or to sockets, and keeps a record of them. */
export class Sender {
  readonly signingSecret: string
  readonly deliveries: Delivery[] = []
  /** How long it waits for an answer. */
  patienceMs = patienceMs
  /** Whether each delivery is sent twice, as after a lost acknowledgement. */
  isTwice = false
  readonly #state: Workspace
  #url: string | undefined
  #sockets: Sockets | undefined

  constructor(state: Workspace, signingSecret: string) {
    this.#state = state
    this.signingSecret = signingSecret
  }

  /**
   * Where deliveries go from now on: a loopback address, because a simulator must not call anything outside this
   * machine.
   */
  connect(url: string): void {
    const host = new URL(url).hostname
    if (!['127.0.0.1', '[::1]', 'localhost'].includes(host))
      throw new Error(`The simulated Slack delivers to loopback addresses only, not to "${host}".`)
    this.#url = url
    this.#sockets = undefined
  }

  /** Deliveries go over the app's sockets from now on: its settings say so, and its request URL no longer counts. */
  overSockets(sockets: Sockets): void {
    this.#sockets = sockets
  }

  /** Delivers a form; the outcome is that of the first of two equal deliveries. */
  async send(kind: string, fields: Record<string, string>): Promise<Delivered> {
    const once = async (): Promise<Delivered> =>
      this.#sockets
        ? this.#overSocket(this.#sockets, kind, fields)
        : this.raw(new URLSearchParams(fields).toString(), {}, kind)
    const [first] = await Promise.all([once(), ...(this.isTwice ? [once()] : [])])
    return first ?? { failed: 'dispatch_failed', why: 'nothing was sent' }
  }

  /** Delivers any body, with a correct or a wrong signature. */
  async raw(
    body: string,
    { secret = this.signingSecret, at = this.#state.clock.now(), headers = {} }: Forged = {},
    kind = 'raw',
  ): Promise<Delivered> {
    const stamp = String(Math.floor(at.getTime() / 1000))
    const all: Record<string, string | undefined> = {
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      'x-slack-request-timestamp': stamp,
      'x-slack-signature': signatureOf(secret, stamp, body),
      ...headers,
    }
    return this.#record(kind, body, await this.#post(body, all))
  }

  async #overSocket(sockets: Sockets, kind: string, fields: Record<string, string>): Promise<Delivered> {
    const { payload: interaction } = fields
    const payload = interaction === undefined ? fields : (JSON.parse(interaction) as Json)
    const type = interaction === undefined ? 'slash_commands' : 'interactive'
    const outcome = await sockets.deliver({ type, payload, patienceMs: this.patienceMs })
    return this.#record(kind, JSON.stringify(payload), outcome)
  }

  #record(kind: string, body: string, outcome: Delivered): Delivered {
    const delivery = { at: this.#state.clock.now(), kind, body, outcome }
    this.deliveries.push(delivery)
    this.#state.tell({ type: 'delivery', delivery })
    return outcome
  }

  async #post(body: string, headers: Record<string, string | undefined>): Promise<Delivered> {
    if (!this.#url) return { failed: 'dispatch_failed', why: 'the app has no request URL' }
    const sent = Object.entries(headers).filter((pair): pair is [string, string] => pair[1] !== undefined)
    try {
      const signal = AbortSignal.timeout(this.patienceMs)
      const reply = await fetch(this.#url, { method: 'POST', headers: sent, body, redirect: 'manual', signal })
      return { status: reply.status, body: await reply.text(), contentType: reply.headers.get('content-type') ?? '' }
    } catch (error) {
      const isLate = error instanceof DOMException && error.name === 'TimeoutError'
      return { failed: isLate ? 'operation_timeout' : 'dispatch_failed', why: String(error) }
    }
  }
}
