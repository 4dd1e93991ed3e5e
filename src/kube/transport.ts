// HTTP to one API server: a small pool of HTTP/1.1 connections for requests, connections of their own for watches. Knows
// tokens and certificates; never logs a body or a header.
import type { RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import { Agent, type Dispatcher } from 'undici'
import { ApiError, apiErrorOf, unansweredError, unsentError } from './api-error.ts'
import { between, linked, type Metrics, noMetrics, pause, systemTimers, type Timers } from './environment.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type Call = {
  method: Method
  path: string
  query?: Record<string, string | number | boolean | undefined> | undefined
  body?: unknown
  contentType?: string
  signal?: AbortSignal | undefined
  /** Longest the whole call may take, retries included. 10 s unless given. */
  deadlineMs?: number
}

/** Where the API server is, and who calls. `token` is asked for at each call, so that rotation needs no restart. */
export type Endpoint = {
  server: string
  ca?: string | undefined
  token?: () => Promise<string | undefined>
  clientCertificate?: { cert: string; key: string } | undefined
}

export type Transport = {
  /** The decoded JSON answer. Rejects with ApiError. */
  request<T>(call: Call): Promise<T>
  /** The body of a watch as it arrives. The caller's signal ends it. */
  stream(path: string, query: Call['query'], signal: AbortSignal): Promise<Dispatcher.ResponseData['body']>
  close(): Promise<void>
}

const defaultDeadlineMs = 10_000
/** A 429 or 503 with Retry-After is repeated at most this often within the deadline. */
const maxRepeats = 3

/** Opens nothing until the first call. */
export function createTransport(
  endpoint: Endpoint,
  options: { metrics?: Metrics; timers?: Timers; userAgent?: string } = {},
): Transport {
  const { metrics = noMetrics, timers = systemTimers, userAgent = 'hallpass' } = options
  const connect = { ca: endpoint.ca, ...endpoint.clientCertificate, keepAlive: true, timeout: 5_000 }
  const pool = new Agent({ connect, connections: 8, allowH2: false, keepAliveTimeout: 60_000 })
  const watches = new Agent({ connect, allowH2: false, bodyTimeout: 0, headersTimeout: 15_000 })

  // Everything up to the answer's head. What fails in here before the call is on its way is known not to have happened.
  const send = async (agent: Agent, call: Call, signal: AbortSignal): Promise<Dispatcher.ResponseData> => {
    // Without the cause: what a credential plugin or a parser says may quote the credential.
    const token = await unlessAborted(endpoint.token?.() ?? Promise.resolve(undefined), signal).catch(() =>
      Promise.reject(unsentError(call, 'its credentials cannot be read')),
    )
    const headers = {
      accept: 'application/json',
      'user-agent': userAgent,
      ...(token && { authorization: `Bearer ${token}` }),
      ...(call.body !== undefined && { 'content-type': call.contentType ?? 'application/json' }),
    }
    const path = `${call.path}${queryOf(call.query)}`
    const body = call.body === undefined ? null : JSON.stringify(call.body)
    return agent
      .request({ origin: endpoint.server, path, method: call.method, headers, body, signal })
      .catch((error: unknown) => Promise.reject(unansweredError(call, error)))
  }

  const once = async <T>(call: Call, signal: AbortSignal): Promise<T> => {
    const began = timers.now().getTime()
    let code = '<error>'
    try {
      const answer = await send(pool, call, signal)
      code = String(answer.statusCode)
      const text = await answer.body.text().catch((error: unknown) => Promise.reject(unansweredError(call, error)))
      if (answer.statusCode >= 300) throw apiErrorOf(call, answer.statusCode, text, answer.headers['retry-after'])
      return decode<T>(call, text)
    } finally {
      metrics.count('rest_client_requests_total', { code, method: call.method })
      const seconds = (timers.now().getTime() - began) / 1000
      metrics.observe('rest_client_request_duration_seconds', seconds, { method: call.method })
    }
  }

  const request = async <T>(call: Call): Promise<T> => {
    const endsAt = timers.now().getTime() + (call.deadlineMs ?? defaultDeadlineMs)
    const deadline = linked(timers, call.signal, call.deadlineMs ?? defaultDeadlineMs)
    try {
      for (let repeats = 0; ; repeats++) {
        try {
          return await once<T>(call, deadline.signal)
        } catch (error) {
          const waitMs = repeatAfterMs(call, error, repeats)
          // Patience that outlasts the deadline is the caller's to have.
          const isTooLate = waitMs === undefined || timers.now().getTime() + waitMs >= endsAt
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
    const answer = await send(watches, call, signal)
    metrics.count('rest_client_requests_total', { code: String(answer.statusCode), method: 'GET' })
    if (answer.statusCode === 200) return answer.body
    const text = await answer.body.text().catch(() => '')
    throw apiErrorOf(call, answer.statusCode, text, answer.headers['retry-after'])
  }

  return {
    request,
    stream,
    close: async () => void (await Promise.all([pool.destroy(), watches.destroy()])),
  }
}

/** Credentials are asked for again after this long; service-account tokens rotate about every hour. */
const credentialsLifeMs = 30_000

/**
 * The endpoint of a kubeconfig's current context. client-node finds the credentials, whatever their kind: in-cluster token
 * files, tokens, client certificates, exec plugins.
 */
export async function endpointFromKubeConfig(config: KubeConfig, timers: Timers = systemTimers): Promise<Endpoint> {
  const cluster = config.getCurrentCluster()
  if (!cluster) throw new Error('The kubeconfig has no current cluster. Set a context, or KUBECONFIG.')
  refuseCleartext(cluster.server)
  const read = async (): Promise<RequestOptions> => {
    const options: RequestOptions = {}
    await config.applyToHTTPSOptions(options)
    return options
  }
  const [ca, cert, key] = pemsOf(await read())
  let token: { value: string | undefined; readAt: number } | undefined
  return {
    server: cluster.server,
    ca,
    ...(cert && key && { clientCertificate: { cert, key } }),
    token: async () => {
      const now = timers.now().getTime()
      if (!token || now - token.readAt > credentialsLifeMs) token = { value: bearerOf(await read()), readAt: now }
      return token.value
    },
  }
}

function refuseCleartext(server: string): void {
  const { protocol, hostname } = new URL(server)
  if (protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) return
  throw new Error(`The API server's address "${server}" must begin with https: credentials are not sent in the clear.`)
}

function pemsOf({ ca, cert, key }: RequestOptions): (string | undefined)[] {
  return [ca, cert, key].map(pem =>
    typeof pem === 'string' || Buffer.isBuffer(pem) ? pem.toString('utf8') : undefined,
  )
}

function bearerOf({ headers }: RequestOptions): string | undefined {
  const value: unknown = (headers as Record<string, unknown> | undefined)?.['Authorization']
  return typeof value === 'string' && value.startsWith('Bearer ') ? value.slice('Bearer '.length) : undefined
}

// What is safe to repeat: an answer that asks for patience, what was never sent, and a read whose connection broke.
function repeatAfterMs(call: Call, error: unknown, repeats: number): number | undefined {
  if (!(error instanceof ApiError) || repeats >= maxRepeats) return undefined
  if (error.retryAfterSeconds !== undefined && (error.status === 429 || error.status === 503))
    return error.retryAfterSeconds * 1000 * between(1, 1.3)
  const isHarmless = error.reason === 'NotSent' || (error.status === 0 && call.method === 'GET')
  return isHarmless && repeats === 0 ? between(10, 100) : undefined
}

// A 200 that is not JSON comes from something in between: the API server itself has not answered.
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
    const give = (): void => reject(new Error('given up'))
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
