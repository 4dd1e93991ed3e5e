// Socket Mode: the app opens sockets with its app-level token, and each delivery goes to one of them
// (docs.slack.dev, "Using Socket Mode" and "apps.connections.open").
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { showMessage } from '../traffic.ts'
import { SlackFailure } from './failure.ts'
import { isObject } from './schema.ts'
import type { Workspace } from './state.ts'
import type { Delivered, Json } from './types.ts'

/** Slack allows an app this many sockets at once. */
const mostSockets = 10
/** How long the address of a socket can be used. */
const ticketSeconds = 30

/** Why Slack asks the app to connect again. */
export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets'

/** What is sent, how, and for how long an acknowledgement is awaited. */
export type Posting = { type: 'slash_commands' | 'interactive'; payload: Json; patienceMs: number }

type Waiting = { on: WebSocket; acceptsPayload: boolean; end: (outcome: Delivered | 'cut') => void }

/** The app's sockets. */
export class Sockets {
  /** The token that the app must show; a test may replace it. */
  appToken: string
  /** The scopes of that token. */
  scopes = ['connections:write']
  /** Whether Socket Mode is switched on in the settings of the app. */
  isEnabled = true
  /** Whether new sockets get their hello. */
  greets = true
  /** How long a socket stays open after Slack has asked to leave it. */
  leaveMs = 10_000
  /** How many sockets have had their hello so far. */
  hellos = 0
  /** What the app sent that Slack does not expect. */
  readonly faults: string[] = []
  /** Every acknowledgement, in order, as sent. */
  readonly acknowledged: Json[] = []
  readonly #state: Workspace
  readonly #tickets = new Map<string, number>()
  readonly #waiting = new Map<string, Waiting>()
  readonly #expired = new Set<string>()
  readonly #frozen = new WeakSet<WebSocket>()
  readonly #server = new WebSocketServer({ noServer: true, autoPong: false })
  #open: WebSocket[] = []
  #greeted: WebSocket[] = []
  #turn = 0
  #root = ''

  constructor(state: Workspace, appToken: string) {
    this.#state = state
    this.appToken = appToken
  }

  /** How many sockets have their hello and are open. */
  get count(): number {
    return this.#greeted.length
  }

  servedAt(root: string): void {
    this.#root = root.replace(/^http/, 'ws')
  }

  /** `apps.connections.open`: the address of one new socket. It can be used once. */
  address({ method, bearer }: { method: string; bearer: string | undefined }): Json {
    if (method !== 'POST') throw new SlackFailure('insecure_request')
    // As an argument the token counts as missing.
    if (!bearer) throw new SlackFailure('missing_args')
    if (bearer.startsWith('xoxb-')) throw new SlackFailure('not_allowed_token_type')
    if (bearer !== this.appToken) throw new SlackFailure('invalid_auth')
    if (!this.scopes.includes('connections:write'))
      throw new SlackFailure('missing_scope', { needed: 'connections:write', provided: this.scopes.join(',') })
    const ticket = randomUUID()
    this.#tickets.set(ticket, this.#seconds() + ticketSeconds)
    return { url: `${this.#root}/link/?ticket=${ticket}&app_id=${this.#state.app.id}` }
  }

  /** Accepts an upgrade of `/link/` with a valid ticket. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
    const ticket = searchParams.get('ticket') ?? ''
    const until = this.#tickets.get(ticket)
    this.#tickets.delete(ticket)
    if (pathname !== '/link/' || until === undefined || this.#seconds() > until)
      return void socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    this.#server.handleUpgrade(request, socket, head, opened => this.#welcome(opened))
  }

  /** Asks the app to leave its sockets, and closes them after `leaveMs`. */
  disconnect(reason: DisconnectReason): void {
    for (const socket of this.#open) this.#sendAway(socket, reason)
  }

  /** Breaks every connection without a word. */
  cut(): void {
    for (const socket of this.#open) socket.terminate()
  }

  /** Sends any text over every socket. */
  say(text: string): void {
    for (const socket of this.#open) socket.send(text)
  }

  /** Every open connection is half open from now on: nothing that the app sends is read, and no ping is answered. */
  freeze(): void {
    for (const socket of this.#open) this.#frozen.add(socket)
  }

  /** Sends a delivery to one socket; if that closes before the acknowledgement, to another one. */
  async deliver(posting: Posting): Promise<Delivered> {
    const endsAt = performance.now() + posting.patienceMs
    for (let attempt = 0; performance.now() < endsAt; attempt++) {
      const on = await this.#next(attempt === 0 ? 0 : endsAt)
      if (!on && attempt === 0) return { failed: 'dispatch_failed', why: 'the app has no open socket' }
      if (!on) break
      const outcome = await this.#send(on, posting, { attempt, ms: Math.max(0, endsAt - performance.now()) })
      if (outcome !== 'cut') return outcome
    }
    return { failed: 'operation_timeout', why: 'no acknowledgement' }
  }

  close(): void {
    this.cut()
    this.#server.close()
  }

  #welcome(socket: WebSocket): void {
    socket.on('error', () => undefined)
    socket.on('close', () => this.#forget(socket))
    socket.on('ping', data => this.#frozen.has(socket) || socket.pong(data))
    socket.on('message', data => this.#frozen.has(socket) || this.#read(socket, String(data as Buffer)))
    this.#open.push(socket)
    if (!this.isEnabled) return this.#sendAway(socket, 'link_disabled', 0)
    if (this.#open.length > mostSockets) return this.#sendAway(socket, 'too_many_websockets', 0)
    if (!this.greets) return
    this.#greeted.push(socket)
    this.hellos++
    const debug = { host: 'applink-1', build_number: 1, approximate_connection_time: 18_060 }
    const hello = { num_connections: this.#greeted.length, debug_info: debug }
    tell(socket, { type: 'hello', ...hello, connection_info: { app_id: this.#state.app.id } })
  }

  #sendAway(socket: WebSocket, reason: DisconnectReason, leaveMs = this.leaveMs): void {
    tell(socket, { type: 'disconnect', reason, debug_info: { host: 'applink-1' } })
    const closing = setTimeout(() => socket.close(), leaveMs)
    socket.once('close', () => clearTimeout(closing))
  }

  #forget(socket: WebSocket): void {
    this.#open = this.#open.filter(one => one !== socket)
    this.#greeted = this.#greeted.filter(one => one !== socket)
    for (const { on, end } of this.#waiting.values()) if (on === socket) end('cut')
  }

  // Each socket in turn.
  async #next(until: number): Promise<WebSocket | undefined> {
    for (;;) {
      const ready = this.#greeted.filter(({ readyState, OPEN }) => readyState === OPEN)
      const chosen = ready[this.#turn++ % ready.length]
      if (chosen || performance.now() >= until) return chosen
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }

  async #send(
    on: WebSocket,
    { type, payload }: Posting,
    { attempt, ms }: { attempt: number; ms: number },
  ): Promise<Delivered | 'cut'> {
    const id = randomUUID()
    const acceptsPayload = type === 'slash_commands' || payload['type'] === 'view_submission'
    return new Promise(resolve => {
      const end = (outcome: Delivered | 'cut'): void => {
        clearTimeout(timer)
        this.#waiting.delete(id)
        this.#expired.add(id)
        resolve(outcome)
      }
      const timer = setTimeout(() => end({ failed: 'operation_timeout', why: 'no acknowledgement' }), ms)
      this.#waiting.set(id, { on, acceptsPayload, end })
      const repeated = attempt > 0 && { retry_attempt: attempt, retry_reason: 'timeout' }
      const envelope = { envelope_id: id, type, payload, accepts_response_payload: acceptsPayload, ...repeated }
      tell(on, envelope)
    })
  }

  #read(socket: WebSocket, text: string): void {
    showMessage({ from: 'client', text })
    const said = parsed(text)
    const id = said?.['envelope_id']
    if (!said || typeof id !== 'string') return void this.faults.push('something other than an acknowledgement')
    this.acknowledged.push(said)
    const waiting = this.#waiting.get(id)
    if (!waiting) return void (this.#expired.has(id) || this.faults.push('an acknowledgement of an unknown envelope'))
    if (waiting.on !== socket) return void this.faults.push('an acknowledgement on another socket')
    const { payload = {} } = said
    const isEmpty = isObject(payload) && Object.keys(payload).length === 0
    if (!isEmpty && !waiting.acceptsPayload) this.faults.push('an answer where none is accepted')
    const body = isEmpty || !waiting.acceptsPayload ? '' : JSON.stringify(payload)
    waiting.end({ status: 200, body, contentType: body && 'application/json' })
  }

  #seconds(): number {
    return this.#state.clock.now().getTime() / 1000
  }
}

function tell(socket: WebSocket, message: Json): void {
  const text = JSON.stringify(message)
  showMessage({ from: 'simulator', text })
  socket.send(text)
}

function parsed(text: string): Json | undefined {
  try {
    const said: unknown = JSON.parse(text)
    return isObject(said) ? said : undefined
  } catch {
    return undefined
  }
}
