// No client follows a redirect, wherever it leads: the place that it names gets no call, and so no token.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Compute } from 'google-auth-library'
import * as assert from 'uvu/assert'
import { guardIdentity } from '../../src/google/identity.ts'
import { createTransport } from '../../src/kube/transport.ts'
import { createRespond } from '../../src/slack/gateway/responder.ts'
import { attacks } from '../attacks.ts'
import { ManualClock } from '../fakes/clock.ts'
import { suite } from '../suite.ts'
import { type Adapter, adapters } from './outside.ts'

const test = suite('contract: redirects')

/** Calls that belong to no adapter of the contract. */
const others: Record<string, Adapter['at']> = {
  "Slack's address for answers": url => {
    const respond = createRespond({ origin: url, pause: async () => undefined })
    return { respond: () => respond(`${url}/commands/1`, { text: 'Asked.', blocks: [] }) }
  },
  'a watch of the API server': url => {
    const token = async (): Promise<string> => 'token-1'
    return { watch: () => createTransport({ server: url, token }).stream('/api', {}, AbortSignal.timeout(5000)) }
  },
  'the metadata server': url => {
    process.env['GCE_METADATA_HOST'] = new URL(url).host
    return { token: () => guardIdentity(new Compute({ scopes: ['a'] })).getRequestHeaders() }
  },
}
const all = { ...Object.fromEntries(Object.entries(adapters).map(([name, { at }]) => [name, at])), ...others }
/** The client of the metadata server pauses for 2 s in all before it gives up. */
const statusesOf = (at: Adapter['at']): number[] =>
  at === others['the metadata server'] ? [302] : [300, 301, 302, 303, 307, 308]

/** Answers each call with this redirect; notes each call for the place that a redirect names. */
let redirect = { status: 302, location: '' }
let arrived: string[] = []
let [service, stranger]: Server[] = []

test.before(async () => {
  const open = async (): Promise<Server> => {
    const server = createServer((req, res) => {
      if (!req.url?.startsWith('/elsewhere'))
        return void res.writeHead(redirect.status, { location: redirect.location }).end('{}')
      arrived.push(`${req.method} ${req.url} ${req.headers.authorization ?? ''}`)
      res.setHeader('content-type', 'application/json').end('{}')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
  ;[service, stranger] = [await open(), await open()]
})
test.after(() => {
  delete process.env['GCE_METADATA_HOST']
  for (const server of [service, stranger]) server?.close().closeAllConnections()
})

const tried = 'sends a call on to another place'
const urlOf = (server: Server | undefined): string =>
  `http://127.0.0.1:${(server?.address() as AddressInfo | undefined)?.port}`

attacks<Adapter['at']>(
  test,
  Object.fromEntries(Object.entries(all).map(([whose, at]) => [`${whose} ${tried} … refused`, at])),
  async at => {
    arrived = []
    for (const location of [`${urlOf(stranger)}/elsewhere`, '/elsewhere'])
      for (const status of statusesOf(at)) {
        redirect = { status, location }
        for (const [name, call] of Object.entries(at(urlOf(service), new ManualClock()))) {
          const outcome = await call().then(
            () => 'succeeded',
            () => 'failed',
          )
          assert.is(outcome, 'failed', `${name} after ${status}`)
        }
      }
    return arrived.length === 0 ? 'refused' : arrived.join()
  },
)

test.run()
