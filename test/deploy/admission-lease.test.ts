// The lease of the controllers and the quota of the sealed tokens, on a real API server: what nobody else may write,
// and that a take-over is never blocked.
import * as assert from 'uvu/assert'
import { createElector } from '../../src/kube/elector.ts'
import { noMetrics, silentLog, systemTimers } from '../../src/kube/environment.ts'
import { attack, attacks, ending } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import { eventually, judge, mergePatch, type Refused, statusOf } from './judge.ts'
import { sealedToken, startFixture, tokensPath, type Who, type Fixture } from './fixture.ts'

const test = suite('admission of the lease', { timeoutMs: 60_000 })
let fixture: Fixture
test.before(async () => {
  fixture = await startFixture()
})
test.after(() => fixture.cluster.stop())

const leasesPath = '/apis/coordination.k8s.io/v1/namespaces/hallpass-system/leases'
const leasePath = `${leasesPath}/hallpass-controller`
const lease = (leaseDurationSeconds = 15, name = 'hallpass-controller'): object => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name },
  spec: { holderIdentity: 'a', leaseDurationSeconds },
})
const create = (who: Who, body = lease(), path = leasesPath): Promise<unknown> =>
  fixture.as[who].request({ method: 'POST', path, body })
const remove = (): Promise<unknown> =>
  fixture.cluster.kubectl(
    'delete',
    'lease',
    'hallpass-controller',
    '--namespace=hallpass-system',
    '--ignore-not-found',
    '--as=system:serviceaccount:kube-system:namespace-controller',
    '--as-group=system:masters',
  )
const standing = async (): Promise<void> => {
  await remove()
  await create('controller')
}

for (const who of ['admin', 'robot'] as const) {
  const name = who === 'admin' ? 'an administrator ' : 'a robot with every right '
  attack(test, `${name}takes the lease first … 403`, async () => {
    await remove()
    return statusOf(create(who))
  })
  attacks<() => Promise<unknown>>(
    test,
    ending(
      '403',
      {
        'names itself as leader': () => mergePatch(fixture.as[who], leasePath, { spec: { holderIdentity: who } }),
        'writes a lease of 68 years': () =>
          mergePatch(fixture.as[who], leasePath, { spec: { leaseDurationSeconds: 2 ** 31 - 1 } }),
        'labels the lease': () => mergePatch(fixture.as[who], leasePath, { metadata: { labels: { a: 'b' } } }),
        'sends the lease an empty patch': () => mergePatch(fixture.as[who], leasePath, {}),
        'applies the lease by force': () =>
          fixture.as[who].request({
            method: 'PATCH',
            path: leasePath,
            query: { fieldManager: 'x', force: 'true' },
            contentType: 'application/apply-patch+yaml',
            body: lease(600),
          }),
        'deletes the lease': () => fixture.as[who].request({ method: 'DELETE', path: leasePath }),
        'tries to delete the lease': () =>
          fixture.as[who].request({ method: 'DELETE', path: leasePath, query: { dryRun: 'All' } }),
        'deletes all leases': () => fixture.as[who].request({ method: 'DELETE', path: leasesPath }),
      },
      name,
    ),
    async act => {
      await standing()
      return statusOf(act())
    },
  )
}

test('other leases are not restricted', async () => {
  await judge(create('admin', lease(86_400, 'another')), {})
  await judge(create('admin', lease(86_400), '/apis/coordination.k8s.io/v1/namespaces/elsewhere/leases'), {})
})

table<Refused & { seconds: number }>(
  test,
  {
    'the shortest that config.yaml accepts': { seconds: 2 },
    'the longest that config.yaml accepts': { seconds: 600 },
    'a released one': { seconds: 1 },
    'even the controller cannot write a longer one': { seconds: 601, refused: /between 1 and 600 seconds/ },
    'a lease of 68 years is refused too': { seconds: 2 ** 31 - 1, refused: /between 1 and 600 seconds/ },
  },
  async ({ seconds, ...rest }) => {
    await standing()
    await judge(mergePatch(fixture.as.controller, leasePath, { spec: { leaseDurationSeconds: seconds } }), rest)
  },
)

test('a controller takes over from one that has ended, renews, and releases', async () => {
  await remove()
  await create('controller', lease(2))
  const [stop, timers] = [new AbortController(), systemTimers]
  const elector = createElector({
    transport: fixture.as.controller,
    namespace: 'hallpass-system',
    name: 'hallpass-controller',
    identity: 'hallpass-controller-7d9c5b6f4-x2x4z-0a1b2c3d',
    leaseSeconds: 2,
    renewDeadlineSeconds: 1.5,
    retrySeconds: 0.3,
    timers,
    log: silentLog,
    metrics: noMetrics,
  })
  type Lease = { metadata: { resourceVersion: string }; spec: { holderIdentity: string; leaseDurationSeconds: number } }
  const read = (): Promise<Lease> => fixture.as.admin.request<Lease>({ method: 'GET', path: leasePath })
  const ended = elector.run(stop.signal, async () => {
    const { metadata } = await read()
    await eventually(async () => assert.is.not((await read()).metadata.resourceVersion, metadata.resourceVersion))
  })
  assert.is(await ended, 'stopped')
  const { holderIdentity, leaseDurationSeconds } = (await read()).spec
  assert.equal([holderIdentity, leaseDurationSeconds], ['', 1])
})

attack(test, 'a lease has the highest possible count of holders … taken over', async () => {
  await remove()
  const full = lease(1) as { spec: object }
  await create('controller', { ...full, spec: { ...full.spec, leaseTransitions: 2 ** 31 - 1 } })
  const stop = AbortSignal.timeout(10_000)
  const elector = createElector({
    transport: fixture.as.controller,
    namespace: 'hallpass-system',
    name: 'hallpass-controller',
    identity: 'the next one',
    leaseSeconds: 2,
    renewDeadlineSeconds: 1.5,
    retrySeconds: 0.3,
    timers: systemTimers,
    log: silentLog,
    metrics: noMetrics,
  })
  let end = 'nobody leads'
  await elector.run(stop, async () => void (end = 'taken over'))
  return end
})

test('the quota of sealed tokens is enforced', async () => {
  const path = '/api/v1/namespaces/hallpass-tokens/resourcequotas/hallpass-sealed-tokens'
  const { spec } = await fixture.as.admin.request<{ spec: { hard: Record<string, string> } }>({ method: 'GET', path })
  assert.equal(spec.hard, { 'count/secrets': '5k', pods: '0' })
  // As the controller manager does, which does not run here: first the limit, then the used amount.
  const status = { hard: { ...spec.hard, 'count/secrets': '2' }, used: { 'count/secrets': '0', pods: '0' } }
  await mergePatch(fixture.as.admin, `${path}/status`, { status })
  const seal = (): Promise<unknown> =>
    fixture.as.auth.request({ method: 'POST', path: tokensPath, body: sealedToken() })
  await eventually(() => judge(seal(), { refused: /exceeded quota: hallpass-sealed-tokens/ }))
})

test.run()
