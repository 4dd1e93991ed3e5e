// One WebSocket to Slack: it passes on deliveries, sends acknowledgements, and notices that its connection is dead. It
// never opens another one, and logs nothing: deliveries contain response addresses.
import https from 'node:https'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { parseJson } from '../../domain/json.ts'

/** A delivery over a socket, as Slack sends it. */
export type Delivery = {
  /** The same fields as over HTTP. */
  body: Record<string, unknown>
  /** How often Slack has sent it before. */
  attempt: number
  /**
   * Tells Slack that it has arrived, with an answer if there is one. Resolves to false when this answer did not reach
   * the socket.
   */
  acknowledge(answer?: object): Promise<boolean>
}

/** What happens on a socket. */
export type Hearing = {
  /** Slack has greeted: deliveries may come from now on. */
  onHello(): void
  onDelivery(delivery: Delivery): void
  /** Slack will close this socket soon; deliveries may still come. */
  onLeave(reason: string): void
  /** The end, once, with a clause that says why. */
  onEnd(why: string): void
}

export type Socket = {
  /** Whether it was of use: it has answered a ping, or delivered something. */
  hasServed(): boolean
  /** Closes it as agreed with Slack, or without Slack if that takes longer than a second. */
  close(): Promise<void>
}

export type SocketTimes = {
  /** Longest wait for Slack's greeting. */
  helloMs: number
  /**
   * Pause between two pings. A connection that answers none of three is dead, even if it still delivers: nothing that is
   * sent over it arrives.
   */
  pingMs: number
}

const usualTimes: SocketTimes = { helloMs: 10_000, pingMs: 4_000 }
const unansweredPings = 2
/** As much as a delivery over HTTP may have. */
const mostBytes = 128 * 1024
const closeMs = 1_000

const envelope = z.object({
  envelope_id: z.string().min(1).max(255),
  payload: z.record(z.string(), z.unknown()),
  accepts_response_payload: z.boolean().catch(false),
  retry_attempt: z.number().catch(0),
})
type Envelope = z.infer<typeof envelope>
/** What Slack says over a socket (docs.slack.dev, "Using Socket Mode"). Other messages are ignored. */
const message = z.union([
  z.object({ type: z.literal('hello') }),
  // A reason is shown, so it must be a word of Slack's.
  z.object({
    type: z.literal('disconnect'),
    reason: z
      .string()
      .regex(/^[a-z_]{1,40}$/)
      .catch('no reason'),
  }),
  envelope,
])

/** Opens a socket at an address that Slack gave. */
export function openSocket(url: string, hearing: Hearing, { helloMs, pingMs }: SocketTimes = usualTimes): Socket {
  // The agent of Node.js uses HTTPS_PROXY when the process is told to. ws by itself does not.
  const agent = url.startsWith('wss:') ? https.globalAgent : undefined
  const socket = new WebSocket(url, { maxPayload: mostBytes, perMessageDeflate: false, agent })
  let [unanswered, hasServed] = [0, false]
  let why: string | undefined
  const end = (because: string): void => {
    why = because
    socket.terminate()
  }
  const greeting = setTimeout(() => end('Slack did not greet in time'), helloMs)
  const pinging = setInterval(() => {
    if (unanswered >= unansweredPings) return end('Slack did not answer any more')
    unanswered += 1
    if (socket.readyState === WebSocket.OPEN) socket.ping()
  }, pingMs)

  socket.on('message', (data, isBinary) => {
    const { data: said } = message.safeParse(isBinary ? undefined : parseJson(String(data as Buffer)))
    if (!said) return
    if ('envelope_id' in said) {
      hasServed = true
      return hearing.onDelivery(asDelivery(said, socket))
    }
    if (said.type === 'disconnect') return hearing.onLeave(said.reason)
    clearTimeout(greeting)
    hearing.onHello()
  })
  socket.on('pong', () => {
    unanswered = 0
    hasServed = true
  })
  // Every error is followed by a close.
  socket.on('error', () => {
    why ??= 'the connection to Slack broke'
  })
  socket.on('close', () => {
    clearTimeout(greeting)
    clearInterval(pinging)
    hearing.onEnd(why ?? 'Slack closed the socket')
  })
  return { hasServed: () => hasServed, close: () => closeSocket(socket) }
}

function closeSocket(socket: WebSocket): Promise<void> {
  return new Promise(resolve => {
    if (socket.readyState === WebSocket.CLOSED) return resolve()
    const late = setTimeout(() => socket.terminate(), closeMs)
    socket.once('close', () => {
      clearTimeout(late)
      resolve()
    })
    socket.close()
  })
}

function asDelivery(said: Envelope, socket: WebSocket): Delivery {
  return {
    body: said.payload,
    attempt: said.retry_attempt,
    acknowledge: async answer => {
      const isCarried = answer === undefined || said.accepts_response_payload
      const message = { envelope_id: said.envelope_id, ...(answer && isCarried && { payload: answer }) }
      return (await send(socket, message)) && isCarried
    },
  }
}

function send(socket: WebSocket, message: object): Promise<boolean> {
  return new Promise(resolve => {
    if (socket.readyState !== WebSocket.OPEN) return resolve(false)
    socket.send(JSON.stringify(message), error => resolve(!error))
  })
}
