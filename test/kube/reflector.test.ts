// A reflector with a server that behaves as a real one rarely does. Each kind of failure must end in the same cache,
// with streamed lists and with pages.
import type { ServerResponse } from 'node:http'
import { setTimeout as breathe } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { noMetrics, silentLog } from '../../src/kube/environment.ts'
import { createReflector, type Reflector } from '../../src/kube/reflector.ts'
import { createTransport, type Transport } from '../../src/kube/transport.ts'
import { suite } from '../suite.ts'
import { ManualTimers } from './manual-timers.ts'
import { status, type Thing, WatchServer } from './watch-server.ts'

const test = suite('a reflector on a failing server', { timeoutMs: 20_000 })
/** Each of these facts is checked with a server that streams lists, and with one that does not. */
const both = (name: string, fact: () => Promise<void>): void => {
  for (const [how, canStream] of [
    ['a streamed list', true],
    ['pages', false],
  ] as const)
    test(`${name} (${how})`, async () => {
      streams = canStream
      await fact()
    })
}
let streams = true

type Fixture = {
  server: WatchServer
  timers: ManualTimers
  reflector: Reflector<Thing>
  changes: string[]
  transport: Transport
  end: () => Promise<void>
}
let fixture: Fixture

async function begin(prepare: (server: WatchServer) => void = () => undefined): Promise<Fixture> {
  const server = await new WatchServer().open()
  server.canStream = streams
  prepare(server)
  const timers = new ManualTimers()
  const transport = createTransport({ server: server.url }, { timers })
  const kind = { group: 'test.dev', version: 'v1', plural: 'things' }
  const reflector = createReflector<Thing>({
    transport,
    kind,
    timers,
    log: silentLog,
    metrics: noMetrics,
    pageSize: 2,
    fieldSelector: 'status.settled!=true',
  })
  const changes: string[] = []
  reflector.onChange(key => changes.push(key))
  const stop = new AbortController()
  const ended = reflector.run(stop.signal)
  const end = async (): Promise<void> => {
    stop.abort()
    await ended
    assert.is(timers.pending, 0, 'a timer was left behind')
    await transport.close()
    await server.close()
  }
  return { server, timers, reflector, changes, transport, end }
}

test.after.each(async () => fixture.end())

// Moves the clock in small steps while real connections answer: back-offs pass, deadlines of calls do not.
async function until(what: string, is: () => boolean): Promise<void> {
  for (const began = Date.now(); !is(); await breathe(2)) {
    if (Date.now() - began > 10_000) throw new Error(`never: ${what}`)
    await fixture.timers.advance(200)
  }
}
const names = (): string[] =>
  fixture.reflector
    .list()
    .map(({ metadata }) => metadata.name)
    .sort()
const watching = (): Promise<void> => until('it watches', () => fixture.server.watches.size === 1)
const shows = (...expected: string[]): Promise<void> =>
  until(`${expected.join()} in the cache`, () => names().join() === expected.join())
/** How often the server is called within a simulated minute. */
async function askedInAMinute(): Promise<number> {
  const before = fixture.server.asked.length
  for (let ms = 0; ms < 60_000; ms += 100) {
    await fixture.timers.advance(100)
    await breathe(2)
  }
  return fixture.server.asked.length - before
}
test('it lists page by page, then watches from there with bookmarks and a deadline', async () => {
  streams = false
  fixture = await begin(server => ['a', 'b', 'c', 'd', 'e'].forEach(name => server.put(name)))
  await fixture.reflector.synced()
  assert.equal(names(), ['a', 'b', 'c', 'd', 'e'])
  await watching()
  assert.is(fixture.server.lists, 3)
  const query = fixture.server.asked.at(-1)?.query
  assert.is(query?.get('allowWatchBookmarks'), 'true')
  assert.is(query?.get('resourceVersion'), '105')
  assert.is(query?.get('fieldSelector'), 'status.settled!=true')
  const seconds = Number(query?.get('timeoutSeconds'))
  assert.ok(seconds >= 300 && seconds <= 600)
})

test('it lists and watches with one request, and its objects are shown when they are complete', async () => {
  streams = true
  const all = ['a', 'b', 'c', 'd', 'e']
  fixture = await begin(server => {
    all.forEach(name => server.put(name))
    server.faults.push(res => {
      res.writeHead(200).flushHeaders()
      server.stream(res, all.length)
      server.watches.add(res)
    })
  })
  await watching()
  // Changes during a list are part of it.
  fixture.server.put('f')
  fixture.server.remove('b')
  await breathe(50)
  assert.equal([names(), fixture.changes, fixture.reflector.isSynced()], [[], [], false])
  fixture.server.send('BOOKMARK', { metadata: { resourceVersion: '107' } })
  await breathe(20)
  assert.not(fixture.reflector.isSynced(), 'not every bookmark ends a list')
  fixture.server.send('BOOKMARK', fixture.server.listEnd())
  await fixture.reflector.synced()
  assert.equal([names(), fixture.changes.length], [['a', 'c', 'd', 'e', 'f'], 5])
  fixture.server.put('g')
  await shows('a', 'c', 'd', 'e', 'f', 'g')
  assert.is(fixture.server.asked.length, 1)
  const query = fixture.server.asked[0]?.query
  assert.equal(
    ['watch', 'resourceVersion', 'resourceVersionMatch', 'allowWatchBookmarks', 'fieldSelector'].map(name =>
      query?.get(name),
    ),
    ['true', null, 'NotOlderThan', 'true', 'status.settled!=true'],
  )
})

const cutShort: Record<string, (server: WatchServer, res: ServerResponse) => void> = {
  'that ends too early': (_, res) => res.end(),
  'whose connection breaks': (_, res) => res.destroy(),
  'that ends in too old a version': (_, res) =>
    res.end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410 } })}\n`),
  'that hangs': (server, res) => void server.watches.add(res),
}
for (const [what, end] of Object.entries(cutShort))
  test(`of a streamed list ${what} nothing is shown, and pages replace it`, async () => {
    streams = true
    fixture = await begin(server => {
      ;['a', 'b', 'c'].forEach(name => server.put(name))
      server.faults.push(res => {
        res.writeHead(200).flushHeaders()
        server.stream(res, 2)
        end(server, res)
      })
    })
    let first = ''
    fixture.reflector.onChange(() => (first ||= names().join()))
    await shows('a', 'b', 'c')
    assert.is(first, 'a,b,c', 'an incomplete list is not shown')
    assert.ok(fixture.server.asked.some(({ watch }) => !watch))
    await until('it watches from there', () => fixture.server.asked.at(-1)?.query.get('resourceVersion') === '103')
    // After a complete list, streaming is tried again.
    fixture.server.faults.push(status(410, 'Expired'))
    fixture.server.cut('break')
    await until('it streams again', () => fixture.server.asked.at(-1)?.query.has('sendInitialEvents') ?? false)
  })

test('a server that does not stream is asked for pages immediately, and for a stream again only with a new list', async () => {
  streams = false
  fixture = await begin(server => server.put('a'))
  const beganMs = fixture.timers.monotonicMs()
  await fixture.reflector.synced()
  assert.is(fixture.timers.monotonicMs(), beganMs, 'without a pause')
  await watching()
  assert.is(fixture.server.refusals, 1)
  fixture.server.cut('break')
  await watching()
  assert.is(fixture.server.refusals, 1)
})

test('a server that refuses pages too is not called without a pause', async () => {
  streams = false
  fixture = await begin(server => {
    server.put('a')
    for (let n = 0; n < 200; n++) server.faults.push(status(422, 'Invalid'))
  })
  const asked = await askedInAMinute()
  assert.ok(asked >= 3 && asked <= 10, `${asked} times in a minute`)
  assert.is(fixture.server.refusals, 1, 'it streams again only after a list')
  fixture.server.faults = []
  await shows('a')
})

both('changes and removals arrive, each as a key', async () => {
  fixture = await begin(server => server.put('a'))
  await watching()
  fixture.server.put('b')
  fixture.server.put('a')
  await until('the change', () => fixture.changes.length === 3)
  fixture.server.remove('b')
  await shows('a')
  assert.equal(fixture.changes, ['here/a', 'here/b', 'here/a', 'here/b'])
})

both('objects from the cache cannot be changed, and have no labels or annotations', async () => {
  fixture = await begin(server =>
    server.put('a', {
      managedFields: [{ manager: 'kubectl' }],
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', note: 'yes' },
    }),
  )
  await fixture.reflector.synced()
  const seen = fixture.reflector.get({ namespace: 'here', name: 'a' })
  assert.equal(seen?.metadata, {
    name: 'a',
    namespace: 'here',
    uid: 'uid-a',
    resourceVersion: '101',
  })
  assert.throws(() => Object.assign(seen?.metadata ?? {}, { name: 'b' }), TypeError)
})

both('an event that arrives in pieces is one event, and a character may be cut in two', async () => {
  fixture = await begin()
  await watching()
  const metadata = { name: 'ü', namespace: 'here', uid: '1', resourceVersion: '101' }
  const bytes = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: { metadata } })}\n`)
  const middle = bytes.indexOf('ü') + 1
  for (const part of [bytes.subarray(0, middle), bytes.subarray(middle)]) {
    for (const res of fixture.server.watches) res.write(part)
    await breathe(20)
  }
  await shows('ü')
})

for (const how of ['end', 'break'] as const)
  both(`a watch that ${how}s is continued from its last version, without a list`, async () => {
    fixture = await begin(server => server.put('a'))
    await watching()
    fixture.server.put('b')
    await shows('a', 'b')
    fixture.server.cut(how)
    await watching()
    assert.is(fixture.server.lists, 1)
    assert.is(fixture.server.asked.at(-1)?.query.get('resourceVersion'), '102')
  })

both('a list that is asked for begins after that, and the watch goes on from it', async () => {
  fixture = await begin(server => server.put('a'))
  await watching()
  // A change of which the watch says nothing.
  fixture.server.things.set('b', { metadata: { name: 'b', namespace: 'here', uid: 'uid-b', resourceVersion: '150' } })
  fixture.server.version = 150
  let isListed = false
  void fixture.reflector.relist().then(() => (isListed = true))
  await until('the list', () => isListed)
  assert.equal([names(), fixture.server.lists], [['a', 'b'], 2])
  await watching()
  fixture.server.put('c')
  await shows('a', 'b', 'c')
  assert.is(fixture.server.lists, 2)
})

both('a list that is asked for and fails is begun again', async () => {
  fixture = await begin(server => server.put('a'))
  await watching()
  fixture.server.faults.push(status(500, 'InternalError'), status(500, 'InternalError'))
  let isListed = false
  void fixture.reflector.relist().then(() => (isListed = true))
  fixture.server.things.delete('a')
  await until('the list', () => isListed)
  assert.equal(names(), [])
  await watching()
})

both('a list that is under way does not serve who asks after its beginning', async () => {
  fixture = await begin(server => server.put('a'))
  const early = fixture.reflector.relist()
  await until('the first list', () => fixture.server.asked.length > 0)
  const late = fixture.reflector.relist()
  await until('the lists', () => fixture.server.lists >= 2)
  await Promise.all([early, late])
  await watching()
  assert.equal(names(), ['a'])
})

both('a bookmark advances the version', async () => {
  fixture = await begin()
  await watching()
  fixture.server.put('a')
  fixture.server.put('b')
  fixture.server.send('BOOKMARK', { metadata: { resourceVersion: '999' } })
  await shows('a', 'b')
  await breathe(50)
  fixture.server.cut('break')
  await watching()
  assert.is(fixture.server.asked.at(-1)?.query.get('resourceVersion'), '999')
})

const goneForms: Record<string, (server: WatchServer) => void> = {
  'as a status of HTTP': server => server.faults.push(status(410, 'Expired')),
  'as an error in the stream': server =>
    server.faults.push(
      res => void res.end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410 } })}\n`),
    ),
  'only by reason': server =>
    server.faults.push(
      res =>
        void res.end(
          `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 500, reason: 'Expired' } })}\n`,
        ),
    ),
}
for (const [form, arrange] of Object.entries(goneForms))
  both(
    `a version that is too old, reported ${form}, leads to a new list, and objects deleted meanwhile are reported`,
    async () => {
      fixture = await begin(server => ['a', 'b', 'c'].forEach(name => server.put(name)))
      await watching()
      const before = fixture.reflector.get({ namespace: 'here', name: 'a' })
      fixture.changes.length = 0
      arrange(fixture.server)
      fixture.server.cut('break')
      fixture.server.remove('b', false)
      fixture.server.put('d')
      await shows('a', 'c', 'd')
      assert.equal(fixture.changes.sort(), ['here/b', 'here/d'])
      assert.is(
        fixture.reflector.get({ namespace: 'here', name: 'a' }),
        before,
        'an object that did not change is the same value',
      )
    },
  )

const failures: Record<string, (server: WatchServer) => void> = {
  'an answer of 500': server => server.faults.push(status(500, 'InternalError')),
  'an answer of 403': server => server.faults.push(status(403, 'Forbidden')),
  'an answer of 429': server => server.faults.push(status(429, 'TooManyRequests', { 'retry-after': '1' })),
  'an error of 500 in the stream': server =>
    server.faults.push(
      res => void res.end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 500 } })}\n`),
    ),
  'a page that is not a watch': server => server.faults.push(res => void res.end('<html>Bad gateway</html>\n')),
  'an event without an object': server => server.faults.push(res => void res.end('{"type":"ADDED"}\n')),
  'a broken connection': server => server.faults.push(res => void res.destroy()),
}
for (const [what, arrange] of Object.entries(failures))
  both(`${what} is survived`, async () => {
    fixture = await begin(server => server.put('a'))
    await watching()
    arrange(fixture.server)
    fixture.server.cut('break')
    fixture.server.put('b')
    // Unlike a real server, the server of this test loses changes between watches: only a list shows them.
    fixture.server.faults.push(status(410, 'Expired'))
    await shows('a', 'b')
    await watching()
  })

const asksForPatience: Record<string, (server: WatchServer) => void> = {
  'with its answer': server => server.faults.push(status(429, 'TooManyRequests', { 'retry-after': '40' })),
  'within the stream': server =>
    server.faults.push(
      res =>
        void res.end(
          `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 429, details: { retryAfterSeconds: 40 } } })}\n`,
        ),
    ),
}
for (const [how, arrange] of Object.entries(asksForPatience))
  both(`a server that asks to wait ${how} is not called during that time`, async () => {
    fixture = await begin(server => server.put('a'))
    await watching()
    arrange(fixture.server)
    fixture.server.cut('break')
    await until('the refusal', () => fixture.server.faults.length === 0)
    const [asked, refusedMs] = [fixture.server.asked.length, fixture.timers.monotonicMs()]
    await until('the next attempt', () => fixture.server.asked.length > asked)
    const waitedMs = fixture.timers.monotonicMs() - refusedMs
    assert.ok(waitedMs >= 39_000 && waitedMs < 55_000, `it waited ${waitedMs} ms`)
    await watching()
  })

both('a server that asks to wait an hour is called again after about a minute', async () => {
  fixture = await begin(server => server.put('a'))
  await watching()
  fixture.server.faults.push(status(429, 'TooManyRequests', { 'retry-after': '3600' }))
  fixture.server.cut('break')
  await until('the refusal', () => fixture.server.faults.length === 0)
  const refusedMs = fixture.timers.monotonicMs()
  await watching()
  assert.ok(fixture.timers.monotonicMs() - refusedMs < 90_000)
})

both('a first list that fails is tried again without end', async () => {
  fixture = await begin(server => {
    server.put('a')
    for (let n = 0; n < 6; n++) server.faults.push(status(500, 'InternalError'))
  })
  assert.not(fixture.reflector.isSynced())
  await shows('a')
  assert.ok(fixture.reflector.isSynced())
})

test('a page token that expires during a list starts the list again', async () => {
  streams = false
  fixture = await begin(server => {
    ;['a', 'b', 'c'].forEach(name => server.put(name))
    server.faults.push((res, query) => {
      server.faults.push(status(410, 'Expired'))
      assert.is(query.get('continue'), null)
      res.setHeader('content-type', 'application/json')
      res.end(JSON.stringify({ metadata: { resourceVersion: '1', continue: '2' }, items: [server.things.get('a')] }))
    })
  })
  await until('it asked twice', () => fixture.server.asked.length >= 2)
  assert.equal(names(), [], 'an incomplete list is not shown')
  await shows('a', 'b', 'c')
})

both('a connection without even bookmarks is closed', async () => {
  fixture = await begin(server => server.put('a'))
  await watching()
  const [first] = fixture.server.watches
  await fixture.timers.advance(99_000)
  assert.ok(first && fixture.server.watches.has(first))
  await fixture.timers.advance(1_000)
  await until('it left', () => first?.destroyed ?? false)
  await watching()
  assert.is(fixture.server.lists, 1)
})

const hangsUp: Record<string, (res: ServerResponse) => void> = {
  'hangs up at once': res => void res.end(),
  'breaks each watch at once': res => {
    res.writeHead(200).flushHeaders()
    setImmediate(() => res.destroy())
  },
}
for (const [what, fault] of Object.entries(hangsUp))
  both(`a server that ${what} is not called without a pause`, async () => {
    fixture = await begin(server => server.put('a'))
    await watching()
    for (let n = 0; n < 200; n++) fixture.server.faults.push(fault)
    fixture.server.cut('end')
    const asked = await askedInAMinute()
    assert.ok(asked >= 2 && asked <= 10, `${asked} times in a minute`)
    fixture.server.faults = []
  })

both('when watches break every 35 seconds, almost no time is without a watch', async () => {
  fixture = await begin(server => server.put('a'))
  await watching()
  const { server, timers } = fixture
  const beganMs = timers.monotonicMs()
  let unwatchedMs = 0
  while (timers.monotonicMs() - beganMs < 1_800_000) {
    await timers.advance(35_000)
    const brokenMs = timers.monotonicMs()
    server.cut('break')
    for (; server.watches.size === 0; await breathe(2)) await timers.advance(100)
    unwatchedMs += timers.monotonicMs() - brokenMs
    assert.ok(unwatchedMs < 180_000, 'more than a tenth of half an hour is unwatched')
  }
  assert.is(server.lists, 1)
})

both(
  'the back-off grows with each failure, is different each time, and starts again after a healthy minute',
  async () => {
    fixture = await begin(server => server.put('a'))
    await watching()
    const { server, timers } = fixture
    // The times between a failing watch and the next attempt, while each attempt fails immediately.
    const waits = async (failures: number, fail = () => server.cut('break')): Promise<number[]> => {
      const found: number[] = []
      for (let n = 1; n < failures; n++) server.faults.push(res => void res.destroy())
      let asked = server.asked.length
      fail()
      while (found.length < failures) {
        const began = timers.monotonicMs()
        while (server.asked.length === asked) {
          await timers.advance(50)
          await breathe(2)
        }
        asked = server.asked.length
        found.push(timers.monotonicMs() - began)
      }
      await watching()
      return found
    }
    const [first = 0, second = 0, third = 0, fourth = 0] = await waits(4)
    const around = (wait: number, ms: number): void => assert.ok(wait >= ms * 0.9 && wait <= ms * 2.5, `${wait}`)
    for (const [wait, ms] of [
      [first, 800],
      [second, 1_600],
      [third, 3_200],
      [fourth, 6_400],
    ] as const)
      around(wait, ms)
    await timers.advance(30_000)
    const refuse = (): void => server.send('ERROR', { code: 500 })
    const [fifth = 0] = await waits(1, refuse)
    assert.ok(fifth > 6_400, `half a minute is not enough to reset the back-off: ${fifth}`)
    await timers.advance(61_000)
    around((await waits(1, refuse))[0] ?? 0, 800)
  },
)

both('a change hook that throws does not end the watch', async () => {
  fixture = await begin()
  fixture.reflector.onChange(() => {
    throw new Error('a fault')
  })
  await watching()
  fixture.server.put('a')
  fixture.server.put('b')
  await shows('a', 'b')
  assert.is(fixture.server.watches.size, 1)
})

test.run()
