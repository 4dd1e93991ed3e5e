// HTTP to one API server: a small pool of HTTP/1.1 connections for requests, connections of their own for watches. Knows
// tokens and certificates; never logs a body or a header.
import type { RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import { Agent, type Dispatcher } from 'undici'
import { ApiError, apiErrorOf, unansweredError } from './api-error.ts'
import { between, type Metrics, noMetrics, pause, systemTimers, type Timers } from './environment.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type Call = {
  method: Method
  path: string
  query?: Record<string, string | number | boolean | undefined>
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

  const headers = async (call: Partial<Call>): Promise<Record<string, string>> => {
    const token = await endpoint.token?.()
    return {
      accept: 'application/json',
      'user-agent': userAgent,
      ...(token && { authorization: `Bearer ${token}` }),
      ...(call.body !== undefined && { 'content-type': call.contentType ?? 'application/json' }),
    }
  }

  const once = async <T>(call: Call, signal: AbortSignal): Promise<T> => {
    const answer = await pool
      .request({
        origin: endpoint.server,
        path: `${call.path}${queryOf(call.query)}`,
        method: call.method,
        headers: await headers(call),
        body: call.body === undefined ? null : JSON.stringify(call.body),
        signal,
      })
      .catch((error: unknown) => Promise.reject(unansweredError(call, error)))
    const text = await answer.body.text().catch((error: unknown) => Promise.reject(unansweredError(call, error)))
    metrics.count('rest_client_requests_total', { code: String(answer.statusCode), method: call.method })
    if (answer.statusCode >= 400) throw apiErrorOf(call, answer.statusCode, text, answer.headers['retry-after'])
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  const request = async <T>(call: Call): Promise<T> => {
    const deadline = AbortSignal.timeout(call.deadlineMs ?? defaultDeadlineMs)
    const signal = call.signal ? AbortSignal.any([call.signal, deadline]) : deadline
    for (let repeats = 0; ; repeats++) {
      try {
        return await once<T>(call, signal)
      } catch (error) {
        const waitMs = repeatAfterMs(call, error, repeats)
        if (waitMs === undefined || signal.aborted) throw error
        metrics.count('rest_client_request_retries_total', { method: call.method })
        await pause(timers, waitMs, signal)
        if (signal.aborted) throw error
      }
    }
  }

  const stream: Transport['stream'] = async (path, query, signal) => {
    const call: Call = { method: 'GET', path }
    const answer = await watches
      .request({
        origin: endpoint.server,
        path: `${path}${queryOf(query)}`,
        method: 'GET',
        headers: await headers(call),
        signal,
      })
      .catch((error: unknown) => Promise.reject(unansweredError(call, error)))
    if (answer.statusCode !== 200) {
      const text = await answer.body.text().catch(() => '')
      throw apiErrorOf(call, answer.statusCode, text, answer.headers['retry-after'])
    }
    return answer.body
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

function pemsOf({ ca, cert, key }: RequestOptions): (string | undefined)[] {
  return [ca, cert, key].map(pem =>
    typeof pem === 'string' || Buffer.isBuffer(pem) ? pem.toString('utf8') : undefined,
  )
}

function bearerOf({ headers }: RequestOptions): string | undefined {
  const value: unknown = (headers as Record<string, unknown> | undefined)?.['Authorization']
  return typeof value === 'string' && value.startsWith('Bearer ') ? value.slice('Bearer '.length) : undefined
}

// What is safe to repeat: an answer that asks for patience, and a read whose connection broke.
function repeatAfterMs(call: Call, error: unknown, repeats: number): number | undefined {
  if (!(error instanceof ApiError) || repeats >= maxRepeats) return undefined
  if (error.retryAfterSeconds !== undefined && (error.status === 429 || error.status === 503))
    return error.retryAfterSeconds * 1000 * between(1, 1.3)
  return call.method === 'GET' && error.status === 0 && repeats === 0 ? between(10, 100) : undefined
}

function queryOf(query: Call['query']): string {
  const pairs = Object.entries(query ?? {}).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)] as [string, string]],
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`
}
