// The reader of custom roles against a simulated IAM that fails: outcomes by codes, no secret in them, answers remembered.
import * as assert from 'uvu/assert'
import type { CustomRoles } from '../../src/domain/ports.ts'
import { createCustomRoles } from '../../src/google/custom-roles.ts'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import { defaultIdentities } from '../../src/sim/google/seeds.ts'
import type { Fault } from '../../src/sim/serve.ts'
import type { ManualClock } from '../fakes/clock.ts'
import { suite, table } from '../suite.ts'
import { identity, openGoogle, outcomeOf, refusedIdentity } from './fixture.ts'

const test = suite('reader of custom roles')
const { email, token } = defaultIdentities.controller
const parent = 'projects/prod-eu'
const name = `${parent}/roles/replay`
const route = `GET /v1/${parent}/roles/*`
let google: GoogleSim
let clock: ManualClock
let port: CustomRoles

test.before.each(async () => {
  ;({ google, clock } = await openGoogle())
  google.seeds.customRoles?.push({ name, title: 'Replay', stage: 'GA', includedPermissions: ['a.b.get'] })
  const { bindings = [] } = google.policies.read(parent) ?? {}
  const reader = { role: 'roles/iam.roleViewer', members: [`serviceAccount:${email}`] }
  google.policies.define({ name: parent, bindings: [...bindings, reader] })
  port = createCustomRoles({ authClient: identity(token), clock, rootUrl: google.url, timeoutMs: 1000 })
})
test.after.each(async () => google.close())

const google403 = { error: { code: 403, status: 'PERMISSION_DENIED' } }
const info = (reason: string, metadata: object): object => ({
  error: {
    code: 403,
    status: 'PERMISSION_DENIED',
    details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, metadata }],
  },
})

table<{ fault: Omit<Fault, 'route'>; outcome: RegExp }>(
  test,
  {
    'no answer is broken': { fault: { reset: 'before' }, outcome: /^Broken unanswered: IAM did not answer/ },
    'a late answer is broken': { fault: { hang: true }, outcome: /^Broken unanswered/ },
    'a server error is broken': { fault: { status: 503 }, outcome: /^Broken answered: IAM answered 503/ },
    'too many calls wait': { fault: { status: 429 }, outcome: /^Waiting .*IAM asked to wait/ },
    'a missing right names the role to give': {
      fault: { status: 403, body: google403 },
      outcome: /^Refused CustomRoleUnreadable: .*roles\/replay".*roles\/iam\.roleViewer/,
    },
    'an API that is off is named': {
      fault: { status: 403, body: info('SERVICE_DISABLED', { service: 'iam.googleapis.com' }) },
      outcome: /^Refused CustomRoleUnreadable: The API "iam\.googleapis\.com" is off/,
    },
    'a page that is not Google’s does not say that a role is missing': {
      fault: { status: 404, body: '<html>' },
      outcome: /^Broken answered: Something between Hallpass and Google, such as a proxy, answered 404/,
    },
    'a page that is not Google’s does not say that a right is missing': {
      fault: { status: 403, body: '<html>' },
      outcome: /^Broken answered: Something between/,
    },
    'another role than asked for is not believed': {
      fault: { status: 200, body: { name: `${parent}/roles/other`, includedPermissions: [] } },
      outcome: /^Broken answered: IAM's answer does not hold the role/,
    },
    'a page of a proxy is not believed': { fault: { status: 200, body: '<html>' }, outcome: /^Broken/ },
  },
  async ({ fault, outcome }) => {
    google.faults.add({ route, ...fault })
    assert.match(await outcomeOf(port.read(name), token), outcome)
  },
)

test('an answer is remembered for four minutes, a failure is not', async () => {
  google.faults.add({ route, status: 503 })
  await outcomeOf(port.read(name))
  const asked = () => google.calls.filter(({ method }) => method.endsWith('GetRole')).length
  assert.not.equal(await port.read(name), 'absent')
  const role = google.seeds.customRoles?.find(other => other.name === name)
  if (role) role.deleted = true
  clock.forward(239)
  const before = await port.read(name)
  assert.is(before === 'absent' || before.deleted, undefined)
  assert.is(asked(), 1)
  clock.forward(1)
  const after = await port.read(name)
  assert.is(after !== 'absent' && after.deleted, true)
  assert.is(asked(), 2)
})

test('names that would lead elsewhere are never sent', async () => {
  for (const wrong of [
    'projects/a/roles/x/../y',
    'projects/../roles/xyz',
    'folders/1/roles/xyz',
    'projects/p/roles/a?b',
  ])
    assert.match(await outcomeOf(port.read(wrong)), /^Refused CustomRoleUnreadable: .*is not a custom role/)
  assert.is(google.calls.length, 0)
})

test('an identity that gets no token is not a missing right', async () => {
  const port = createCustomRoles({ authClient: refusedIdentity(), clock, rootUrl: google.url })
  assert.match(await outcomeOf(port.read(name)), /^Broken answered: Google gave no token/)
})

test.run()
