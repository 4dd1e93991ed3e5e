// An API server with one collection that misbehaves on demand, over real HTTP, in ways that a real one cannot be made
// to.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Thing = { metadata: { name: string; namespace: string; uid: string; resourceVersion: string } }

export class WatchServer {
  things = new Map<string, Thing>()
  /** What the next requests get instead of a proper answer, in order. */
  faults: ((res: ServerResponse, query: URLSearchParams) => void)[] = []
  asked: { watch: boolean; query: URLSearchParams; at: number }[] = []
  watches = new Set<ServerResponse>()
  /** Whether a list may be streamed. A refused request for a stream is not in `asked`, and uses no fault. */
  canStream = true
  refusals = 0
  version = 100
  #server: Server | undefined
  url = ''

  async open(): Promise<this> {
    this.#server = createServer((req, res) => this.#serve(req, res)).listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return this
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise(resolve => this.#server?.close(resolve))
  }

  put(name: string, more: object = {}): Thing {
    const type = this.things.has(name) ? 'MODIFIED' : 'ADDED'
    const metadata = { name, namespace: 'here', uid: `uid-${name}`, resourceVersion: String(++this.version), ...more }
    this.things.set(name, { metadata })
    this.send(type, { metadata })
    return { metadata }
  }

  remove(name: string, isTold = true): void {
    const thing = this.things.get(name)
    this.things.delete(name)
    this.version += 1
    if (thing && isTold)
      this.send('DELETED', { metadata: { ...thing.metadata, resourceVersion: String(this.version) } })
  }

  send(type: string, object: object): void {
    for (const res of this.watches) res.write(`${JSON.stringify({ type, object })}\n`)
  }

  /** Ends every watch: properly, or by breaking the connection. */
  cut(how: 'end' | 'break'): void {
    for (const res of this.watches) {
      if (how === 'end') res.end()
      else res.destroy()
    }
    this.watches.clear()
  }

  get lists(): number {
    return this.asked.filter(({ watch, query }) => !watch || query.has('sendInitialEvents')).length
  }

  #serve(req: IncomingMessage, res: ServerResponse): void {
    const query = new URL(req.url ?? '', this.url).searchParams
    const watch = query.get('watch') === 'true'
    const isStreamed = query.get('sendInitialEvents') === 'true'
    if (isStreamed && !this.canStream) return (this.refusals++, status(422, 'Invalid')(res))
    this.asked.push({ watch, query, at: Date.now() })
    const fault = this.faults.shift()
    if (fault) return fault(res, query)
    if (!watch) return this.#list(res, query)
    res.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    if (isStreamed) this.stream(res)
    this.watches.add(res)
    res.on('close', () => this.watches.delete(res))
  }

  /** The beginning of a streamed list: all objects, or the first `upTo`, and then the bookmark that ends them. */
  stream(res: ServerResponse, upTo?: number): void {
    const write = (type: string, object: object): void => void res.write(`${JSON.stringify({ type, object })}\n`)
    for (const thing of [...this.things.values()].slice(0, upTo)) write('ADDED', thing)
    if (upTo === undefined) write('BOOKMARK', this.listEnd())
  }

  listEnd(): object {
    const annotations = { 'k8s.io/initial-events-end': 'true' }
    return { metadata: { resourceVersion: String(this.version), annotations } }
  }

  #list(res: ServerResponse, query: URLSearchParams): void {
    const [from, limit] = [Number(query.get('continue') ?? 0), Number(query.get('limit'))]
    const items = [...this.things.values()].slice(from, from + limit)
    const next = from + limit < this.things.size ? String(from + limit) : undefined
    const metadata = { resourceVersion: String(this.version), ...(next && { continue: next }) }
    res.setHeader('content-type', 'application/json').end(JSON.stringify({ metadata, items }))
  }
}

/** A `Status` as an answer. */
export function status(code: number, reason: string, headers: Record<string, string> = {}) {
  return (res: ServerResponse): void => {
    res.writeHead(code, { 'content-type': 'application/json', ...headers })
    res.end(JSON.stringify({ kind: 'Status', status: 'Failure', code, reason, message: `${reason} it says` }))
  }
}
