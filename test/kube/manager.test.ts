// One process's controllers from start to stop, with a manual clock.
import * as assert from 'uvu/assert'
import type { Elector } from '../../src/kube/elector.ts'
import { noMetrics, silentLog } from '../../src/kube/environment.ts'
import type { Reconcile } from '../../src/kube/controller.ts'
import { createManager } from '../../src/kube/manager.ts'
import { suite } from '../suite.ts'
import { ManualTimers, settle } from './manual-timers.ts'

const test = suite('the manager')

function begin(reconcile: Reconcile = async () => undefined, isRelisted = true) {
  const relisted = Promise.withResolvers<void>()
  if (isRelisted) relisted.resolve()
  const timers = new ManualTimers()
  const told: string[] = []
  const counted: string[] = []
  const cache = (name: string) => {
    const synced = Promise.withResolvers<void>()
    let isSynced = false
    return {
      run: (signal: AbortSignal) =>
        new Promise<void>(resolve => {
          told.push(`${name} is watched`)
          signal.addEventListener('abort', () => (told.push(`${name} is watched no more`), resolve()))
        }),
      synced: () => synced.promise,
      isSynced: () => isSynced,
      relist: async (): Promise<void> => {
        told.push(`${name} is listed again`)
        await relisted.promise
      },
      sync: () => ((isSynced = true), synced.resolve()),
    }
  }
  const caches = { requests: cache('requests'), mappings: cache('mappings') }
  const lost = new AbortController()
  const elector: Elector = {
    mayAct: () => true,
    run: async (stop, lead) => {
      if (stop.aborted) return 'stopped'
      told.push('leads')
      const taken = new Promise<'lost'>(resolve => lost.signal.addEventListener('abort', () => resolve('lost')))
      const end = await Promise.race([taken, lead(lost.signal).then(() => 'stopped' as const)])
      if (end === 'stopped') told.push('gives up the lease')
      return end
    },
  }
  const drain = async (): Promise<void> => void told.push('sends the last events')
  const warnings: object[] = []
  const manager = createManager({
    caches,
    controllers: { things: { reconcile, timeoutMs: 60_000 } },
    feed: queues => (told.push('is fed'), queues.things.add('a')),
    elector,
    recorder: { record: () => undefined, drain },
    timers,
    log: { ...silentLog, warn: (message, facts) => warnings.push({ message, ...facts }) },
    metrics: { ...noMetrics, count: name => void counted.push(name) },
  })
  const stop = new AbortController()
  let end = 'runs'
  const ended = manager.run(stop.signal).then(
    () => (end = 'stopped'),
    (error: unknown) => (end = String(error)),
  )
  const sync = async (): Promise<void> => {
    caches.requests.sync()
    caches.mappings.sync()
    await settle()
  }
  return { timers, told, relisted, counted, warnings, caches, lost, manager, stop, ended, end: () => end, sync }
}

test('first the caches are complete, then the lease is taken, then workers start; the stop is in reverse order', async () => {
  const hand = Promise.withResolvers<undefined>()
  const world = begin(async () => {
    world.told.push('a step begins')
    await hand.promise
    world.told.push('the step ends')
    return undefined
  })
  await settle()
  world.caches.mappings.sync()
  await world.timers.advance(10_000)
  assert.equal(world.told.splice(0), ['requests is watched', 'mappings is watched'])
  assert.is(world.manager.notReady(), 'requests have not been read yet')
  await world.sync()
  assert.is(world.manager.notReady(), undefined)
  assert.equal(world.told.splice(0), [
    'leads',
    'requests is listed again',
    'mappings is listed again',
    'is fed',
    'a step begins',
  ])
  world.stop.abort()
  await world.timers.advance(17_000)
  assert.is(world.end(), 'runs')
  assert.is(world.manager.notReady(), 'this process is stopping')
  hand.resolve(undefined)
  await world.ended
  assert.equal(world.told, [
    'the step ends',
    'gives up the lease',
    'sends the last events',
    'requests is watched no more',
    'mappings is watched no more',
  ])
  assert.is(world.timers.pending, 0)
})

test('a new leader begins nothing before what it watches was listed again', async () => {
  const world = begin(undefined, false)
  await world.sync()
  await world.timers.advance(120_000)
  assert.equal(world.told.includes('is fed'), false)
  assert.equal(world.warnings, [
    { message: 'manager: the list after taking the lease is not complete yet; this leader does not act' },
  ])
  world.relisted.resolve()
  await settle()
  assert.equal(world.told.includes('is fed'), true)
  world.stop.abort()
  await world.ended
  assert.is(world.timers.pending, 0)
})

for (const [sentence, end] of [
  ['is stopped', 'stopped'],
  ['loses the lease', 'Error: The lease was lost'],
] as const)
  test(`a new leader that ${sentence} while it lists again begins nothing`, async () => {
    const world = begin(undefined, false)
    await world.sync()
    if (end === 'stopped') world.stop.abort()
    else world.lost.abort()
    await world.ended
    assert.ok(world.end().startsWith(end), world.end())
    assert.equal(world.told.includes('is fed'), false)
    assert.is(world.timers.pending, 0)
  })

test('a first list that takes longer than two minutes is reported, and waited for', async () => {
  const world = begin()
  world.caches.requests.sync()
  await world.timers.advance(119_000)
  assert.equal([world.warnings, world.manager.notReady()], [[], 'mappings have not been read yet'])
  await world.timers.advance(1_000)
  assert.equal(world.warnings, [
    { message: 'manager: the first list is not complete yet; this process is not ready', caches: ['mappings'] },
  ])
  assert.is(world.manager.notReady(), 'mappings have not been read yet, for 120 s: see the log')
  await world.timers.advance(120_000)
  assert.is(world.warnings.length, 2)
  await world.sync()
  assert.equal([world.manager.notReady(), world.manager.isAlive()], [undefined, true])
  assert.ok(world.told.includes('leads'))
  world.stop.abort()
  await world.ended
  assert.is(world.timers.pending, 0)
})

test('a process that is stopped before its caches are complete never leads', async () => {
  const world = begin()
  await settle()
  world.stop.abort()
  await world.ended
  assert.is(world.end(), 'stopped')
  assert.not(world.told.includes('leads'))
  assert.is(world.timers.pending, 0)
})

test('a worker that is stuck after it was told to stop makes the process not alive, until it ends', async () => {
  const hand = Promise.withResolvers<undefined>()
  const world = begin(() => hand.promise)
  await world.sync()
  await world.timers.advance(120_000)
  assert.ok(world.manager.isAlive(), 'its timeout of 60 s and another minute')
  await world.timers.advance(1_000)
  assert.not(world.manager.isAlive())
  hand.resolve(undefined)
  await settle()
  assert.ok(world.manager.isAlive())
  world.stop.abort()
  await world.ended
})

test('a stop with a reconcile that does not end is reported, and the lease is not released', async () => {
  const world = begin(() => new Promise(() => undefined))
  await world.sync()
  world.stop.abort()
  await world.timers.advance(18_000)
  await world.ended
  assert.match(world.end(), /Reconciles of "things" that did not end in time: 1/)
  assert.not(world.told.includes('gives up the lease'))
  assert.ok(world.told.includes('sends the last events'))
})

test('a process that loses the lease ends with a failure, and is neither alive nor ready', async () => {
  const world = begin(() => new Promise(() => undefined))
  await world.sync()
  world.lost.abort()
  await world.ended
  assert.match(world.end(), /The lease was lost: another process leads now/)
  assert.equal([world.manager.isAlive(), world.manager.notReady()], [false, 'the lease was lost'])
  assert.ok(world.told.includes('sends the last events') && world.told.includes('requests is watched no more'))
})

test('a rejected promise that a reconcile leaves behind does not end the process, and is counted', async () => {
  let calls = 0
  const world = begin(async () => {
    void Promise.reject(new TypeError('left behind'))
    return ++calls === 1 ? new Date(world.timers.now().getTime() + 1_000) : undefined
  })
  await world.sync()
  await world.timers.advance(1_000)
  assert.is(calls, 2)
  assert.is(world.counted.filter(name => name === 'controller_runtime_reconcile_panics_total').length, 2)
  assert.is(world.counted.includes('controller_runtime_reconcile_errors_total'), false)
  world.stop.abort()
  await world.ended
  assert.is(process.listenerCount('unhandledRejection'), 0)
})

test.run()
