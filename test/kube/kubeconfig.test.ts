// From a kubeconfig to an endpoint: whose credentials are sent, where to, and how old they may be.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import * as assert from 'uvu/assert'
import { endpointFromKubeConfig } from '../../src/kube/kubeconfig.ts'
import { suite, table } from '../suite.ts'
import { ManualTimers } from './manual-timers.ts'

const test = suite('the endpoint of a kubeconfig')
const folder = mkdtempSync(join(tmpdir(), 'hallpass-test-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

function kubeconfig(server: string, user: object = { token: 'token-1' }, cluster: object = {}): KubeConfig {
  const config = new KubeConfig()
  config.loadFromOptions({
    clusters: [{ name: 'here', server, ...cluster }],
    users: [{ name: 'me', ...user }],
    contexts: [{ name: 'now', cluster: 'here', user: 'me' }],
    currentContext: 'now',
  })
  return config
}

test('server, CA and token are those of the current context', async () => {
  const caData = Buffer.from('a certificate').toString('base64')
  const endpoint = await endpointFromKubeConfig(kubeconfig('https://api.example.com', { token: 'token-1' }, { caData }))
  assert.is(endpoint.server, 'https://api.example.com')
  assert.is(endpoint.ca, 'a certificate')
  assert.is(await endpoint.token?.(), 'token-1')
})

test('a client certificate is used with its key', async () => {
  const [certData, keyData] = ['cert', 'key'].map(text => Buffer.from(text).toString('base64'))
  const endpoint = await endpointFromKubeConfig(kubeconfig('https://api.example.com', { certData, keyData }))
  assert.equal(await endpoint.tls?.(), { ca: undefined, cert: 'cert', key: 'key' })
  assert.is(await endpoint.token?.(), undefined)
})

test('a token that rotates is read again after half a minute', async () => {
  const timers = new ManualTimers()
  const config = kubeconfig('https://api.example.com')
  const endpoint = await endpointFromKubeConfig(config, timers)
  assert.is(await endpoint.token?.(), 'token-1')
  const [user] = config.users
  Object.assign(user ?? {}, { token: 'token-2' })
  await timers.advance(30_000)
  assert.is(await endpoint.token?.(), 'token-1')
  await timers.advance(1)
  assert.is(await endpoint.token?.(), 'token-2')
})

test('a CA and a client certificate whose files are replaced are read again after half a minute', async () => {
  const timers = new ManualTimers()
  const [caFile, certFile, keyFile] = ['ca', 'cert', 'key'].map(name => join(folder, name))
  const write = (version: string): void => {
    for (const path of [caFile, certFile, keyFile]) writeFileSync(path ?? '', `${path?.split('/').at(-1)} ${version}`)
  }
  write('1')
  const config = kubeconfig('https://api.example.com', { certFile, keyFile }, { caFile })
  const endpoint = await endpointFromKubeConfig(config, timers)
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
  const config = kubeconfig(server, { token: 'token-1' }, { skipTLSVerify: server.startsWith('http:') })
  const error = await endpointFromKubeConfig(config).then(
    () => 'none',
    (thrown: unknown) => String(thrown),
  )
  assert.match(error, isFine ? /^none$/ : /must begin with https/)
})

test('a kubeconfig without a current context is reported as that', async () => {
  const path = join(folder, 'empty')
  writeFileSync(path, 'apiVersion: v1\nkind: Config\n')
  const config = new KubeConfig()
  config.loadFromFile(path)
  const error = await endpointFromKubeConfig(config).catch((thrown: unknown) => thrown)
  assert.match(String(error), /no current cluster/)
})

test.run()
