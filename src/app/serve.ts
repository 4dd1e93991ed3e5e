// Listening: the process's own port and the port for health and metrics, each closed without interrupting calls under
// way.
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'

/** A server that listens. */
export type Listening = {
  port: number
  /** Accepts no new connection, lets calls under way end, and cuts those that have not ended after `graceMs`. */
  stop(graceMs?: number): Promise<void>
}

/** Slack gives up after 3 s and browsers wait longer; no call takes longer than this. */
const requestTimeoutMs = 30_000

/** An approval makes about six calls to Google, each of some seconds; it ends well within the grace period of a pod. */
const stopGraceMs = 20_000
const idleCheckMs = 50

type Place = { host: string; port: number; setting?: 'listen.port' | 'listen.healthPort' }

/** Serves `listener`. Rejects when the port is in use, with a sentence that names the setting. */
export async function listen(
  listener: RequestListener,
  { host, port, setting = 'listen.port' }: Place,
): Promise<Listening> {
  const server = createServer({
    requestTimeout: requestTimeoutMs,
    headersTimeout: 10_000,
    // Longer than Google's load balancer keeps a connection (600 s): a call that it sends on a connection that was just
    // closed is lost.
    keepAliveTimeout: 620_000,
    // Connections that send nothing, or too slowly, are closed at this interval: after 15 s at most instead of 40 s.
    connectionsCheckingInterval: 5_000,
  })
  server.on('request', listener)
  server.maxHeadersCount = 100
  server.listen(port, host)
  await once(server, 'listening').catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`Port ${port} on ${host} cannot be listened on: ${why}. Set ${setting} to a free one.`)
  })
  return { port: (server.address() as AddressInfo).port, stop: (graceMs = stopGraceMs) => stop(server, graceMs) }
}

async function stop(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise(resolve => server.close(resolve))
  // A busy connection would stay open after its answer, and the close would wait for it.
  const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs)
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearTimeout(cut)
  clearInterval(idle)
}

/** The state for the probes. */
export type Health = {
  /** False when the process should be restarted. */
  isAlive: () => boolean
  /** Why it cannot work now; undefined when it can. */
  notReady: () => string | undefined
  registry: Registry
}

/** `/healthz` (also as `/livez`), `/readyz` and `/metrics`. */
export function healthListener({ isAlive, notReady, registry }: Health): RequestListener {
  return (request, response) => {
    const answer = (status: number, body: string, type = 'text/plain'): void =>
      void response.writeHead(status, { 'content-type': type }).end(body)
    switch ((request.url ?? '').split('?')[0] ?? '') {
      case '/healthz':
      case '/livez':
        return isAlive() ? answer(200, 'ok\n') : answer(503, 'stuck\n')
      case '/readyz': {
        const why = notReady()
        return why === undefined ? answer(200, 'ok\n') : answer(503, `${why}\n`)
      }
      case '/metrics':
        return void registry.metrics().then(
          text => answer(200, text, registry.contentType),
          () => answer(500, 'metrics failed\n'),
        )
      default:
        return answer(404, 'not found\n')
    }
  }
}
