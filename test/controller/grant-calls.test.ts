// What a grant costs on its way, and what older records lead to: one proof, one read and one write of each policy, and one
// write of the request before and after it.
import * as assert from 'uvu/assert'
import type { GrantRecord } from '../../src/api/kinds.ts'
import { suite, table } from '../suite.ts'
import { moToken, type Operator, operator, prodEu } from './fakes.ts'

const test = suite('the calls of a grant')
const role = 'roles/cloudsql.client'
const [prodUs, prodAsia] = ['projects/prod-us', 'projects/prod-asia']

async function approved(spec: Parameters<typeof operator>[0] = {}): Promise<Operator> {
  const op = operator(spec)
  await op.ask()
  await op.look()
  await op.approve()
  return op
}

/** The calls from the approval to the one after which the request is Provisioned. */
async function callsOf(op: Operator): Promise<string[]> {
  const calls: string[] = []
  let isOver = false
  const counting = op.start((call, moment) => {
    const { phase } = op.cluster.stored.get(`${op.ref.namespace}/${op.ref.name}`)?.status ?? {}
    isOver ||= moment === 'before' && phase === 'Provisioned'
    if (moment === 'before' && !isOver) calls.push(call)
  })
  await counting.reconcile(op.ref)
  assert.is(await op.phase(), 'Provisioned')
  return calls
}

const count = (calls: readonly string[], call: string): number => calls.filter(one => one === call).length

table<{ grants: { resource: string; role: string }[]; policies: number }>(
  test,
  {
    'two roles on one project': {
      grants: [prodEu, prodEu].map((resource, i) => ({ resource, role: `${role}${i}` })),
      policies: 1,
    },
    'a role on each of two projects': { grants: [prodEu, prodUs].map(resource => ({ resource, role })), policies: 2 },
    'three projects, the roles of one not side by side': {
      grants: [prodEu, prodUs, prodAsia, prodEu].map((resource, i) => ({ resource, role: `${role}${i}` })),
      policies: 3,
    },
  },
  async ({ grants, policies }) => {
    const op = await approved({ spec: { grants } })
    const calls = await callsOf(op)
    const once = ['tokens.unseal', 'verifier.verify', 'sealedTokens.read', 'directory.fresh.byId']
    assert.equal(
      once.map(call => count(calls, call)),
      once.map(() => 1),
      'one proof',
    )
    for (const call of ['policies.read', 'policies.write', 'liveMappings.read'])
      assert.is(count(calls, call), policies, `${call} once for each policy`)
    assert.is(count(calls, 'requests.patchStatus'), policies + 1, 'one write before, and one after each policy')
    assert.is(
      calls.indexOf('requests.patchStatus') < calls.indexOf('policies.write'),
      true,
      'recorded before it is done',
    )
    const resources = [...new Set(grants.map(({ resource }) => resource))]
    assert.is(resources.flatMap(resource => op.ours(resource)).length, grants.length)
    assert.equal(op.log().slice(2), ['Approved', 'GrantStarted', 'Granted'])
  },
)

/** The request as a release left it that wrote role by role, and the policy with the first role alone. */
async function halfWritten(states: GrantRecord['state'][]): Promise<Operator> {
  const op = await approved()
  const dying = op.start((call, moment) => {
    if (call === 'requests.patchStatus' && moment === 'before' && op.policies.written.length > 0)
      throw new Error('the process died')
  })
  await dying.reconcile(op.ref).catch(() => undefined)
  const grants = (await op.now()).status?.grants ?? []
  op.cluster.forge(op.ref, { grants: grants.map((grant, i) => ({ ...grant, state: states[i] ?? 'Pending' })) })
  op.policies.seed(prodEu, [moToken], { bindings: op.ours().slice(0, 1) })
  return op
}

table<GrantRecord['state'][]>(
  test,
  {
    'one of two roles, recorded as written, is joined by the other': ['Written', 'Pending'],
    'one of two roles, begun and not recorded, is joined by the other': ['Writing', 'Pending'],
    'two roles recorded as written, of which one is gone, stand again': ['Written', 'Written'],
  },
  async states => {
    const op = await halfWritten(states)
    const [first] = op.ours()
    await op.look()
    assert.is(await op.phase(), 'Provisioned')
    assert.equal(op.ours()[0], first, 'existing entries stay in their place')
    assert.is(op.ours().length, 2)
    assert.is(op.policies.written.length, 2, 'one write more')
  },
)

test('when Google refuses the missing role of two, the existing one is removed', async () => {
  const op = await halfWritten(['Written', 'Pending'])
  op.policies.faults = ['refused']
  await op.look()
  assert.is(await op.phase(), 'Failed')
  assert.equal(
    (await op.now()).status?.grants?.map(({ state }) => state),
    ['Removed', 'Refused'],
  )
  assert.equal(op.ours(), [])
})

test('an outbox without room for the last event keeps no result from being recorded', async () => {
  const op = await approved()
  const { audit = [], auditSeq = 0 } = (await op.now()).status ?? {}
  const more = Array.from({ length: 18 - audit.length }, (_, i) => ({
    seq: auditSeq + i + 1,
    event: 'Routed',
    at: '2026-11-23T14:00:00Z',
  }))
  op.cluster.forge(op.ref, { audit: [...audit, ...more], auditSeq: auditSeq + more.length })
  const seen: string[] = []
  const watching = op.start((call, moment) => {
    if (call === 'requests.patchStatus' && moment === 'after')
      seen.push(
        op.cluster.stored
          .get('hallpass/prod-db-aaaabbbbcccc')
          ?.status?.grants?.map(({ state }) => state)
          .join() ?? '',
      )
  })
  await watching.reconcile(op.ref)
  assert.equal(seen.slice(0, 2), ['Writing,Writing', 'Written,Written'])
  assert.is(await op.phase(), 'Provisioned')
  assert.is(op.policies.written.length, 1)
  assert.is(op.log().at(-1), 'Granted')
})

test.run()
