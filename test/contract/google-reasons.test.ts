// Google's reasons that are no missing permission: each has an owner and its own sentence in every adapter, whether it
// comes with 401 or with 403, and none blames the person or asks for a role.
import * as assert from 'uvu/assert'
import { entryOf, type Reason } from '../../src/domain/refusals.ts'
import { createAuditLog } from '../../src/google/audit-log.ts'
import { createCustomRoles } from '../../src/google/custom-roles.ts'
import { createPolicyService } from '../../src/google/policy-service.ts'
import { createSealer } from '../../src/google/seal.ts'
import { defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import { everyTrouble, type Trouble } from '../../src/sim/google/troubles.ts'
import { identity, openGoogle, outcomeOf, tokenOf } from '../google/fixture.ts'
import { googleAnswer } from '../sim/google/answers.ts'
import { suite } from '../suite.ts'
import { entry } from './outside.ts'

const test = suite('contract: reasons of Google’s services')
const project = 'projects/prod-eu'

type Expected = { person: Reason; own?: Reason }
const reasons: Record<Trouble, Expected> = {
  SERVICE_DISABLED: { person: 'ApiDisabled' },
  SERVICE_NOT_VISIBLE: { person: 'ApiDisabled' },
  BILLING_DISABLED: { person: 'BillingDisabled' },
  CONSUMER_SUSPENDED: { person: 'ProjectSuspended' },
  GCP_SUSPENDED: { person: 'ProjectSuspended' },
  CONSUMER_INVALID: { person: 'ProjectInvalid' },
  RESOURCE_PROJECT_INVALID: { person: 'ProjectInvalid' },
  USER_PROJECT_DENIED: { person: 'ProjectDenied' },
  ORG_RESTRICTION_VIOLATION: { person: 'OrganisationRestricted' },
  ORG_RESTRICTION_HEADER_INVALID: { person: 'OrganisationRestricted' },
  LOCATION_POLICY_VIOLATED: { person: 'LocationDenied' },
  LOCATION_ORG_POLICY_VIOLATED: { person: 'LocationDenied' },
  TLS_ORG_POLICY_VIOLATED: { person: 'TlsDenied' },
  SECURITY_POLICY_VIOLATED: { person: 'PerimeterDenied' },
  RESOURCE_USAGE_RESTRICTION_VIOLATED: { person: 'ServiceRestricted' },
  USER_BLOCKED_BY_ADMIN: { person: 'AppBlocked' },
  ACCOUNT_STATE_INVALID: { person: 'AccountSuspended', own: 'IdentityDisabled' },
}

/** What the three adapters with an own identity and the policy service say when their API has trouble. */
async function said(reason: Trouble, status: 'UNAUTHENTICATED' | 'PERMISSION_DENIED'): Promise<Record<string, string>> {
  const { google, clock } = await openGoogle()
  try {
    for (const host of ['cloudresourcemanager', 'cloudkms', 'logging', 'iam'])
      google.troubles.set(`${host}.googleapis.com`, { reason, status })
    const { auth, controller } = defaultIdentities
    const at = { clock, rootUrl: google.url }
    const mo = tokenOf(google, 'mo@example.com')
    const policies = createPolicyService(at)
    const log = createAuditLog({ ...at, project: 'hallpass-ops', authClient: identity(controller.token) })
    return {
      read: await outcomeOf(policies.read(project, mo), mo),
      test: await outcomeOf(policies.mayWrite(project, mo), mo),
      write: await outcomeOf(policies.write(project, { version: 3, etag: 'BwX=', bindings: [] }, mo, 'x'), mo),
      kms: await outcomeOf(
        createSealer({ ...at, key: defaultKeys.token, authClient: identity(auth.token) }).seal('x', 'aad'),
        auth.token,
      ),
      log: await outcomeOf(log.write([entry]), controller.token),
      roles: await outcomeOf(
        createCustomRoles({ ...at, authClient: identity(controller.token) }).read(`${project}/roles/replay`),
        controller.token,
      ),
    }
  } finally {
    await google.close()
  }
}

for (const reason of everyTrouble)
  test(`${reason} has an owner and a sentence, for 401 and 403 alike`, async () => {
    const { person, own = person } = reasons[reason]
    const [first, second] = [await said(reason, 'UNAUTHENTICATED'), await said(reason, 'PERMISSION_DENIED')]
    assert.equal(first, second)
    for (const verb of ['read', 'test', 'write']) assert.match(first[verb] ?? '', new RegExp(`^Refused ${person}: `))
    assert.match(first['kms'] ?? '', new RegExp(`^Refused ${own}: `))
    assert.match(first['log'] ?? '', /^Broken answered: /)
    assert.match(first['roles'] ?? '', /^Refused CustomRoleUnreadable: /)
    for (const words of Object.values(first))
      assert.not.match(words, /roles\/(cloudkms|logging|iam\.roleViewer)|approver-rights|Please sign in again/)
    for (const one of [person, own]) assert.not.equal(entryOf(one).owner, 'nobody')
  })

for (const status of [401, 403])
  test(`a token that Google no longer accepts is not a missing right, also when it says so with ${status}`, async () => {
    for (const reason of ['ACCESS_TOKEN_EXPIRED', 'ACCESS_TOKEN_TYPE_UNSUPPORTED', 'CREDENTIALS_MISSING']) {
      const words = await saidWith(status, reason)
      assert.match(words.read, /^Refused TokenNotAccepted: /)
      for (const one of [words.kms, words.log, words.roles]) assert.match(one, /^Broken answered: .*identity/)
    }
  })

for (const status of [401, 403])
  test(`a scope that is missing is not a missing right, also when Google says so with ${status}`, async () => {
    const words = await saidWith(status, 'ACCESS_TOKEN_SCOPE_INSUFFICIENT')
    assert.match(words.read, /^Refused ScopeNotGranted: /)
    assert.match(words.kms, /^Refused IdentityScopeMissing: /)
    for (const one of [words.log, words.roles]) assert.match(one, /scope "cloud-platform"/)
  })

async function saidWith(status: number, reason: string): Promise<Record<'read' | 'kms' | 'log' | 'roles', string>> {
  const { google, clock } = await openGoogle()
  try {
    const answer = googleAnswer(status === 401 ? 'UNAUTHENTICATED' : 'PERMISSION_DENIED', { reason })
    google.faults.add({ route: '*', times: 10, ...answer })
    const own = identity('token')
    const at = { clock, rootUrl: google.url }
    const mo = tokenOf(google, 'mo@example.com')
    return {
      read: await outcomeOf(createPolicyService(at).read(project, mo), mo),
      kms: await outcomeOf(createSealer({ ...at, key: defaultKeys.token, authClient: own }).seal('x', 'aad')),
      log: await outcomeOf(createAuditLog({ ...at, project: 'hallpass-ops', authClient: own }).write([entry])),
      roles: await outcomeOf(createCustomRoles({ ...at, authClient: own }).read(`${project}/roles/replay`)),
    }
  } finally {
    await google.close()
  }
}

test.run()
