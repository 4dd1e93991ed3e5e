// Least rights are enough: everything the three processes do through their adapters works under their own service accounts,
// with the admission policies in force.
import * as assert from 'uvu/assert'
import type { AccessRequest, RoleMapping } from '../../src/api/kinds.ts'
import { sealedTokenName } from '../../src/domain/approval/sealed-token.ts'
import { createElector } from '../../src/kube/elector.ts'
import { noMetrics, silentLog, systemTimers } from '../../src/kube/environment.ts'
import { createRecorder } from '../../src/kube/recorder.ts'
import { createRequests } from '../../src/store/requests.ts'
import { createRetention } from '../../src/store/retention.ts'
import { createSealedTokens } from '../../src/store/sealed-tokens.ts'
import { createAliveRequests } from '../../src/store/alive-requests.ts'
import { createMappings, createMappingStatuses } from '../../src/store/mappings.ts'
import { soon } from '../soon.ts'
import { suite } from '../suite.ts'
import {
  approval,
  denial,
  mappingsPath,
  newRequest,
  requestIn,
  startFixture,
  type Who,
  type Fixture,
} from './fixture.ts'

const test = suite('the adapters under their own accounts', { timeoutMs: 60_000 })
const clock = { now: () => new Date() }
const quiet = { timers: systemTimers, log: silentLog, metrics: noMetrics }
let fixture: Fixture
test.before(async () => {
  fixture = await startFixture()
})
test.after(() => fixture.cluster.stop())

const requestsAs = (who: Who): ReturnType<typeof createRequests> =>
  createRequests({ transport: fixture.as[who], clock })
const tokensAs = (who: Who): ReturnType<typeof createSealedTokens> =>
  createSealedTokens({ transport: fixture.as[who], namespace: 'hallpass-tokens', clock })

function kept<T>(answer: T | 'conflict' | 'gone'): Exclude<T, string> {
  if (typeof answer === 'string') throw new Error(answer)
  return answer as Exclude<T, string>
}

async function asked(): Promise<AccessRequest> {
  const answer = await requestsAs('gateway').create(newRequest())
  return 'created' in answer ? answer.created : answer.exists
}

test('a request is asked for, denied, ended, let go, settled and swept', async () => {
  const request = await asked()
  await soon(1, async () => (await requestsAs('gateway').ofRequester('hallpass', 'dana@example.com')).length)
  const pending = kept(await requestsAs('controller').patchStatus(request, { phase: 'Pending' }))
  const denied = kept(await requestsAs('gateway').patchStatus(pending, { decisions: [denial] }))
  const ended = kept(
    await requestsAs('controller').patchStatus(denied, { phase: 'Denied', endedAt: '2026-11-24T10:05:00Z' }),
  )
  const released = kept(await requestsAs('controller').patchFinalizers(ended, []))
  await requestsAs('controller').patchStatus(released, { settled: true })
  const retention = createRetention({ transport: fixture.as.controller, namespaces: ['hallpass'], clock })
  const old: AccessRequest[] = await Array.fromAsync(retention.settledBefore(new Date('2027-01-01T00:00:00Z')))
  assert.equal(
    old.map(each => each.metadata.name),
    [request.metadata.name],
  )
  for (const each of old) assert.is(await retention.remove(each), 'removed')
  assert.is(await requestsAs('auth').get(request.metadata), undefined)
})

test('an approval is sealed, appended, opened and its token dropped', async () => {
  const request = await requestIn(fixture, 'pending')
  const { uid } = request.metadata
  const name = sealedTokenName(uid, approval.evidence?.hash ?? '')
  await tokensAs('auth').create(name, uid, 'sealed')
  await tokensAs('auth').create(name, uid, 'sealed')
  kept(await requestsAs('auth').patchStatus(request, { decisions: [approval] }))
  assert.is(await tokensAs('controller').read(name), 'sealed')
  assert.equal(
    (await tokensAs('controller').list()).map(each => each.name),
    [name],
  )
  await tokensAs('controller').delete(name)
  assert.is(await tokensAs('controller').read(name), undefined)
})

for (const who of ['gateway', 'auth', 'controller'] as const)
  test(`the ${who} watches mappings and the requests that are alive`, async () => {
    const options = { transport: fixture.as[who], namespaces: ['hallpass'], ...quiet }
    const stop = new AbortController()
    const watches = [createMappings(options), createAliveRequests(options)]
    const runs = watches.map(watch => watch.run(stop.signal))
    await Promise.all(watches.map(watch => watch.synced()))
    stop.abort()
    await Promise.all(runs)
  })

test('the controller leads, judges a mapping and says so in an event', async () => {
  const { controller, admin } = fixture.as
  const lead = createElector({
    transport: controller,
    namespace: 'hallpass-system',
    name: 'hallpass-controller',
    identity: 'pod-1',
    ...quiet,
  })
  let hasLed = false
  await lead.run(new AbortController().signal, async () => void (hasLed = lead.mayAct()))
  assert.ok(hasLed)

  const body = {
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'RoleMapping',
    metadata: { name: 'judged' },
    spec: {
      grants: [{ resource: 'projects/prod-eu', role: 'roles/cloudsql.client' }],
      requesters: { domains: ['example.com'] },
      approval: { onCall: { escalationPolicy: 'PMANAGERS' } },
      channel: 'C0PRODACCESS',
    },
  }
  const mapping = await admin.request<RoleMapping>({ method: 'POST', path: mappingsPath, body })
  const statuses = createMappingStatuses({ transport: controller, clock })
  kept(await statuses.patchMappingStatus(mapping, { approversSummary: 'on call for Platform managers' }))

  const reporter = { reportingController: 'hallpass.dev/controller', reportingInstance: 'pod-1' }
  const recorder = createRecorder({ transport: controller, ...reporter, ...quiet })
  const { apiVersion, kind, metadata } = mapping
  recorder.record(
    { apiVersion, kind, namespace: 'hallpass', name: metadata.name, uid: metadata.uid },
    { type: 'Normal', reason: 'Ready', message: 'It can be asked for.' },
  )
  await recorder.drain()
  const { stdout } = await fixture.cluster.kubectl('describe', 'rmap', 'judged', '--namespace=hallpass')
  assert.match(stdout, /It can be asked for\./)
})

test.run()
