// Reading and writing IAM policies through Google's own client: who may, versions, etags, masks and the log of calls.
import * as assert from 'uvu/assert'
import { answerOf } from './answers.ts'
import { startGoogle, type GoogleSim } from '../../../src/sim/google/google.ts'
import { defaultIdentities } from '../../../src/sim/google/seeds.ts'
import { cloudPlatform } from '../../../src/sim/google/tokens.ts'
import { suite, table } from '../../suite.ts'
import {
  as,
  refusalOf,
  resourceManager,
  StillClock,
  withAdmins,
  type IamBinding,
  type IamPolicy,
  type ResourceManager,
} from './clients.ts'

const test = suite('simulated Resource Manager')
const resource = 'projects/prod-eu'
const clock = new StillClock()
let google: GoogleSim
test.before(async () => void (google = await startGoogle({ clock })))
test.after(async () => google.close())
test.before.each(() => {
  for (const seeded of withAdmins().resources) google.policies.define(seeded)
})

const ours = (member = 'user:dana@example.com', until = '2026-11-24T12:30:00Z'): IamBinding => ({
  role: 'roles/cloudsql.client',
  members: [member],
  condition: { title: `hallpass ${until}`, description: 'asked', expression: `request.time < timestamp("${until}")` },
})

async function read(client: ResourceManager, version = 3, name = resource): Promise<IamPolicy> {
  const requestBody = { options: { requestedPolicyVersion: version } }
  return (await client.projects.getIamPolicy({ resource: name, requestBody })).data
}
async function write(client: ResourceManager, policy: IamPolicy, updateMask?: string): Promise<IamPolicy> {
  const requestBody = { policy, ...(updateMask && { updateMask }) }
  return (
    await client.projects.setIamPolicy(
      { resource, requestBody },
      { headers: { 'X-Goog-Request-Reason': 'hallpass u-1' } },
    )
  ).data
}
const adding = (policy: IamPolicy, ...bindings: IamBinding[]): IamPolicy => ({
  ...policy,
  version: 3,
  bindings: [...(policy.bindings ?? []), ...bindings],
})

test('a manager adds a binding, which holds until its time and not at it', async () => {
  const mo = as(google, 'mo@example.com')
  await write(mo, adding(await read(mo), ours()))
  const holds = (at: string): boolean =>
    google.holds('dana@example.com', 'roles/cloudsql.client', resource, new Date(at))
  assert.is(holds('2026-11-24T12:29:59.999Z'), true)
  assert.is(holds('2026-11-24T12:30:00Z'), false)
  assert.is(google.holds('otto@example.com', 'roles/cloudsql.client', resource), false)
})

test('a write keeps what is foreign: bindings, deleted members and audit configs', async () => {
  const before = google.policies.read(resource)
  const mo = as(google, 'mo@example.com')
  const { auditConfigs: _unseen, ...seen } = await read(mo)
  await write(mo, adding(seen, ours()))
  const after = google.policies.read(resource)
  assert.equal(after?.auditConfigs, before?.auditConfigs)
  assert.equal(
    after?.bindings.filter(({ role }) => role !== 'roles/cloudsql.client'),
    before?.bindings,
  )
})

test('audit configs change only when the mask names them', async () => {
  const mo = as(google, 'mo@example.com')
  await write(mo, { ...(await read(mo)), auditConfigs: [] }, 'auditConfigs,etag')
  assert.is(google.policies.read(resource)?.auditConfigs, undefined)
  assert.is((await refusalOf(read(mo).then(async policy => write(mo, policy, 'owner')))).status, 400)
})

test('the log says who wrote what, why, and how it ended', async () => {
  const from = google.calls.length
  const mo = as(google, 'mo@example.com')
  await write(mo, adding(await read(mo), ours()))
  await refusalOf(write(as(google, 'dana@example.com'), await read(mo)))
  const at = clock.now().toISOString()
  const set = { method: 'SetIamPolicy', resource, reasonHeader: 'hallpass u-1', at }
  assert.equal(
    google.calls.slice(from).filter(({ method }) => method === 'SetIamPolicy'),
    [
      { ...set, principal: 'mo@example.com', status: 200 },
      { ...set, principal: 'dana@example.com', status: 403 },
    ],
  )
})

table(
  test,
  {
    'nobody without the right reads a policy': { email: 'mo@gmail.com', verb: 'get' },
    'a requester cannot write': { email: 'dana@example.com', verb: 'set' },
    'the private account of the same name cannot write': { email: 'mo@gmail.com', verb: 'set' },
  } as Record<string, { email: string; verb: 'get' | 'set' }>,
  async ({ email, verb }) => {
    const client = as(google, email)
    const policy = { version: 3, bindings: [ours()] }
    const refusal = await refusalOf(verb === 'get' ? read(client) : write(client, policy))
    const permission = `resourcemanager.projects.${verb}IamPolicy`
    const full = `//cloudresourcemanager.googleapis.com/${resource}`
    assert.equal(refusal, {
      status: 403,
      rpc: 'PERMISSION_DENIED',
      message: `Permission '${permission}' denied on resource '${full}' (or it may not exist).`,
      reason: 'IAM_PERMISSION_DENIED',
      metadata: { permission, resource: full },
    })
    assert.is(google.holds('dana@example.com', 'roles/cloudsql.client', resource), false)
  },
)

test('a project that does not exist is a 403, and tests as an empty set', async () => {
  const mo = as(google, 'mo@example.com')
  assert.is((await refusalOf(read(mo, 3, 'projects/nope'))).status, 403)
  const tested = await mo.projects.testIamPermissions({
    resource: 'projects/nope',
    requestBody: { permissions: ['a.b.c'] },
  })
  assert.equal(tested.data, {})
})

test('each of our own identities is refused a write, and the log shows the try', async () => {
  const policy = await read(as(google, 'mo@example.com'))
  for (const { email, token } of Object.values(defaultIdentities)) {
    assert.is((await refusalOf(write(resourceManager(google, token), adding(policy, ours())))).status, 403)
    const last = google.calls.at(-1)
    assert.equal([last?.method, last?.principal, last?.status], ['SetIamPolicy', email, 403])
  }
})

test('no token, an unknown one and one of another kind are 401', async () => {
  const bare = await fetch(`${google.url}/v3/${resource}:getIamPolicy`, { method: 'POST' })
  const body = (await bare.json()) as { error: { status: string; details: { reason: string }[] } }
  assert.equal(
    [bare.status, body.error.status, body.error.details[0]?.reason],
    [401, 'UNAUTHENTICATED', 'CREDENTIALS_MISSING'],
  )
  assert.match(bare.headers.get('www-authenticate') ?? '', /invalid_token/)
  const refusal = await refusalOf(read(resourceManager(google, 'ya29.guessed')))
  assert.equal([refusal.status, refusal.reason], [401, 'ACCESS_TOKEN_TYPE_UNSUPPORTED'])
})

test('a token works for 3,599 seconds and not one more', async () => {
  const mo = as(google, 'mo@example.com')
  const began = clock.at
  try {
    clock.forward(3598)
    await read(mo)
    clock.forward(1)
    const refusal = await refusalOf(read(mo))
    assert.equal([refusal.status, refusal.rpc, refusal.reason], [401, 'UNAUTHENTICATED', 'ACCESS_TOKEN_EXPIRED'])
  } finally {
    clock.at = began
  }
})

test('without the cloud-platform scope nothing answers; read-only reads and does not write', async () => {
  const refusal = await refusalOf(read(as(google, 'mo@example.com', ['openid', 'email'])))
  assert.equal(
    [refusal.status, refusal.rpc, refusal.reason],
    [403, 'PERMISSION_DENIED', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'],
  )
  const reader = as(google, 'mo@example.com', [`${cloudPlatform}.read-only`])
  const policy = await read(reader)
  assert.is((await refusalOf(write(reader, policy))).reason, 'ACCESS_TOKEN_SCOPE_INSUFFICIENT')
})

test('two writers with the same etag: the second is told to start over, and its change is not stored', async () => {
  const [mo, ana] = [as(google, 'mo@example.com'), as(google, 'ana@example.com')]
  const [seenByMo, seenByAna] = [await read(mo), await read(ana)]
  const stored = await write(mo, adding(seenByMo, ours()))
  assert.is.not(stored.etag, seenByMo.etag)
  assert.equal(await refusalOf(write(ana, adding(seenByAna, ours('user:otto@example.com')))), {
    status: 409,
    rpc: 'ABORTED',
    message: 'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
  })
  assert.is(google.holds('otto@example.com', 'roles/cloudsql.client', resource), false)
  await write(ana, adding(await read(ana), ours('user:otto@example.com')))
  assert.is(google.holds('dana@example.com', 'roles/cloudsql.client', resource), true)
})

test('a write without an etag overwrites blindly, conditions and all', async () => {
  const mo = as(google, 'mo@example.com')
  await write(mo, { bindings: [{ role: 'roles/viewer', members: ['user:mo@example.com'] }] })
  assert.equal(google.policies.read(resource)?.bindings, [{ role: 'roles/viewer', members: ['user:mo@example.com'] }])
})

test('read below version 3, a condition is hidden and its role has another name; written back, it is refused', async () => {
  const mo = as(google, 'mo@example.com')
  for (const version of [0, 1]) {
    const policy = await read(mo, version)
    const roles = policy.bindings?.map(({ role }) => role ?? '') ?? []
    assert.is(policy.version, 1)
    assert.is(roles.filter(role => /^roles\/storage\.objectViewer_withcond_[0-9a-f]{20}$/.test(role)).length, 1)
    assert.not(policy.bindings?.some(({ condition }) => condition))
    assert.is((await refusalOf(write(mo, policy))).status, 400)
    assert.is((await refusalOf(write(mo, { ...policy, version: 3 }))).status, 400)
  }
})

test('a policy without conditions is version 1, also after the last one has gone', async () => {
  const mo = as(google, 'mo@example.com')
  const policy = await read(mo)
  assert.is(policy.version, 3)
  const bindings = policy.bindings?.filter(({ condition }) => !condition) ?? []
  assert.is((await write(mo, { ...policy, bindings })).version, 1)
  assert.is((await read(mo)).version, 1)
})

table(
  test,
  {
    'a condition written as version 1 is refused': { version: 1, status: 400 },
    'a condition written without a version is refused': { version: 0, status: 400 },
    'version 2 is reserved': { version: 2, status: 400 },
    'there is no version 4': { version: 4, status: 400 },
    'version 3 takes conditions': { version: 3, status: 200 },
  },
  async ({ version, status }) => {
    const mo = as(google, 'mo@example.com')
    const policy = { ...adding(await read(mo), ours()), version }
    const { etag: _left, ...blind } = policy
    for (const written of status === 200 ? [] : [policy, blind])
      assert.is((await refusalOf(write(mo, written))).status, status)
    if (status === 200) await write(mo, policy)
    assert.is(google.holds('dana@example.com', 'roles/cloudsql.client', resource), status === 200)
  },
)

test('removing a plain binding from a policy with conditions needs version 3 too', async () => {
  const mo = as(google, 'mo@example.com')
  const policy = await read(mo)
  const bindings = policy.bindings?.filter(({ condition }) => !condition) ?? []
  assert.is((await refusalOf(write(mo, { ...policy, version: 1, bindings }))).status, 400)
})

test('bindings of one role and condition are merged, members lower-cased, everything in Google’s own order', async () => {
  const mo = as(google, 'mo@example.com')
  const policy = await read(mo)
  const plain = { role: 'roles/browser', members: ['user:Otto@Example.com', 'user:otto@example.com'] }
  await write(mo, adding(policy, { role: 'roles/browser', members: ['user:dana@example.com'] }, plain))
  const stored = await read(mo)
  assert.equal(stored.bindings?.[0], {
    role: 'roles/browser',
    members: ['user:dana@example.com', 'user:otto@example.com'],
  })
})

test('bindings of one role with different conditions stay apart, each with its own end', async () => {
  const mo = as(google, 'mo@example.com')
  const other = { ...ours('user:otto@example.com', '2026-11-24T12:45:00Z') }
  const stored = await write(mo, adding(await read(mo), ours(), other))
  assert.is(stored.bindings?.filter(({ role }) => role === 'roles/cloudsql.client').length, 2)
  const at = new Date('2026-11-24T12:40:00Z')
  assert.is(google.holds('dana@example.com', 'roles/cloudsql.client', resource, at), false)
  assert.is(google.holds('otto@example.com', 'roles/cloudsql.client', resource, at), true)
})

test('an existing role stays, even one that could not be granted again', async () => {
  const foreign = { role: 'roles/withdrawn.byGoogle', members: ['user:otto@example.com'] }
  const { bindings = [] } = google.policies.read(resource) ?? {}
  google.policies.define({ name: resource, bindings: [...bindings, foreign] })
  const mo = as(google, 'mo@example.com')
  await write(mo, adding(await read(mo), ours()))
  assert.is(google.holds('otto@example.com', foreign.role, resource), true)
})

test('a field that policies do not have is refused as Google’s JSON refuses it', async () => {
  const mo = as(google, 'mo@example.com')
  const policy = { ...(await read(mo)), owner: 'me' }
  assert.is(
    (await refusalOf(write(mo, policy))).message,
    `Invalid JSON payload received. Unknown name "owner" at 'policy': Cannot find field.`,
  )
})

test('a limited admin tests positive and writes only the roles of the limit', async () => {
  const expression = `api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/cloudsql.client'])`
  const { bindings = [], ...rest } = google.policies.read(resource) ?? {}
  const others = bindings.filter(({ role }) => role !== 'roles/resourcemanager.projectIamAdmin')
  const limited = {
    role: 'roles/resourcemanager.projectIamAdmin',
    members: ['user:mo@example.com'],
    condition: { title: 'limited', expression },
  }
  google.policies.define({ name: resource, ...rest, bindings: [...others, limited] })
  const mo = as(google, 'mo@example.com')
  const permissions = ['resourcemanager.projects.setIamPolicy', 'resourcemanager.projects.delete']
  const tested = await mo.projects.testIamPermissions({ resource, requestBody: { permissions } })
  assert.equal(tested.data, { permissions: ['resourcemanager.projects.setIamPolicy'] })
  const policy = await read(mo)
  const foreign = { role: 'roles/viewer', members: ['user:dana@example.com'] }
  assert.is((await refusalOf(write(mo, adding(policy, foreign)))).status, 403)
  assert.is((await refusalOf(write(mo, adding(policy, ours(), foreign)))).status, 403)
  const cleaned = {
    ...policy,
    bindings: policy.bindings?.filter(({ role }) => role !== 'roles/storage.objectViewer') ?? [],
  }
  assert.is((await refusalOf(write(mo, adding(cleaned, ours())))).status, 403)
  await write(mo, adding(policy, ours()))
  assert.is(google.holds('dana@example.com', 'roles/cloudsql.client', resource), true)
})

test('an admin whose right has a time loses it at that time', async () => {
  const admin = {
    role: 'roles/resourcemanager.projectIamAdmin',
    members: ['user:otto@example.com'],
    condition: { title: 'till one', expression: 'request.time < timestamp("2026-11-24T12:00:01Z")' },
  }
  google.policies.define({ name: resource, bindings: [admin] })
  const otto = as(google, 'otto@example.com')
  const policy = await read(otto)
  const began = clock.at
  clock.forward(1)
  const refusal = await refusalOf(write(otto, adding(policy, ours())))
  clock.at = began
  assert.is(refusal.status, 403)
})

test('rights come from above: an organization admin writes on the project, its folder and the organization', async () => {
  google.policies.define({
    name: 'organizations/1',
    bindings: [{ role: 'roles/resourcemanager.organizationAdmin', members: ['user:ana@example.com'] }],
  })
  google.policies.define({ name: resource, parent: 'folders/10', bindings: [] })
  const ana = as(google, 'ana@example.com')
  assert.is((await read(ana)).etag, 'ACAB')
  await write(ana, { version: 3, bindings: [ours()] })
  assert.is(google.holds('dana@example.com', 'roles/cloudsql.client', resource), true)
  const options = { requestBody: { policy: { version: 3, bindings: [ours('user:otto@example.com')] } } }
  await ana.folders.setIamPolicy({ resource: 'folders/10', ...options })
  assert.is(google.holds('otto@example.com', 'roles/cloudsql.client', resource), true)
  const above = (await ana.organizations.getIamPolicy({ resource: 'organizations/1' })).data
  assert.is(above.bindings?.[0]?.role, 'roles/resourcemanager.organizationAdmin')
  assert.is(
    (await refusalOf(as(google, 'mo@example.com').folders.getIamPolicy({ resource: 'folders/10' }))).status,
    403,
  )
})

test('groups and domains give their members access; deleted members have none', () => {
  assert.is(google.holds('dana@example.com', 'roles/monitoring.viewer', resource), true)
  assert.is(google.holds('mo@gmail.com', 'roles/monitoring.viewer', resource), false)
  assert.is(google.holds('gone@example.com', 'roles/compute.viewer', resource), false)
  google.policies.define({ name: resource, bindings: [{ role: 'roles/viewer', members: ['group:sre@example.com'] }] })
  assert.is(google.holds('otto@example.com', 'roles/viewer', resource), true)
  assert.is(google.holds('dana@example.com', 'roles/viewer', resource), false)
})

test('a project whose id carries a domain is addressed as it is', async () => {
  const bindings = [{ role: 'roles/owner', members: ['user:mo@example.com'] }]
  google.policies.define({ name: 'projects/example.com:old', bindings })
  assert.equal((await read(as(google, 'mo@example.com'), 3, 'projects/example.com:old')).bindings, bindings)
})

test('a project answers to its number as well', async () => {
  const policy = await read(as(google, 'mo@example.com'), 3, 'projects/123456789012')
  assert.is(policy.etag, google.policies.read(resource)?.etag)
})

test('a test of wildcards, or of more than a hundred permissions, is refused', async () => {
  const mo = as(google, 'mo@example.com')
  const asking = async (permissions: string[]): Promise<unknown> =>
    mo.projects.testIamPermissions({ resource, requestBody: { permissions } })
  await asking(Array.from({ length: 100 }, (_, n) => `a.b.c${n}`))
  assert.is((await refusalOf(asking(Array.from({ length: 101 }, (_, n) => `a.b.c${n}`)))).status, 400)
  assert.is((await refusalOf(asking(['resourcemanager.projects.*']))).status, 400)
})

table<{ kind: Parameters<typeof answerOf>[0]; refusal: [number, string, string | undefined] }>(
  test,
  {
    'a quota is exceeded': { kind: 'quota exceeded', refusal: [429, 'RESOURCE_EXHAUSTED', 'RATE_LIMIT_EXCEEDED'] },
    'the API is off': { kind: 'API off', refusal: [403, 'PERMISSION_DENIED', 'SERVICE_DISABLED'] },
    'a perimeter is in the way': {
      kind: 'outside the perimeter',
      refusal: [403, 'PERMISSION_DENIED', 'SECURITY_POLICY_VIOLATED'],
    },
    'a conflict comes as 412': { kind: 'conflict by 412', refusal: [412, 'FAILED_PRECONDITION', undefined] },
    'the service is down': { kind: 'unavailable', refusal: [503, 'UNAVAILABLE', undefined] },
  },
  async ({ kind, refusal }) => {
    const mo = as(google, 'mo@example.com')
    const policy = await read(mo)
    google.faults.add({ route: 'POST /v3/projects/*:setIamPolicy', ...answerOf(kind) })
    const { status, rpc, reason } = await refusalOf(write(mo, adding(policy, ours())))
    assert.equal([status, rpc, reason], refusal)
    assert.is(google.holds('dana@example.com', 'roles/cloudsql.client', resource), false)
    await write(mo, adding(policy, ours()))
  },
)

test('a test of permissions can be made to fail open', async () => {
  const [permissions, dana] = [['resourcemanager.projects.setIamPolicy'], as(google, 'dana@example.com')]
  google.faults.add({ route: 'POST /v3/*:testIamPermissions', status: 200, body: { permissions } })
  assert.equal((await dana.projects.testIamPermissions({ resource, requestBody: { permissions } })).data, {
    permissions,
  })
  assert.equal((await dana.projects.testIamPermissions({ resource, requestBody: { permissions } })).data, {})
})

test('a write can take effect when it arrives and be answered later', async () => {
  const mo = as(google, 'mo@example.com')
  const policy = await read(mo)
  google.faults.add({ route: 'POST /v3/*:setIamPolicy', answerAfterMs: 300 })
  const began = performance.now()
  const writing = write(mo, adding(policy, ours()))
  while (!google.holds('dana@example.com', 'roles/cloudsql.client', resource)) await read(mo)
  let isAnswered = false
  void writing.then(() => (isAnswered = true))
  assert.not(isAnswered)
  await writing
  assert.ok(performance.now() - began >= 295)
})

test('a quota is shared by all callers, refuses with 429, and begins again with the next minute', async () => {
  const mo = as(google, 'mo@example.com')
  // Earlier tests have counted in this minute.
  clock.forward(60)
  google.quota.perMinute.read = 2
  await read(mo)
  await read(as(google, 'ana@example.com'))
  const { status, rpc, reason } = await refusalOf(read(mo))
  assert.equal([status, rpc, reason, google.quota.refused], [429, 'RESOURCE_EXHAUSTED', 'RATE_LIMIT_EXCEEDED', 1])
  clock.forward(60)
  await read(mo)
  google.quota.perMinute.read = Infinity
})

test('a write can take effect and its answer be lost', async () => {
  const mo = as(google, 'mo@example.com')
  const policy = await read(mo)
  google.faults.add({ route: 'POST /v3/*:setIamPolicy', reset: 'after' })
  assert.is((await refusalOf(write(mo, adding(policy, ours())))).status, 0)
  assert.is(google.holds('dana@example.com', 'roles/cloudsql.client', resource), true)
  assert.equal([google.calls.at(-1)?.method, google.calls.at(-1)?.status], ['SetIamPolicy', 200])
  google.faults.add({ route: 'POST /v3/*:setIamPolicy', reset: 'before' })
  const stored = await read(mo)
  await refusalOf(write(mo, adding(stored, ours('user:otto@example.com'))))
  assert.is(google.policies.read(resource)?.etag, stored.etag)
})

test.run()
