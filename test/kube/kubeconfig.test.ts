// From a kubeconfig to an endpoint: whose credentials are sent, where to, how old they may be, and what a credential plugin
// may see, say and take. test/kube/kubectl.test.ts tries each field and compares with kubectl.
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { endpointOfContext } from '../../src/kube/kubeconfig.ts'
import { type Context, readContext } from '../../src/kube/kubeconfig-files.ts'
import type { Endpoint } from '../../src/kube/transport.ts'
import { attack } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import { ManualTimers } from './manual-timers.ts'

const test = suite('the endpoint of a kubeconfig')
const folder = mkdtempSync(join(tmpdir(), 'hallpass-test-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string): string => join(folder, name)

function context(server: string, user: object = { token: 'token-1' }, cluster: object = {}): Context {
  return {
    name: 'now',
    cluster: { name: 'here', fields: { server, ...cluster } },
    user: { name: 'me', fields: { ...user } },
  }
}

function open(of: Context, timers = new ManualTimers(), isAttended = false): Promise<Endpoint> {
  return endpointOfContext(of, { variables: { PATH: process.env['PATH'] }, isAttended, proxies: {}, timers })
}

test('server, CA and token are those of the current context', async () => {
  const data = Buffer.from('a certificate').toString('base64')
  const endpoint = await open(
    context('https://api.example.com', { token: 'token-1' }, { 'certificate-authority-data': data }),
  )
  assert.is(endpoint.server, 'https://api.example.com')
  assert.is(endpoint.ca, 'a certificate')
  assert.is(await endpoint.token?.(), 'token-1')
})

test('a token whose file is replaced is read again after half a minute', async () => {
  const timers = new ManualTimers()
  writeFileSync(at('token'), 'token-1\n')
  const endpoint = await open(context('https://api.example.com', { tokenFile: at('token') }), timers)
  writeFileSync(at('token'), 'token-2\n')
  await timers.advance(30_000)
  assert.is(await endpoint.token?.(), 'token-1')
  await timers.advance(1)
  // A file is really read, which takes a moment that no clock of the test governs.
  await endpoint.token?.()
  assert.is(await endpoint.token?.(), 'token-2')
})

test('a CA and a client certificate whose files are replaced are read again after half a minute', async () => {
  const timers = new ManualTimers()
  const [ca, cert, key] = ['ca', 'cert', 'key']
  const write = (version: string): void => {
    for (const name of [ca, cert, key]) writeFileSync(at(name), `${name} ${version}`)
  }
  write('1')
  const user = { 'client-certificate': at(cert), 'client-key': at(key) }
  const endpoint = await open(context('https://api.example.com', user, { 'certificate-authority': at(ca) }), timers)
  write('2')
  assert.equal(await endpoint.tls?.(), { ca: 'ca 1', cert: 'cert 1', key: 'key 1' })
  await timers.advance(30_001)
  assert.equal(await endpoint.tls?.(), { ca: 'ca 2', cert: 'cert 2', key: 'key 2' })
})

const addresses: Record<string, { server: string; isFine: boolean }> = {
  'credentials go over https': { server: 'https://api.example.com', isFine: true },
  'credentials do not go over http': { server: 'http://api.example.com', isFine: false },
  'and neither to a name that only begins like this machine’s': {
    server: 'http://127.0.0.1.example.com',
    isFine: false,
  },
  'a proxy on this machine may use http': { server: 'http://127.0.0.1:8001', isFine: true },
}
table(test, addresses, async ({ server, isFine }) => {
  const error = await open(context(server)).then(
    () => 'none',
    (thrown: unknown) => String(thrown),
  )
  assert.match(error, isFine ? /^none$/ : /must begin with https/)
})

const unreadable: Record<string, { text: string; says: RegExp }> = {
  'a kubeconfig without a current context is reported as that': {
    text: 'apiVersion: v1\nkind: Config\n',
    says: /no current context\. Choose one/,
  },
  'a kubeconfig that is no YAML is named, and not quoted': {
    text: 'users: [ {token: s3cret',
    says: /^Error: the kubeconfig ".*text" cannot be read$/,
  },
  'a kubeconfig that is a list is named': { text: '- a\n', says: /cannot be read/ },
}
table(test, unreadable, async ({ text, says }) => {
  writeFileSync(at('text'), text)
  assert.match(String(await readContext([at('text')]).catch((thrown: unknown) => thrown)), says)
})

test('no file is no context', async () => {
  assert.is(await readContext([at('nothing'), at('nowhere')]), undefined)
})

const kind = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential' }
/** A plugin that runs these lines of a shell. */
function exec(name: string, lines: string, more: object = {}): object {
  writeFileSync(at(name), `#!/bin/sh\n${lines}\n`)
  chmodSync(at(name), 0o755)
  return { exec: { apiVersion: kind.apiVersion, command: at(name), interactiveMode: 'IfAvailable', ...more } }
}
const giving = (status: object): string => `echo '${JSON.stringify({ ...kind, status })}'`

test('a credential plugin runs again when its credentials have expired, and not before', async () => {
  const timers = new ManualTimers()
  const end = new Date(timers.now().getTime() + 120_000).toISOString()
  const user = exec('counting', `echo x >> ${at('runs')}; ${giving({ token: 't', expirationTimestamp: end })}`)
  const endpoint = await open(context('https://api.example.com', user), timers)
  const runs = (): number => readFileSync(at('runs'), 'utf8').length / 2
  for (let seconds = 31; seconds < 120; seconds += 31) {
    await timers.advance(31_000)
    await endpoint.token?.()
  }
  assert.is(runs(), 1)
})

test('a credential plugin that does not answer is ended, and told with its name', async () => {
  const timers = new ManualTimers()
  const opening = open(context('https://api.example.com', exec('hanging', 'exec sleep 600')), timers).then(
    () => 'opened',
    (thrown: unknown) => String(thrown),
  )
  for (let i = 0; i < 5; i++) await new Promise(resolve => setImmediate(resolve))
  await timers.advance(30_000)
  assert.match(await opening, /plugin ".*hanging" of user "me" did not answer within 30 s\. Run it by hand/)
})

attack(test, 'a credential plugin prints secrets wherever it can … none in the error', async () => {
  const lines = 'echo s3cret; echo s3cret >&2; exit 1'
  const said: string[] = []
  for (const [name, text] of Object.entries({ failing: lines, talking: 'echo s3cret; echo s3cret >&2' }))
    said.push(
      String(await open(context('https://api.example.com', exec(name, text))).catch((thrown: unknown) => thrown)),
    )
  assert.match(said.join(), /ended with code 1.*something that is not JSON/)
  return said.join().includes('s3cret') ? said.join() : 'none in the error'
})

attack(test, 'a credential plugin prints without end … ended', async () => {
  const error = await open(context('https://api.example.com', exec('endless', 'exec yes'))).catch(
    (thrown: unknown) => thrown,
  )
  assert.match(String(error), /printed more than a credential/)
  return 'ended'
})

attack(test, 'a kubeconfig writes over the terminal with its hint … only words', async () => {
  const user = {
    exec: {
      apiVersion: kind.apiVersion,
      command: 'no-such-plugin',
      interactiveMode: 'Never',
      installHint: 'Get\u001b[2J\nit',
    },
  }
  const error = String(await open(context('https://api.example.com', user)).catch((thrown: unknown) => thrown))
  assert.match(error, /is not installed: Get \[2J it$/)
  // oxlint-disable-next-line no-control-regex
  return /[\u0000-\u001f]/.test(error) ? error : 'only words'
})

/** Opens the endpoint in a separate process, and says what that process printed to its two outputs. */
async function openedElsewhere(user: object, isAttended: boolean): Promise<{ out: string; err: string }> {
  const source = (file: string): string => JSON.stringify(join(import.meta.dirname, '../../src/kube', file))
  const program = `
const { endpointOfContext } = await import(${source('kubeconfig.ts')})
const { token } = await endpointOfContext(${JSON.stringify(context('https://api.example.com', user))}, {
  variables: process.env, isAttended: ${isAttended}, proxies: {} })
console.log(await token())`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end('hunter2\n')
  const [out, err] = await Promise.all(
    [child.stdout, child.stderr].map(async stream => (await stream.toArray()).join('')),
  )
  return { out: out ?? '', err: err ?? '' }
}

test('a person at the terminal sees the prompt of a credential plugin and answers it', async () => {
  const user = exec(
    'asking',
    `echo "Password: " >&2; read word; echo '${JSON.stringify({ ...kind, status: { token: '@' } })}' | sed "s/@/$word/"`,
  )
  assert.equal(await openedElsewhere(user, true), { out: 'hunter2\n', err: 'Password: \n' })
})

test('without a person no part of its prompt is printed, and it reads nothing', async () => {
  const user = exec(
    'asking-nobody',
    `echo "Password: " >&2; read word || word=nothing; echo '${JSON.stringify({ ...kind, status: { token: '@' } })}' | sed "s/@/$word/"`,
  )
  assert.equal(await openedElsewhere(user, false), { out: 'nothing\n', err: '' })
})

test.run()
