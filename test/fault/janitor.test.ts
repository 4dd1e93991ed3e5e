// The janitor killed at its outside calls, on a real API server: before a call leaves, when it has taken effect and is not
// answered, and after its answer. Whatever the instant, the access of a holder who is done is gone in the end, and nobody
// else's. A few points each time; with FAULT_ALL=1 all of them.
import { randomInt } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import { janitorIdentity } from '../../src/sandbox/janitor.ts'
import { approve, ask, cast, press, reached, stored, until } from '../../src/sandbox/plays.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { compiledFolder } from '../../src/sim/controlplane/places.ts'
import { freePorts } from '../../src/sim/programs.ts'
import { quickWorld } from '../story/world.ts'
import { suite } from '../suite.ts'
import { keep, type Kept } from './child.ts'
import { type Moment, moments, type Proxy, startProxy } from './proxy.ts'

const test = suite('the janitor killed at its outside calls', { timeoutMs: 450_000 })
const project = 'projects/prod-eu'
const roles = ['roles/cloudsql.client', 'roles/logging.viewer']
const { dana, mo } = cast
/** Chooses the points; set it to play them again. */
const seed = Number(process.env['FAULT_SEED'] ?? randomInt(1000))
const isWhole = process.env['FAULT_ALL'] === '1'
const chosenPoints = 3

let world: World
let folder: string
let proxy: Proxy
let janitor: Kept

test.before(async () => {
  world = await quickWorld({ janitor: { roles, isAway: true } })
  folder = await mkdtemp(join(tmpdir(), 'hallpass-janitor-'))
  const { cluster, google, slack, pagerduty, pages } = world
  const upstreams = {
    cluster: { url: cluster.server, ca: cluster.ca },
    google: { url: google.url },
    slack: { url: slack.url },
    pagerduty: { url: pagerduty.url },
    events: { url: pages.url },
  }
  proxy = await startProxy(upstreams, () => janitor.kill())
  const [port = 0, healthPort = 0] = await freePorts(2)
  const env = await placed({ port, healthPort, host: '127.0.0.1' })
  const isReady = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${healthPort}/readyz`)).ok
  janitor = keep({ args: ['janitor'], env, isReady, onStart: () => proxy.revive() })
  await janitor.ready()
})
test.after(async () => {
  await janitor.stop()
  await proxy.close()
  await world.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Everything that the janitor is given, and its environment. */
async function placed(listen: object): Promise<Record<string, string>> {
  const { cluster } = world
  const token = await cluster.serviceAccountToken('hallpass-system', 'hallpass-janitor', 3600)
  const config = {
    namespaces: [namespace],
    janitor: { account: janitorIdentity.email },
    listen,
    iAmASandbox: { acceptLoopbackEndpoints: true, google: proxy.urls.google },
  }
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'proxy', cluster: { server: proxy.urls.cluster, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'janitor', user: { token } }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'janitor' } }],
    'current-context': 'proxy',
  }
  await mkdir(join(folder, 'secrets'))
  await writeFile(join(folder, 'config.yaml'), stringify(config))
  await writeFile(join(folder, 'kubeconfig'), stringify(kubeconfig), { mode: 0o600 })
  await writeFile(join(folder, 'secrets/google-access-token'), janitorIdentity.token, { mode: 0o600 })
  return {
    HALLPASS_CONFIG: join(folder, 'config.yaml'),
    HALLPASS_SECRETS: join(folder, 'secrets'),
    KUBECONFIG: join(folder, 'kubeconfig'),
    POD_NAME: 'hallpass-janitor',
    NODE_COMPILE_CACHE: compiledFolder(process.env),
  }
}

/** Dana has access, is done, and it is gone; `death` ends the janitor once on the way. */
async function played(death?: { call: string; moment: Moment }): Promise<void> {
  await janitor.ready()
  const before = world.google.policies.read(project)?.bindings
  const { name = '' } = await ask(world, dana, '/prod-db 1h replaying the batch')
  await approve(world, name, mo)
  await reached(world, name, 'Provisioned')
  proxy.begin()
  if (death) proxy.arm(death)
  await press(world, name, 'done', dana)
  const { status } = await reached(world, name, 'Revoked', 60)
  assert.equal(world.google.policies.read(project)?.bindings, before, 'everything else stays')
  assert.ok(status?.removal?.states.every(state => state === 'Removed' || state === 'Gone'))
  await until('its events are in the log', () => {
    const events = world.google.logs
      .entries()
      .map(({ jsonPayload }) => jsonPayload as { event: string; request?: { name: string } })
      .filter(({ request }) => request?.name === name)
      .map(({ event }) => event)
    return events.includes('RemovalAsked') && events.filter(event => event === 'Revoked').length === 1
  })
  assert.is((await stored(world, name))?.status?.endingsRefused, undefined)
}

test('wherever it dies, the access is gone once, and no entry of others is touched', async () => {
  await played()
  // Not the tries of the admission policy, nor what follows a conflict: they do not come in every life.
  const calls = proxy.calls.filter(call => /(IamPolicy|^GET accessrequests\/\*|\{removal\}) #1$/.test(call))
  assert.ok(calls.some(call => call.includes('setIamPolicy')) && calls.some(call => call.includes('{removal}')))
  const points = [...new Set(calls)].flatMap(call => moments.map(moment => ({ call, moment })))
  const stride = 5
  const some = Array.from({ length: chosenPoints }, (_, n) => points[(seed + n * stride) % points.length])
  console.log(`${points.length} points; FAULT_SEED=${seed}`)
  for (const point of isWhole ? points : some.filter(each => each !== undefined)) {
    await played(point)
    assert.ok(proxy.hasStruck(), `${point.call} did not come`)
    console.log(`${point.call}, ${point.moment}: converged`)
  }
})

test.run()
