// Listening: the process's own port and the port for health and metrics, each closed without cutting what is under way.
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'

/** A server that listens. */
export type Listening = {
  port: number
  /** Takes no new connection, lets what is under way end, and cuts what has not ended after `graceMs`. */
  stop(graceMs?: number): Promise<void>
}

/** Slack gives up after 3 s and browsers wait longer; nothing of ours takes more than this. */
const requestTimeoutMs = 30_000

/** An approval asks Google some six things, each in seconds; it ends well within the grace period of a pod. */
const stopGraceMs = 20_000
const idleCheckMs = 50

type Place = { host: string; port: number; setting?: 'listen.port' | 'listen.healthPort' }

/** Serves `listener`. Rejects with a sentence when the port is taken, naming the setting that says it. */
export async function listen(
  listener: RequestListener,
  { host, port, setting = 'listen.port' }: Place,
): Promise<Listening> {
  const server = createServer({
    requestTimeout: requestTimeoutMs,
    headersTimeout: 10_000,
    // Longer than Google's load balancer keeps a connection (600 s): what it sends on one that we have just closed is lost.
    keepAliveTimeout: 620_000,
    // Who says nothing, or too slowly, is cut when this comes round: after 15 s at most instead of 40 s.
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
  // A connection that was busy is kept open after its answer, and would be waited for.
  const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs)
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearTimeout(cut)
  clearInterval(idle)
}

/** What the probes ask. */
export type Health = {
  /** False when the process should be restarted. */
  isAlive: () => boolean
  /** Why it cannot do its work right now; undefined when it can. */
  notReady: () => string | undefined
  registry: Registry
}

/** `/healthz`, `/readyz` and `/metrics`. */
export function healthListener({ isAlive, notReady, registry }: Health): RequestListener {
  return (request, response) => {
    const answer = (status: number, body: string, type = 'text/plain'): void =>
      void response.writeHead(status, { 'content-type': type }).end(body)
    switch ((request.url ?? '').split('?')[0] ?? '') {
      case '/healthz':
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
