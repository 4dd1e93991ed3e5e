// The loop around a reconcile: it continues whatever a reconcile does, and ends when told.
import * as assert from 'uvu/assert'
import { silentLog } from '../../src/kube/environment.ts'
import type { Metrics } from '../../src/kube/metrics.ts'
import { type Reconcile, runController } from '../../src/kube/controller.ts'
import { createQueue } from '../../src/kube/queue.ts'
import { suite } from '../suite.ts'
import { ManualTimers, settle } from './manual-timers.ts'

const test = suite('the controller loop')

function start(reconcile: Reconcile, workers = 1) {
  const timers = new ManualTimers()
  const counted: Record<string, number> = {}
  const metrics: Metrics = {
    count: (name, labels: Readonly<Record<string, string>> = {}) => {
      const label = [name, labels['result']].filter(Boolean).join(' ')
      counted[label] = (counted[label] ?? 0) + 1
    },
    observe: () => undefined,
    gauge: (name, value) => (counted[name] = value),
  }
  const queue = createQueue({ name: 'test', timers, metrics })
  const [stop, lost] = [new AbortController(), new AbortController()]
  let hasEnded = false
  const options = { name: 'test', queue, reconcile, workers, timers, log: silentLog, metrics }
  const ended = runController(options, { stop: stop.signal, lost: lost.signal }).then(() => (hasEnded = true))
  return { timers, counted, queue, stop, lost, ended, hasEnded: () => hasEnded }
}

const faults: Record<string, unknown> = {
  'an error': new Error('Slack is down'),
  'a bug': new TypeError('undefined is not a function'),
  'a thrown text': 'no error at all',
  nothing: undefined,
}
for (const [what, fault] of Object.entries(faults))
  test(`${what} that is thrown means a later retry, and other keys continue`, async () => {
    const seen: string[] = []
    const world = start(async key => {
      seen.push(key)
      // oxlint-disable-next-line typescript/only-throw-error
      if (key === 'bad' && seen.length < 3) throw fault
      return undefined
    })
    world.queue.add('bad')
    world.queue.add('good')
    await settle()
    assert.equal(seen, ['bad', 'good'])
    await world.timers.advance(1_000)
    assert.equal(seen, ['bad', 'good', 'bad'])
    assert.is(world.counted['controller_runtime_reconcile_errors_total'], 1)
    assert.is(world.counted['controller_runtime_reconcile_total success'], 2)
    assert.is(world.counted['controller_runtime_reconcile_panics_total'] ?? 0, fault === faults['an error'] ? 0 : 1)
    world.stop.abort()
    await world.ended
  })

test('after a success the back-off starts again from its minimum', async () => {
  let isBroken = true
  const at: number[] = []
  const world = start(async () => {
    at.push(world.timers.now().getTime())
    if (isBroken) throw new Error('Slack is down')
    return undefined
  })
  world.queue.add('a')
  await world.timers.advance(10_000)
  isBroken = false
  await world.timers.advance(60_000)
  isBroken = true
  world.queue.add('a')
  at.length = 0
  await world.timers.advance(200)
  assert.ok(at.length >= 2, 'the first repetition comes within 200 ms')
  world.stop.abort()
  await world.ended
})

test('a reconcile that throws before it returns a promise does not end the loop', async () => {
  let calls = 0
  const world = start(() => {
    calls += 1
    if (calls === 1) throw new Error('at once')
    return Promise.resolve(undefined)
  })
  world.queue.add('a')
  await world.timers.advance(1_000)
  assert.is(calls, 2)
  world.stop.abort()
  await world.ended
})

test('a key is due again at the instant that its reconcile returns', async () => {
  let calls = 0
  const world = start(async () => {
    calls += 1
    return calls === 1 ? new Date(world.timers.now().getTime() + 60_000) : undefined
  })
  world.queue.add('a')
  await world.timers.advance(59_999)
  assert.is(calls, 1)
  await world.timers.advance(1)
  assert.is(calls, 2)
  assert.is(world.timers.pending, 0)
  world.stop.abort()
  await world.ended
})

test('several keys run together, but one key never twice', async () => {
  const open = new Map<string, () => void>()
  let [together, most] = [0, 0]
  const world = start(async key => {
    if (open.has(key)) throw new Error(`${key} twice at once`)
    most = Math.max(most, ++together)
    await new Promise<void>(resolve => open.set(key, resolve))
    open.delete(key)
    together -= 1
    return undefined
  }, 3)
  for (const key of ['a', 'b', 'c', 'd']) world.queue.add(key)
  await settle()
  world.queue.add('a')
  await settle()
  assert.equal([...open.keys()], ['a', 'b', 'c'])
  assert.is(world.counted['controller_runtime_active_workers'], 3)
  while (open.size > 0) {
    for (const go of open.values()) go()
    await settle()
  }
  assert.is(most, 3)
  assert.is(world.counted['controller_runtime_reconcile_errors_total'], undefined)
  world.stop.abort()
  await world.ended
})

test('a graceful stop lets running reconciles end, and starts no new ones', async () => {
  const seen: string[] = []
  const slow = Promise.withResolvers<undefined>()
  const world = start(async (key, signal) => {
    seen.push(key)
    const result = await slow.promise
    assert.not(signal.aborted)
    return result
  })
  world.queue.add('a')
  world.queue.add('b')
  await settle()
  world.stop.abort()
  await world.timers.advance(17_000)
  assert.not(world.hasEnded())
  slow.resolve(undefined)
  await world.ended
  assert.equal(seen, ['a'])
  assert.is(world.timers.pending, 0)
})

test('a reconcile that takes longer than the grace period is told to end, not waited for, and reported', async () => {
  let signal: AbortSignal | undefined
  const world = start((_, given) => {
    signal = given
    return new Promise(() => undefined)
  })
  world.queue.add('a')
  await settle()
  world.stop.abort()
  const failed = world.ended.catch((error: unknown) => error)
  await world.timers.advance(18_000)
  assert.match(String(await failed), /Reconciles of "test" that did not end in time: 1/)
  assert.ok(signal?.aborted)
})

test('a reconcile that takes too long is told to end', async () => {
  const world = start(
    (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('late')))),
  )
  world.queue.add('a')
  await world.timers.advance(120_000)
  assert.is(world.counted['controller_runtime_reconcile_timeouts_total'], 1)
  world.lost.abort()
  await world.ended
})

test('a process that may no longer act stops immediately', async () => {
  let signal: AbortSignal | undefined
  const world = start((_, given) => {
    signal = given
    return new Promise(() => undefined)
  })
  world.queue.add('a')
  await settle()
  world.lost.abort()
  await world.ended
  assert.ok(signal?.aborted)
})

test.run()
