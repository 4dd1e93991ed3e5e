// A sandbox in a cluster that exists already: everything except the control plane is started here, and the cluster
// stays.
import * as assert from 'uvu/assert'
import { ask, cast, deny, reached } from '../../src/sandbox/plays.ts'
import { startWorld, type World } from '../../src/sandbox/world.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { suite } from '../suite.ts'

const test = suite('a sandbox in an existing cluster', { timeoutMs: 120_000 })
let cluster: Cluster
let world: World | undefined

test.before(async () => {
  cluster = await startCluster({ content: 'nothing' })
  process.env['KUBECONFIG'] = cluster.controlPlane.kubeconfigPath
})
test.after(async () => {
  await world?.stop()
  await cluster.stop()
})

test('it is played in like any other, and no pod of it would run there', async () => {
  world = await startWorld({ existing: true })
  const { name = '' } = await ask(world, cast.dana, '/prod-db 1m here too')
  await deny(world, name, cast.mo, 'no')
  await reached(world, name, 'Denied')
  const { stdout } = await cluster.kubectl('get', 'deployments', '-n', 'hallpass-system', '-o', 'jsonpath={..replicas}')
  assert.match(stdout, /^0 0 0/)
})

test('the cluster outlives it with what was stored, and takes the next one', async () => {
  await world?.stop()
  const { stdout } = await cluster.kubectl('get', 'accessrequests', '-A')
  assert.match(stdout, /Denied/)
  world = await startWorld({ existing: true })
})

test.run()
