// The local control plane: found or refused in words, started, and never left behind.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { isAlive, withLock } from '../../src/sim/controlplane/lock.ts'
import { locateApiServer, locateBinaries, refuseVersion } from '../../src/sim/controlplane/locate.ts'
import {
  binariesFolder,
  kubernetesVersions,
  type Minor,
  programs,
  refuseDisk,
} from '../../src/sim/controlplane/places.ts'
import { createTransport } from '../../src/kube/transport.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { suite } from '../suite.ts'

const test = suite('the local control plane', { timeoutMs: 120_000 })
const folder = mkdtempSync(join(tmpdir(), 'hallpass-test-'))
let cluster: Cluster

test.before(async () => {
  cluster = await startCluster({ content: 'nothing', auditRules: [{ level: 'Metadata' }] })
})
test.after(async () => {
  await cluster.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('it is a real API server of the pinned version', async () => {
  const version = await cluster.transport.request<{ gitVersion: string }>({ method: 'GET', path: '/version' })
  assert.match(version.gitVersion, /^v1\.36\./)
})

test('a service account has its own name and no rights', async () => {
  await cluster.createNamespace('somewhere')
  const transport = await cluster.as('somewhere', 'someone')
  const review = await transport.request<{ status: { userInfo: { username: string } } }>({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  })
  assert.is(review.status.userInfo.username, 'system:serviceaccount:somewhere:someone')
  const error = await transport.request({ method: 'GET', path: '/api/v1/secrets' }).catch((e: unknown) => e)
  assert.is((error as { status: number }).status, 403)
})

test('without a token nothing is served', async () => {
  const { url, caPem } = cluster.controlPlane
  const nobody = createTransport({ server: url, ca: caPem })
  const error = await nobody.request({ method: 'GET', path: '/api/v1/namespaces' }).catch((e: unknown) => e)
  await nobody.close()
  assert.ok([401, 403].includes((error as { status: number }).status), String(error))
})

test('kubectl of the same version speaks to it', async () => {
  const { stdout } = await cluster.kubectl('version')
  assert.match(stdout, /Client Version: v1\.36\.[\s\S]*Server Version: v1\.36\./)
})

test('calls are in its audit log when that is asked for', async () => {
  await cluster.transport.request({ method: 'GET', path: '/api/v1/namespaces/default' })
  for (let tries = 0; tries < 50 && !existsSync(join(cluster.controlPlane.folder, 'audit.log')); tries++)
    await pause(50)
  assert.match(readFileSync(join(cluster.controlPlane.folder, 'audit.log'), 'utf8'), /"user":\{"username":"admin"/)
})

test('a parent that is killed leaves no process and no folder behind', async () => {
  const parent = spawn(process.execPath, [join(import.meta.dirname, 'parent.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said = await new Promise<string>(resolve =>
    parent.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
  )
  const started = JSON.parse(said) as { folder: string; watchdogPid: number }
  assert.ok((await processesNaming(started.folder)).length >= 2, 'etcd and kube-apiserver run')
  parent.kill('SIGKILL')
  for (let tries = 0; tries < 100 && (isAlive(started.watchdogPid) || existsSync(started.folder)); tries++)
    await pause(100)
  assert.not.ok(isAlive(started.watchdogPid), 'the watchdog is gone')
  assert.equal(await processesNaming(started.folder), [], 'no program is left')
  assert.not.ok(existsSync(started.folder), 'the folder is gone')
})

test('assets that lack a program are refused by name', async () => {
  const assets = join(folder, 'assets')
  mkdirSync(assets)
  writeFileSync(join(assets, 'etcd'), '', { mode: 0o755 })
  await rejects(locateBinaries({ env: { KUBEBUILDER_ASSETS: assets } }), /does not contain kube-apiserver and kubectl/)
})

test('with neither network nor Go the remedy is said', async () => {
  const said: string[] = []
  const download = (): Promise<void> => Promise.reject(new Error('no route'))
  const env = { HALLPASS_CACHE: join(folder, 'none'), PATH: '/nonexistent' }
  await rejects(
    locateBinaries({ env, download, say: line => said.push(line) }),
    /Install Go 1\.26 or newer, or set KUBEBUILDER_ASSETS/,
  )
  if (process.platform === 'linux' && process.arch === 'x64') assert.match(said.join('\n'), /no route/)
})

test('programs in the cache are used as they are', async () => {
  const env = { HALLPASS_CACHE: join(folder, 'cache') }
  mkdirSync(binariesFolder(env), { recursive: true })
  for (const program of programs) writeFileSync(join(binariesFolder(env), program), '', { mode: 0o755 })
  assert.equal(await locateBinaries({ env }), { folder: binariesFolder(env), source: 'cache' })
})

const further = (Object.keys(kubernetesVersions) as Minor[]).filter(minor => minor !== '1.36')
for (const minor of further) {
  test(`Kubernetes ${minor} without Go is refused with the remedy`, async () => {
    const env = { HALLPASS_CACHE: join(folder, 'no-go'), PATH: '/nonexistent' }
    const why = `Kubernetes ${kubernetesVersions[minor]} cannot be built: Go is not installed. Install Go 1.26 or newer.`
    assert.is(await refuseVersion(minor, env), why)
    await rejects(locateApiServer(minor, { env }), /Install Go 1\.26 or newer/)
  })

  test(`the API server of Kubernetes ${minor} in the cache is used as it is, also without Go`, async () => {
    const env = { HALLPASS_CACHE: join(folder, `cache-${minor}`), PATH: '/nonexistent' }
    const place = binariesFolder(env, minor)
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, 'kube-apiserver'), '', { mode: 0o755 })
    assert.is(await refuseVersion(minor, env), undefined)
    assert.is(await locateApiServer(minor, { env }), join(place, 'kube-apiserver'))
  })
}

for (const [minor, version] of Object.entries(kubernetesVersions))
  test(`what Kubernetes ${minor} is built from is pinned to ${version}, part by part`, () => {
    const module = join(import.meta.dirname, `../../src/sim/controlplane/modules/kubernetes-${minor}`)
    const text = readFileSync(join(module, 'go.mod'), 'utf8')
    assert.match(text, `k8s.io/kubernetes ${version}`)
    const replaced = [...text.matchAll(/^\t(k8s\.io\/\S+) => (\S+) (\S+)$/gm)]
    assert.ok(replaced.length >= 31, `${replaced.length} parts`)
    for (const [, part, by, at] of replaced) {
      assert.is(by, part)
      assert.is(at, version.replace('v1.', 'v0.'), part)
    }
    assert.match(readFileSync(join(module, 'go.sum'), 'utf8'), `k8s.io/kubernetes ${version} h1:`)
  })

test('a version that is not pinned is refused, and those that are get named', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/sim/controlplane/main.ts'), '1.20'])
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const code = await new Promise(resolve => child.on('close', resolve))
  assert.is(code, 1)
  assert.match(said, 'Kubernetes "1.20" is not one of the pinned versions: 1.32, 1.36, 1.37.')
})

test('too little disk is said with the remedy', async () => {
  assert.match((await refuseDisk(folder, 1e18)) ?? '', /HALLPASS_CACHE/)
  assert.is(await refuseDisk(folder, 1), undefined)
})

test('a lock is held by one at a time, and a dead holder loses it', async () => {
  const lock = join(folder, 'lock')
  mkdirSync(lock)
  writeFileSync(join(lock, 'pid'), '999999999')
  const order: string[] = []
  const hold = (name: string): Promise<void> =>
    withLock(
      lock,
      () => undefined,
      async () => {
        order.push(`${name} in`)
        await pause(50)
        order.push(`${name} out`)
      },
    )
  await Promise.all([hold('a'), hold('b')])
  assert.is(order.length, 4)
  assert.is(order[0]?.[0], order[1]?.[0], 'nobody enters while another is in')
})

async function rejects(promise: Promise<unknown>, pattern: RegExp): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  )
  assert.instance(error, Error)
  assert.match((error as Error).message, pattern)
}

async function processesNaming(text: string): Promise<string[]> {
  if (!existsSync('/proc')) return []
  const found: string[] = []
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const line = existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : ''
    if (line.includes(`=${text}`)) found.push(pid)
  }
  return found
}

test.run()
