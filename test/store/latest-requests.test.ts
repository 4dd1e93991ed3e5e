// A process whose watch lags behind its own writes: people are told once anyway.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { Broken } from '../../src/domain/outcome.ts'
import { createCache } from '../../src/kube/cache.ts'
import { silentLog, systemTimers } from '../../src/kube/environment.ts'
import { createLatestRequests } from '../../src/store/latest-requests.ts'
import { MemoryCluster, operator } from '../controller/fakes.ts'
import { ManualClock } from '../fakes/clock.ts'
import { suite } from '../suite.ts'

const test = suite('a watch behind its own process')

/** An operator whose watch shows what there is only when `catchUp` is called. */
function behind() {
  const clock = new ManualClock()
  const cluster = new MemoryCluster(clock)
  const watched = createCache<AccessRequest>({ log: silentLog })
  const lost = { answers: 0 }
  const live = {
    get: (ref: Parameters<MemoryCluster['get']>[0]) => cluster.get(ref),
    history: (of: Parameters<MemoryCluster['history']>[0]) => cluster.history(of),
    patchFinalizers: (seen: AccessRequest, finalizers: string[]) => cluster.patchFinalizers(seen, finalizers),
    patchStatus: async (...[seen, patch]: Parameters<MemoryCluster['patchStatus']>) => {
      const answer = await cluster.patchStatus(seen, patch)
      if (lost.answers-- > 0) throw new Broken('The API server did not answer.', { answered: false })
      return answer
    },
  }
  let reads = 0
  const get = async (ref: Parameters<MemoryCluster['get']>[0]) => {
    reads += 1
    return live.get(ref)
  }
  const latest = createLatestRequests({ ...live, get }, { alive: watched, timers: systemTimers })
  const requests = Object.assign(Object.create(cluster) as MemoryCluster, latest, {
    create: cluster.create.bind(cluster),
  })
  const op = operator({}, { requests, now: clock.now() })
  const catchUp = (): void => {
    for (const request of cluster.stored.values()) watched.put(structuredClone(request))
  }
  return { op, cluster, catchUp, lost, reads: () => reads }
}

test('news is told once, though every look begins with a watch that shows the state before', async () => {
  const { op, catchUp } = behind()
  await op.ask()
  catchUp()
  await op.look()
  catchUp()
  await op.approve()
  catchUp()
  for (let n = 0; n < 3; n++) await op.look()
  assert.equal(
    op.chat.told.map(({ news }) => news),
    ['granted'],
  )
  assert.is(op.chat.posted.length, 1)
  assert.equal(op.log(), ['Requested', 'Routed', 'Approved', 'GrantStarted', 'Granted'])
})

test('looks without a change cost no call', async () => {
  const { op, catchUp, reads } = behind()
  await op.ask()
  catchUp()
  for (let n = 0; n < 5; n++) await op.look()
  assert.is(reads(), 0)
})

test('after a write whose answer was lost, the API server is asked before anything more is said', async () => {
  const { op, catchUp, lost, reads } = behind()
  await op.ask()
  catchUp()
  lost.answers = 1
  await op.look().catch(() => undefined)
  for (let n = 0; n < 3; n++) await op.look()
  assert.ok(reads() > 0)
  assert.is(op.chat.posted.length, 1)
  assert.equal(op.log(), ['Requested', 'Routed'])
})

test.run()
