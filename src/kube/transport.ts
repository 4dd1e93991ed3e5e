// HTTP to one API server: a small pool of HTTP/1.1 connections for requests and separate connections for watches, so
// that neither waits for the other. (HTTP/2's GOAWAY does not exist here: a server that stops closes its connections,
// and calls that are safe to repeat are repeated on new ones.) Sends credentials; never logs a body or a header.
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { responseTo, streamedResponseTo } from './response.ts'
import { ApiError, apiErrorOf, unansweredError, unsentError } from './api-error.ts'
import { between, linked, noMetrics, pause, systemTimers, type Timers } from './environment.ts'
import type { Metrics } from './metrics.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type Call = {
  method: Method
  path: string
  query?: Record<string, string | number | boolean | undefined> | undefined
  body?: unknown
  contentType?: string
  /** Another form of the answer, such as a Table as kubectl prints it. */
  accept?: string
  signal?: AbortSignal | undefined
  /** The longest time for the whole call with its retries. Default: 10 s. */
  deadlineMs?: number
}

/** In PEM. */
export type Pems = { ca?: string | undefined; cert?: string | undefined; key?: string | undefined }

/** The API server's address, with a path if need be, and the caller's credentials. `token` and `tls` are called for each request. */
export type Endpoint = {
  server: string
  token?: () => Promise<string | undefined>
  /** The CA as first read; used only without `tls`. */
  ca?: string | undefined
  /** The CA for the server's certificate, and the client's certificate with its key, as they are now. */
  tls?: () => Promise<Pems>
  /** The name that the server's certificate must have, instead of that in the address. */
  serverName?: string
  /** Nobody checks the server's certificate. Only for what says so itself, such as a kubeconfig. */
  isUnverified?: boolean
  /** The proxy to call through, as an address. It may contain a password. */
  proxy?: string
  /** Headers for every call, by which the caller acts as somebody else. */
  headers?: Record<string, string | string[]>
}

export type Transport = {
  /**
   * The decoded JSON answer. Repeats, with jitter and within the deadline, a call that certainly had no effect: after
   * an answer of 429 or 503 (and its Retry-After), when it was never sent, and when the connection of a read broke.
   * Rejects with ApiError.
   */
  request<T>(call: Call): Promise<T>
  /**
   * The body of a watch as it arrives. It can be read once. It ends when the caller's signal aborts or the caller stops
   * reading.
   */
  stream(path: string, query: Call['query'], signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  close(): Promise<void>
}

type Connections = { given: Pems; pool: Dispatcher; watches: Dispatcher }

type TransportOptions = {
  metrics?: Metrics
  /** Called for each error answer, also for those that are repeated, before the caller gets it. */
  onError?: (call: Call, error: ApiError) => void
  timers?: Timers
  userAgent?: string
  /**
   * How many calls may be under way together. Each uses its own connection, which is opened when first needed; further
   * calls wait.
   */
  connections?: number
}

const defaultDeadlineMs = 10_000
/** The most repeats of one call within its deadline. */
const maxRepeats = 3

/** Opens no connection before the first call. */
export function createTransport(endpoint: Endpoint, options: TransportOptions = {}): Transport {
  const { metrics = noMetrics, timers = systemTimers, userAgent = 'hallpass', connections: most = 8, onError } = options
  const fixed: Pems = { ca: endpoint.ca }
  const { origin, pathname } = new URL(endpoint.server)
  const prefix = pathname.replace(/\/+$/, '')
  const opened = new Set<Dispatcher>()
  let current: Connections | undefined

  const open = (settings: Agent.Options): Dispatcher => {
    const agent = dispatcherFor(endpoint, settings)
    opened.add(agent)
    return agent
  }
  const retire = (agent: Dispatcher): void => void agent.close().finally(() => opened.delete(agent))

  // New certificates need new connections. Calls under way on the old ones end there.
  const connections = async (): Promise<Connections> => {
    const given = (await endpoint.tls?.()) ?? fixed
    if (current && areSame(current.given, given)) return current
    if (current) [current.pool, current.watches].forEach(retire)
    const { serverName, isUnverified = false } = endpoint
    const server = { ...(serverName !== undefined && { servername: serverName }), rejectUnauthorized: !isUnverified }
    const connect = { ...given, ...server, keepAlive: true, timeout: 5_000 }
    const pool = open({ connect, connections: most, keepAliveTimeout: 60_000 })
    const watches = open({ connect, bodyTimeout: 0, headersTimeout: 15_000 })
    return (current = { given, pool, watches })
  }

  // If anything fails here, the call was certainly not sent.
  const prepare = async (
    call: Call,
    signal: AbortSignal,
  ): Promise<{ options: Dispatcher.DispatchOptions; to: Connections }> => {
    // Without the cause, because the message of a credential plugin or a parser may quote the credential.
    const credentials = Promise.all([endpoint.token?.(), connections()])
    const [token, to] = await unlessAborted(credentials, signal).catch(() =>
      Promise.reject(unsentError(call, 'its credentials cannot be read')),
    )
    const headers = {
      ...endpoint.headers,
      accept: call.accept ?? 'application/json',
      'user-agent': userAgent,
      ...(token && { authorization: `Bearer ${token}` }),
      ...(call.body !== undefined && { 'content-type': call.contentType ?? 'application/json' }),
    }
    const path = `${prefix}${call.path}${queryOf(call.query)}`
    const body = call.body === undefined ? null : JSON.stringify(call.body)
    return { options: { origin, path, method: call.method, headers, body }, to }
  }

  const once = async <T>(call: Call, signal: AbortSignal): Promise<T> => {
    const beganMs = timers.monotonicMs()
    let code = '<error>'
    try {
      const { options, to } = await prepare(call, signal)
      const answer = await responseTo(to.pool, options, signal).catch((error: unknown) =>
        Promise.reject(unansweredError(call, error, endpoint.server)),
      )
      code = String(answer.status)
      if (answer.status >= 300) {
        const error = apiErrorOf(call, answer.status, answer.body, answer.retryAfter)
        onError?.(call, error)
        throw error
      }
      return decode<T>(call, answer.body)
    } finally {
      metrics.count('rest_client_requests_total', { code, method: call.method })
      const seconds = (timers.monotonicMs() - beganMs) / 1000
      metrics.observe('rest_client_request_duration_seconds', seconds, { method: call.method })
    }
  }

  const request = async <T>(call: Call): Promise<T> => {
    const { deadlineMs = defaultDeadlineMs } = call
    const endsMs = timers.monotonicMs() + deadlineMs
    const deadline = linked(timers, call.signal, deadlineMs)
    try {
      for (let repeats = 0; ; repeats++) {
        try {
          return await once<T>(call, deadline.signal)
        } catch (error) {
          const waitMs = repeatAfterMs(call, error, repeats)
          // If the server asks for a longer wait than the deadline, the caller has to decide.
          const isTooLate = waitMs === undefined || timers.monotonicMs() + waitMs >= endsMs
          if (isTooLate || deadline.signal.aborted) throw error
          metrics.count('rest_client_request_retries_total', { method: call.method })
          await pause(timers, waitMs, deadline.signal)
          if (deadline.signal.aborted) throw error
        }
      }
    } finally {
      deadline.release()
    }
  }

  const stream: Transport['stream'] = async (path, query, signal) => {
    const call: Call = { method: 'GET', path, query }
    const { options, to } = await prepare(call, signal)
    const answer = await streamedResponseTo(to.watches, options, signal).catch((error: unknown) =>
      Promise.reject(unansweredError(call, error, endpoint.server)),
    )
    metrics.count('rest_client_requests_total', { code: String(answer.status), method: 'GET' })
    if (answer.status === 200) return answer.body
    const pieces = await Array.fromAsync(answer.body).catch(() => [])
    throw apiErrorOf(call, answer.status, Buffer.concat(pieces).toString(), answer.retryAfter)
  }

  return {
    request,
    stream,
    close: async () => void (await Promise.all([...opened].map(agent => agent.destroy()))),
  }
}

/** Connections to the server, or through its proxy: a tunnel, in which TLS ends at the server. */
function dispatcherFor({ proxy }: Endpoint, settings: Agent.Options): Dispatcher {
  if (proxy === undefined) return new Agent({ ...settings, allowH2: false })
  const { connect, ...rest } = settings
  return new ProxyAgent({
    ...rest,
    allowH2: false,
    uri: proxy,
    proxyTunnel: true,
    requestTls: connect as ProxyAgent.Options['requestTls'],
  } as ProxyAgent.Options)
}

const areSame = (one: Pems, other: Pems): boolean =>
  one === other || (one.ca === other.ca && one.cert === other.cert && one.key === other.key)

// Safe to repeat: an answer with Retry-After, a call that was never sent, and a read whose connection broke.
function repeatAfterMs(call: Call, error: unknown, repeats: number): number | undefined {
  if (!(error instanceof ApiError) || repeats >= maxRepeats) return undefined
  if (error.retryAfterSeconds !== undefined && (error.status === 429 || error.status === 503))
    return error.retryAfterSeconds * 1000 * between(1, 1.3)
  const isHarmless = error.reason === 'NotSent' || (error.status === 0 && call.method === 'GET')
  return isHarmless ? between(10, 100) * 3 ** repeats : undefined
}

// A 200 that is not JSON comes from a proxy in between: the API server itself has not answered.
function decode<T>(call: Call, text: string): T {
  if (text === '') return undefined as T
  try {
    return JSON.parse(text) as T
  } catch {
    throw unansweredError(call, 'the answer is not JSON')
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = (): void => reject(new Error('the caller gave up'))
    if (signal.aborted) give()
    signal.addEventListener('abort', give, { once: true })
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', give))
  })
}

function queryOf(query: Call['query']): string {
  const pairs = Object.entries(query ?? {}).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)] as [string, string]],
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`
}
