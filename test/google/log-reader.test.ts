// Reading Cloud Logging: all pages come, and every way of getting none ends in time with what is missing.
import * as assert from 'uvu/assert'
import type { LogReader } from '../../src/domain/ports.ts'
import { createLogReader, type LogReaderOptions } from '../../src/google/log-reader.ts'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import { defaultAuditor, defaultIdentities } from '../../src/sim/google/seeds.ts'
import type { Fault } from '../../src/sim/serve.ts'
import type { ManualClock } from '../fakes/clock.ts'
import { foreignAnswer, googleAnswer } from '../sim/google/answers.ts'
import { suite, table } from '../suite.ts'
import { identity, openGoogle, outcomeOf, refusedIdentity } from './fixture.ts'

const test = suite('log reader')
const { token } = defaultAuditor
const place = 'projects/hallpass-ops'
const route = 'POST /v2/entries:list'
let google: GoogleSim
let clock: ManualClock
let waited: number[] = []

test.before.each(async () => {
  ;({ google, clock } = await openGoogle())
  waited = []
})
test.after.each(async () => google.close())

function open(more: Partial<LogReaderOptions> = {}): LogReader {
  const pause = async (ms: number): Promise<void> => {
    waited.push(ms)
    clock.forward(ms / 1000)
  }
  return createLogReader({ authClient: identity(token), clock, rootUrl: google.url, pause, ...more })
}

function fill(count: number): void {
  const logName = `${place}/logs/hallpass`
  const at = clock.now().toISOString()
  for (let n = 0; n < count; n++)
    google.logs.written.push({
      logName,
      timestamp: at,
      receiveTimestamp: at,
      insertId: `e${n}`,
      severity: 'INFO',
      jsonPayload: { n },
    })
}

const read = async (reader = open(), most?: number): Promise<unknown[]> =>
  Array.fromAsync(reader.entries({ in: [place], filter: '', ...(most !== undefined && { most }) }))

test('all pages come, in order', async () => {
  fill(2500)
  const entries = (await read()) as { insertId: string }[]
  assert.is(entries.length, 2500)
  assert.equal([entries[0]?.insertId, entries[2499]?.insertId], ['e0', 'e2499'])
  assert.is(google.calls.length, 3)
})

test('as many as are enough come in one call', async () => {
  fill(30)
  assert.is((await read(open(), 10)).length, 10)
  assert.is(google.calls.length, 1)
})

test('a search that needs several pages before it finds something is followed', async () => {
  fill(1)
  google.logs.listing.emptyPages = 5
  assert.is((await read()).length, 1)
})

test('a search that never ends is ended, and what to ask instead is said', async () => {
  google.logs.listing.emptyPages = Infinity
  const outcome = await outcomeOf(read(open({ limits: { emptyPages: 20 } })), token)
  assert.match(outcome, /^Broken answered: Cloud Logging sends pages without an end\. Ask about a shorter time/)
  assert.is(google.calls.length, 21)
})

test('pages that go on without an end are ended', async () => {
  fill(40)
  const page = { entries: [{ insertId: 'again' }], nextPageToken: 'next' }
  google.faults.add({ route, status: 200, body: page, times: 1000 })
  assert.match(await outcomeOf(read(), token), /sends pages without an end/)
})

test('the quota is waited for, and no longer than told', async () => {
  fill(5000)
  google.logs.listing.perMinute = 2
  assert.is((await read()).length, 5000)
  assert.ok(waited.length > 2 && waited.every(ms => ms === 20_000), String(waited))
  google.logs.listing.perMinute = 0
  assert.match(
    await outcomeOf(read(), token),
    /^Broken answered: Cloud Logging still asks to wait, after 180 s\. Its quota is 60/,
  )
})

test('what may pass is tried again', async () => {
  fill(3)
  google.faults.add({ route, status: 503 }, { route, reset: 'before' }, { route, ...foreignAnswer(502) })
  assert.is((await read()).length, 3)
  assert.equal(waited, [2000, 4000, 8000])
})

table<{ fault: Partial<Fault>; outcome: RegExp }>(
  test,
  {
    'an error that does not pass': { fault: { status: 500, times: 99 }, outcome: /Cloud Logging answered 500/ },
    silence: { fault: { hang: true, times: 99 }, outcome: /did not answer/ },
    'a filter that Google does not understand': {
      fault: googleAnswer('INVALID_ARGUMENT', { message: 'Unparseable filter' }),
      outcome: /^Broken answered: Cloud Logging answered 400 .*Unparseable filter/,
    },
    'a missing right, which is named': {
      fault: googleAnswer('PERMISSION_DENIED'),
      outcome:
        /^Broken answered: Google does not let you read the logs of "projects\/hallpass-ops" \(403\)\. You need roles\/logging\.viewer/,
    },
    'an API that is off': {
      fault: googleAnswer('PERMISSION_DENIED', { reason: 'SERVICE_DISABLED' }),
      outcome: /"logging\.googleapis\.com" is off/,
    },
    'a token that is over': { fault: googleAnswer('UNAUTHENTICATED'), outcome: /Sign in again: gcloud auth/ },
    'a scope that is missing': {
      fault: googleAnswer('PERMISSION_DENIED', { reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' }),
      outcome: /lacks the scope/,
    },
    'a page of something in between, though it says 200': {
      fault: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>maintenance</html>', times: 9 },
      outcome: /What answered was not Cloud Logging/,
    },
    'JSON of something in between, which must not be read as an empty log': {
      fault: { status: 200, body: { message: 'blocked by policy' }, times: 9 },
      outcome: /What answered was not Cloud Logging/,
    },
    'a 403 of a proxy, which is no missing right': {
      fault: { ...foreignAnswer(403, 'other JSON'), times: 9 },
      outcome: /Something between Hallpass and Google/,
    },
  },
  async ({ fault, outcome }) => {
    fill(1)
    google.faults.add({ route, ...fault })
    const limits = { callMs: fault.hang ? 50 : 5000 }
    assert.match(await outcomeOf(read(open({ limits })), token), outcome)
  },
)

test('people who may not read are told so, and a token that Google does not give is not a missing right', async () => {
  const { controller } = defaultIdentities
  assert.match(
    await outcomeOf(read(open({ authClient: identity(controller.token) })), controller.token),
    /logging\.viewer/,
  )
  assert.match(await outcomeOf(read(open({ authClient: refusedIdentity() }))), /Google gave no token/)
})

test.run()
