// Forwards to processes of one kind, as a cluster's service does: each call goes to the next of them.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bodyOf, cut, forward, relay, targetOf } from './forward.ts'

/** Spreads calls over addresses, one after another. A call is never made twice. */
export type Balancer = { url: string; to(urls: readonly string[]): void; close(): Promise<void> }

/** Starts a balancer on a free loopback port. */
export async function startBalancer(): Promise<Balancer> {
  let targets: ReturnType<typeof targetOf>[] = []
  let turn = 0
  const server = createServer((call, response) => {
    const pass = async (): Promise<void> => {
      const target = targets[turn++ % targets.length]
      if (!target) return cut(response)
      await relay(await forward(target, call, await bodyOf(call)), response)
    }
    pass().catch(() => cut(response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    to: urls => {
      targets = urls.map(to => targetOf({ url: to, calledAs: new URL(url).host }))
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
