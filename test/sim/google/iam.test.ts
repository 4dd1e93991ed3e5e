// The simulated IAM, asked by Google's own client: who may read a custom role, and how one is shown.
import { iam_v1 } from 'googleapis/build/src/apis/iam/v1.js'
import { OAuth2Client } from 'google-auth-library'
import * as assert from 'uvu/assert'
import { type GoogleSim, startGoogle } from '../../../src/sim/google/google.ts'
import { defaultAuditor } from '../../../src/sim/google/seeds.ts'
import { cloudPlatform } from '../../../src/sim/google/tokens.ts'
import { suite } from '../../suite.ts'
import { refusalOf, StillClock } from './clients.ts'

const test = suite('simulated IAM')
const parent = 'projects/prod-eu'
const name = `${parent}/roles/replay`
let google: GoogleSim

test.before.each(async () => {
  google = await startGoogle({ clock: new StillClock() })
  google.seeds.customRoles?.push(
    { name, title: 'Replay', stage: 'GA', includedPermissions: ['cloudsql.instances.connect'] },
    { name: `${parent}/roles/early`, title: 'Early', stage: 'ALPHA', includedPermissions: [] },
    { name: 'organizations/1/roles/gone', title: 'Gone', stage: 'GA', includedPermissions: [], deleted: true },
  )
  const { bindings = [] } = google.policies.read('organizations/1') ?? {}
  const reader = { role: 'roles/iam.roleViewer', members: ['user:otto@example.com'] }
  google.policies.define({ name: 'organizations/1', bindings: [...bindings, reader] })
})
test.after.each(async () => google.close())

function iam(email: string, scopes = [cloudPlatform]): iam_v1.Iam {
  const auth = new OAuth2Client()
  auth.setCredentials({ access_token: google.tokens.issue(email, scopes, google.seeds.client.id) })
  return new iam_v1.Iam({ auth, rootUrl: `${google.url}/`, retryConfig: { retry: 0 } })
}

test('a role is shown as it is, to whom may read roles', async () => {
  const { data } = await iam('otto@example.com').projects.roles.get({ name })
  const { etag, ...role } = data
  assert.equal(role, { name, title: 'Replay', stage: 'GA', includedPermissions: ['cloudsql.instances.connect'] })
  assert.ok(etag)
})

test('alpha and an empty list are not shown, a deletion is', async () => {
  const reader = iam('otto@example.com')
  const early = (await reader.projects.roles.get({ name: `${parent}/roles/early` })).data
  assert.equal([early.stage, early.includedPermissions], [undefined, undefined])
  assert.is((await reader.organizations.roles.get({ name: 'organizations/1/roles/gone' })).data.deleted, true)
})

test('without the right, the scope or the role the answer is Google’s', async () => {
  const denied = await refusalOf(iam('dana@example.com').projects.roles.get({ name }))
  assert.equal([denied.status, denied.reason], [403, 'IAM_PERMISSION_DENIED'])
  const narrow = await refusalOf(iam('otto@example.com', ['openid']).projects.roles.get({ name }))
  assert.equal([narrow.status, narrow.reason], [403, 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'])
  const absent = await refusalOf(iam('otto@example.com').projects.roles.get({ name: `${parent}/roles/none` }))
  assert.equal([absent.status, absent.rpc], [404, 'NOT_FOUND'])
  const elsewhere = await refusalOf(iam('otto@example.com').projects.roles.get({ name: 'projects/none/roles/x12' }))
  assert.is(elsewhere.status, 403)
})

test('a query that the method does not have is refused', async () => {
  const call = iam('otto@example.com').projects.roles.get({ name, view: 'FULL' } as never)
  assert.is((await refusalOf(call)).status, 400)
})

test('a custom role gives what it includes, in its own project alone, until it is deleted or disabled', async () => {
  const bindings = [{ role: name, members: ['user:dana@example.com'] }]
  google.policies.define({ name: parent, bindings })
  const may = () => google.holds('dana@example.com', 'cloudsql.instances.connect', parent)
  assert.is(may(), true)
  const role = google.seeds.customRoles?.find(other => other.name === name)
  if (role) role.stage = 'DISABLED'
  assert.is(may(), false)
  if (role) Object.assign(role, { stage: 'GA', deleted: true })
  assert.is(may(), false)
})

test('a security reviewer of the organisation reads every policy, and writes none', () => {
  const may = (what: string): boolean => google.holds(defaultAuditor.email, what, parent)
  for (const what of ['resourcemanager.projects', 'storage.buckets', 'secretmanager.secrets', 'run.services'])
    assert.equal([may(`${what}.getIamPolicy`), may(`${what}.setIamPolicy`)], [true, false], what)
})

test.run()
