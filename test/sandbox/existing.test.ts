// A sandbox in a cluster that exists already: everything except the control plane is started here, and the cluster
// stays. It has every sample mapping, as npm start has.
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { approve, ask, cast, deny, reached, stored, until } from '../../src/sandbox/plays.ts'
import { sceneOf } from '../../src/sandbox/scene.ts'
import { sandboxTown } from '../../src/sandbox/town.ts'
import { startWorld, type World } from '../../src/sandbox/world.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { suite } from '../suite.ts'

const test = suite('a sandbox in an existing cluster', { timeoutMs: 120_000 })
const samples = join(import.meta.dirname, '../../deploy/samples')
let cluster: Cluster
let world: World

const start = async (): Promise<World> => startWorld({ existing: true, town: await sandboxTown() })

test.before(async () => {
  cluster = await startCluster({ content: 'nothing' })
  process.env['KUBECONFIG'] = cluster.controlPlane.kubeconfigPath
  world = await start()
})
test.after(async () => {
  await world.stop()
  await cluster.stop()
})

test('it is played in like any other, and no pod of it would run there', async () => {
  const { name = '' } = await ask(world, cast.dana, '/prod-db 1m here too')
  await deny(world, name, cast.mo, 'no')
  await reached(world, name, 'Denied')
  const { stdout } = await cluster.kubectl('get', 'deployments', '-n', 'hallpass-system', '-o', 'jsonpath={..replicas}')
  assert.match(stdout, /^0 0 0/)
})

test('every sample mapping is ready', async () => {
  const columns = 'custom-columns=NAME:.metadata.name,READY:.status.conditions[?(@.type=="Ready")].status'
  const { stdout } = await cluster.kubectl('get', 'rolemappings', '-A', '--no-headers', '-o', columns)
  const names = ['audit-bucket', 'ledger-bucket', 'prod-cache', 'prod-db', 'prod-gke', 'prod-nights', 'prod-schema']
  assert.equal(
    stdout.trim().split(/\s+/),
    names.flatMap(name => [name, 'True']),
  )
})

test('one of them asks the next person within a minute, who can approve', async () => {
  const { name = '' } = await ask(world, cast.dana, '/prod-gke 5m nobody answers')
  const asked = async (): Promise<string[]> =>
    (await stored(world, name))?.status?.approvers?.map(({ email }) => email) ?? []
  assert.equal(await until('Mo is asked', async () => ((await asked()).length > 0 ? asked() : undefined)), [
    cast.mo.email,
  ])
  await until('Ana is asked too', async () => (await asked()).includes(cast.ana.email), 55)
  const page = await approve(world, name, cast.ana)
  assert.match(page.text, /Approved|Granted/, page.text)
  assert.is((await reached(world, name, 'Provisioned')).status?.approvedBy, cast.ana.email)
})

test('one of them needs a ticket, and gives one bucket only', async () => {
  assert.match((await ask(world, cast.dana, '/access audit-bucket 1h looking')).answer, /such as AUD-12/)
  const { name = '' } = await ask(world, cast.dana, '/access audit-bucket 1h AUD-12 looking')
  await approve(world, name, cast.mo)
  await reached(world, name, 'Provisioned')
  const { policies } = await sceneOf(world, cast.dana.id)
  const bindings = policies.flatMap(policy => policy.bindings).filter(({ isOurs }) => isOurs)
  const [found, ...more] = bindings.filter(({ role }) => role === 'roles/storage.objectViewer')
  assert.is(found?.only, 'resource.name.startsWith("projects/_/buckets/audit-prod-archive")')
  assert.ok(found?.startsAt && found.endsAt)
  assert.equal(more, [])
})

test('another needs two managers, and the table says how many have approved', async () => {
  const { name = '' } = await ask(world, cast.otto, '/access prod-schema 5m add the column')
  await approve(world, name, cast.mo)
  const printed = await until('the first approval is in the table', async () => {
    const { stdout } = await cluster.kubectl('get', 'accessrequests', name, '-n', 'hallpass')
    return stdout.includes('1 of 2') ? stdout : undefined
  })
  assert.match(printed, new RegExp(`${name} +Pending +otto@example\\.com +prod-schema +1 of 2`))
  await approve(world, name, cast.ana)
  await reached(world, name, 'Provisioned')
})

test('the table of the page is the one that kubectl prints', async () => {
  const { columns, rows } = (await sceneOf(world, cast.dana.id)).requests
  const printed = await cluster.kubectl('get', 'accessrequests', '-n', 'hallpass')
  const [head = '', ...lines] = printed.stdout.trimEnd().split('\n')
  assert.equal(
    head.split(/ {2,}/),
    columns.map(column => column.toUpperCase()),
  )
  // Without the age, which is older now.
  const withoutAge = (line: string): string =>
    line
      .trim()
      .replace(/\s+\S+$/, '')
      .replace(/\s+/g, ' ')
  assert.equal(lines.map(withoutAge).toSorted(), rows.map(cells => withoutAge(cells.join(' '))).toSorted())
})

test('applying the samples says only what it did, and the tour goes on', async () => {
  const { stdout, stderr, code } = await cluster.kubectl('apply', '-k', samples)
  assert.equal([code, stderr], [0, ''])
  assert.is(stdout.trim().split('\n').length, 7)
  const { answer } = await ask(world, cast.otto, '/prod-db 1m trying it')
  assert.match(answer, 'Asked for prod-db, 1 minute.')
})

test('the cluster outlives it with what was stored, and takes the next one', async () => {
  await world.stop()
  const { stdout } = await cluster.kubectl('get', 'accessrequests', '-A')
  assert.match(stdout, /Denied/)
  world = await start()
})

test.run()
