// The identity that reads policies for the periodic comparison, against the simulated Google: which tokens it uses, and what
// is said when it has no right, is asked to wait, or gets no answer.
import * as assert from 'uvu/assert'
import { policiesReadBy } from '../../src/app/google.ts'
import { Secret } from '../../src/domain/secret.ts'
import { noMetrics } from '../../src/kube/environment.ts'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import { defaultIdentities, policyReader } from '../../src/sim/google/seeds.ts'
import { attack } from '../attacks.ts'
import type { ManualClock } from '../fakes/clock.ts'
import { openGoogle, outcomeOf } from '../google/fixture.ts'
import { suite } from '../suite.ts'

const test = suite('the reader of policies')
const project = 'projects/prod-eu'
const route = 'POST /v3/projects/*:getIamPolicy'
let google: GoogleSim
let clock: ManualClock

test.before.each(async () => {
  ;({ google, clock } = await openGoogle())
})
test.after.each(async () => google.close())

async function readerFor(account = policyReader): ReturnType<typeof policiesReadBy> {
  const googleAccessToken = new Secret(defaultIdentities.controller.token)
  return policiesReadBy({
    policyReader: account,
    sandbox: { google: google.url, googleAccessToken },
    clock,
    metrics: noMetrics,
  })
}

test('it reads with a token of the account, and the controller’s own is used for nothing else', async () => {
  // Google's library compares the end of a token with the machine's clock.
  clock.set(new Date())
  const read = await readerFor()
  const { version, bindings } = await read(project)
  await read(project)
  assert.is(version, 3)
  assert.ok(bindings?.some(({ condition }) => condition))
  assert.equal(
    google.calls
      .map(({ principal, method }) => `${principal} ${method}`)
      .map(line => line.replace(/google\.\S*\./, '')),
    [
      `${defaultIdentities.controller.email} GenerateAccessToken`,
      ...Array.from({ length: 2 }, () => `${policyReader} GetIamPolicy`),
    ],
  )
})

attack(test, 'a token of the reader is used to change a policy … 403', async () => {
  const read = await readerFor()
  await read(project)
  const token = google.tokens.issue(policyReader, ['https://www.googleapis.com/auth/cloud-platform'], policyReader)
  const answer = await fetch(`${google.url}/v3/${project}:setIamPolicy`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ policy: { version: 3, etag: google.policies.read(project)?.etag, bindings: [] } }),
  })
  return String(answer.status)
})

test('without the right it is named, with the right that is missing', async () => {
  const { bindings = [] } = google.policies.read('organizations/1') ?? {}
  google.policies.replace('organizations/1', {
    bindings: bindings.filter(({ role }) => role !== 'roles/iam.securityReviewer'),
  })
  assert.match(
    await outcomeOf((await readerFor())(project)),
    /^Refused AccessDenied: Google does not let the account of google\.policyReader read the IAM policy of "projects\/prod-eu", or it does not exist\. It takes "resourcemanager\.projects\.getIamPolicy"\.$/,
  )
})

test('an account whose tokens the controller may not make gives no token, and is no fault of a right elsewhere', async () => {
  const outcome = await outcomeOf((await readerFor('other@hallpass-ops.iam.gserviceaccount.com'))(project))
  assert.match(outcome, /^Broken answered: Google gave no token for the account of google\.policyReader\.$/)
})

test('a quota asks to wait', async () => {
  google.faults.add({
    route,
    status: 429,
    body: { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'slow' } },
  })
  assert.match(await outcomeOf((await readerFor())(project)), /^Waiting /)
})

test('no answer ends at the deadline', async () => {
  google.faults.add({ route, hang: true })
  assert.match(await outcomeOf((await readerFor())(project)), /^Broken unanswered: /)
})

test.run()
