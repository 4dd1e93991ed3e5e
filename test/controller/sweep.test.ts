// What the sweeper takes away, and what it must leave.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { createSweeper } from '../../src/controller/sweep.ts'
import { noMetrics, silentLog } from '../../src/kube/environment.ts'
import { suite, table } from '../suite.ts'
import { type Operator, operator } from './fakes.ts'

const test = suite('the sweeper')

function sweeper(op: Operator, more: { leads?: boolean; settled?: AccessRequest[] } = {}) {
  const removed: string[] = []
  let asked: Date | undefined
  const { sweep } = createSweeper({
    clock: op.clock,
    alive: () => [...op.cluster.stored.values()].filter(({ status }) => !status?.settled),
    requests: op.cluster,
    sealedTokens: op.sealedTokens,
    retention: {
      settledBefore: async function* (instant) {
        asked = instant
        yield* more.settled ?? []
      },
      remove: async request => {
        removed.push(request.metadata.name)
        return 'removed'
      },
    },
    retainForSeconds: 90 * 86_400,
    log: silentLog,
    metrics: noMetrics,
    mayAct: () => more.leads ?? true,
  })
  return { sweep, removed, asked: () => asked }
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
    await sweeper(op).sweep()
    assert.is(op.sealedTokens.stored.size, left)
  },
)

test('removes settled requests that have been kept long enough, and asks for those alone', async () => {
  const op = await approved()
  const { sweep, removed, asked } = sweeper(op, { settled: [await op.now()] })
  await sweep()
  assert.equal(removed, [op.ref.name])
  assert.is(asked()?.toISOString(), '2026-08-25T14:02:00.000Z')
})

test('takes nothing when the process does not lead', async () => {
  const op = await approved()
  op.clock.forward(4000)
  const { sweep, removed } = sweeper(op, { leads: false, settled: [await op.now()] })
  let thrown: unknown
  await sweep().catch((error: unknown) => (thrown = error))
  assert.ok(thrown instanceof Error)
  assert.equal([op.sealedTokens.stored.size, removed.length], [1, 0])
})

test('goes on with requests when the tokens cannot be listed', async () => {
  const op = await approved()
  op.sealedTokens.list = async () => {
    throw new Error('no')
  }
  const { sweep, removed } = sweeper(op, { settled: [await op.now()] })
  await sweep().catch(() => undefined)
  assert.is(removed.length, 1)
})

test.run()
