// The base of every simulator: an express server on a free loopback port, with faults that any process can inject.
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { showTraffic } from './traffic.ts'

/** What goes wrong with the next `times` calls of a route. Everything given happens, in the order of these fields. */
export type Fault = {
  /** Method and path, `*` matches anything: `POST /v3/projects/*:setIamPolicy`, `* /api/chat.*`. */
  route: string
  /** How many calls. Default: 1. */
  times?: number
  /** Waits this long before anything else. */
  latencyMs?: number
  /** The call is processed when it arrives, and its answer takes this long. */
  answerAfterMs?: number
  /** Never answers (until the client goes away). */
  hang?: boolean
  /** Cuts the connection: `before` the call is processed, or `after` it took effect and before it is answered. */
  reset?: 'before' | 'after'
  /** Sends this answer without processing the call. */
  status?: number
  headers?: Record<string, string>
  /** Text as it is, anything else as JSON. */
  body?: unknown
}

/** The faults that are still to happen. */
export class Faults {
  #due: (Fault & { left: number; pattern: RegExp })[] = []

  add(...faults: Fault[]): void {
    for (const fault of faults) this.#due.push({ ...fault, left: fault.times ?? 1, pattern: patternOf(fault.route) })
  }

  clear(): void {
    this.#due = []
  }

  /** How many calls will still fail. */
  get left(): number {
    return this.#due.reduce((sum, { left }) => sum + left, 0)
  }

  /** The fault of this call, if any; it is used up by one. */
  take(call: string): Fault | undefined {
    const fault = this.#due.find(({ left, pattern }) => left > 0 && pattern.test(call))
    if (fault) fault.left -= 1
    this.#due = this.#due.filter(({ left }) => left > 0)
    return fault
  }
}

/** Takes over a connection that asks for another protocol. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** A running simulator's HTTP side. */
export type Served = {
  url: string
  port: number
  faults: Faults
  /** Who takes over connections that ask for another protocol; without anybody they are closed. */
  onUpgrade(upgrade: Upgrade): void
  /** Connections that were taken over must have ended before. */
  close(): Promise<void>
}

/**
 * Serves `routes` on a free loopback port. `POST /_sim/faults` takes a Fault or a list, `DELETE /_sim/faults` clears
 * them; calls under `/_sim/` never fail. `guard` comes before everything.
 */
export async function serve(routes: (app: Express) => void, port = 0, guard?: express.RequestHandler): Promise<Served> {
  const faults = new Faults()
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  if (guard) app.use(guard)
  app.post('/_sim/faults', express.json(), (req, res) => {
    faults.add(...([req.body].flat() as Fault[]))
    res.status(204).end()
  })
  app.delete('/_sim/faults', (_req, res) => {
    faults.clear()
    res.status(204).end()
  })
  app.use((req, res, next) => void misbehave(faults, { req, res, next }))
  app.use(showTraffic)
  routes(app)
  const server = app.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const bound = (server.address() as AddressInfo).port
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    faults,
    onUpgrade: upgrade => void server.on('upgrade', upgrade),
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

type Exchange = { req: Request; res: Response; next: NextFunction }

async function misbehave(faults: Faults, { req, res, next }: Exchange): Promise<void> {
  const fault = req.path.startsWith('/_sim/') ? undefined : faults.take(`${req.method} ${req.path}`)
  if (!fault) return next()
  if (fault.latencyMs) await new Promise(resolve => setTimeout(resolve, fault.latencyMs))
  if (fault.answerAfterMs) holdAnswer(res, fault.answerAfterMs)
  if (fault.hang) return
  if (fault.reset === 'before') return void req.socket.destroy()
  if (fault.reset === 'after') {
    // The route runs as usual, and what it would send breaks the connection instead.
    res.end = (() => (req.socket.destroy(), res)) as typeof res.end
    return next()
  }
  if (fault.status === undefined) return next()
  res.status(fault.status).set(fault.headers ?? {})
  if (typeof fault.body === 'string') res.send(fault.body)
  else res.json(fault.body ?? {})
}

// The connection may be gone by then.
function holdAnswer(res: Response, ms: number): void {
  const end = res.end.bind(res) as (...args: unknown[]) => Response
  res.end = ((...args: unknown[]) => (setTimeout(() => end(...args), ms), res)) as typeof res.end
}

function patternOf(route: string): RegExp {
  const parts = route.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`)
}
