// Relays WebSockets between one of Hallpass's processes and Slack, message by message, and names those that are a step of
// a story: deliveries and their acknowledgements.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'

/** Asked for each named message; it gets through when `pass` is called. */
export type Gate = (name: string, pass: () => void) => void

export type SocketRelay = {
  /** Takes over a connection that asks for another protocol. */
  accept: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  close(): void
}

/** Relays to the server at this address. */
export function relaySockets(upstream: string, gate: Gate): SocketRelay {
  // Pings are Slack's to answer.
  const server = new WebSocketServer({ noServer: true, autoPong: false })
  const open = new Set<WebSocket>()

  const join = (process: WebSocket, slack: WebSocket): void => {
    const kinds = new Map<string, string>()
    pass(slack, process, text => nameOfDelivery(text, kinds), gate)
    pass(process, slack, text => nameOfAcknowledgement(text, kinds), gate)
    process.on('ping', data => slack.readyState === WebSocket.OPEN && slack.ping(data))
    slack.on('pong', data => process.readyState === WebSocket.OPEN && process.pong(data))
  }

  return {
    accept: (request, socket, head) => {
      const slack = new WebSocket(`${upstream.replace(/^http/, 'ws')}${request.url ?? ''}`)
      slack.on('error', () => socket.destroy())
      slack.once('open', () =>
        server.handleUpgrade(request, socket, head, process => {
          for (const end of [process, slack]) {
            open.add(end)
            end.once('close', () => open.delete(end))
          }
          join(process, slack)
        }),
      )
    },
    close: () => {
      for (const end of open) end.terminate()
      server.close()
    },
  }
}

/** A connection that ended without a closing message (RFC 6455, 7.1.5). */
const broken = 1006

// One direction. The end of one side is the end of the other.
function pass(from: WebSocket, to: WebSocket, name: (text: string) => string | undefined, gate: Gate): void {
  from.on('error', () => undefined)
  from.on('close', code => (code === broken ? to.terminate() : to.close()))
  from.on('message', data => {
    const text = String(data as Buffer)
    const send = (): void => to.send(text, () => undefined)
    const named = name(text)
    if (named === undefined) send()
    else gate(named, send)
  })
}

type Envelope = { envelope_id?: string; payload?: { command?: string; type?: string } }

function nameOfDelivery(text: string, kinds: Map<string, string>): string | undefined {
  const { envelope_id: id, payload = {} } = JSON.parse(text) as Envelope
  if (id === undefined) return undefined
  const kind = payload.type ?? 'command'
  kinds.set(id, kind)
  return `SOCKET delivers ${kind}`
}

function nameOfAcknowledgement(text: string, kinds: Map<string, string>): string {
  const { envelope_id: id = '' } = JSON.parse(text) as Envelope
  return `SOCKET acknowledges ${kinds.get(id) ?? 'what nobody sent'}`
}
