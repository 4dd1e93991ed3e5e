// Anyone who reaches a port: broken, oversized, slow, smuggled and misdirected HTTP against the three processes.
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { ask, cast } from '../../src/sandbox/plays.ts'
import type { World } from '../../src/sandbox/world.ts'
import { quickWorld } from '../story/world.ts'
import { attack, attacksTogether } from '../attacks.ts'
import { suite } from '../suite.ts'
import { noSecretSeen } from './secrets.ts'

const test = suite('the network against the ports', { timeoutMs: 60_000 })

type Port = 'gateway' | 'auth' | 'gateway health' | 'auth health' | 'controller health'
let world: World
const ports = new Map<Port, number>()

test.before(async () => {
  world = await quickWorld()
  for (const [name, url] of Object.entries(world.healthUrls))
    ports.set(`${name} health` as Port, Number(new URL(url).port))
  ports.set('auth', Number(new URL(world.authUrl).port))
  const text = await readFile(join(world.processes.folder, 'gateway/config.yaml'), 'utf8')
  ports.set('gateway', (parse(text) as { listen: { port: number } }).listen.port)
})
test.after(async () => world.stop())

function open(port: Port): Socket {
  const socket = connect(ports.get(port) ?? 0, '127.0.0.1')
  socket.on('error', () => undefined)
  return socket
}

/** All that comes back until the other side closes, or for `ms`. */
async function said(port: Port, bytes: string | Buffer, ms = 1500): Promise<string> {
  const socket = open(port)
  let text = ''
  socket.on('data', chunk => (text += chunk.toString('latin1')))
  socket.write(bytes)
  await Promise.race([new Promise(resolve => socket.on('close', resolve)), pause(ms)])
  socket.destroy()
  return text
}

const statuses = (text: string): number[] => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, code]) => Number(code))
const host = (port: Port): string => `Host: 127.0.0.1:${ports.get(port)}\r\n`
const get = (port: Port, path: string, headers = '', method = 'GET'): string =>
  `${method} ${path} HTTP/1.1\r\n${host(port)}${headers}Connection: close\r\n\r\n`

const smuggled = (port: Port): string => `GET /approve/outcome HTTP/1.1\r\n${host(port)}X-Smuggled: yes\r\n\r\n`
const post = (port: Port, headers: string, body: string): string =>
  `POST ${port === 'gateway' ? '/slack/events' : '/approve'} HTTP/1.1\r\n${host(port)}Content-Type: application/x-www-form-urlencoded\r\n${headers}\r\n${body}`

type Raw = (port: Port) => string | Buffer
const broken: Record<string, Raw> = {
  'a length and chunks at once': port =>
    post(port, 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${smuggled(port)}`),
  'two lengths': port => post(port, 'Content-Length: 0\r\nContent-Length: 60\r\n', smuggled(port)),
  'a length with a sign': port => post(port, 'Content-Length: +5\r\n', `hello${smuggled(port)}`),
  'a coding that is nearly chunked': port =>
    post(port, 'Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${smuggled(port)}`),
  'chunks that are said twice': port =>
    post(
      port,
      'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n',
      `0\r\n\r\n${smuggled(port)}`,
    ),
  'a space before the colon': port => post(port, 'Transfer-Encoding : chunked\r\n', `0\r\n\r\n${smuggled(port)}`),
  'a folded header': port => get(port, '/approve', 'X: a\r\n b: c\r\n'),
  'bare line feeds with a smuggled header': port =>
    `GET /approve HTTP/1.1\n${host(port)}X: a\rTransfer-Encoding: chunked\r\n\r\n`,
  'a chunk with an invalid length': port => post(port, 'Transfer-Encoding: chunked\r\n', 'zz\r\nhello\r\n0\r\n\r\n'),
  'a chunk without end': port => post(port, 'Transfer-Encoding: chunked\r\n', 'ffffffffffffffff0\r\nhello'),
  'no host': () => 'GET /approve HTTP/1.1\r\n\r\n',
  'two hosts': port => `GET /approve HTTP/1.1\r\n${host(port)}Host: evil.example\r\n\r\n`,
  'an older protocol': () => 'GET /approve\r\n\r\n',
  'a newer protocol': () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'TLS where none is': () => Buffer.from('16030100a5010000a10303', 'hex'),
  'a null byte in the path': port => get(port, '/approve\0'),
  'an invalid method': port => get(port, '/approve', '', 'APPROVE'),
  'a header of 64 KiB': port => get(port, '/approve', `X: ${'a'.repeat(65_536)}\r\n`),
  'cookies of 64 KiB': port => get(port, '/approve', `Cookie: ${'a=b; '.repeat(13_000)}\r\n`),
  'a path of 64 KiB': port => get(port, `/approve?t=${'A'.repeat(65_536)}`),
}
for (const port of ['gateway', 'auth'] as const)
  attacksTogether<Raw>(
    test,
    Object.fromEntries(
      Object.entries(broken).map(([what, raw]) => [`${port} is sent ${what} … one refusal at most`, raw]),
    ),
    async raw => {
      const text = await said(port, raw(port))
      const codes = statuses(text)
      assert.not.match(text, /at .*\.ts|node:internal|Error:/)
      const isRefused = codes.length <= 1 && codes.every(code => code >= 400 && code < 500)
      return isRefused ? 'one refusal at most' : codes.join(' ')
    },
  )

type Asked = { to: Port; raw: Raw; codes: number[]; lacks?: RegExp }
const auth = (raw: Raw, ...codes: number[]): Asked => ({ to: 'auth', raw, codes })
const strays: Record<string, Asked> = {
  'auth is asked under another host': auth(
    port =>
      `GET /approve?t=x HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: 127.0.0.1:${ports.get(port)}\r\nConnection: close\r\n\r\n`,
    421,
  ),
  'auth is asked for another host in the request line': auth(
    port => `GET http://evil.example/approve?t=x HTTP/1.1\r\n${host(port)}Connection: close\r\n\r\n`,
    400,
    404,
    421,
  ),
  'auth is asked for /approve/../approve': auth(port => get(port, '/approve/../approve'), 404),
  'auth is asked for //approve': auth(port => get(port, '//approve?t=x'), 404),
  'auth is asked for /APPROVE': auth(port => get(port, '/APPROVE?t=x'), 404),
  'auth is asked for /approve/': auth(port => get(port, '/approve/?t=x'), 404),
  'auth is asked for an encoded path': auth(port => get(port, '/%61pprove?t=x'), 400, 404),
  'auth is asked for a path of broken encoding': auth(port => get(port, '/%E0%A4%A?t=%E0%A4%A'), 400, 404),
  'auth is asked for a file outside': auth(port => get(port, '/..%2f..%2fetc/passwd'), 400, 404),
  'auth is told to TRACE': auth(port => get(port, '/approve', '', 'TRACE'), 405),
  'auth is told to DELETE': auth(port => get(port, '/approve', '', 'DELETE'), 405),
  'auth is asked for the callback by HEAD': auth(port => get(port, '/oauth/callback?code=x&state=y', '', 'HEAD'), 405),
  'auth is sent a form of a megabyte': auth(
    port => post(port, `Content-Length: 1000000\r\nConnection: close\r\n`, 'a='.padEnd(1_000_000, 'x')),
    413,
  ),
  'auth is sent a compressed form': auth(
    port => post(port, 'Content-Encoding: gzip\r\nContent-Length: 4\r\nConnection: close\r\n', 'abcd'),
    400,
  ),
  'auth is sent a form of a thousand fields': auth(
    port => {
      const body = Array.from({ length: 1000 }, (_, i) => `a${i}=b`).join('&')
      return post(port, `Content-Length: ${body.length}\r\nConnection: close\r\n`, body)
    },
    400,
    413,
  ),
  'the gateway is sent an unsigned delivery': {
    to: 'gateway',
    raw: port => post(port, 'Content-Length: 21\r\nConnection: close\r\n', 'command=%2Fprod-db&a=b'.slice(0, 21)),
    codes: [401],
  },
  'the gateway is sent a megabyte': {
    to: 'gateway',
    raw: port => post(port, 'Content-Length: 1000000\r\nConnection: close\r\n', 'x'.repeat(1_000_000)),
    codes: [413],
  },
  'the gateway is sent 200 kB in one chunk': {
    to: 'gateway',
    raw: port =>
      post(port, 'Transfer-Encoding: chunked\r\nConnection: close\r\n', `30d40\r\n${'x'.repeat(200_000)}\r\n0\r\n\r\n`),
    codes: [413],
  },
  'the gateway is asked for the approval page': { to: 'gateway', raw: port => get(port, '/approve'), codes: [404] },
  'the gateway is asked to send somebody on': {
    to: 'gateway',
    raw: port => get(port, '/slack/oauth_redirect'),
    codes: [404],
  },
  'the gateway’s public port is asked for metrics': { to: 'gateway', raw: port => get(port, '/metrics'), codes: [404] },
  'the port of the pages is asked for metrics': auth(port => get(port, '/metrics'), 404),
  ...Object.fromEntries(
    (['gateway health', 'auth health', 'controller health'] as const).flatMap(to =>
      ['/', '/config.yaml', '/secrets/slack-bot-token', '/../secrets', '/debug/pprof', '/healthz/../metrics'].map(
        path => [`${to} is asked for ${path}`, { to, raw: (port: Port) => get(port, path), codes: [404] }],
      ),
    ),
  ),
}

attacksTogether<Asked>(
  test,
  Object.fromEntries(Object.entries(strays).map(([what, fact]) => [`${what} … ${fact.codes.join(' or ')}`, fact])),
  async ({ to, raw, codes }) => {
    const text = await said(to, raw(to), 3000)
    const [code = 0, ...more] = statuses(text)
    assert.equal(more, [])
    assert.not.match(text, /x-powered-by|at .*\.ts|node:internal|Error:/i)
    return codes.includes(code) ? codes.join(' or ') : `${code}: ${text.slice(0, 200)}`
  },
)

attack(test, 'fifty calls come down one connection at once … 50 answers, each 404', async () => {
  const once = `GET /nothing HTTP/1.1\r\n${host('auth')}\r\n`
  const codes = statuses(await said('auth', once.repeat(50), 3000))
  return `${codes.length} answers, each ${[...new Set(codes)].join()}`
})

test('health tells how things are and no secret', async () => {
  for (const url of Object.values(world.healthUrls)) {
    assert.is((await fetch(`${url}/healthz`)).status, 200)
    const text = await (await fetch(`${url}/metrics`)).text()
    assert.not.match(text, /xoxb|GOCSPX|sim-token|example\.com|approve\?t=/)
  }
})

attack(
  test,
  'a thousand connections say nothing, and some are slow … all but 1 ended, people served meanwhile',
  async () => {
    const idle = Array.from({ length: 1000 }, (_, i) => open(i % 2 ? 'auth' : 'gateway'))
    const slow = [open('auth'), open('gateway')]
    const slowBody = open('auth')
    let ended = 0
    for (const socket of [...idle, ...slow, slowBody]) {
      socket.resume()
      socket.on('close', () => ended++)
    }
    for (const socket of slow) socket.write('GET /approve HTTP/1.1\r\nHo')
    slowBody.write(post('auth', 'Content-Length: 5000\r\n', 'a='))
    const drip = setInterval(() => {
      for (const socket of slow) if (socket.writable) socket.write('x')
    }, 1000)
    await pause(500)
    assert.is((await fetch(`${world.authUrl}/approve?t=x`)).status, 400)
    const { answer } = await ask(world, cast.dana, '/prod-db 5s while under siege')
    assert.match(answer, /Asked for/)
    for (let waited = 0; ended < 1002 && waited < 25_000; waited += 250) await pause(250)
    clearInterval(drip)
    const left = 1003 - ended
    for (const socket of [...idle, ...slow, slowBody]) socket.destroy()
    return left <= 1 ? 'all but 1 ended, people served meanwhile' : `${left} still open after 25 s`
  },
)

attack(test, 'whatever came over the network … no secret seen', async () => noSecretSeen(world))

test.run()
