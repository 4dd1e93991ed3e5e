// The controller against a real API server: what it writes is what the kinds allow, at their limits too.
import * as assert from 'uvu/assert'
import type { StatusPatch } from '../../src/domain/ports.ts'
import { createRequests } from '../../src/store/requests.ts'
import { createRetention } from '../../src/store/retention.ts'
import { createSealedTokens } from '../../src/store/sealed-tokens.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { suite } from '../suite.ts'
import { type Operator, operator } from './fakes.ts'

const test = suite('the controller on a real API server')
let cluster: Cluster

test.before(async () => {
  cluster = await startCluster()
  for (const name of ['hallpass', 'hallpass-tokens']) await cluster.createNamespace(name)
})
test.after(async () => cluster.stop())
test.before.each(async () => {
  const clock = { now: () => new Date(Date.now() + 86_400_000 * 365) }
  const { transport } = cluster
  for await (const left of createRequests({ transport, clock }).all(['hallpass']))
    await createRetention({ transport, namespaces: ['hallpass'], clock }).remove(left)
})

function real(spec: Parameters<typeof operator>[0] = {}): Operator {
  const { transport } = cluster
  const now = new Date(Math.floor(Date.now() / 1000) * 1000)
  const clock = { now: () => now }
  return operator(spec, {
    requests: createRequests({ transport, clock }),
    sealedTokens: createSealedTokens({ transport, namespace: 'hallpass-tokens', clock }),
    now,
  })
}

test('the whole story is stored, and printed as people expect', async () => {
  const op = real()
  await op.ask()
  await op.look()
  assert.is(await op.phase(), 'Pending')
  op.clock.forward(5)
  await op.approve({ comment: 'go on', narrowing: { duration: '20m', grants: [0] } })
  await op.look()
  const granted = await op.now()
  assert.is(granted.status?.phase, 'Provisioned')
  const { stdout } = await cluster.kubectl('get', 'accessrequests', '-n', 'hallpass')
  assert.match(stdout, /Provisioned +dana@example.com +prod-db +mo@example.com +20\d\d-/)
  op.clock.forward(1200)
  await op.look()
  const ended = await op.now()
  assert.equal([ended.status?.phase, ended.status?.settled], ['Expired', true])
  assert.is(ended.metadata.finalizers, undefined)
  assert.equal(
    op.chat.told.map(({ news }) => news),
    ['granted', 'ended'],
  )
  assert.equal(op.log(), ['Requested', 'Routed', 'Approved', 'GrantStarted', 'Granted', 'Expired'])
  const { stdout: secrets } = await cluster.kubectl('get', 'secrets', '-n', 'hallpass-tokens', '-o', 'name')
  assert.is(secrets, '')
})

test('PagerDuty’s silence comes and goes: a field inside an object can be removed', async () => {
  const op = real()
  op.onCall.isSilent = true
  await op.ask()
  await op.look()
  assert.ok((await op.now()).status?.routing?.silentSince)
  op.onCall.isSilent = false
  op.clock.forward(15)
  await op.look()
  assert.equal(Object.keys((await op.now()).status?.routing ?? {}).sort(), ['at', 'level'])
})

test('a message that was never said is removed', async () => {
  const op = real()
  await op.ask()
  op.chat.isSilent = true
  await op.look()
  await op.decide('Withdrawn')
  await op.look().catch(() => undefined)
  op.chat.isSilent = false
  await op.look()
  assert.is((await op.now()).status?.message, undefined)
  assert.is((await op.now()).status?.settled, true)
})

test('ten grants with the longest names, granted and undone, fit into the kinds', async () => {
  const grants = Array.from({ length: 10 }, (_, i) => ({
    // A policy for each: nine are written and undone.
    resource: `projects/${'p'.repeat(29)}${i}`,
    role: `organizations/${'9'.repeat(20)}/roles/${'r'.repeat(63)}${i}`,
    condition: `a == '${'c'.repeat(500)}'`,
  }))
  const op = real({ spec: { grants } })
  await op.ask()
  await op.look()
  await op.approve({ comment: 'c'.repeat(500) })
  op.policies.faults = [...Array<'lostBefore'>(9).fill('lostBefore')]
  await op.look().catch(() => undefined)
  op.policies.faults = []
  let writes = 0
  const refusing = op.start((call, moment) => {
    if (call === 'policies.write' && moment === 'before' && ++writes === 10) op.policies.faults = ['refused']
  })
  await refusing.reconcile(op.ref)
  const failed = await op.now()
  assert.is(failed.status?.phase, 'Failed')
  assert.equal(
    failed.status?.grants?.map(({ state }) => state),
    [...Array<string>(9).fill('Removed'), 'Refused'],
  )
  assert.ok(JSON.stringify(failed).length < 64 * 1024)
})

test('what was marked as granted by hand fails', async () => {
  const op = real()
  await op.ask()
  await op.look()
  const { transport } = cluster
  const requests = createRequests({ transport, clock: op.clock })
  for (const patch of [{ phase: 'Approved' }, { phase: 'Provisioned' }] as StatusPatch[])
    await requests.patchStatus(await op.now(), patch)
  await op.look()
  assert.equal([await op.phase(), op.policies.written.length], ['Failed', 0])
  assert.ok(op.log().includes('TamperingSeen'))
})

test('a pending request that is deleted goes once it is accounted for', async () => {
  const op = real()
  await op.ask()
  await op.look()
  await cluster.kubectl('delete', 'accessrequest', op.ref.name, '-n', 'hallpass', '--wait=false')
  await op.look()
  assert.is(op.log().at(-1), 'Withdrawn')
  const { stderr } = await cluster.kubectl('get', 'accessrequest', op.ref.name, '-n', 'hallpass')
  assert.match(stderr, /not found/)
})

test.run()
