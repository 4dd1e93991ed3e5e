// The policy adapter against everything Resource Manager can answer, and against an attacker who reads our errors.
import * as assert from 'uvu/assert'
import {
  type BindingWanted,
  memberOf,
  type Policy,
  refuseOtherAddress,
  sayKnownAs,
  withoutBindings,
} from '../../src/domain/granting/policy.ts'
import { withBindings } from '../../src/domain/granting/adding.ts'
import type { PolicyService } from '../../src/domain/ports.ts'
import type { Secret } from '../../src/domain/secret.ts'
import { createPolicyService } from '../../src/google/policy-service.ts'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import { foreignAnswer, foreignBodies, googleAnswer } from '../sim/google/answers.ts'
import type { Fault } from '../../src/sim/serve.ts'
import { type ManualClock, start } from '../fakes/clock.ts'
import { suite, table } from '../suite.ts'
import { openGoogle, outcomeOf, tokenOf } from './fixture.ts'

const test = suite('policy adapter')
const project = 'projects/prod-eu'
const writes = 'POST /v3/projects/*:setIamPolicy'
const reads = 'POST /v3/projects/*:getIamPolicy'
const wanted: BindingWanted = {
  uid: '22222222-0000-4000-8000-000000000001',
  member: 'user:dana@example.com',
  role: 'roles/cloudsql.client',
  startsAt: start,
  expiresAt: new Date(start.getTime() + 1_800_000),
  description: 'prod-db for dana@example.com',
}
let google: GoogleSim
let clock: ManualClock
let port: PolicyService
let mo: Secret

test.before.each(async () => {
  ;({ google, clock } = await openGoogle())
  port = createPolicyService({ clock, rootUrl: google.url })
  mo = tokenOf(google, 'mo@example.com')
})
test.after.each(async () => google.close())

async function grant(more: Partial<BindingWanted> = {}, token = mo): Promise<Policy | 'conflict'> {
  const seen = await port.read(project, token)
  return port.write(project, withBindings(seen, [{ ...wanted, ...more }], clock.now()), token, `hallpass ${wanted.uid}`)
}

function callsOf(method: string): number {
  return google.calls.filter(call => call.method === method).length
}

const info = (reason: string, metadata = {}): object => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'googleapis.com',
  metadata,
})
const violated = (...violations: object[]): object => ({
  '@type': 'type.googleapis.com/google.rpc.PreconditionFailure',
  violations,
})
const no = (code: number, status: string, message = 'No.', details: object[] = []): Partial<Fault> => ({
  status: code,
  body: { error: { code, status, message, details } },
})

table<{ fault: Partial<Fault>; outcome: RegExp }>(
  test,
  {
    'no right: who may and what it takes is said': {
      fault: no(403, 'PERMISSION_DENIED', 'denied', [
        info('IAM_PERMISSION_DENIED', { permission: 'resourcemanager.projects.setIamPolicy' }),
      ]),
      outcome:
        /^Refused AccessDenied: .*"projects\/prod-eu".*"resourcemanager\.projects\.setIamPolicy" for the mapped roles\. The platform team gives it with: hallpass approver-rights --resource projects\/prod-eu$/,
    },
    'a 403 without details is a missing right': {
      fault: no(403, 'PERMISSION_DENIED'),
      outcome: /^Refused AccessDenied/,
    },
    'a quota as older APIs report it': {
      fault: {
        status: 403,
        body: {
          error: { code: 403, message: 'slow', errors: [{ domain: 'usageLimits', reason: 'rateLimitExceeded' }] },
        },
      },
      outcome: /^Waiting/,
    },
    'a quota that older APIs report for a day': {
      fault: { status: 403, body: { error: { code: 403, message: 'slow', errors: [{ reason: 'quotaExceeded' }] } } },
      outcome: /^Waiting/,
    },
    'a quota of one user': {
      fault: {
        status: 403,
        body: { error: { code: 403, status: 'PERMISSION_DENIED', errors: [{ reason: 'userRateLimitExceeded' }] } },
      },
      outcome: /^Waiting/,
    },
    'a quota that says when to come back': {
      fault: no(429, 'RESOURCE_EXHAUSTED', 'slow', [
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7.5s' },
      ]),
      outcome: /^Waiting 2026-11-23T14:02:08/,
    },
    'a quota that says when to come back in a header': {
      fault: { ...no(429, 'RESOURCE_EXHAUSTED'), headers: { 'retry-after': '9' } },
      outcome: /^Waiting 2026-11-23T14:02:09/,
    },
    'a quota that asks for thirty years': {
      fault: { ...no(429, 'RESOURCE_EXHAUSTED'), headers: { 'retry-after': '946080000' } },
      outcome: /^Waiting 2026-11-23T14:07:00/,
    },
    'a perimeter that only a violated precondition names, with its id': {
      fault: no(403, 'PERMISSION_DENIED', "Request is prohibited by organization's policy.", [
        violated({ type: 'VPC_SERVICE_CONTROLS', description: 'VQQnKfXtZ16NHnOmdJAy0E' }),
      ]),
      outcome: /^Refused PerimeterDenied: .*\(Google's id of this refusal is VQQnKfXtZ16NHnOmdJAy0E\)/,
    },
    'a perimeter whose id is in the sentence': {
      fault: no(
        403,
        'PERMISSION_DENIED',
        "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: a_B-1",
        [info('SECURITY_POLICY_VIOLATED')],
      ),
      outcome: /^Refused PerimeterDenied: .*\(Google's id of this refusal is a_B-1\)/,
    },
    'a header for organisations that is broken, which comes as 400': {
      fault: no(400, 'INVALID_ARGUMENT', 'Org Restriction Header is not valid.', [
        info('ORG_RESTRICTION_HEADER_INVALID'),
      ]),
      outcome: /^Refused OrganisationRestricted/,
    },
    'a project that is not one, which comes as 401': {
      fault: no(401, 'UNAUTHENTICATED', 'No.', [info('RESOURCE_PROJECT_INVALID')]),
      outcome: /^Refused ProjectInvalid/,
    },
    'an account that is not there': {
      fault: no(400, 'INVALID_ARGUMENT', 'User dana@example.com does not exist.'),
      outcome: /^Refused AccountGone: Google does not know the account "dana@example\.com"/,
    },
    'a suspended account': {
      fault: googleAnswer('UNAUTHENTICATED', { reason: 'ACCOUNT_STATE_INVALID' }),
      outcome: /^Refused AccountSuspended: .*administrator/,
    },
    'an API that is off is said': {
      fault: no(403, 'PERMISSION_DENIED', 'off', [info('SERVICE_DISABLED', { service: 'x.googleapis.com' })]),
      outcome: /^Refused ApiDisabled: .*"x\.googleapis\.com"/,
    },
    'a perimeter is said': {
      fault: no(403, 'PERMISSION_DENIED', 'vpc', [info('SECURITY_POLICY_VIOLATED')]),
      outcome: /^Refused PerimeterDenied/,
    },
    'a sign-in that ended': { fault: no(401, 'UNAUTHENTICATED'), outcome: /^Refused TokenNotAccepted/ },
    'an organisation policy, by its code': {
      fault: no(400, 'FAILED_PRECONDITION', 'One or more users named in the policy'),
      outcome: /^Refused OrganisationPolicy: .*"projects\/prod-eu"/,
    },
    'an organisation policy, by the constraint that is violated': {
      fault: no(400, 'FAILED_PRECONDITION', 'One or more users named in the policy', [
        violated({
          type: 'constraints/iam.allowedPolicyMemberDomains',
          description: 'User dana@gmail.com is not in permitted organization.',
        }),
      ]),
      outcome:
        /^Refused OrganisationPolicy: The organisation policy "constraints\/iam\.allowedPolicyMemberDomains" forbids .*"projects\/prod-eu": User dana@gmail\.com is not in permitted organization\. An administrator .* must permit it\.$/,
    },
    'a custom constraint, by its name in the metadata': {
      fault: no(403, 'PERMISSION_DENIED', 'Operation denied by custom org policies.', [
        info('CUSTOM_ORG_POLICY_VIOLATION', { customConstraints: 'customConstraints/custom.noAdmin' }),
      ]),
      outcome: /^Refused OrganisationPolicy: The organisation policy "customConstraints\/custom\.noAdmin" forbids/,
    },
    'a custom constraint that only the sentence names': {
      fault: no(400, 'FAILED_PRECONDITION', 'Denied: ["customConstraints/custom.noAdmin": "no admins"].'),
      outcome: /^Refused OrganisationPolicy: The organisation policy "customConstraints\/custom\.noAdmin" forbids/,
    },
    'any other precondition, in the words of Google made plain': {
      fault: no(400, 'FAILED_PRECONDITION', 'The project is\n\u202Epending\u0007 deletion.'),
      outcome: /^Refused OrganisationPolicy: .*"projects\/prod-eu": The project is pending deletion\. Most often/,
    },
    'a lint error, in the words of Google': {
      fault: no(400, 'INVALID_ARGUMENT', "Conditions can't be set\non primitive roles."),
      outcome: /^Refused PolicyNotAccepted: .*: Conditions can't be set on primitive roles\.$/,
    },
    'a limit is reached': { fault: no(429, 'RESOURCE_EXHAUSTED'), outcome: /^Waiting 2026-11-23T14:02:20/ },
    'a limit by its old status, too': {
      fault: no(403, 'PERMISSION_DENIED', 'slow', [info('RATE_LIMIT_EXCEEDED')]),
      outcome: /^Waiting/,
    },
    'a server error may have taken effect': { fault: no(503, 'UNAVAILABLE'), outcome: /^Broken unanswered/ },
    'a gateway error may have taken effect': { fault: { status: 504, body: 'late' }, outcome: /^Broken unanswered/ },
    'a redirect is not followed': {
      fault: { status: 307, headers: { location: '/v3/projects/prod-eu:setIamPolicy' } },
      outcome: /^Broken unanswered/,
    },
    'a page instead of a policy proves nothing': {
      fault: { status: 200, body: '<html>ok</html>' },
      outcome: /^Broken unanswered/,
    },
    'an answer that is not a policy proves nothing': {
      fault: { status: 200, body: {} },
      outcome: /^Broken unanswered/,
    },
    'a connection that breaks before': { fault: { reset: 'before' }, outcome: /^Broken unanswered/ },
  },
  async ({ fault, outcome }) => {
    google.faults.add({ route: writes, ...fault })
    assert.match(await outcomeOf(grant(), mo), outcome)
    assert.is(callsOf('SetIamPolicy'), 0, 'it was tried again')
  },
)

test('a write whose answer is lost has taken effect, was made once, and is not known', async () => {
  google.faults.add({ route: writes, reset: 'after' })
  assert.match(await outcomeOf(grant(), mo), /^Broken unanswered/)
  assert.is(callsOf('SetIamPolicy'), 1)
  assert.ok(google.holds('dana@example.com', wanted.role, project))
})

test('silence ends at the deadline, for reading and writing', async () => {
  const quick = createPolicyService({ clock, rootUrl: google.url, timeoutMs: 200 })
  google.faults.add({ route: reads, hang: true }, { route: writes, hang: true })
  const began = performance.now()
  assert.match(await outcomeOf(quick.read(project, mo), mo), /^Broken unanswered/)
  const seen = await port.read(project, mo)
  assert.match(await outcomeOf(quick.write(project, { ...seen, version: 3 }, mo, 'x'), mo), /^Broken unanswered/)
  assert.ok(performance.now() - began < 7000)
})

test('412 is a conflict as 409 is', async () => {
  for (const status of [409, 412]) {
    google.faults.add({ route: writes, ...no(status, 'ABORTED') })
    assert.is(await grant(), 'conflict')
  }
})

// A proxy in between says nothing about the approver's rights, and a write that it answered may have gone through
// before.
for (const body of foreignBodies)
  test(`a 4xx with ${body}, which is not Google's, is nobody's missing right`, async () => {
    for (const status of [400, 401, 403, 404, 407, 408, 413, 451]) {
      google.faults.add({ route: writes, ...foreignAnswer(status, body) })
      assert.match(await outcomeOf(grant(), mo), new RegExp(`^Broken unanswered: Something between .* ${status} `))
      google.faults.add({ route: reads, ...foreignAnswer(status, body) })
      assert.match(await outcomeOf(port.read(project, mo), mo), /^Broken answered: Something between/)
    }
  })

table<{ reason: string; metadata?: Record<string, string>; outcome: RegExp }>(
  test,
  {
    'an API that is off': { reason: 'SERVICE_DISABLED', outcome: /ApiDisabled: .*platform team must enable/ },
    'an API that is hidden': { reason: 'SERVICE_NOT_VISIBLE', outcome: /ApiDisabled: .*platform team must enable/ },
    'billing that is off': { reason: 'BILLING_DISABLED', outcome: /BillingDisabled: .*OAuth client.*platform team/ },
    'a project that is suspended': { reason: 'CONSUMER_SUSPENDED', outcome: /ProjectSuspended: .*platform team/ },
    'a project that Google suspended': { reason: 'GCP_SUSPENDED', outcome: /ProjectSuspended: .*platform team/ },
    'a project that is not one': { reason: 'CONSUMER_INVALID', outcome: /ProjectInvalid: .*platform team/ },
    'a project that may not be used': {
      reason: 'USER_PROJECT_DENIED',
      outcome: /ProjectDenied: .*serviceUsageConsumer/,
    },
    'a restriction to organisations': {
      reason: 'ORG_RESTRICTION_VIOLATION',
      outcome: /OrganisationRestricted: .*administrators of that proxy/,
    },
    'a header of that restriction that is broken': {
      reason: 'ORG_RESTRICTION_HEADER_INVALID',
      outcome: /OrganisationRestricted: .*administrators of that proxy/,
    },
    'a location': { reason: 'LOCATION_POLICY_VIOLATED', outcome: /LocationDenied: .*administrator/ },
    'an app that is blocked': { reason: 'USER_BLOCKED_BY_ADMIN', outcome: /AppBlocked: .*trust its OAuth client/ },
    'a perimeter, with the id that its administrators need': {
      reason: 'SECURITY_POLICY_VIOLATED',
      metadata: { uid: 'vpc-id-1' },
      outcome: /PerimeterDenied: .*administrator.*vpc-id-1/,
    },
    'a service that is restricted': {
      reason: 'RESOURCE_USAGE_RESTRICTION_VIOLATED',
      metadata: { service: 'x.googleapis.com' },
      outcome: /ServiceRestricted: .*"x\.googleapis\.com".*administrator/,
    },
    'a reason from the prototype is a missing right': { reason: 'constructor', outcome: /AccessDenied/ },
  },
  async ({ reason, metadata = {}, outcome }) => {
    google.faults.add({ route: reads, ...googleAnswer('PERMISSION_DENIED', { reason, metadata }) })
    const said = await outcomeOf(port.read(project, mo), mo)
    assert.match(said, outcome)
    assert.is(/let the approver/.test(said), /AccessDenied/.test(said), said)
  },
)

test('a conflict on reading is not a policy', async () => {
  google.faults.add({ route: reads, ...no(409, 'ABORTED') })
  assert.match(await outcomeOf(port.read(project, mo), mo), /^Broken answered/)
})

test('a failure of reading is answered, and made once', async () => {
  google.faults.add({ route: reads, ...no(500, 'INTERNAL') })
  assert.match(await outcomeOf(port.read(project, mo), mo), /^Broken answered/)
  assert.is(callsOf('GetIamPolicy'), 0)
})

test('a token without the scope is told to tick the box', async () => {
  const poor = tokenOf(google, 'mo@example.com', ['openid', 'email'])
  assert.match(await outcomeOf(port.read(project, poor), poor), /^Refused ScopeNotGranted/)
  assert.match(await outcomeOf(port.mayWrite(project, poor), poor), /^Refused ScopeNotGranted/)
})

test('a token that died is told so', async () => {
  const seen = await port.read(project, mo)
  google.tokens.revokeAllOf('mo@example.com')
  assert.match(await outcomeOf(port.write(project, { ...seen, version: 3 }, mo, 'x'), mo), /^Refused TokenNotAccepted/)
  assert.match(await outcomeOf(port.mayWrite(project, mo), mo), /^Refused TokenNotAccepted/)
})

test('a person outside the organisation is refused by its policy, which is named', async () => {
  assert.match(
    await outcomeOf(grant({ member: 'user:mo@gmail.com' }), mo),
    /^Refused OrganisationPolicy: .*"constraints\/iam\.allowedPolicyMemberDomains".*mo@gmail\.com/,
  )
})

test('a custom constraint of the organisation is named', async () => {
  const name = 'customConstraints/custom.noSql'
  google.seeds.customConstraints = [{ name, role: wanted.role, description: 'SQL is closed' }]
  assert.match(await outcomeOf(grant(), mo), new RegExp(`^Refused OrganisationPolicy: .*"${name}".*SQL is closed`))
})

test('an account that was deleted is called that, before and after it was granted something', async () => {
  const seen = await grant()
  google.deleteAccount('dana@example.com')
  const primary = memberOf(await port.read(project, mo), wanted)
  assert.match(primary ?? '', /^deleted:user:dana@example\.com\?uid=/)
  const names = { written: wanted.member, primary: primary ?? '' }
  assert.is(sayKnownAs(names), 'Google says that the account "dana@example.com" is deleted')
  const judged = { approvers: [{ email: 'mo@example.com' }], people: [] }
  assert.is(refuseOtherAddress({ ...names, ...judged }).reason, 'AccountGone')
  assert.ok(seen !== 'conflict')
  const emptied = withoutBindings(await port.read(project, mo), [wanted])
  await port.write(project, emptied, mo, 'x')
  assert.match(await outcomeOf(grant(), mo), /^Refused AccountGone: .*"dana@example\.com"/)
})

test('a role that takes no condition is not accepted, even from a person who may grant everything', async () => {
  const { bindings = [] } = google.policies.read(project) ?? {}
  const admin = { role: 'roles/resourcemanager.projectIamAdmin', members: ['user:mo@example.com'] }
  google.policies.define({ name: project, bindings: [...bindings, admin] })
  assert.match(await outcomeOf(grant({ role: 'roles/owner' }), mo), /^Refused PolicyNotAccepted/)
})

/** What others have in a policy. */
type Others = { members?: number; exempted?: number; timed?: number }
table<Others & { says: RegExp }>(
  test,
  {
    'the policy has as many members as Google allows: that is said, and not blamed on the mapping': {
      members: 1500,
      says: /^Refused PolicyFull: The IAM policy of "projects\/prod-eu" is full: it would have 15\d\d members, and/,
    },
    'members that are exempted from audit logs count too': { members: 900, exempted: 600, says: /^Refused PolicyFull/ },
    'the person has the role twenty times': {
      timed: 20,
      says: /^Refused PolicyFull: .* 21 entries for "roles\/cloudsql\.client" to "user:dana@example\.com", and Google's/,
    },
  },
  async ({ members = 0, exempted = 0, timed = 0, says }) => {
    const { bindings = [] } = google.policies.read(project) ?? {}
    const people = (count: number): string[] => Array.from({ length: count }, (_, n) => `user:p${n}@example.com`)
    const later = Array.from({ length: timed }, (_, n) => ({
      role: wanted.role,
      members: [wanted.member],
      condition: { title: `other ${n}`, expression: `request.time < timestamp("2027-01-01T00:00:${n + 10}Z")` },
    }))
    const viewers = members > 0 ? [{ role: 'roles/logging.viewer', members: people(members) }] : []
    const auditLogConfigs = [{ logType: 'DATA_READ', exemptedMembers: people(exempted) }]
    google.policies.define({
      name: project,
      bindings: [...bindings, ...viewers, ...later],
      ...(exempted > 0 && { auditConfigs: [{ service: 'allServices', auditLogConfigs }] }),
    })
    assert.match(await outcomeOf(grant(), mo), says)
  },
)

test('a no to a write is short enough for the status of a request, however long the resource', async () => {
  for (const resource of [`projects/${'p'.repeat(30)}`, `organizations/${'1'.repeat(20)}`]) {
    const said = await outcomeOf(port.read(resource, mo), mo)
    assert.ok(said.length <= 300 + 'Refused AccessDenied: '.length, said)
  }
})

test('all other entries survive a write byte for byte', async () => {
  const before = google.policies.read(project)
  await grant()
  const after = google.policies.read(project)
  assert.equal(after?.auditConfigs, before?.auditConfigs)
  assert.equal(
    after?.bindings.filter(({ condition }) => !condition?.title?.startsWith('hallpass')),
    before?.bindings,
  )
  assert.ok(google.holds('dana@example.com', wanted.role, project))
  assert.not.ok(google.holds('dana@example.com', wanted.role, project, wanted.expiresAt))
})

test("the reason of the request travels into Google's own audit log", async () => {
  await grant()
  const write = google.calls.find(call => call.method === 'SetIamPolicy')
  assert.is(write?.reasonHeader, `hallpass ${wanted.uid}`)
  assert.is(write?.principal, 'mo@example.com')
})

test('a reason cannot smuggle a header', async () => {
  const seen = await port.read(project, mo)
  await port.write(project, withBindings(seen, [wanted], start), mo, 'a\r\nX-Evil: 1\u{1F600}')
  assert.is(google.calls.find(call => call.method === 'SetIamPolicy')?.reasonHeader, 'a X-Evil: 1')
})

table<{ change: (seen: Policy) => Policy; reason: string }>(
  test,
  {
    'a policy without etag is never sent': {
      change: ({ bindings }) => ({ version: 3, bindings: bindings ?? [] }),
      reason: 'PolicyWithoutEtag',
    },
    'a policy with an empty etag is never sent': {
      change: seen => ({ ...seen, etag: '' }),
      reason: 'PolicyWithoutEtag',
    },
    'a policy at another version is never sent': {
      change: seen => ({ ...seen, version: 1 }),
      reason: 'PolicyNotWhole',
    },
    'a policy with masked conditions is never sent': {
      change: seen => ({ ...seen, bindings: [{ role: 'roles/x_withcond_0123456789abcdef0123', members: [] }] }),
      reason: 'PolicyNotWhole',
    },
  },
  async ({ change, reason }) => {
    const seen = { ...(await port.read(project, mo)), version: 3 }
    assert.match(await outcomeOf(port.write(project, change(seen), mo, 'x'), mo), new RegExp(`^Refused ${reason}`))
    assert.is(callsOf('SetIamPolicy'), 0)
  },
)

table<string>(
  test,
  {
    'a path that climbs is no resource': 'projects/../v1/projects/prod-eu',
    'a query is no resource': 'projects/prod-eu?x=1',
    'a method is no resource': 'projects/prod-eu:setIamPolicy/x',
    'a kind that we do not know is no resource': 'billingAccounts/1',
    'an encoded slash is no resource': 'projects/a%2Fb',
    'nothing is no resource': '',
  },
  async resource => {
    assert.match(await outcomeOf(port.read(resource, mo), mo), /^Refused ResourceNotSupported/)
    assert.is(google.calls.length, 0)
  },
)

test('a project of a domain is named by its id and by its number', async () => {
  const name = 'projects/example.com:prod-eu'
  const admin = { role: 'roles/resourcemanager.projectIamAdmin', members: ['user:mo@example.com'] }
  google.policies.define({ name, number: '123456789012', bindings: [admin] })
  for (const resource of [name, 'projects/123456789012']) {
    assert.is(await port.mayWrite(resource, mo), true)
    const seen = await port.read(resource, mo)
    await port.write(resource, withBindings(seen, [wanted], clock.now()), mo, 'x')
    assert.ok(google.holds('dana@example.com', wanted.role, name))
    google.policies.define({ name, number: '123456789012', bindings: [admin] })
  }
})

test('folders and organizations have their own permissions', async () => {
  google.policies.define({
    name: 'folders/10',
    parent: 'organizations/1',
    bindings: [{ role: 'roles/resourcemanager.folderAdmin', members: ['user:ana@example.com'] }],
  })
  const ana = tokenOf(google, 'ana@example.com')
  assert.is(await port.mayWrite('folders/10', ana), true)
  assert.is(await port.mayWrite('organizations/1', ana), false)
  assert.type((await port.read('folders/10', ana)).etag, 'string')
})

table<{ permissions: string[]; may: boolean }>(
  test,
  {
    'both rights': { permissions: ['getIamPolicy', 'setIamPolicy'], may: true },
    'a person who may write the policy and not read it cannot change it': { permissions: ['setIamPolicy'], may: false },
    'a person who may read it and not write it cannot either': { permissions: ['getIamPolicy'], may: false },
  },
  async ({ permissions, may }) => {
    const name = `projects/rights-${permissions.length}-${permissions[0]?.slice(0, 3).toLowerCase()}`
    const role = `${name}/roles/half`
    const includedPermissions = permissions.map(verb => `resourcemanager.projects.${verb}`)
    google.seeds.customRoles?.push({ name: role, title: 'Half', stage: 'GA', includedPermissions })
    google.policies.define({ name, bindings: [{ role, members: ['user:mo@example.com'] }] })
    assert.is(await port.mayWrite(name, mo), may)
  },
)

test('two people at once keep their own tokens', async () => {
  const otto = tokenOf(google, 'otto@example.com')
  const results = await Promise.all([mo, otto, mo, otto].map(async token => port.mayWrite(project, token)))
  assert.equal(results, [true, false, true, false])
})

test.run()
