// The janitor on a real API server, as a fourth process next to the others: what Dana reads after "I'm done", what is in the
// policy, and what each process was given.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { janitorIdentity } from '../../src/sandbox/janitor.ts'
import { approve, ask, cast, message, press, reached, stored, thread, until } from '../../src/sandbox/plays.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { attacks } from '../attacks.ts'
import { suite } from '../suite.ts'
import { quickWorld } from './world.ts'

const test = suite('a world with a janitor', { timeoutMs: 120_000 })
const { dana, mo } = cast
const project = 'projects/prod-eu'
const roles = ['roles/cloudsql.client', 'roles/logging.viewer']

let world: World
let before: ReturnType<World['google']['policies']['read']>
test.before(async () => {
  world = await quickWorld({ janitor: { roles } })
  before = world.google.policies.read(project)
})
test.after(() => world.stop())

/** Access that Dana has for an hour. */
async function granted(): Promise<string> {
  const { name = '' } = await ask(world, dana, '/prod-db 1h replaying the batch')
  await approve(world, name, mo)
  await reached(world, name, 'Provisioned')
  return name
}

const ownLeft = (uid: string): number =>
  (world.google.policies.read(project)?.bindings ?? []).filter(({ condition }) => condition?.title?.includes(uid))
    .length

test('a holder who is done has no access any more, and no manager is bothered', async () => {
  const name = await granted()
  const said = await press(world, name, 'done', dana)
  assert.match(said, /Hallpass's janitor removes it now\. If it does not, mo@example\.com/)
  const { metadata, status } = await reached(world, name, 'Revoked')
  assert.is(ownLeft(metadata.uid), 0)
  assert.equal(status?.removal, { states: ['Removed', 'Removed'] })
  for (const role of roles) assert.is(world.google.holds(dana.email, role, project, world.clock.now()), false)
  const writes = world.google.calls.filter(({ method }) => method === 'SetIamPolicy')
  assert.equal(
    writes.map(({ principal, reasonHeader }) => [principal, reasonHeader]),
    [
      [mo.email, `hallpass ${metadata.uid}`],
      [janitorIdentity.email, `hallpass ${metadata.uid}`],
    ],
  )
  const { bindings } = world.google.policies.read(project) ?? {}
  assert.equal(bindings, before?.bindings, 'everything else stays')
  await until('the request is settled', async () => (await stored(world, name))?.status?.settled)
  const words = JSON.stringify((await message(world, name)).blocks)
  assert.match(words, /Removed at .* by Hallpass's janitor for dana@example\.com \(Dana Engineer\)/)
  assert.match(words, /Google usually follows within 2 minutes, sometimes 7 or more/)
  const notes = JSON.stringify(await thread(world, name))
  assert.not.match(notes, /<@U0MO>/)
})

test('the log says before that the janitor was asked, and afterwards who it was and for whom', async () => {
  const name = await granted()
  await press(world, name, 'done', dana)
  await reached(world, name, 'Revoked')
  const { metadata } = (await stored(world, name)) ?? {}
  const last = await until('the last event', () => {
    const events = world.google.logs
      .entries()
      .map(({ jsonPayload }) => jsonPayload as Entry)
      .filter(({ request }) => request !== undefined && request.uid === metadata?.uid)
    return events.at(-1)?.event === 'Revoked' ? events.slice(-2) : undefined
  })
  assert.equal(
    last.map(({ event, actor, details }) => [event, actor, details['wantedBy'] ?? details['janitor']]),
    [
      ['RemovalAsked', dana.email, janitorIdentity.email],
      ['Revoked', janitorIdentity.email, dana.email],
    ],
  )
})

type Entry = { event: string; actor: string; details: Record<string, string>; request?: { uid: string } }

test('each use is counted by the janitor', async () => {
  const page = await (await fetch(`${world.healthUrls.janitor}/metrics`)).text()
  assert.match(page, /hallpass_removals_total\{outcome="Removed"\} 4/)
})

/** Everything that a process was given. */
async function givenTo(process: string): Promise<string> {
  const folder = join(world.processes.folder, process)
  const secrets = await readdir(join(folder, 'secrets'))
  const paths = ['config.yaml', 'kubeconfig', 'token', ...secrets.map(name => join('secrets', name))]
  return (await Promise.all(paths.map(path => readFile(join(folder, path), 'utf8')))).join('\n')
}

attacks<string>(
  test,
  {
    'the gateway looks for the credential of the janitor … not there': 'gateway',
    'auth looks for the credential of the janitor … not there': 'auth',
    'the controller looks for the credential of the janitor … not there': 'controller',
  },
  async process => ((await givenTo(process)).includes(janitorIdentity.token) ? 'there' : 'not there'),
)

test('the janitor was given only its identity', async () => {
  assert.equal(await readdir(join(world.processes.folder, 'janitor/secrets')), ['google-access-token'])
})

test('a role that was added later is left, said so, and the approver is asked', async () => {
  const sample = await world.mappings.get({ namespace, name: 'prod-db' })
  const grants = [...sample.spec.grants, { resource: project, role: 'roles/container.viewer' }]
  await world.mappings.patch(sample, { spec: { ...sample.spec, grants } } as never)
  await until('the mapping is judged again', async () => {
    const { metadata, status } = await world.mappings.get({ namespace, name: 'prod-db' })
    return status?.conditions?.some(
      ({ type, observedGeneration }) => type === 'Ready' && observedGeneration === metadata.generation,
    )
  })
  const name = await granted()
  await press(world, name, 'done', dana)
  await until('the approver is asked', async () =>
    (await stored(world, name))?.status?.told?.some(({ what }) => what === 'endAsked'),
  )
  const { metadata, status } = (await stored(world, name)) ?? {}
  assert.equal(status?.removal?.states, ['Left', 'Left', 'Left'], 'one write for one policy')
  assert.is(ownLeft(metadata?.uid ?? ''), 3)
  assert.match(
    JSON.stringify((await message(world, name)).blocks),
    /The janitor did not remove it: Google does not let/,
  )
})

test.run()
