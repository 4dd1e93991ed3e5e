// Socket Mode with real processes: the whole story, what the probes are told, and how a process ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parse, stringify } from 'yaml'
import * as assert from 'uvu/assert'
import { approve, ask, cast, reached, until } from '../../src/sandbox/plays.ts'
import { startWorld, type World } from '../../src/sandbox/world.ts'
import { freePorts } from '../../src/sim/programs.ts'
import { suite } from '../suite.ts'

const test = suite('processes in socket mode', { timeoutMs: 120_000 })
const names = ['gateway', 'all'] as const
const open = 'POST /api/apps.connections.open'

let world: World
let folder = ''

test.before(async () => {
  world = await startWorld({ slackMode: 'socket' })
  world.slack.quota.isOn = false
  folder = await mkdtemp(join(tmpdir(), 'hallpass-sockets-'))
  await cp(world.processes.folder, folder, { recursive: true })
  // All three share the folder of secrets of the gateway.
  for (const part of ['auth', 'controller'])
    await cp(join(folder, part, 'secrets'), join(folder, 'gateway', 'secrets'), { recursive: true })
})
test.after.each(() => world.slack.faults.clear())
test.after(async () => {
  await world?.stop()
  await rm(folder, { recursive: true, force: true })
})

test('a request is asked for, approved and granted, and the gateway serves nothing to Slack', async () => {
  const { name = '', answer } = await ask(world, cast.dana, '/prod-db 1m over a socket')
  assert.ok(name, answer)
  await approve(world, name, cast.mo)
  await reached(world, name, 'Provisioned')
  assert.equal(world.slack.sockets.faults, [])
  const { listen } = await settingsOf('gateway')
  const served = await fetch(`http://127.0.0.1:${listen.port}/slack/events`, { method: 'POST', body: 'command=/x' })
  assert.is(served.status, 404)
})

test('people are answered while sockets are refreshed and cut', async () => {
  const { sockets } = world.slack
  for (const change of [() => sockets.disconnect('warning'), () => sockets.cut(), () => undefined]) {
    change()
    await until('it is connected', () => sockets.count > 0 || undefined)
    const { answer } = await ask(world, cast.dana, '/access help')
    assert.match(answer, /\/access/)
  }
})

test('the gateway is not ready without a socket, says why, and comes back by itself', async () => {
  world.slack.faults.add({ route: open, times: 1_000_000, status: 503, body: {} })
  const ready = (): Promise<string> => textOf(`${world.healthUrls.gateway}/readyz`)
  let said = ''
  await until('it says why', async () => {
    // Repeatedly, because a socket whose address was given before may still open.
    world.slack.sockets.cut()
    said = await ready()
    return /no socket to Slack is open: Slack answered 503/.test(said) || undefined
  }).catch((error: unknown) => {
    throw new Error(`${String(error)} It says: ${said}`, { cause: error })
  })
  assert.is(await textOf(`${world.healthUrls.gateway}/livez`), 'ok\n')
  assert.match(await textOf(`${world.healthUrls.gateway}/metrics`), /^hallpass_slack_sockets 0$/m)
  world.slack.faults.clear()
  await until('it is ready', async () => (await ready()) === 'ok\n' || undefined, 60)
  assert.match(await textOf(`${world.healthUrls.gateway}/metrics`), /^hallpass_slack_sockets 1$/m)
})

test('the other processes are stopped', () => world.processes.stop())

for (const name of names) {
  test(`${name}: a refused token ends it with what to do`, async () => {
    const process = await begin(name)
    world.slack.faults.add({ route: open, status: 200, body: { ok: false, error: 'token_revoked' } })
    world.slack.sockets.cut()
    assert.is(await within(15, process.ended), 1, process.printed())
    assert.match(
      process.printed(),
      /^hallpass: Slack refuses the app-level token \("token_revoked"\)\..*secret slack-app-token/m,
    )
    assert.not.match(process.printed(), /xapp-/)
  })

  test(`${name}: SIGTERM ends it within ten seconds while Slack is away`, async () => {
    const process = await begin(name)
    world.slack.faults.add({ route: '*', times: 1_000_000, hang: true })
    world.slack.sockets.cut()
    await until('it is not ready', async () => (await textOf(`${process.health}/readyz`)) !== 'ok\n' || undefined)
    process.child.kill('SIGTERM')
    assert.is(await within(10, process.ended), 0, process.printed())
  })
}

test('SIGTERM ends it within ten seconds while a person waits and Slack takes no answer', async () => {
  const process = await begin('gateway')
  world.slack.faults.add(
    { route: 'POST /api/users.info', times: 1_000_000, hang: true },
    { route: 'POST /commands/*', times: 1_000_000, hang: true },
  )
  const { answer } = await ask(world, cast.otto, '/prod-db 1m while Slack is slow')
  assert.match(answer, /^Still storing/)
  process.child.kill('SIGTERM')
  assert.is(await within(10, process.ended), 0, process.printed())
  assert.is(world.slack.sockets.count, 0)
})

type Settings = { listen: { port: number; healthPort: number } }

async function settingsOf(part: string): Promise<Settings> {
  return parse(await readFile(join(folder, part, 'config.yaml'), 'utf8')) as Settings
}

type Begun = { child: ChildProcess; health: string; ended: Promise<number | null>; printed: () => string }

/** Starts a process and waits until it is ready. */
async function begin(name: (typeof names)[number]): Promise<Begun> {
  const [port = 0, healthPort = 0] = await freePorts(2)
  const settings = await settingsOf('gateway')
  const config = join(folder, `${name}-${port}.yaml`)
  await writeFile(config, stringify({ ...settings, listen: { ...settings.listen, port, healthPort } }))
  const kubeconfig = name === 'all' ? world.cluster.kubeconfigPath : join(folder, 'gateway', 'kubeconfig')
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/cli/hallpass.ts'), name], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      HALLPASS_CONFIG: config,
      HALLPASS_SECRETS: join(folder, 'gateway', 'secrets'),
      KUBECONFIG: kubeconfig,
    },
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const ended = new Promise<number | null>(resolve => child.once('close', code => resolve(code)))
  const health = `http://127.0.0.1:${healthPort}`
  const begun = { child, health, ended, printed: () => printed }
  let said = ''
  await until(`${name} is ready`, async () => {
    if (child.exitCode !== null) throw new Error(printed)
    said = await textOf(`${health}/readyz`)
    return said === 'ok\n' || undefined
  }).catch((error: unknown) => {
    throw new Error(`${String(error)} It says: ${said}\n${printed}`)
  })
  return begun
}

async function textOf(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
  return answer?.text() ?? 'no answer'
}

async function within<T>(seconds: number, work: Promise<T>): Promise<T | 'late'> {
  return Promise.race([work, pause(seconds * 1000, 'late' as const, { ref: false })])
}

test.run()
