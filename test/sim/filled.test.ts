// Control planes that begin with a filled store: it is filled once, copied for each start, never used when anything that
// decides its content has changed, and holds no secret.
import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { ApiError } from '../../src/kube/api-error.ts'
import { createTransport, type Transport } from '../../src/kube/transport.ts'
import { type Content, keyOf, startFilled } from '../../src/sim/controlplane/filled.ts'
import { locateBinaries } from '../../src/sim/controlplane/locate.ts'
import { binariesFolder } from '../../src/sim/controlplane/places.ts'
import type { ControlPlane, StartOptions } from '../../src/sim/controlplane/start.ts'
import { suite } from '../suite.ts'

const test = suite('filled stores', { timeoutMs: 120_000 })
const configMaps = '/api/v1/namespaces/default/configmaps'
const day = 24 * 3_600_000

let folder: string
let options: StartOptions
let fills = 0
let isBroken = true
const content: Content = {
  files: [import.meta.filename],
  fill: async controlPlane => {
    fills += 1
    await withAdmin(controlPlane, admin =>
      admin.request({ method: 'POST', path: configMaps, body: { metadata: { name: 'filled' }, data: { a: '1' } } }),
    )
    if (isBroken) throw new Error('the content is broken')
  },
}
let planes: [ControlPlane, ControlPlane]

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hallpass-filled-'))
  const { folder: assets } = await locateBinaries()
  options = { env: { ...process.env, KUBEBUILDER_ASSETS: assets, HALLPASS_CACHE: folder } }
})
test.after(async () => {
  await Promise.all(planes.map(plane => plane.stop()))
  await rm(folder, { recursive: true })
})

const stores = async (): Promise<string[]> => readdir(join(folder, 'stores'))

async function withAdmin<T>(plane: ControlPlane, work: (admin: Transport) => Promise<T>): Promise<T> {
  return withToken(plane, plane.adminToken, work)
}

async function withToken<T>(
  { url, caPem }: ControlPlane,
  token: string,
  work: (transport: Transport) => Promise<T>,
): Promise<T> {
  const transport = createTransport({ server: url, ca: caPem, token: async () => token })
  try {
    return await work(transport)
  } finally {
    await transport.close()
  }
}

async function statusWith(plane: ControlPlane, token: string): Promise<number> {
  const error = await withToken(plane, token, it => it.request({ method: 'GET', path: '/api/v1/namespaces' })).catch(
    (thrown: unknown) => thrown,
  )
  return error instanceof ApiError ? error.status : 200
}

test('a store whose filling fails is not kept', async () => {
  const error = await startFilled(content, options).catch((thrown: unknown) => thrown)
  assert.match(String(error), 'the content is broken')
  assert.equal(
    (await stores()).filter(name => !name.endsWith('.unfinished')),
    [],
  )
  isBroken = false
})

test('two that start at the same time fill it once, and stores that nobody uses are removed then', async () => {
  for (const [name, days] of Object.entries({ old: 8, young: 6 })) {
    await mkdir(join(folder, 'stores', name))
    const usedAt = new Date(Date.now() - days * day)
    await utimes(join(folder, 'stores', name), usedAt, usedAt)
  }
  fills = 0
  planes = await Promise.all([startFilled(content, options), startFilled(content, options)])
  assert.is(fills, 1)
  assert.equal((await stores()).sort(), [await keyOf(content, options), 'young'].sort())
})

test('each has the content, and changes only its own copy', async () => {
  const [one, other] = planes
  await withAdmin(one, admin => admin.request({ method: 'DELETE', path: `${configMaps}/filled` }))
  const { data } = await withAdmin(other, admin =>
    admin.request<{ data: object }>({ method: 'GET', path: `${configMaps}/filled` }),
  )
  assert.equal(data, { a: '1' })
})

test('the store holds no Secret', async () => {
  for (const plane of planes) {
    const { items } = await withAdmin(plane, admin =>
      admin.request<{ items: object[] }>({ method: 'GET', path: '/api/v1/secrets' }),
    )
    assert.equal(items, [])
  }
})

test('tokens of one are worth nothing at another, and their certificates differ', async () => {
  const [one, other] = planes
  await withAdmin(one, admin =>
    admin.request({
      method: 'POST',
      path: '/api/v1/namespaces/default/serviceaccounts',
      body: { metadata: { name: 'somebody' } },
    }),
  )
  const token = await one.serviceAccountToken('default', 'somebody')
  assert.equal([await statusWith(one, token), await statusWith(other, token)], [403, 401])
  assert.equal([await statusWith(one, one.adminToken), await statusWith(other, one.adminToken)], [200, 401])
  assert.is.not(one.caPem, other.caPem)
})

test('a cache folder that cannot be written costs time only', async () => {
  fills = 0
  const plane = await startFilled(content, { env: { ...options.env, HALLPASS_CACHE: '/dev/null/cache' } })
  try {
    await withAdmin(plane, admin => admin.request({ method: 'GET', path: `${configMaps}/filled` }))
    assert.is(fills, 1)
  } finally {
    await plane.stop()
  }
})

test('every change of what decides the content leads to another store', async () => {
  const [assets, files] = [join(folder, 'assets'), join(folder, 'files')]
  await mkdir(assets)
  await mkdir(join(files, 'below'), { recursive: true })
  for (const program of ['etcd', 'kube-apiserver', 'kubectl']) await place(join(assets, program), 'one')
  await place(join(files, 'below/a.yaml'), 'one')
  const env = { KUBEBUILDER_ASSETS: assets, HALLPASS_CACHE: folder }
  const key = (texts = ['a'], more: StartOptions = {}): Promise<string> =>
    keyOf({ files: [files], texts, fill: async () => undefined }, { env, ...more })
  const keys = [await key(), await key(['b']), await key(['a'], { apiServerFlags: ['--v=2'] })]
  assert.is(await key(), keys[0], 'nothing has changed')
  const changes: (() => Promise<void>)[] = [
    () => place(join(files, 'below/a.yaml'), 'two'),
    () => place(join(files, 'below/b.yaml'), ''),
    () => rm(join(files, 'below/a.yaml')),
    ...['etcd', 'kube-apiserver', 'kubectl'].map(program => () => place(join(assets, program), 'longer')),
    () => utimes(join(assets, 'etcd'), new Date(), new Date(0)),
  ]
  for (const change of changes) {
    await change()
    keys.push(await key())
  }
  const other = binariesFolder(env, '1.32')
  await mkdir(other, { recursive: true })
  await place(join(other, 'kube-apiserver'), 'one')
  keys.push(await key(['a'], { kubernetes: '1.32' }))
  assert.is(await key(['a'], { env: { ...env, HALLPASS_KUBERNETES: '1.32' } }), keys.at(-1), 'the same version')
  assert.is(new Set(keys).size, keys.length)
})

async function place(path: string, text: string): Promise<void> {
  await writeFile(path, text)
  await chmod(path, 0o755)
}

test.run()
