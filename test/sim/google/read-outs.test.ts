// What other processes see and turn over HTTP: calls, policies, entries, access, revocation and the clock.
import * as assert from 'uvu/assert'
import { SimClock } from '../../../src/sim/clock.ts'
import { startGoogle, type GoogleSim } from '../../../src/sim/google/google.ts'
import { defaultIdentities } from '../../../src/sim/google/seeds.ts'
import { suite } from '../../suite.ts'
import { as, kms, logging, refusalOf, StillClock } from './clients.ts'

const test = suite('simulated Google, read from outside')
const resource = 'projects/prod-eu'
let google: GoogleSim
test.before(async () => void (google = await startGoogle({ clock: new SimClock() })))
test.after(async () => google.close())

const get = async (path: string): Promise<unknown> => (await fetch(google.url + path)).json()
const post = async (path: string, body: object, url = google.url): Promise<Response> =>
  fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

test('calls and policies', async () => {
  const mo = as(google, 'mo@example.com')
  const { data } = await mo.projects.getIamPolicy({ resource, requestBody: { options: { requestedPolicyVersion: 3 } } })
  assert.equal(await get(`/_sim/policies/${resource}`), data)
  assert.is((await fetch(`${google.url}/_sim/policies/projects/nope`)).status, 404)
  const calls = (await get('/_sim/calls')) as { method: string; principal: string; status: number }[]
  const last = calls.at(-1)
  assert.equal([last?.method, last?.principal, last?.status], ['GetIamPolicy', 'mo@example.com', 200])
})

test('log entries', async () => {
  const requestBody = {
    logName: 'projects/hallpass-ops/logs/audit',
    resource: { type: 'global' },
    entries: [{ insertId: 'one', textPayload: 'hello' }],
  }
  await logging(google, defaultIdentities.controller.token).entries.write({ requestBody })
  const entries = (await get('/_sim/entries')) as { insertId: string }[]
  assert.equal(
    entries.map(({ insertId }) => insertId),
    ['one'],
  )
})

test('who holds what, now and at another time', async () => {
  const asking = async (changed: Record<string, string>): Promise<unknown> =>
    get(
      `/_sim/holds?${new URLSearchParams({ email: 'otto@example.com', what: 'roles/storage.objectViewer', resource, ...changed })}`,
    )
  assert.equal(await asking({}), { holds: true })
  assert.equal(await asking({ at: '2029-12-31T23:59:59Z' }), { holds: true })
  assert.equal(await asking({ at: '2030-01-01T00:00:00Z' }), { holds: false })
  assert.equal(await asking({ what: 'storage.objects.get' }), { holds: true })
  assert.equal(await asking({ email: 'dana@example.com' }), { holds: false })
})

test('the clock moves forward, and access ends with it', async () => {
  const mo = as(google, 'mo@example.com')
  const before = Date.now()
  const moved = (await (await post('/_sim/clock', { forwardSeconds: 3600 })).json()) as { now: string }
  assert.ok(Math.abs(Date.parse(moved.now) - before - 3_600_000) < 10_000)
  assert.is((await refusalOf(mo.projects.getIamPolicy({ resource }))).reason, 'ACCESS_TOKEN_EXPIRED')
  await post('/_sim/clock', { set: '2030-01-01T00:00:00Z' })
  assert.is(google.holds('otto@example.com', 'roles/storage.objectViewer', resource), false)
  await post('/_sim/clock', { set: new Date().toISOString() })
  assert.is(google.holds('otto@example.com', 'roles/storage.objectViewer', resource), true)
})

test('a clock that does not belong to the simulator is not moved', async () => {
  const other = await startGoogle({ clock: new StillClock() })
  try {
    assert.is((await post('/_sim/clock', { forwardSeconds: 60 }, other.url)).status, 409)
    assert.is(other.clock.now().toISOString(), '2026-11-24T12:00:00.000Z')
  } finally {
    await other.close()
  }
})

test('a person’s tokens are ended from outside', async () => {
  const mo = as(google, 'mo@example.com')
  await mo.projects.getIamPolicy({ resource })
  await post('/_sim/revoke', { email: 'mo@example.com' })
  assert.is((await refusalOf(mo.projects.getIamPolicy({ resource }))).status, 401)
})

test('faults turned on over HTTP reach the official clients, and only as often as said', async () => {
  await post('/_sim/faults', {
    route: 'POST /v1/*:encrypt',
    status: 403,
    body: { error: { code: 403, message: 'no', status: 'PERMISSION_DENIED' } },
  })
  const { auth } = defaultIdentities
  const encrypting = async (): Promise<unknown> =>
    kms(google, auth.token).encrypt({ name: google.seeds.keys[1] ?? '', plaintext: Buffer.from('x') })
  const refused = await encrypting().catch((error: { code: number }) => error.code)
  assert.is(refused, 7)
  await encrypting()
})

test('what is not there is a 404, and what is no JSON a 400', async () => {
  for (const verb of ['deleteEverything', 'constructor'])
    assert.is((await fetch(`${google.url}/v3/${resource}:${verb}`, { method: 'POST' })).status, 404)
  const headers = { authorization: `Bearer ${defaultIdentities.controller.token}` }
  const garbage = await fetch(`${google.url}/v3/${resource}:getIamPolicy`, { method: 'POST', headers, body: '{' })
  assert.is(garbage.status, 400)
})

test.run()
