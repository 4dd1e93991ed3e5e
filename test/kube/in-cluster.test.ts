// From a pod's own files to an endpoint, and with it to a real API server: which server is trusted, and what rotation
// changes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import * as assert from 'uvu/assert'
import { endpointInCluster, isPod } from '../../src/kube/in-cluster.ts'
import { createTransport, type Transport } from '../../src/kube/transport.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { suite, table } from '../suite.ts'
import { ManualTimers } from './manual-timers.ts'

const test = suite('the endpoint of a pod')
const service = { host: '10.0.0.1', port: '443' }
let folder = ''
const mount = (files: Record<string, string>): void => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
}
const faultOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (thrown: unknown) => String(thrown),
  )

test.before.each(() => void (folder = mkdtempSync(join(tmpdir(), 'hallpass-pod-'))))
test.after.each(() => rmSync(folder, { recursive: true, force: true }))

const servers: Record<string, { host: string; port: string; server: string }> = {
  'a pod calls the service by https': { ...service, server: 'https://10.0.0.1:443' },
  'whatever its port': { host: '10.0.0.1', port: '8080', server: 'https://10.0.0.1:8080' },
  'an IPv6 address is in brackets': { host: 'fd00::1', port: '443', server: 'https://[fd00::1]:443' },
}
table(test, servers, async ({ host, port, server }) => {
  mount({ token: 'token-1', 'ca.crt': 'ca-1' })
  const endpoint = await endpointInCluster({ host, port }, { folder })
  assert.is(endpoint.server, server)
})

test('token and CA are read again after half a minute, without the line ends around them', async () => {
  const timers = new ManualTimers()
  mount({ token: 'token-1\n', 'ca.crt': 'ca-1\n' })
  const endpoint = await endpointInCluster(service, { folder, timers })
  mount({ token: 'token-2', 'ca.crt': 'ca-2' })
  await timers.advance(30_000)
  assert.equal([await endpoint.token?.(), await endpoint.tls?.()], ['token-1', { ca: 'ca-1' }])
  await timers.advance(1)
  assert.equal([await endpoint.token?.(), await endpoint.tls?.()], ['token-2', { ca: 'ca-2' }])
})

const incomplete: Record<string, { files: Record<string, string>; says: RegExp }> = {
  'without a token there is no identity': { files: { 'ca.crt': 'ca' }, says: /ENOENT.*token/ },
  'and neither with an empty token': { files: { token: '\n', 'ca.crt': 'ca' }, says: /token" is empty/ },
  'without a CA no other CA is trusted': { files: { token: 'secret-1' }, says: /ENOENT.*ca\.crt/ },
  'and neither with an empty one': { files: { token: 'secret-1', 'ca.crt': '' }, says: /ca\.crt" is empty/ },
}
table(test, incomplete, async ({ files, says }) => {
  mount(files)
  const fault = await faultOf(endpointInCluster(service, { folder }))
  assert.match(fault, says)
  assert.not.match(fault, /secret-1/)
})

test('a folder without a token is not a pod’s', () => {
  mount({ 'ca.crt': 'ca' })
  assert.not(isPod(folder))
  mount({ token: 'token' })
  assert.ok(isPod(folder))
})

type Fixture = { cluster: Cluster; timers: ManualTimers; transport: Transport; caller: () => Promise<string> }

// After half a minute with other files, each call opens a new connection.
async function inPod(work: (fixture: Fixture) => Promise<void>): Promise<void> {
  const cluster = await startCluster({ content: 'nothing' })
  try {
    for (const name of ['first', 'second']) await cluster.as('default', name)
    const { caPem, url } = cluster.controlPlane
    mount({ token: await cluster.controlPlane.serviceAccountToken('default', 'first'), 'ca.crt': caPem })
    const timers = new ManualTimers()
    const { hostname: host, port } = new URL(url)
    const transport = createTransport(await endpointInCluster({ host, port }, { folder, timers }))
    const caller = async (): Promise<string> => {
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
      const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
      type Review = { status: { userInfo: { username: string } } }
      const { status } = await transport.request<Review>({ method: 'POST', path, body: review, deadlineMs: 2_000 })
      return status.userInfo.username
    }
    await work({ cluster, timers, transport, caller })
    await transport.close()
  } finally {
    await cluster.stop()
  }
}

test('a real API server accepts a pod’s token and its rotation, and only its CA is trusted', async () => {
  await inPod(async ({ cluster, timers, caller }) => {
    assert.is(await caller(), 'system:serviceaccount:default:first')
    mount({ token: await cluster.controlPlane.serviceAccountToken('default', 'second') })
    assert.is(await caller(), 'system:serviceaccount:default:first')
    await timers.advance(30_001)
    assert.is(await caller(), 'system:serviceaccount:default:second')

    mount({ 'ca.crt': rootCertificates[0] ?? '' })
    await timers.advance(30_001)
    assert.match(await faultOf(caller()), /certificate/)
    mount({ 'ca.crt': `${rootCertificates[0]}\n${cluster.controlPlane.caPem}` })
    await timers.advance(30_001)
    assert.is(await caller(), 'system:serviceaccount:default:second')

    rmSync(join(folder, 'token'))
    await timers.advance(30_001)
    assert.is(await caller(), 'system:serviceaccount:default:second', 'as long as the API server accepts it')
    mount({ token: await cluster.controlPlane.serviceAccountToken('default', 'first') })
    await timers.advance(5_001)
    assert.is(await caller(), 'system:serviceaccount:default:first')
  })
})

test.run()
