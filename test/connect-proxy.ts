// A proxy that tunnels: it notes what it was asked for, and connects every tunnel to one port of this machine or to
// nothing.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'

export type ConnectProxy = {
  /** http://127.0.0.1:PORT */
  url: string
  /** HOST:PORT of each tunnel that was asked for, and METHOD URL of each call without a tunnel. */
  asked: string[]
  /** All headers that it saw; none may hold a token of a call inside a tunnel. */
  headers: string[]
  close(): void
}

/** Starts the proxy. Without a port, tunnels are refused with 403. */
export async function startConnectProxy(port?: number): Promise<ConnectProxy> {
  const [asked, headers]: string[][] = [[], []]
  const open = new Set<Duplex>()
  const server = createServer((req, res) => {
    asked?.push(`${req.method} ${req.url}`)
    headers?.push(...req.rawHeaders)
    res.writeHead(403).end()
  })
  server.on('connect', (req, socket, head) => {
    asked?.push(req.url ?? '')
    headers?.push(...req.rawHeaders)
    open.add(socket.on('error', () => undefined))
    if (port === undefined) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    const inner = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      inner.write(head)
      inner.pipe(socket).pipe(inner)
    })
    open.add(inner.on('error', () => socket.destroy()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: asked ?? [],
    headers: headers ?? [],
    close: () => {
      for (const socket of open) socket.destroy()
      server.close().closeAllConnections()
    },
  }
}
