// The audit adapter: the entry as it is stored, and that only an impossible entry is ever given up.
import * as assert from 'uvu/assert'
import type { AuditEntry } from '../../src/domain/audit/audit.ts'
import type { AuditLog } from '../../src/domain/ports.ts'
import { createAuditLog } from '../../src/google/audit-log.ts'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import { defaultIdentities } from '../../src/sim/google/seeds.ts'
import { foreignAnswer, googleAnswer } from '../sim/google/answers.ts'
import type { Fault } from '../../src/sim/serve.ts'
import { type ManualClock, start } from '../fakes/clock.ts'
import { suite, table } from '../suite.ts'
import { identity, openGoogle, outcomeOf, refusedIdentity, slowIdentity } from './fixture.ts'

const test = suite('audit log adapter')
const uid = '22222222-0000-4000-8000-000000000001'
const { token } = defaultIdentities.controller
let google: GoogleSim
let clock: ManualClock

test.before.each(async () => {
  ;({ google, clock } = await openGoogle())
})
test.after.each(async () => google.close())

function open(accessToken: string = token, timeoutMs = 5000): AuditLog {
  return createAuditLog({
    project: 'hallpass-ops',
    authClient: identity(accessToken),
    clock,
    rootUrl: google.url,
    timeoutMs,
  })
}

function entry(more: Partial<AuditEntry> = {}): AuditEntry {
  const payload = {
    schema: 'hallpass/audit/v1',
    event: 'Approved',
    seq: 2,
    requester: 'dana@example.com',
    roleMapping: 'prod-db',
  }
  return { insertId: `${uid}-0002`, at: start, severity: 'NOTICE', uid, payload, isFirst: false, isLast: true, ...more }
}

test('an entry is stored with its payload, labels and operation', async () => {
  await open().write([entry()])
  const [stored] = google.logs.written
  assert.equal(stored, {
    logName: 'projects/hallpass-ops/logs/hallpass',
    resource: { type: 'global', labels: { project_id: 'hallpass-ops' } },
    insertId: `${uid}-0002`,
    timestamp: '2026-11-23T14:02:00.000Z',
    receiveTimestamp: '2026-11-23T14:02:00.000Z',
    severity: 'NOTICE',
    jsonPayload: entry().payload,
    labels: {
      'hallpass.dev/uid': uid,
      'hallpass.dev/event': 'Approved',
      'hallpass.dev/requester': 'dana@example.com',
      'hallpass.dev/mapping': 'prod-db',
    },
    operation: { id: uid, producer: 'hallpass.dev', first: false, last: true },
  })
})

test('of a write with an impossible entry nothing is stored, and it is refused', async () => {
  const huge = entry({ insertId: 'huge', payload: { text: 'x'.repeat(300_000) } })
  assert.match(
    await outcomeOf(open().write([entry(), huge]), token),
    /^Refused EntryNotAccepted: .*exceeds maximum size/,
  )
  assert.is(google.logs.written.length, 0)
})

table<{ fault: Partial<Fault>; outcome: RegExp }>(
  test,
  {
    'a server error': { fault: { status: 503 }, outcome: /^Broken answered/ },
    'a limit': { fault: { status: 429 }, outcome: /^Waiting 2026-11-23T14:02:20/ },
    silence: { fault: { hang: true }, outcome: /^Broken unanswered/ },
    'a connection that breaks': { fault: { reset: 'before' }, outcome: /^Broken unanswered/ },
    'a page of something in between, though it says 200': {
      fault: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>maintenance</html>' },
      outcome: /^Broken unanswered: What answered was not Cloud Logging/,
    },
    'JSON of something in between, though it says 200': {
      fault: { status: 200, body: { message: 'blocked by policy' } },
      outcome: /^Broken unanswered: What answered was not Cloud Logging/,
    },
    'Logging’s own words as a page, though it says 200': {
      fault: { status: 200, headers: { 'content-type': 'text/html' }, body: '{}' },
      outcome: /^Broken unanswered: What answered was not Cloud Logging/,
    },
    'a job that is only accepted, in Logging’s own words': {
      fault: { status: 202, body: {} },
      outcome: /^Broken unanswered: What answered was not Cloud Logging/,
    },
    'nothing to say (204)': { fault: { status: 204 }, outcome: /^Broken unanswered/ },
    'an empty list, though it says 200': { fault: { status: 200, body: [] }, outcome: /^Broken unanswered/ },
    'no body at all, though it says 200': { fault: { status: 200, body: '' }, outcome: /^Broken unanswered/ },
    'a missing right, which is named': {
      fault: googleAnswer('PERMISSION_DENIED'),
      outcome: /^Broken answered: .*roles\/logging\.logWriter/,
    },
    'an API that is off, with its remedy': {
      fault: googleAnswer('PERMISSION_DENIED', { reason: 'SERVICE_DISABLED' }),
      outcome: /^Broken answered: .*"logging\.googleapis\.com" is off in "projects\/hallpass-ops"/,
    },
    'a 400 that is not Google’s, so that no event is given up for it': {
      fault: foreignAnswer(400),
      outcome: /^Broken answered: Something between/,
    },
    'a 413 of a proxy': { fault: foreignAnswer(413), outcome: /^Broken answered: Something between/ },
    'a 403 of a proxy, which is no missing right': {
      fault: foreignAnswer(403, 'other JSON'),
      outcome: /^Broken answered: Something between/,
    },
  },
  async ({ fault, outcome }) => {
    google.faults.add({ route: 'POST /v2/entries:write', ...fault })
    assert.match(await outcomeOf(open(token, fault.hang ? 200 : 5000).write([entry()]), token), outcome)
    assert.is(google.logs.written.length, 0, 'it was tried again')
    await open().write([entry()])
    assert.is(google.logs.written.length, 1)
  },
)

test('an identity without the right is told which', async () => {
  const { gateway } = defaultIdentities
  assert.match(await outcomeOf(open(gateway.token).write([entry()]), gateway.token), /^Broken answered: .*logWriter/)
  assert.match(await outcomeOf(open('no-such').write([entry()]), 'no-such'), /^Broken answered/)
})

test('an identity whose token comes too late is Broken in time, and ends nothing else', async () => {
  const authClient = slowIdentity(token, 1500)
  const log = createAuditLog({ project: 'hallpass-ops', authClient, clock, rootUrl: google.url, timeoutMs: 100 })
  const began = performance.now()
  assert.match(await outcomeOf(log.write([entry()]), token), /^Broken unanswered/)
  assert.ok(performance.now() - began < 1400, 'waited for the token')
  // The token arrives now, long after the call was given up; the process must outlive it, and nothing may be written.
  await new Promise(resolve => setTimeout(resolve, 1700))
  assert.is(google.logs.written.length, 0)
})

test('an identity that gets no token is not a missing right', async () => {
  const port = createAuditLog({ project: 'hallpass-ops', authClient: refusedIdentity(), clock, rootUrl: google.url })
  assert.match(await outcomeOf(port.write([entry()])), /^Broken answered: Google gave no token/)
  assert.is(google.logs.written.length, 0)
})

test.run()
