// The base of a process: the lease never waits behind other work.
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Config } from '../../src/app/config.ts'
import { hostOf } from '../../src/app/host.ts'
import { ProcessMetrics } from '../../src/app/metrics.ts'
import { suite } from '../suite.ts'

const test = suite('the host of a process')
const folder = mkdtempSync(join(tmpdir(), 'hallpass-host-'))
const kubeconfig = join(folder, 'kubeconfig')
const before = process.env['KUBECONFIG']
let hanging = 0
let tokens = 0
// Answers for leases only, as an API server does while an admission webhook for requests hangs.
const server = createServer((request, response) => {
  if (request.url?.includes('/leases/')) return void response.end('{"kind":"Lease"}')
  if (request.url?.endsWith('/token')) {
    response.statusCode = 201
    return void response.end(JSON.stringify({ status: { token: `token-${++tokens}` } }))
  }
  if (request.url === '/who') return void response.end(JSON.stringify({ sent: request.headers.authorization }))
  hanging += 1
  return undefined
})

test.before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const config = {
    clusters: [{ name: 'here', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'me', user: { token: 'token' } }],
    contexts: [{ name: 'now', context: { cluster: 'here', user: 'me' } }],
    'current-context': 'now',
  }
  writeFileSync(kubeconfig, JSON.stringify(config))
  process.env['KUBECONFIG'] = kubeconfig
})
test.after(() => {
  if (before === undefined) delete process.env['KUBECONFIG']
  else process.env['KUBECONFIG'] = before
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

test('however many calls of the controller hang, its lease is answered', async () => {
  hanging = 0
  const config = { systemNamespace: 'hallpass-system', process: 'controller' } as Config
  const metrics = new ProcessMetrics()
  const { transport, leaseTransport } = await hostOf('controller', config, {
    metrics,
    podName: 'pod',
    places: { environment: { kubeconfig } },
  })
  const stop = new AbortController()
  const patch = { method: 'PATCH', path: '/apis/hallpass.dev/v1/accessrequests/a', body: {} } as const
  const work = Array.from({ length: 300 }, () =>
    transport.request({ ...patch, signal: stop.signal }).catch(() => undefined),
  )
  for (const until = Date.now() + 5_000; hanging < 8 && Date.now() < until;)
    await new Promise(resolve => setTimeout(resolve, 10))
  assert.ok(hanging >= 8, `${hanging} calls hang`)
  const path = '/apis/coordination.k8s.io/v1/namespaces/hallpass-system/leases/hallpass-controller'
  const lease = await leaseTransport.request<{ kind: string }>({ method: 'GET', path, deadlineMs: 3_000 })
  assert.is(lease.kind, 'Lease')
  stop.abort()
  await Promise.all(work)
  await Promise.all([transport.close(), leaseTransport.close()])
})

test('all in one asks for the token of a service account once, however many calls wait for it', async () => {
  const config = { systemNamespace: 'hallpass-system', process: 'all' } as Config
  const metrics = new ProcessMetrics()
  const shared = { metrics, podName: 'pod', places: { environment: { kubeconfig } } }
  const { transport, leaseTransport } = await hostOf('gateway', config, shared)
  const calls = Array.from({ length: 20 }, (_, n) =>
    (n % 2 ? transport : leaseTransport).request<{ sent: string }>({ method: 'GET', path: '/who' }),
  )
  const sent = await Promise.all(calls)
  assert.equal([...new Set(sent.map(answer => answer.sent))], ['Bearer token-1'])
  assert.is(tokens, 1)
  await Promise.all([transport.close(), leaseTransport.close()])
})

test.run()
