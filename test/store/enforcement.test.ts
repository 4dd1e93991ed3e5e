// Probes on a real API server, each under its process's own identity and rights.
import * as assert from 'uvu/assert'
import { type AccessRequest } from '../../src/api/kinds.ts'
import { endedPhases } from '../../src/api/phases.ts'
import type { Transport } from '../../src/kube/transport.ts'
import {
  type Found,
  type Probe,
  probesOfAuth,
  probesOfController,
  probesOfGateway,
} from '../../src/store/enforcement.ts'
import {
  patchStatus,
  requestIn,
  requestsPath,
  startFixture,
  type State,
  tokensPath,
  type Fixture,
} from '../deploy/fixture.ts'
import { suite } from '../suite.ts'

const test = suite('probes of admission', { timeoutMs: 60_000 })
let fixture: Fixture
test.before(async () => {
  fixture = await startFixture()
})
test.after(() => fixture.cluster.stop())

const makers = { gateway: probesOfGateway, auth: probesOfAuth, controller: probesOfController }
type Name = keyof typeof makers
const names = Object.keys(makers) as Name[]
/** What each creates: the first is what nobody else does. */
const own: Record<Name, [string, ...string[]]> = {
  gateway: ['hallpass-request-creation'],
  auth: ['hallpass-sealed-tokens', 'hallpass-request-creation'],
  controller: ['hallpass-lease'],
}
const held = (name: Name, as: Found = 'enforced'): Record<string, Found> =>
  Object.fromEntries(own[name].map(policy => [policy, as]))
const ofStatus = 'hallpass-request-status'

function probesOf(name: Name, transport: Transport = fixture.as[name], namespaces = ['hallpass']): Probe[] {
  const where = { tokenNamespace: 'hallpass-tokens', systemNamespace: 'hallpass-system', namespaces }
  return makers[name]({ ...where, transport, clock: { now: () => new Date() } })
}

async function found(probes: Probe[]): Promise<Record<string, Found>> {
  return Object.fromEntries(await Promise.all(probes.map(async ({ policy, find }) => [policy, await find()] as const)))
}

async function stored(): Promise<string[]> {
  const paths = [requestsPath, tokensPath, '/apis/coordination.k8s.io/v1/namespaces/hallpass-system/leases']
  const lists = await Promise.all(
    paths.map(path => fixture.as.admin.request<{ items: AccessRequest[] }>({ method: 'GET', path })),
  )
  return lists
    .flatMap(({ items }) => items.map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`))
    .sort()
}

test('without any request each process proves the policy of what it creates, and nothing is stored', async () => {
  for (const name of names) assert.equal(await found(probesOf(name)), { ...held(name), [ofStatus]: 'untried' }, name)
  assert.equal(await stored(), [])
})

const states: State[] = ['new', 'pending', 'denied', 'approved', 'provisioned', 'ended', 'settled']
for (const state of states)
  test(`on a request that is ${state} each proves that of the status too, and nothing changes`, async () => {
    const request = await requestIn(fixture, state)
    const before = await stored()
    for (const name of names) assert.equal(await found(probesOf(name)), { ...held(name), [ofStatus]: 'enforced' }, name)
    assert.equal(await stored(), before)
    await remove(request)
  })

test('over all namespaces they hold as well', async () => {
  const { code, stderr } = await fixture.cluster.kubectl('apply', '--server-side', '-k', 'deploy/all-namespaces')
  assert.is(code, 0, stderr)
  const request = await requestIn(fixture, 'pending')
  for (const name of names)
    await eventually(async () =>
      assert.equal(await found(probesOf(name, fixture.as[name], [])), {
        ...held(name),
        [ofStatus]: 'enforced',
      }),
    )
  await remove(request)
})

test('who lacks the right to try is not told that it is held', async () => {
  const nobody = await fixture.cluster.as('elsewhere', 'nobody')
  for (const name of names) {
    const { [own[name][0]]: result } = await found(probesOf(name, nobody))
    assert.equal(result, { unknown: 'the API server answered 403 (Forbidden) to the attempt' }, name)
  }
})

test('a policy of somebody else that fails proves nothing, and neither does one that refuses first', async () => {
  const request = await requestIn(fixture, 'pending')
  await foreign('broken', { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }, { paramRef: missing })
  await unbind('hallpass-request-creation')
  const creation = probesOf('gateway').filter(({ policy }) => policy === own.gateway[0])
  const fails = { [own.gateway[0]]: { unknown: 'an admission policy fails to evaluate' } }
  await eventually(async () => assert.equal(await found(creation), fails))
  await unbind('broken')
  await foreign('strict', {}, {})
  const refuses = { [own.gateway[0]]: { unknown: 'the policy "strict" refused the attempt first' } }
  await eventually(async () => assert.equal(await found(creation), refuses))
  await unbind('strict')
  await eventually(async () => assert.equal(await found(creation), { [own.gateway[0]]: 'open' }))
  await remove(request)
})

test('rules of somebody else that sealed tokens keep do not disturb the probe of auth', async () => {
  const rule = { apiGroups: [''], apiVersions: ['v1'], resources: ['secrets'], operations: ['CREATE'] }
  const wanted = "object.?immutable.orValue(false) && 'hallpass.dev/request-uid' in object.metadata.?labels.orValue({})"
  const policy = {
    matchConstraints: { resourceRules: [rule] },
    validations: [{ expression: wanted, reason: 'Forbidden' }],
  }
  // Of several policies that refuse, the API server names the first one it evaluates, so most likely one of these.
  const names = Array.from({ length: 8 }, (_, n) => `tidy-${n}`)
  for (const name of names) await foreign(name, policy, {})
  const path = '/api/v1/namespaces/elsewhere/secrets'
  const plain = { metadata: { name: 'plain' } }
  const isRefused = (): Promise<boolean> =>
    fixture.as.admin.request({ method: 'POST', path, query: { dryRun: 'All' }, body: plain }).then(
      () => false,
      () => true,
    )
  await eventually(async () => assert.ok(await isRefused()))
  const probe = probesOf('auth').find(({ policy }) => policy === own.auth[0])
  assert.is(await probe?.find(), 'enforced')
  for (const name of names) await unbind(name)
})

test('without their bindings nothing is enforced, and the probes say so without storing anything', async () => {
  const request = await requestIn(fixture, 'pending')
  for (const policy of new Set([...Object.values(own).flat(), ofStatus].filter(policy => policy !== own.gateway[0])))
    await unbind(policy)
  for (const name of names)
    await eventually(async () =>
      assert.equal(await found(probesOf(name)), { ...held(name, 'open'), [ofStatus]: 'open' }, name),
    )
  assert.equal(await stored(), [`${request.metadata.name} ${request.metadata.resourceVersion}`])
})

const missing = { name: 'missing', namespace: 'hallpass', parameterNotFoundAction: 'Deny' }
const group = '/apis/admissionregistration.k8s.io/v1'

/** A policy of another team that refuses every new request. */
async function foreign(name: string, policy: object, binding: object): Promise<void> {
  const rule = {
    apiGroups: ['hallpass.dev'],
    apiVersions: ['*'],
    resources: ['accessrequests'],
    operations: ['CREATE'],
  }
  const spec = {
    matchConstraints: { resourceRules: [rule] },
    validations: [{ expression: 'false', reason: 'Forbidden' }],
    ...policy,
  }
  const [policies, bindings] = [`${group}/validatingadmissionpolicies`, `${group}/validatingadmissionpolicybindings`]
  await fixture.as.admin.request({ method: 'POST', path: policies ?? '', body: { metadata: { name }, spec } })
  const bound = { policyName: name, validationActions: ['Deny'], ...binding }
  await fixture.as.admin.request({ method: 'POST', path: bindings ?? '', body: { metadata: { name }, spec: bound } })
}

function unbind(name: string): Promise<unknown> {
  return fixture.as.admin.request({ method: 'DELETE', path: `${group}/validatingadmissionpolicybindings/${name}` })
}

/** Ends it and removes its finalizer, as the controller does, so that the next one is the only one. */
async function remove({ metadata: { name } }: AccessRequest): Promise<void> {
  const path = `${requestsPath}/${name}`
  const seen = await fixture.as.controller.request<AccessRequest>({ method: 'GET', path })
  const hasEnded = endedPhases.some(phase => phase === seen.status?.phase)
  await patchStatus(fixture.as.controller, seen, { ...(!hasEnded && { phase: 'Failed' }), audit: [] })
  const released = { metadata: { finalizers: [] } }
  await fixture.as.controller.request({
    method: 'PATCH',
    path,
    contentType: 'application/merge-patch+json',
    body: released,
  })
  await fixture.as.controller.request({ method: 'DELETE', path })
}

async function eventually(check: () => Promise<void>): Promise<void> {
  for (const until = Date.now() + 10_000; ; await new Promise(resolve => setTimeout(resolve, 50)))
    try {
      return await check()
    } catch (error) {
      if (Date.now() > until) throw error
    }
}

test.run()
