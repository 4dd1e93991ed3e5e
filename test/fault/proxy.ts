// Stands between one process of ours and everything outside it, names each call, and can end the process at one of them:
// before the call leaves, when it has taken effect but is not answered, or when it has been answered. Own code, because
// the instant of death must be exact.
import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { nameOf } from './calls.ts'

/** Where the calls of a process go. */
export type Upstream = { url: string; ca?: string | undefined }
export const services = ['cluster', 'google', 'slack', 'pagerduty'] as const
export type Service = (typeof services)[number]

/** When the process dies, as seen from one of its calls. */
export const moments = ['before', 'unanswered', 'after'] as const
export type Moment = (typeof moments)[number]

export type Proxy = {
  urls: Record<Service, string>
  /** Names of the calls since `begin`, each with its number among its like, such as `POST events #2`. */
  readonly calls: readonly string[]
  /** Begins a story: counts anew. */
  begin(): void
  /** Ends the process at the call of this name. */
  arm(death: { call: string; moment: Moment }): void
  /** Whether the armed death has come. */
  hasStruck(): boolean
  /** Lets calls through again: a new process stands behind it. */
  revive(): void
  /** Milliseconds since the last call, 0 while one is under way. */
  idleMs(): number
  close(): Promise<void>
}

type Answer = { status: number; headers: IncomingMessage['headers']; body: Buffer }

/** How long a process that has its answer may go on: what it then does inside counts, what it sends is lost. */
const lastBreathMs = 30

/** Starts the proxy of one process; `kill` ends that process at once. */
export async function startProxy(upstreams: Record<Service, Upstream>, kill: () => void): Promise<Proxy> {
  const calls: string[] = []
  const seen = new Map<string, number>()
  let armed: { call: string; moment: Moment } | undefined
  let hasStruck = false
  let isDead = false
  let under = 0
  let lastAt = Date.now()

  const strike = (): void => {
    isDead = hasStruck = true
    kill()
  }

  const note = (name: string): string => {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    calls.push(`${name} #${count}`)
    return `${name} #${count}`
  }

  const handle = async (to: Target, call: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(call)
    if (isDead) return cut(response)
    if (isAside(call)) return stream(to, call, { body, response })
    const name = note(nameOf({ method: call.method ?? '', url: call.url ?? '', body }))
    const moment = !hasStruck && armed?.call === name ? armed.moment : undefined
    if (moment === 'before') {
      strike()
      return cut(response)
    }
    const answer = await forward(to, call, body)
    if (moment === 'unanswered') strike()
    if (isDead) return cut(response)
    // From here on nothing else of this process gets through.
    if (moment === 'after') isDead = hasStruck = true
    await relay(answer, response)
    if (moment === 'after') setTimeout(kill, lastBreathMs)
  }

  const serve = (to: Target) => async (call: IncomingMessage, response: ServerResponse) => {
    const counts = !isAside(call)
    if (counts) under += 1
    await handle(to, call, response).catch(() => cut(response))
    if (counts) {
      under -= 1
      lastAt = Date.now()
    }
  }

  const servers: Server[] = []
  const urls: Partial<Record<Service, string>> = {}
  for (const service of services) {
    const server = createServer({ keepAliveTimeout: 60_000 }, (call, response) => void listener(call, response))
    const listener = serve(targetOf(upstreams[service]))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
    urls[service] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  return {
    urls: urls as Record<Service, string>,
    calls,
    begin: () => {
      calls.length = 0
      seen.clear()
      armed = undefined
      hasStruck = false
    },
    arm: death => {
      armed = death
    },
    hasStruck: () => hasStruck,
    revive: () => {
      isDead = false
    },
    idleMs: () => (under > 0 ? 0 : Date.now() - lastAt),
    close: async () => {
      for (const server of servers) server.closeAllConnections()
      await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
    },
  }
}

/**
 * What is no step of a story: watches, the lease, and what comes from a person's browser, which reaches Google through
 * the same address and says where it comes from.
 */
function isAside({ url = '', headers }: IncomingMessage): boolean {
  return (
    /[?&]watch=true/.test(url) || url.includes('/leases/') || url.endsWith('/leases') || 'sec-fetch-site' in headers
  )
}

type Target = { send: typeof httpRequest; host: string; port: string; agent: Agent }

function targetOf({ url, ca }: Upstream): Target {
  const { protocol, hostname: host, port } = new URL(url)
  return protocol === 'https:'
    ? { send: httpsRequest, host, port, agent: new HttpsAgent({ keepAlive: true, ...(ca && { ca }) }) }
    : { send: httpRequest, host, port, agent: new Agent({ keepAlive: true }) }
}

function open({ send, host, port, agent }: Target, call: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { connection: _connection, 'transfer-encoding': _encoding, ...headers } = call.headers
    const { method, url: path } = call
    const sent = send({
      host,
      port,
      agent,
      method,
      path,
      headers: { ...headers, host: `${host}:${port}`, 'content-length': body.length },
    })
    if (isWatch(call)) call.socket.once('close', () => sent.destroy())
    sent.once('response', resolve)
    sent.once('error', reject)
    sent.end(body)
  })
}

function isWatch({ url = '' }: IncomingMessage): boolean {
  return /[?&]watch=true/.test(url)
}

async function forward(to: Target, call: IncomingMessage, body: Buffer): Promise<Answer> {
  const answer = await open(to, call, body)
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await bodyOf(answer) }
}

async function relay({ status, headers, body }: Answer, response: ServerResponse): Promise<void> {
  const { connection: _connection, 'transfer-encoding': _encoding, ...rest } = headers
  response.writeHead(status, { ...rest, 'content-length': body.length })
  // A client that is gone takes no answer.
  if (response.closed || response.destroyed) return
  await new Promise<void>(resolve => {
    response.once('close', resolve)
    response.end(body, () => resolve())
  })
}

async function stream(
  to: Target,
  call: IncomingMessage,
  { body, response }: { body: Buffer; response: ServerResponse },
): Promise<void> {
  if (!isWatch(call)) return relay(await forward(to, call, body), response)
  const answer = await open(to, call, body)
  response.writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] ?? 'application/json' })
  response.flushHeaders()
  answer.on('error', () => cut(response))
  answer.pipe(response)
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function cut(response: ServerResponse): void {
  response.socket?.destroy()
}
