// HTTPS_PROXY and NO_PROXY have one meaning for every client: what goes through the proxy, what goes directly, and that a
// proxy never sees a token.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { readProxies } from '../../src/app/environment.ts'
import { type Served, serve } from '../../src/sim/serve.ts'
import { type ConnectProxy, startConnectProxy } from '../connect-proxy.ts'
import { suite, table } from '../suite.ts'

const test = suite('proxies')
const here = 'localhost,127.0.0.1,::1,[::1],metadata.google.internal,169.254.169.254'
const httpsProxy = 'http://proxy:3128'

type Variables = Record<string, string>
const environments: Record<string, { given: Variables; noProxy: string | undefined }> = {
  'without a proxy everything is called directly': { given: { NO_PROXY: 'a.example' }, noProxy: undefined },
  'this machine and the metadata server are called directly': { given: { HTTPS_PROXY: httpsProxy }, noProxy: here },
  'small letters count': { given: { https_proxy: httpsProxy, no_proxy: '10.0.0.0/8' }, noProxy: `${here},10.0.0.0/8` },
  'capitals go before small letters': {
    given: { HTTPS_PROXY: httpsProxy, https_proxy: 'http://other', NO_PROXY: '.a.example', no_proxy: 'b.example' },
    noProxy: `${here},.a.example`,
  },
  'an empty variable counts as unset': { given: { HTTPS_PROXY: '', https_proxy: httpsProxy }, noProxy: here },
  'a name covers its subdomains for every library': {
    given: { HTTPS_PROXY: httpsProxy, NO_PROXY: 'googleapis.com, *.slack.com' },
    noProxy: `${here},googleapis.com,.googleapis.com,.slack.com`,
  },
  'a star ends the use of the proxy': {
    given: { HTTPS_PROXY: httpsProxy, NO_PROXY: 'a.example,*' },
    noProxy: undefined,
  },
  'HTTP_PROXY is no proxy for https': { given: { HTTP_PROXY: httpsProxy, http_proxy: httpsProxy }, noProxy: undefined },
  'a proxy without a scheme is called by http': { given: { HTTPS_PROXY: 'proxy:3128' }, noProxy: here },
}
table(test, environments, ({ given, noProxy }) => {
  assert.equal(readProxies(given), noProxy === undefined ? undefined : { httpsProxy, noProxy })
})

let proxy: ConnectProxy
let local: Served
const arrived: string[] = []
test.before(async () => {
  proxy = await startConnectProxy()
  local = await serve(app => {
    app.use((req, res) => {
      arrived.push(req.path)
      res.status(500).json({})
    })
  })
})
test.after(async () => {
  proxy.close()
  await local.close()
})

const contract = JSON.stringify(join(import.meta.dirname, '../contract/outside.ts'))
const source = (file: string): string => JSON.stringify(join(import.meta.dirname, '../../src', file))
/** Makes each call of each adapter at an address, in a process that has been told of the proxy, and says which failed. */
const program = (urlOf: string): string => `
const { useProxies } = await import(${source('app/proxies.ts')})
useProxies()
const { adapters } = await import(${contract})
const { createRespond } = await import(${source('slack/gateway/responder.ts')})
const { openSocket } = await import(${source('slack/gateway/socket.ts')})
const clock = { now: () => new Date('2026-11-23T14:02:00Z') }
const urlOf = ${urlOf}
const calls = Object.entries(adapters).filter(([whose]) => whose !== 'the API server').flatMap(([whose, { at }]) =>
  Object.values(at(urlOf(whose.replace(/[^A-Za-z]+/g, '-').toLowerCase()), clock)))
const hooks = urlOf('hooks')
calls.push(() => createRespond({ origin: new URL(hooks).origin, pause: async () => undefined })(hooks + '/commands/1', {}))
calls.push(() => new Promise((done, failed) => {
  const nothing = () => undefined
  const onEnd = why => failed(new Error(why))
  openSocket(urlOf('socket').replace(/^http/, 'ws'), { onHello: nothing, onDelivery: nothing, onLeave: nothing, onEnd })
}))
const ends = await Promise.all(calls.map(call => call().then(() => 'done', () => 'failed')))
console.log(JSON.stringify([...new Set(ends)]))
process.exit()`

async function callAll(urlOf: string, env: Variables): Promise<{ ends: string[]; asked: string[] }> {
  proxy.asked.length = 0
  const child = spawn(process.execPath, ['--input-type=module', '-e', program(urlOf)], {
    cwd: join(import.meta.dirname, '../..'),
    env: { PATH: process.env['PATH'], HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said = (await child.stdout.toArray()).join('')
  return { ends: JSON.parse(said) as string[], asked: [...new Set(proxy.asked)].sort() }
}

const services = [
  'cloud-kms',
  'cloud-logging',
  'google-s-signing-keys',
  'hooks',
  'iam',
  'oauth',
  'pagerduty-s-events-api',
  'pagerduty',
  'resource-manager',
  'slack',
  'socket',
]
const invalid = "name => 'https://' + name + '.invalid:8443'"

test('every client goes through the proxy, by a tunnel, and gives it no token', async () => {
  const { ends, asked } = await callAll(invalid, {})
  assert.equal(ends, ['failed'])
  assert.equal(
    asked,
    services.map(name => `${name}.invalid:8443`),
  )
  assert.not.match(proxy.headers.join('\n'), /bearer|xoxb|ya29|authorization/i)
})

test('what NO_PROXY covers never meets the proxy', async () => {
  const { ends, asked } = await callAll(invalid, { NO_PROXY: 'invalid' })
  assert.equal(ends, ['failed'])
  assert.equal(asked, [])
})

test('what is on this machine never meets the proxy', async () => {
  arrived.length = 0
  const { ends, asked } = await callAll(`() => ${JSON.stringify(local.url)}`, {})
  assert.equal(ends, ['failed'])
  assert.equal(asked, [])
  assert.ok(arrived.length > services.length, arrived.join())
})

test.run()
