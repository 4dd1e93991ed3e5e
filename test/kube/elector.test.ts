// Who leads, with a manual clock; the races on a real API server are in elections.test.ts.
import * as assert from 'uvu/assert'
import { createElector, microTime } from '../../src/kube/elector.ts'
import { noMetrics, silentLog } from '../../src/kube/environment.ts'
import { attack } from '../attacks.ts'
import { suite } from '../suite.ts'
import { ManualTimers, settle } from './manual-timers.ts'
import { MemoryLeases } from './memory-leases.ts'

const test = suite('the lease elector')

function candidate(leases: MemoryLeases, timers: ManualTimers, identity: string) {
  const stop = new AbortController()
  const work = Promise.withResolvers<void>()
  const state = { isLeading: false, isLost: false, outcome: undefined as string | undefined }
  const elector = createElector({
    transport: leases,
    namespace: 'hallpass-system',
    name: 'hallpass-controller',
    identity,
    timers,
    log: silentLog,
    metrics: noMetrics,
  })
  const ended = elector.run(stop.signal, async lost => {
    state.isLeading = true
    lost.addEventListener('abort', () => (state.isLost = true))
    await work.promise
  })
  void ended.then(
    outcome => (state.outcome = outcome),
    () => undefined,
  )
  return { elector, stop, state, ended, endWork: () => work.resolve(), failWork: () => work.reject(new Error('left')) }
}

function world() {
  const [leases, timers] = [new MemoryLeases(), new ManualTimers()]
  return { leases, timers, add: (identity: string) => candidate(leases, timers, identity) }
}

test('the first one leads, the second waits', async () => {
  const { timers, add } = world()
  const a = add('a')
  await settle()
  const b = add('b')
  await timers.advance(120_000)
  assert.ok(a.state.isLeading && a.elector.mayAct())
  assert.not(b.state.isLeading || b.elector.mayAct())
  assert.not(a.state.isLost)
})

test('a leader that stops releases the lease after its work has ended, and the next one starts immediately', async () => {
  const { leases, timers, add } = world()
  const a = add('a')
  await settle()
  const b = add('b')
  await timers.advance(10_000)
  a.stop.abort()
  await timers.advance(20_000)
  assert.ok(a.elector.mayAct(), 'it leads while its work goes on')
  assert.not(b.state.isLeading)
  a.endWork()
  await settle()
  assert.is(a.state.outcome, 'stopped')
  assert.is(leases.lease?.spec.holderIdentity, '')
  assert.not(a.elector.mayAct())
  await timers.advance(4_500)
  assert.ok(b.state.isLeading)
})

test('a leader that leaves work under way keeps its lease until it expires', async () => {
  const { leases, timers, add } = world()
  const a = add('a')
  await settle()
  const b = add('b')
  await timers.advance(10_000)
  a.stop.abort()
  a.failWork()
  const failed = await a.ended.catch((error: unknown) => String(error))
  assert.is(failed, 'Error: left')
  assert.is(leases.lease?.spec.holderIdentity, 'a')
  await timers.advance(12_000)
  assert.not(b.state.isLeading)
  // Seen up to 4.4 s after the last renewal, and read again up to 4.4 s after its 15 s.
  await timers.advance(15_000)
  assert.ok(b.state.isLeading)
  assert.not(a.elector.mayAct())
})

test('when a leader disappears, another one leads after its lease has expired and not before', async () => {
  const { leases, timers, add } = world()
  leases.writtenBy('vanished')
  const b = add('b')
  await timers.advance(14_900)
  assert.not(b.state.isLeading)
  await timers.advance(4_600)
  assert.ok(b.state.isLeading)
})

for (const leaseDurationSeconds of [2 ** 31 - 1, 600, 30])
  attack(
    test,
    `a lease of another process is written for ${leaseDurationSeconds} s … followed after 15 s and 4.4 s`,
    async () => {
      const { leases, timers, add } = world()
      leases.writtenBy('foreign')
      if (leases.lease) leases.lease.spec.leaseDurationSeconds = leaseDurationSeconds
      const b = add('b')
      await timers.advance(14_900)
      assert.not(b.state.isLeading, 'it is respected as long as our own would be')
      await timers.advance(4_600)
      return b.state.isLeading ? 'followed after 15 s and 4.4 s' : 'still waiting'
    },
  )

test('a shorter lease is respected for its own duration', async () => {
  const { leases, timers, add } = world()
  leases.writtenBy('short')
  if (leases.lease) leases.lease.spec.leaseDurationSeconds = 5
  const b = add('b')
  await timers.advance(4_900)
  assert.not(b.state.isLeading)
  await timers.advance(4_600)
  assert.ok(b.state.isLeading)
})

test("the times in a lease are ignored: another process's clock may be wrong by years", async () => {
  const { leases, timers, add } = world()
  leases.writtenBy('other')
  if (leases.lease) leases.lease.spec.renewTime = '1999-01-01T00:00:00.000000Z'
  const b = add('b')
  for (let seconds = 0; seconds < 60; seconds += 5) {
    await timers.advance(5_000)
    leases.writtenBy('other')
  }
  assert.not(b.state.isLeading, 'it is renewed all the time')
})

for (const mode of ['silent', 'hanging'] as const)
  test(`a leader whose API server is ${mode} stops acting before another one leads`, async () => {
    const { leases, timers, add } = world()
    const a = add('a')
    await timers.advance(5_000)
    leases.mode = mode
    await timers.advance(7_000)
    assert.not(a.state.isLost, 'within the renew deadline it still leads')
    assert.ok(a.elector.mayAct())
    assert.not(a.elector.mayAct(9_000), 'but not for long enough')
    // The last renewal was at 4 s, so the renew deadline is at 14 s.
    await timers.advance(2_000)
    assert.ok(a.state.isLost)
    assert.equal([a.state.outcome, a.elector.mayAct()], ['lost', false])
  })

test('a leader that was frozen may not act when it wakes, before any timer has run', async () => {
  const { timers, add } = world()
  const a = add('a')
  await settle()
  timers.freeze(15_000)
  assert.not(a.elector.mayAct())
})

test('a clock that was set back while a leader was frozen does not extend its lease', async () => {
  const { leases, timers, add } = world()
  const a = add('a')
  await settle()
  timers.freeze(14_000)
  timers.wallOffMs = -3_600_000
  assert.not(a.elector.mayAct())
  leases.mode = 'silent'
  await timers.advance(2_500)
  assert.equal([a.state.outcome, a.state.isLost], ['lost', true])
})

test('a leader on a machine that was suspended, whose monotonic clock stopped, may not act either', async () => {
  const { timers, add } = world()
  const a = add('a')
  await settle()
  timers.wallOffMs = 14_000
  assert.not(a.elector.mayAct())
  await timers.advance(2_500)
  assert.ok(a.elector.mayAct(), 'until it has renewed')
})

test("a candidate's clock that jumps ahead does not shorten the leader's lease", async () => {
  const { leases, timers, add } = world()
  leases.writtenBy('other')
  const b = add('b')
  await timers.advance(5_000)
  timers.wallOffMs = 3_600_000
  await timers.advance(9_900)
  assert.not(b.state.isLeading)
})

test('a leader that is frozen during its work makes only the one call that had already been checked', async () => {
  const { leases, timers, add } = world()
  const a = add('a')
  await settle()
  const made: string[] = []
  const act = (name: string): void => {
    if (a.elector.mayAct()) made.push(name)
  }
  act('before')
  const wasLetPast = a.elector.mayAct()
  timers.freeze(60_000)
  leases.writtenBy('successor')
  if (wasLetPast) made.push('past the fence')
  act('after')
  act('and after')
  assert.equal(made, ['before', 'past the fence'])
  await timers.advance(0)
  assert.is(a.state.outcome, 'lost')
})

test('a leader that finds another holder has lost', async () => {
  const { leases, timers, add } = world()
  const a = add('a')
  await settle()
  leases.writtenBy('usurper')
  await timers.advance(2_000)
  assert.equal([a.state.outcome, a.state.isLost], ['lost', true])
  assert.is(leases.lease?.spec.holderIdentity, 'usurper')
})

test('a renewal whose answer was lost is not mistaken for another leader', async () => {
  const { leases, timers, add } = world()
  const a = add('a')
  await settle()
  leases.mode = 'answer lost'
  await timers.advance(3_000)
  leases.mode = 'well'
  await timers.advance(60_000)
  assert.ok(a.elector.mayAct())
  assert.not(a.state.isLost)
})

test('the lease counts from before a slow call', async () => {
  const { leases, timers, add } = world()
  leases.beforeAnswer = async () => timers.freeze(13_500)
  const a = add('a')
  await settle()
  assert.ok(a.state.isLeading && a.elector.mayAct())
  assert.not(a.elector.mayAct(600), '15 s less the margin from when it was asked for')
})

test('a candidate that never led stops without writing the lease', async () => {
  const { leases, timers, add } = world()
  leases.writtenBy('other')
  const b = add('b')
  await timers.advance(5_000)
  b.stop.abort()
  await settle()
  assert.is(b.state.outcome, 'stopped')
  assert.is(leases.lease?.spec.holderIdentity, 'other')
  assert.is(timers.pending, 0)
})

test('times are written with exactly six fraction digits', () => {
  assert.is(microTime(new Date('2026-11-23T14:02:00Z')), '2026-11-23T14:02:00.000000Z')
})

test.run()
