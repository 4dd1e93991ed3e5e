// Reading Hallpass's own log back: through a view that shows this log alone, with a right on this view alone; what a
// person must change names the permission and the place.
import * as assert from 'uvu/assert'
import { confirmedBy, entriesQuery } from '../../src/audit/confirmed.ts'
import { entryOf, withEvent } from '../../src/domain/audit/audit.ts'
import { createAuditLog } from '../../src/google/audit-log.ts'
import { createLogReadBack } from '../../src/google/log-read-back.ts'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import { defaultAuditView, defaultIdentities } from '../../src/sim/google/seeds.ts'
import type { Fault } from '../../src/sim/serve.ts'
import { mapping } from '../builders/mapping.ts'
import { request } from '../builders/request.ts'
import type { ManualClock } from '../fakes/clock.ts'
import { foreignAnswer, googleAnswer } from '../sim/google/answers.ts'
import { suite, table } from '../suite.ts'
import { identity, openGoogle, outcomeOf, refusedIdentity } from './fixture.ts'

const test = suite('log read-back')
const { token } = defaultIdentities.controller
const auditLog = 'projects/hallpass-ops/logs/hallpass'
const route = 'POST /v2/entries:list'
let google: GoogleSim
let clock: ManualClock

test.before.each(async () => {
  ;({ google, clock } = await openGoogle())
})
test.after.each(async () => google.close())

const ask = async (place: string, authClient = identity(token), callMs = 5000): Promise<readonly unknown[]> => {
  const pause = async (ms: number): Promise<void> => clock.forward(ms / 1000)
  const readBack = createLogReadBack({ authClient, clock, rootUrl: google.url, pause, limits: { callMs } })
  return readBack.read({ in: [place], filter: `logName="${auditLog}"` })
}

test('what the controller wrote is read back through the view, and confirms the request', async () => {
  const status = { ...withEvent({}, { event: 'Requested', at: clock.now(), message: 'Asked.' }) }
  const asked = request(mapping(), { status })
  const options = { authClient: identity(token), clock, rootUrl: google.url }
  await createAuditLog({ project: 'hallpass-ops', ...options }).write(
    (status.audit ?? []).map(record => entryOf(asked, record)),
  )
  const query = entriesQuery({ auditLog, place: defaultAuditView }, [asked])
  const found = await createLogReadBack(options).read(query)
  assert.equal(confirmedBy(found, [asked]), [asked])
  assert.equal(
    google.calls.map(({ method }) => method),
    ['WriteLogEntries', 'ListLogEntries'],
  )
})

test('the right on the view opens nothing else', async () => {
  const entry = { timestamp: clock.now().toISOString(), receiveTimestamp: '', severity: 'INFO', jsonPayload: {} }
  google.logs.written.push({ ...entry, logName: 'projects/hallpass-ops/logs/secret', insertId: 'a' })
  google.logs.written.push({ ...entry, logName: auditLog, insertId: 'b' })
  const found = (await ask(defaultAuditView)) as { insertId: string }[]
  assert.equal(
    found.map(({ insertId }) => insertId),
    ['b'],
  )
})

const denied =
  / read "([^"]+)", so settled requests are kept for longer than retainFor\. Grant the controller "([^"]+)" there \(([^)]+)\)/
table<{ place: string; permission: string; role: string }>(
  test,
  {
    'another view': {
      place: 'projects/hallpass-ops/locations/global/buckets/_Default/views/_AllLogs',
      permission: 'logging.views.access',
      role: 'roles/logging.viewAccessor',
    },
    'the whole project': {
      place: 'projects/hallpass-ops',
      permission: 'logging.logEntries.list',
      role: 'roles/logging.viewer',
    },
  },
  async ({ place, permission, role }) => {
    const outcome = await outcomeOf(ask(place), token)
    assert.match(outcome, /^Refused LogUnreadable: /)
    assert.equal(denied.exec(outcome)?.slice(1), [place, permission, role])
  },
)

table<{ fault?: Partial<Fault>; authClient?: ReturnType<typeof identity>; outcome: RegExp }>(
  test,
  {
    'a view that does not exist': { fault: googleAnswer('NOT_FOUND'), outcome: /^Refused LogUnreadable: / },
    'an API that is off': {
      fault: googleAnswer('PERMISSION_DENIED', { reason: 'SERVICE_DISABLED' }),
      outcome: /^Refused ApiDisabled: /,
    },
    'a token without the scope': {
      fault: googleAnswer('PERMISSION_DENIED', { reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' }),
      outcome: /^Refused IdentityScopeMissing: /,
    },
    'a perimeter': {
      fault: googleAnswer('PERMISSION_DENIED', { reason: 'SECURITY_POLICY_VIOLATED' }),
      outcome: /^Refused PerimeterDenied: /,
    },
    'a page of a proxy with 403': { fault: foreignAnswer(403), outcome: /^Broken / },
    'a page with 200': { fault: { status: 200, body: '<html>' as never }, outcome: /^Broken / },
    'an outage': { fault: { status: 503 }, outcome: /^Broken answered: Cloud Logging answered 503/ },
    'a quota that stays used up': {
      fault: { status: 429 },
      outcome: /^Broken answered: Cloud Logging still asks to wait/,
    },
    silence: { fault: { hang: true }, outcome: /^Broken/ },
    'no token of the own identity': { authClient: refusedIdentity(), outcome: /^Broken / },
  },
  async ({ fault, authClient, outcome }) => {
    if (fault) google.faults.add({ route, ...fault, times: 99 })
    assert.match(await outcomeOf(ask(defaultAuditView, authClient, fault?.hang ? 50 : 5000), token), outcome)
  },
)

test('an answer without entries is an empty one', async () => {
  google.faults.add({ route, status: 200, body: {} })
  assert.equal(await ask(defaultAuditView), [])
})

test.run()
