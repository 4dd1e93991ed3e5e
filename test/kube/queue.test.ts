// The queue of keys: each once, one worker per key, later and again later.
import * as assert from 'uvu/assert'
import { noMetrics } from '../../src/kube/environment.ts'
import { createQueue, type Queue } from '../../src/kube/queue.ts'
import { suite } from '../suite.ts'
import { ManualTimers } from './manual-timers.ts'

const test = suite('the keyed work queue')
const nothingYet = 'nothing yet'

function open(backoff?: { baseMs: number; maxMs: number }): { queue: Queue; timers: ManualTimers } {
  const timers = new ManualTimers()
  return { timers, queue: createQueue({ name: 'test', timers, metrics: noMetrics, ...(backoff && { backoff }) }) }
}

/** Takes the key that is due now. A test that expects no key leaves a waiting worker behind. */
async function dueNow(queue: Queue): Promise<string | undefined> {
  return Promise.race([queue.take(), new Promise<string>(resolve => setImmediate(resolve, nothingYet))])
}

test('a key that is added several times is due once', async () => {
  const { queue } = open()
  for (const key of ['a', 'b', 'a', 'a']) queue.add(key)
  assert.is(await queue.take(), 'a')
  assert.is(await queue.take(), 'b')
  assert.is(await dueNow(queue), nothingYet)
})

test('a key is never given to two workers, and a change meanwhile makes it due again', async () => {
  const { queue } = open()
  queue.add('a')
  assert.is(await queue.take(), 'a')
  queue.add('a')
  queue.add('a')
  const second = queue.take()
  assert.is(await Promise.race([second, new Promise(resolve => setImmediate(resolve, nothingYet))]), nothingYet)
  queue.done('a')
  assert.is(await second, 'a')
  queue.done('a')
  assert.is(await dueNow(queue), nothingYet)
})

test('keys are given out in the order in which they became due, also after the queue has been empty', async () => {
  const { queue } = open()
  const taken: (string | undefined)[] = []
  const work = async (): Promise<void> => {
    const key = await dueNow(queue)
    taken.push(key)
    if (key !== undefined) queue.done(key)
  }
  for (const key of ['a', 'b']) queue.add(key)
  await work()
  for (const key of ['c', 'a']) queue.add(key)
  for (let times = 0; times < 3; times++) await work()
  for (const key of ['b', 'a']) queue.add(key)
  for (let times = 0; times < 2; times++) await work()
  assert.equal(taken, ['a', 'b', 'c', 'a', 'b', 'a'])
})

test('a worker that waits is woken', async () => {
  const { queue } = open()
  const taken = queue.take()
  queue.add('a')
  assert.is(await taken, 'a')
})

test('a key is due at its instant and not before', async () => {
  const { queue, timers } = open()
  queue.addAt('a', new Date(timers.now().getTime() + 5_000))
  const taken = queue.take()
  let isDue = false
  void taken.then(() => (isDue = true))
  await timers.advance(4_999)
  assert.not(isDue)
  await timers.advance(1)
  assert.is(await taken, 'a')
})

test('the earliest of several instants counts', async () => {
  const { queue, timers } = open()
  for (const seconds of [60, 5, 30]) queue.addAt('a', new Date(timers.now().getTime() + seconds * 1000))
  assert.is(timers.pending, 2, 'one for the key, and one to look at the clock')
  await timers.advance(5_000)
  assert.is(await dueNow(queue), 'a')
})

test('an instant beyond the longest timer is kept', async () => {
  const { queue, timers } = open()
  const days = 24 * 3600 * 1000
  queue.addAt('a', new Date(timers.now().getTime() + 40 * days))
  const taken = queue.take()
  let isDue = false
  void taken.then(() => (isDue = true))
  await timers.advance(39 * days)
  assert.not(isDue)
  await timers.advance(days)
  assert.ok(isDue)
})

test('an instant that has passed or is invalid means now', async () => {
  const { queue } = open()
  queue.addAt('past', new Date(0))
  queue.addAt('none', new Date('soon'))
  assert.equal([await dueNow(queue), await dueNow(queue)], ['past', 'none'])
})

test('the worker that takes a key decides again when to look next', async () => {
  const { queue, timers } = open()
  queue.addAt('a', new Date(timers.now().getTime() + 60_000))
  queue.add('a')
  assert.is(await queue.take(), 'a')
  queue.done('a')
  assert.is(timers.pending, 0)
})

test('each failure waits longer, up to the longest back-off, and a success resets it', async () => {
  const { queue, timers } = open({ baseMs: 100, maxMs: 1_000 })
  const waits: number[] = []
  const waitOnce = async (): Promise<number> => {
    queue.retry('a')
    const began = timers.now().getTime()
    let key: string | undefined
    void queue.take().then(taken => (key = taken))
    while (key === undefined) await timers.advance(10)
    queue.done('a')
    return timers.now().getTime() - began
  }
  for (let n = 0; n < 6; n++) waits.push(await waitOnce())
  const [first = 0, second = 0, third = 0, ...rest] = waits
  assert.ok(first >= 100 && first <= 210, `first ${first}`)
  assert.ok(second >= 200 && second <= 410, `second ${second}`)
  assert.ok(third >= 400 && third <= 810, `third ${third}`)
  assert.ok(
    rest.every(wait => wait >= 500 && wait <= 1_010),
    `rest ${rest.join()}`,
  )
  queue.forget('a')
  assert.ok((await waitOnce()) <= 210)
})

test('back-off is different each time', () => {
  const { queue, timers } = open({ baseMs: 1_000, maxMs: 60_000 })
  const instants = new Set<number>()
  const after = timers.after.bind(timers)
  timers.after = (ms, wake) => (instants.add(ms), after(ms, wake))
  for (let n = 0; n < 20; n++) queue.retry(`key ${n}`)
  assert.ok(instants.size > 10, `${instants.size} different`)
})

test('no key is late after a clock was set ahead or a machine was suspended', async () => {
  const { queue, timers } = open()
  queue.addAt('a', new Date(timers.now().getTime() + 7_200_000))
  timers.wallOffMs = 7_200_000
  await timers.advance(5_000)
  assert.is(await dueNow(queue), 'a')
})

test('no key is late after a clock was set back for a while', async () => {
  const { queue, timers } = open()
  timers.wallOffMs = -3_600_000
  queue.addAt('a', new Date(timers.now().getTime() + 3_600_000 + 8_000))
  await timers.advance(6_000)
  timers.wallOffMs = 0
  await timers.advance(5_000)
  assert.is(await dueNow(queue), 'a')
})

test('no key is late when a clock was set back and put right between two looks at it', async () => {
  const { queue, timers } = open()
  const beganMs = timers.now().getTime()
  queue.addAt('due meanwhile', new Date(beganMs + 3_000))
  queue.addAt('due later', new Date(beganMs + 8_000))
  await timers.advance(2_000)
  timers.wallOffMs = -3_600_000
  await timers.advance(2_000)
  queue.addAt('set meanwhile', new Date(beganMs + 9_000))
  timers.wallOffMs = 0
  await timers.advance(8_000)
  const keys = [await dueNow(queue), await dueNow(queue), await dueNow(queue)]
  assert.equal(new Set(keys), new Set(['due later', 'due meanwhile', 'set meanwhile']))
})

test('no key is early after a clock was set back', async () => {
  const { queue, timers } = open()
  queue.addAt('a', new Date(timers.now().getTime() + 8_000))
  timers.wallOffMs = -60_000
  const taken = queue.take()
  let isDue = false
  void taken.then(() => (isDue = true))
  await timers.advance(67_000)
  assert.not(isDue)
  await timers.advance(1_000)
  assert.ok(isDue)
})

test('a back-off does not depend on the wall clock', async () => {
  const { queue, timers } = open({ baseMs: 1_000, maxMs: 1_000 })
  queue.retry('a')
  timers.wallOffMs = -3_600_000
  await timers.advance(2_000)
  assert.is(await dueNow(queue), 'a')
})

test('a key that is always due again does not keep the others waiting', async () => {
  const { queue } = open()
  for (const key of ['busy', 'b', 'c']) queue.add(key)
  const order: (string | undefined)[] = []
  for (let n = 0; n < 4; n++) {
    const key = (await queue.take()) ?? assert.unreachable()
    order.push(key ?? '')
    queue.add('busy')
    queue.done(key ?? '')
  }
  assert.equal(order, ['busy', 'b', 'c', 'busy'])
})

test("its metrics are client-go's", async () => {
  const timers = new ManualTimers()
  const seen: Record<string, number> = {}
  const note = (name: string, value: number, labels?: Record<string, string>): void => {
    assert.equal(labels, { name: 'test' })
    seen[name] = value
  }
  const metrics = {
    count: (name: string, labels?: Record<string, string>) => note(name, (seen[name] ?? 0) + 1, labels),
    observe: note,
    gauge: note,
  }
  const queue = createQueue({ name: 'test', timers, metrics })
  for (const key of ['a', 'b', 'b', 'c']) queue.add(key)
  await timers.advance(2_000)
  assert.is(await queue.take(), 'a')
  await timers.advance(3_000)
  assert.is(await queue.take(), 'b')
  await timers.advance(1_000)
  assert.is(queue.longestRunningMs(), 4_000)
  assert.equal(seen, {
    workqueue_adds_total: 3,
    workqueue_depth: 1,
    workqueue_queue_duration_seconds: 5,
    workqueue_longest_running_processor_seconds: 4,
    workqueue_unfinished_work_seconds: 5,
  })
  queue.done('a')
  assert.is(queue.longestRunningMs(), 1_000)
  queue.done('b')
  queue.retry('b')
  assert.is(seen['workqueue_work_duration_seconds'], 1)
  assert.is(seen['workqueue_retries_total'], 1)
  assert.is(seen['workqueue_unfinished_work_seconds'], 0)
  assert.is(seen['workqueue_longest_running_processor_seconds'], 0)
})

test('a closed queue gives out no keys, wakes waiting workers and leaves no timer', async () => {
  const { queue, timers } = open()
  const waiting = queue.take()
  queue.addAt('later', new Date(timers.now().getTime() + 1_000))
  queue.close()
  queue.add('a')
  queue.retry('b')
  assert.is(await waiting, undefined)
  assert.is(await queue.take(), undefined)
  assert.is(timers.pending, 0)
})

test.run()
