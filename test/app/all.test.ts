// All three in one process, as for trials: one port, one kubeconfig, and in the cluster three separate identities.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import * as assert from 'uvu/assert'
import { approve, ask, cast, entriesOf, reached, stored, until } from '../../src/sandbox/plays.ts'
import { startWorld, type World } from '../../src/sandbox/world.ts'
import { defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import { freePorts } from '../../src/sim/programs.ts'
import { newRequest, requestsPath } from '../deploy/fixture.ts'
import { suite } from '../suite.ts'

const test = suite('all in one process', { timeoutMs: 120_000 })
let world: World
let folder = ''
let all: ChildProcess
let printed = ''

test.before(async () => {
  world = await startWorld()
  folder = await mkdtemp(join(tmpdir(), 'hallpass-all-'))
  const settings = await settingsOfAll()
  await world.processes.stop()
  // One process has one identity at Google: here the controller's, which may then do what auth does as well.
  const members = [`serviceAccount:${defaultIdentities.controller.email}`]
  for (const name of Object.values(defaultKeys))
    world.google.policies.define({
      name,
      parent: 'projects/hallpass-ops',
      bindings: [{ role: 'roles/cloudkms.cryptoKeyEncrypterDecrypter', members }],
    })
  const { port, healthPort } = settings.listen
  all = start('config.yaml')
  for (const stream of [all.stdout, all.stderr]) stream?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  await until('it is ready', async () => {
    const answer = await fetch(`http://127.0.0.1:${healthPort}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(
      () => undefined,
    )
    return answer?.ok || undefined
  })
  world.slack.connect(`http://127.0.0.1:${port}/slack/events`)
})
test.after(async () => {
  all?.kill('SIGKILL')
  await world?.stop()
  await rm(folder, { recursive: true, force: true })
})

test('one port serves Slack and the pages, and the whole job is done', async () => {
  const { name = '', answer } = await ask(world, cast.dana, '/prod-db 1m in one process')
  assert.ok(name, answer)
  const page = await approve(world, name, cast.mo)
  assert.match(page.text, /Granting|Granted (from .+ )?until/)
  await reached(world, name, 'Provisioned')
  const uid = (await stored(world, name))?.metadata.uid ?? ''
  await until('it is in the log', () => entriesOf(world, uid).some(({ event }) => event === 'Granted') || undefined)
})

test('each part wrote as its own service account, or admission would have refused it', async () => {
  const { items } = await world.requests.list({ namespace: 'hallpass' })
  const managers = items.flatMap(
    ({ metadata }) => (metadata as { managedFields?: { manager: string }[] }).managedFields ?? [],
  )
  const names = new Set(managers.map(({ manager }) => manager))
  // Of the parts, and not of each process that ever ran one.
  const ours = [...names].filter(name => name.includes('hallpass')).sort()
  assert.equal(ours, ['hallpass-auth', 'hallpass-controller', 'hallpass-gateway'])
})

test('one whose policy is not bound is not ready and says which; once it is bound, it is ready', async () => {
  const bindings = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings'
  const path = `${bindings}/hallpass-request-creation`
  const { spec } = await world.cluster.transport.request<{ spec: object }>({ method: 'GET', path })
  await world.cluster.transport.request({ method: 'DELETE', path })
  const [port = 0, healthPort = 0] = await freePorts(2)
  const settings = parse(await readFile(join(folder, 'config.yaml'), 'utf8')) as { listen: object }
  await writeFile(
    join(folder, 'unbound.yaml'),
    stringify({ ...settings, listen: { ...settings.listen, port, healthPort } }),
  )
  const unenforced = { method: 'POST', path: requestsPath, query: { dryRun: 'All' }, body: newRequest() } as const
  const unheard = (): undefined => undefined
  await until('nothing enforces it', () => world.cluster.transport.request(unenforced).catch(unheard))
  const unbound = start('unbound.yaml')
  const says = async (what: RegExp): Promise<true | undefined> => {
    const answer = await fetch(`http://127.0.0.1:${healthPort}/readyz`, { signal: AbortSignal.timeout(2_000) })
    return what.test(await answer.text()) || undefined
  }
  try {
    await until('it says which policy', () =>
      says(/"hallpass-request-creation" is not enforced.*Apply deploy\/base\/policies/).catch(unheard),
    )
    const body = { metadata: { name: 'hallpass-request-creation' }, spec }
    await world.cluster.transport.request({ method: 'POST', path: bindings, body })
    await until('it is ready', () => says(/^ok$/m).catch(unheard))
  } finally {
    unbound.kill('SIGKILL')
  }
})

test('one that cannot have its port ends, for its probes must not say that it lives', async () => {
  const settings = parse(await readFile(join(folder, 'config.yaml'), 'utf8')) as { listen: object }
  await writeFile(
    join(folder, 'second.yaml'),
    stringify({ ...settings, listen: { ...settings.listen, healthPort: 0 } }),
  )
  const second = start('second.yaml')
  let said = ''
  second.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const code = await new Promise<number | null>(resolve => {
    const late = setTimeout(() => second.kill('SIGKILL'), 25_000)
    second.once('close', ended => {
      clearTimeout(late)
      resolve(ended)
    })
  })
  assert.is(code, 1, said)
  assert.match(said, /cannot be listened on.*Set listen\.port to a free one/)
})

test('SIGTERM ends it without an error, and the lease is given up', async () => {
  const ended = new Promise<number | null>(resolve => all.once('exit', code => resolve(code)))
  all.kill('SIGTERM')
  assert.is(await ended, 0, printed)
  const lease = await world.cluster.transport.request<{ spec: { holderIdentity: string } }>({
    method: 'GET',
    path: '/apis/coordination.k8s.io/v1/namespaces/hallpass-system/leases/hallpass-controller',
  })
  assert.is(lease.spec.holderIdentity, '')
})

function start(config: string): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, '../../src/cli/hallpass.ts'), 'all'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      HALLPASS_CONFIG: join(folder, config),
      HALLPASS_SECRETS: join(folder, 'secrets'),
      KUBECONFIG: world.cluster.kubeconfigPath,
      // No name of a pod, and no text for a header: it is for people who read the lease.
      POD_NAME: 'Dana’s laptop/東京',
    },
  })
}

/** The settings of auth, which names the public address, together with all secrets. */
async function settingsOfAll(): Promise<{ listen: { port: number; healthPort: number } }> {
  const from = (...path: string[]): Promise<string> => readFile(join(world.processes.folder, ...path), 'utf8')
  const settings = parse(await from('auth', 'config.yaml')) as { listen: { port: number; healthPort: number } }
  await mkdir(join(folder, 'secrets'))
  await writeFile(join(folder, 'config.yaml'), stringify(settings))
  const files = {
    gateway: ['slack-bot-token', 'slack-signing-secret'],
    auth: ['oauth-client-secret'],
    controller: ['pagerduty-token', 'pagerduty-route-platform', 'google-access-token'],
  }
  for (const [part, names] of Object.entries(files))
    for (const name of names) await writeFile(join(folder, 'secrets', name), await from(part, 'secrets', name))
  return settings
}

test.run()
