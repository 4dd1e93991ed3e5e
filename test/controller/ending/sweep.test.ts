// What the sweeper deletes, and what it must keep.
import * as assert from 'uvu/assert'
import type { AccessRequest, RequestStatus } from '../../../src/api/kinds.ts'
import { createConfirmation } from '../../../src/controller/ending/confirm.ts'
import { createSweeper } from '../../../src/controller/ending/sweep.ts'
import { Broken } from '../../../src/domain/outcome.ts'
import { noMetrics, silentLog } from '../../../src/kube/environment.ts'
import { suite, table } from '../../suite.ts'
import { type Operator, operator } from '../fakes.ts'

const test = suite('the sweeper')

function sweeper(op: Operator, more: { leads?: boolean; settled?: AccessRequest[]; retainForSeconds?: number } = {}) {
  const removed: string[] = []
  let asked: Date | undefined
  let told: AbortSignal | undefined
  const { signal: endless } = new AbortController()
  const { sweepTokens, sweepRequests } = createSweeper({
    clock: op.clock,
    alive: () => [...op.cluster.stored.values()].filter(({ status }) => !status?.settled),
    requests: op.cluster,
    sealedTokens: op.sealedTokens,
    retention: {
      settledBefore: async function* (instant, signal) {
        asked = instant
        told = signal
        yield* more.settled ?? []
      },
      remove: async request => {
        removed.push(request.metadata.name)
        return 'removed'
      },
    },
    confirmation: createConfirmation({
      clock: op.clock,
      readBack: op.auditLog,
      readAt: { auditLog: 'projects/hallpass-ops/logs/hallpass', place: 'projects/hallpass-ops' },
      events: { record: () => undefined },
      log: silentLog,
      metrics: noMetrics,
    }),
    retainForSeconds: more.retainForSeconds ?? 90 * 86_400,
    mappings: op.mappings,
    log: silentLog,
    metrics: noMetrics,
    mayAct: () => more.leads ?? true,
  })
  return {
    sweepTokens: (signal = endless) => sweepTokens(signal),
    sweepRequests: (signal = endless) => sweepRequests(signal),
    removed,
    asked: () => asked,
    told: () => told,
  }
}

async function approved(): Promise<Operator> {
  const op = operator()
  await op.ask()
  await op.look()
  await op.approve()
  return op
}

table<{ forward: number; after?: (op: Operator) => Promise<void>; left: number }>(
  test,
  {
    'leaves a token whose approval waits to be acted on': { forward: 1800, left: 1 },
    'takes a token that is older than a token can live': { forward: 3600, left: 0 },
    'leaves a token that is not two minutes old, with or without an approval': {
      forward: 119,
      after: async op => op.cluster.stored.clear(),
      left: 1,
    },
    'takes a token without an approval after two minutes': {
      forward: 120,
      after: async op => op.cluster.forge(op.ref, { decisions: [] }),
      left: 0,
    },
    'takes a token of a request that is gone': {
      forward: 120,
      after: async op => op.cluster.stored.clear(),
      left: 0,
    },
    'takes a token that was left behind when access was granted': {
      forward: 120,
      after: async op => op.cluster.forge(op.ref, { phase: 'Provisioned' }),
      left: 0,
    },
  },
  async ({ forward, after, left }) => {
    const op = await approved()
    await after?.(op)
    op.clock.forward(forward)
    await sweeper(op).sweepTokens()
    assert.is(op.sealedTokens.stored.size, left)
  },
)

table<{ status: Partial<RequestStatus>; left: number }>(
  test,
  {
    'leaves a token whose early end waits to be carried out': { status: {}, left: 1 },
    'takes the token of an early end that was refused': {
      status: { endingsRefused: [{ id: 'r1', reason: 'NotRemoved', message: 'no', at: '2026-11-23T14:02:00Z' }] },
      left: 0,
    },
    'takes the token of an early end after the end': { status: { phase: 'Expired' }, left: 0 },
    'takes a token without an early end': { status: { endings: [] }, left: 0 },
  },
  async ({ status, left }) => {
    const op = await approved()
    op.sealedTokens.stored.clear()
    op.cluster.forge(op.ref, { phase: 'Provisioned' })
    await op.revoke({ ending: { id: 'r1' } })
    op.cluster.forge(op.ref, status)
    op.clock.forward(120)
    await sweeper(op).sweepTokens()
    assert.is(op.sealedTokens.stored.size, left)
  },
)

test('leaves the evidence of an earlier approval as long as the request waits, and takes it afterwards', async () => {
  const fallback = { emails: ['mo@example.com', 'ana@example.com'] }
  const op = operator({ spec: { approval: { required: 2, window: '24h', fallback } } })
  await op.ask()
  await op.look()
  await op.approve()
  await op.look()
  op.clock.forward(20 * 3600)
  await sweeper(op).sweepTokens()
  assert.is(op.sealedTokens.stored.size, 1)
  await op.approve({ email: 'ana@example.com' })
  op.clock.forward(3600)
  await sweeper(op).sweepTokens()
  assert.is(op.sealedTokens.stored.size, 1, 'a token is not kept for longer than it can live')
  op.cluster.forge(op.ref, { phase: 'Denied' })
  await sweeper(op).sweepTokens()
  assert.is(op.sealedTokens.stored.size, 0)
})

const unkept: Record<string, { forward: number; after?: (op: Operator) => Promise<void>; left: number }> = {
  'leaves evidence that waits to be published, for as long as it waits': { forward: 90 * 86_400, left: 1 },
  'leaves evidence of a request that is not seen, because it may only not be seen now': {
    forward: 7199,
    after: async op => op.cluster.stored.clear(),
    left: 1,
  },
  'takes evidence without a request after two hours': {
    forward: 7200,
    after: async op => op.cluster.stored.clear(),
    left: 0,
  },
  'takes evidence of a sign-in that was not stored after two minutes': {
    forward: 120,
    after: async op => op.cluster.forge(op.ref, { decisions: [] }),
    left: 0,
  },
  'takes evidence that is published, also of access that goes on': {
    forward: 4200,
    after: async op => {
      const { decisions: [{ id = '' } = {}] = [] } = (await op.now()).status ?? {}
      op.cluster.forge(op.ref, {
        phase: 'Provisioned',
        evidence: [{ id, state: 'Published', at: '2026-11-23T15:12:00Z' }],
      })
    },
    left: 0,
  },
}
table(test, unkept, async ({ forward, after, left }) => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.approve({ keeps: true })
  await after?.(op)
  op.clock.forward(forward)
  await sweeper(op).sweepTokens()
  const names = [...op.sealedTokens.stored.keys()].filter(name => name.startsWith('evidence-'))
  assert.is(names.length, left)
})

test('removes settled requests that have been kept long enough, and asks for those alone', async () => {
  const op = await approved()
  const { sweepRequests, removed, asked } = sweeper(op, { settled: [await op.now()] })
  await sweepRequests()
  assert.equal(removed, [op.ref.name])
  assert.is(asked()?.toISOString(), '2026-08-25T14:02:00.000Z')
})

test('keeps what still counts for the time in sequence, whatever the retention says', async () => {
  const op = operator({ spec: { duration: { default: '30m', max: '4h', maxConsecutive: '30h' } } })
  await op.ask()
  await op.look()
  await op.approve()
  await op.look()
  op.clock.forward(1800)
  await op.look()
  const kept = async (): Promise<string[]> => {
    const { sweepRequests, removed } = sweeper(op, { settled: [await op.now()], retainForSeconds: 60 })
    await sweepRequests()
    return removed
  }
  op.clock.forward(60 * 3600 - 1)
  assert.equal(await kept(), [], 'its last second is within 60 hours')
  op.clock.forward(1)
  assert.equal(await kept(), [op.ref.name])
})

test('takes nothing when the process does not lead', async () => {
  const op = await approved()
  op.clock.forward(4000)
  const { sweepTokens, sweepRequests, removed } = sweeper(op, { leads: false, settled: [await op.now()] })
  for (const sweep of [sweepTokens, sweepRequests])
    assert.instance(await sweep().catch((error: unknown) => error), Broken)
  assert.equal([op.sealedTokens.stored.size, removed.length], [1, 0])
})

test('a sweep whose time is over ends, and the reading of the history with it', async () => {
  const op = await approved()
  op.clock.forward(4000)
  const request = await op.now()
  const over = new AbortController()
  const { sweepTokens, sweepRequests, removed, told } = sweeper(op, { settled: [request, request] })
  const remove = removed.push.bind(removed)
  removed.push = name => (over.abort(), remove(name))
  assert.instance(await sweepRequests(over.signal).catch((error: unknown) => error), Broken)
  assert.is(removed.length, 1)
  assert.is(told(), over.signal)
  assert.instance(await sweepTokens(over.signal).catch((error: unknown) => error), Broken)
  assert.is(op.sealedTokens.stored.size, 1)
})

test.run()
