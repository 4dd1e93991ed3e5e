// Requests that the controller before 'one write for each policy' stored, in each of its steps: it wrote grants one by one,
// stored times and grants after the approval, and kept no reason of a refusal. Each reaches the end that it would have had.
import * as assert from 'uvu/assert'
import type { GrantRecord, RequestStatus } from '../../src/api/kinds.ts'
import { after, instant } from '../../src/domain/asking/duration.ts'
import { type Binding, expressionOf, titleOf } from '../../src/domain/granting/policy.ts'
import { suite, table } from '../suite.ts'
import { moToken, type Operator, operator, prodEu } from './fakes.ts'

const test = suite('requests of the controller before')
const prodUs = 'projects/prod-us'
const [client, viewer] = ['roles/cloudsql.client', 'roles/logging.viewer']
/** Two policies, and the grants on the first one are not neighbours. */
const grants = [
  { resource: prodEu, role: client },
  { resource: prodUs, role: client },
  { resource: prodEu, role: viewer },
]

type Row = {
  /** How far each grant had come; absent when none was stored. */
  states?: GrantRecord['state'][]
  /** Those of them that are in the policy. */
  held?: number[]
  /** What the next write to Google meets. */
  fault?: 'refused'
  ends: RequestStatus['phase']
  /** Bindings that are left. */
  left: number
  says?: RegExp
}

/** A request that Mo has just approved, as it was stored. */
async function stored({ states, held = [] }: Row): Promise<Operator> {
  const op = operator({ spec: { grants } })
  await op.ask()
  await op.look()
  await op.approve()
  const startsAt = op.clock.now()
  const times = { startsAt, expiresAt: after(startsAt, 1800) }
  const records = states?.map((state, i): GrantRecord => ({
    resource: grants[i]?.resource ?? '',
    role: grants[i]?.role ?? '',
    state,
    ...(state !== 'Pending' && { at: instant(startsAt) }),
    ...(state === 'Refused' && { why: 'Google does not let the approver write it.' }),
  }))
  op.cluster.forge(op.ref, {
    phase: 'Approved',
    approvedBy: 'mo@example.com',
    ...(records && { startsAt: instant(startsAt), expiresAt: instant(times.expiresAt), grants: records }),
  })
  const { uid } = (await op.now()).metadata
  for (const resource of [prodEu, prodUs])
    op.policies.seed(resource, [moToken], { bindings: held.flatMap(i => bindingOf(i, resource, { uid, ...times })) })
  return op
}

function bindingOf(
  i: number,
  at: string,
  { uid, ...times }: { uid: string; startsAt: Date; expiresAt: Date },
): Binding[] {
  const { resource, role = '' } = grants[i] ?? {}
  const description = 'hallpass/prod-db-aaaabbbbcccc, asked by dana@example.com, approved by mo@example.com'
  const condition = { title: titleOf(uid), description, expression: expressionOf(times) }
  return resource === at ? [{ role, members: ['user:dana@example.com'], condition }] : []
}

const whole = { ends: 'Provisioned', left: 3 } as const
table<Row>(
  test,
  {
    'approved, and nothing else is stored': whole,
    'the times are stored, and nothing is begun': { ...whole, states: ['Pending', 'Pending', 'Pending'] },
    'the first write was begun, and did not take effect': { ...whole, states: ['Writing', 'Pending', 'Pending'] },
    'the first write took effect, and its answer was lost': {
      ...whole,
      states: ['Writing', 'Pending', 'Pending'],
      held: [0],
    },
    'one of two grants on a policy is written': { ...whole, states: ['Written', 'Pending', 'Pending'], held: [0] },
    'the last write of the same policy is in doubt': {
      ...whole,
      states: ['Written', 'Written', 'Writing'],
      held: [0, 1],
    },
    'all are written, and it was not concluded': {
      ...whole,
      states: ['Written', 'Written', 'Written'],
      held: [0, 1, 2],
    },
    'what was recorded as written was removed by somebody': {
      ...whole,
      states: ['Written', 'Written', 'Written'],
      held: [1, 2],
    },
    'a refusal without a recorded reason, and one must be undone': {
      states: ['Written', 'Refused', 'Pending'],
      held: [0],
      ends: 'Failed',
      left: 0,
      says: /does not let the approver/,
    },
    'it was being undone': { states: ['Removed', 'Refused', 'Pending'], ends: 'Failed', left: 0 },
    'Google refuses what is left': {
      states: ['Written', 'Pending', 'Pending'],
      held: [0],
      fault: 'refused',
      ends: 'Failed',
      left: 0,
    },
  },
  async row => {
    const op = await stored(row)
    if (row.fault) op.policies.faults = [row.fault]
    await op.look().catch(() => undefined)
    await op.look()
    assert.is(await op.phase(), row.ends)
    assert.is(op.ours().length + op.ours(prodUs).length, row.left)
    if (row.says) assert.match((await op.condition('Provisioned'))?.message ?? '', row.says)
    assert.is(new Set(op.chat.told.map(({ news }) => news)).size, op.chat.told.length, 'nobody is told twice')
    await forgotten(op)
  },
)

/** The request ends, and what was stored only for its work goes with it. */
async function forgotten(op: Operator): Promise<void> {
  op.clock.forward(1801)
  await op.look()
  op.clock.forward(60)
  await op.look()
  const { settled, routing, audit, message } = (await op.now()).status ?? {}
  assert.equal([settled, routing, audit, message?.shown], [true, undefined, undefined, undefined])
}

test('a request that was settled before, with all that was kept then, is left as it is', async () => {
  const op = await stored({ ends: 'Provisioned', left: 0 })
  await op.look()
  op.clock.forward(1801)
  await op.look()
  op.clock.forward(60)
  await op.look()
  op.cluster.forge(op.ref, { routing: { level: 1, at: '2026-11-23T14:02:00Z' }, audit: [] })
  const before = await op.now()
  await op.look()
  assert.equal(await op.now(), before)
})

test.run()
