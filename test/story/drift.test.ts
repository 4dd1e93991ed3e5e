// A stranger changes a policy in the simulated Google while the whole operator runs: the controller says so in a condition, one
// Event and its metrics, and takes it back when it is put right. A reader in trouble leaves everything else working.
import * as assert from 'uvu/assert'
import { approve, ask, cast, reached, until } from '../../src/sandbox/plays.ts'
import { namespace, startWorld, type World } from '../../src/sandbox/world.ts'
import { createResource, type Stored } from '../../src/kube/resource.ts'
import { policyReader } from '../../src/sim/google/seeds.ts'
import type { Binding } from '../../src/sim/google/types.ts'
import { suite } from '../suite.ts'

const test = suite('policies are compared with the record', { timeoutMs: 120_000 })
const { dana, mo } = cast
const project = 'projects/prod-eu'
const role = 'roles/cloudsql.client'
const eve = 'user:otto@example.com'
let world: World

test.before(async () => {
  world = await startWorld({ compareEvery: '10s' })
  world.slack.quota.isOn = false
})
test.after(() => world.stop())

type Condition = { type: string; status: string; reason: string; message: string }
async function condition(wanted: string): Promise<Condition> {
  return until(
    `the condition PolicyAsRecorded is ${wanted}`,
    async () => {
      const { status } = await world.mappings.get({ namespace, name: 'prod-db' })
      return status?.conditions?.find(({ type, status: is }) => type === 'PolicyAsRecorded' && is === wanted)
    },
    60,
  )
}

type Event = Stored & { reason?: string; note?: string; regarding?: { name?: string } }
async function events(): Promise<string[]> {
  const { items } = await createResource<Event>(world.cluster.transport, {
    group: 'events.k8s.io',
    version: 'v1',
    plural: 'events',
  }).list({ namespace })
  return items.flatMap(({ reason, note = '', regarding }) =>
    reason === 'DriftFound' && regarding?.name === 'prod-db' ? [note] : [],
  )
}

async function metric(name: string): Promise<string | undefined> {
  const page = await (await fetch(`${world.healthUrls.controller}/metrics`)).text()
  return page
    .split('\n')
    .find(line => line.startsWith(name))
    ?.split(' ')
    .at(-1)
}

/** A stranger with every right edits the policy behind everybody's back. */
function edit(change: (bindings: Binding[]) => Binding[]): void {
  const { bindings = [] } = world.google.policies.read(project) ?? {}
  world.google.policies.replace(project, { bindings: change(structuredClone(bindings)) })
}
const isOurs = ({ condition: of, role: is }: Binding): boolean =>
  is === role && (of?.title?.startsWith('hallpass ') ?? false)

/** Access that Dana has for an hour. */
async function granted(): Promise<string> {
  const { name = '' } = await ask(world, dana, '/prod-db 1h INC-1234 replaying the batch')
  await approve(world, name, mo)
  await reached(world, name, 'Provisioned')
  return name
}

test('a grant is no difference, and the reader is the only one who reads', async () => {
  await granted()
  await condition('True')
  assert.is(await metric('hallpass_drift_findings{kind="altered"}'), '0')
  const readers = world.google.calls.filter(({ principal }) => principal === policyReader).map(({ method }) => method)
  assert.ok(readers.length > 0 && readers.every(method => /getIamPolicy/i.test(method)), readers.join())
})

test('a stranger adds a member: condition, one Event and metric, and they go when it is put right', async () => {
  edit(bindings => bindings.map(one => (isOurs(one) ? { ...one, members: [...one.members, eve] } : one)))
  const found = await condition('False')
  assert.is(found.reason, 'DriftFound')
  assert.match(found.message, `altered: ${role} on ${project} for ${eve}: its request is of dana@example.com.`)
  assert.is(await metric('hallpass_drift_findings{kind="altered"}'), '1')
  const checks = Number(await metric('hallpass_drift_checks_total{outcome="complete"}'))
  await until(
    'it is checked twice more',
    async () => Number(await metric('hallpass_drift_checks_total{outcome="complete"}')) >= checks + 2,
    60,
  )
  await until('the Event is there', async () => (await events()).length > 0)
  assert.is((await events()).length, 1)
  edit(bindings =>
    bindings.map(one => (isOurs(one) ? { ...one, members: one.members.filter(other => other !== eve) } : one)),
  )
  await condition('True')
  assert.is(await metric('hallpass_drift_findings{kind="altered"}'), '0')
  const { status } = await world.mappings.get({ namespace, name: 'prod-db' })
  assert.is(status?.drift, undefined)
})

test('a reader that may read nothing any more: not known, and requests are granted as ever', async () => {
  const { bindings = [] } = world.google.policies.read('organizations/1') ?? {}
  world.google.policies.replace('organizations/1', {
    bindings: bindings.filter(one => one.role !== 'roles/iam.securityReviewer'),
  })
  const unknown = await condition('Unknown')
  assert.is(unknown.reason, 'PolicyUnread')
  await granted()
  const ready = await world.mappings.get({ namespace, name: 'prod-db' })
  assert.is(ready.status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True')
  assert.ok(Number(await metric('hallpass_drift_checks_total{outcome="incomplete"}')) > 0)
  world.google.policies.replace('organizations/1', { bindings })
  await condition('True')
})

test.run()
