// The store on a real API server with our kinds installed.
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { type AccessRequest, type RoleMapping } from '../../src/api/kinds.ts'
import { Broken, Refused } from '../../src/domain/outcome.ts'
import type { Requests, StatusPatch } from '../../src/domain/ports.ts'
import { ApiError } from '../../src/kube/api-error.ts'
import { noMetrics, silentLog, systemTimers } from '../../src/kube/environment.ts'
import { createRecorder } from '../../src/kube/recorder.ts'
import { createResource } from '../../src/kube/resource.ts'
import type { Transport } from '../../src/kube/transport.ts'
import { createAliveRequests } from '../../src/store/alive-requests.ts'
import { createEvents } from '../../src/store/events.ts'
import { createLiveMappings, createMappings, createMappingStatuses } from '../../src/store/mappings.ts'
import { createRequestChanges } from '../../src/store/request-changes.ts'
import { createRequests, requestKind } from '../../src/store/requests.ts'
import { createRetention } from '../../src/store/retention.ts'
import { createSealedTokens } from '../../src/store/sealed-tokens.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { soon } from '../soon.ts'
import { suite } from '../suite.ts'
import { newMapping, newRequest, settled } from '../builders/new-objects.ts'

const test = suite('the store in a cluster')
const clock = { now: () => new Date() }
const host = { timers: systemTimers, log: silentLog, metrics: noMetrics }
const mappingKind = { group: 'hallpass.dev', version: 'v1alpha1', plural: 'rolemappings' }
let cluster: Cluster
let requests: Requests

test.before(async () => {
  cluster = await startCluster()
  for (const name of ['hallpass', 'team-a', 'team-b', 'old', 'past', 'hallpass-tokens'])
    await cluster.createNamespace(name)
  requests = createRequests({ transport: cluster.transport, clock })
})
test.after(() => cluster.stop())

async function stored(facts: Parameters<typeof newRequest>[0], patch?: StatusPatch): Promise<AccessRequest> {
  const outcome = await requests.create(newRequest(facts))
  if (!('created' in outcome)) throw new Error(`${facts.name} exists`)
  return patch ? written(outcome.created, patch) : outcome.created
}
async function written(seen: AccessRequest, patch: StatusPatch): Promise<AccessRequest> {
  const outcome = await requests.patchStatus(seen, patch)
  if (outcome === 'conflict') throw new Error('conflict')
  return outcome
}
async function refusal(work: Promise<unknown>): Promise<Refused> {
  const error: unknown = await work.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Refused)) throw new Error('not refused', { cause: error })
  return error
}
async function until(what: string, is: () => boolean): Promise<void> {
  for (const began = Date.now(); !is(); await sleep(20))
    if (Date.now() - began > 15_000) throw new Error(`never: ${what}`)
}
const remove = ({ metadata }: AccessRequest): Promise<void> =>
  createResource(cluster.transport, requestKind).delete(metadata, { uid: metadata.uid })
const read = (name: string, namespace = 'hallpass'): Promise<AccessRequest | undefined> =>
  requests.get({ namespace, name })
/** The cluster's transport, with `before` run ahead of each call and `after` behind it. */
const between = (hooks: { before?: () => void; after?: (method: string) => void }): Transport => ({
  ...cluster.transport,
  request: async call => {
    hooks.before?.()
    const answer = await cluster.transport.request(call)
    hooks.after?.(call.method)
    return answer as never
  },
})
const noAnswer = new ApiError('no answer', { status: 0, reason: 'NoAnswer' })

const forbidden: Record<string, { first: StatusPatch; next: StatusPatch; says: RegExp }> = {
  'a request cannot skip its approval': {
    first: { phase: 'Pending' },
    next: { phase: 'Provisioned' },
    says: /a request cannot go from Pending to Provisioned/,
  },
  'an expiry is written once': {
    first: { expiresAt: '2026-11-23T15:00:00Z' },
    next: { expiresAt: '2026-11-24T15:00:00Z' },
    says: /expiresAt is written once/,
  },
  'an expiry cannot be removed': {
    first: { expiresAt: '2026-11-23T15:00:00Z' },
    next: { expiresAt: null },
    says: /expiresAt is written once/,
  },
  'what is settled stays so': { first: settled(), next: { settled: false }, says: /stays settled/ },
  'a decision cannot be removed': {
    first: { decisions: [{ id: 'd1', verdict: 'Denied', who: { slackUserID: 'U0MO' }, at: '2026-11-23T14:05:00Z' }] },
    next: { decisions: [] },
    says: /a decision cannot be .*removed/,
  },
}
for (const [index, [sentence, { first, next, says }]] of Object.entries(forbidden).entries())
  test(`${sentence}: the rule's refusal is Refused, in our words`, async () => {
    const seen = await stored({ name: `rule-${index}` }, first)
    const error = await refusal(requests.patchStatus(seen, next))
    assert.is(error.refusal.reason, 'NotAccepted')
    assert.match((error.cause as ApiError).said ?? '', says)
    assert.match(
      error.message,
      /^Cannot change request "hallpass\/rule-\d": the API server does not accept status[^ ]*\.$/,
    )
    assert.equal((await read(`rule-${index}`))?.status, seen.status)
  })

test('a request that the schema refuses is Refused, and nothing is stored', async () => {
  const error = await refusal(requests.create(newRequest({ name: 'too-long', spec: { duration: '900h' } })))
  assert.match(error.message, /: the API server does not accept spec\.duration\.$/)
  assert.is(await read('too-long'), undefined)
})

test('a namespace that does not exist is Refused', async () => {
  assert.match(
    (await refusal(requests.create(newRequest({ name: 'x', namespace: 'nowhere' })))).message,
    /does not have this namespace/,
  )
})

test('who may not write is Refused as not permitted', async () => {
  const stranger = createRequests({ transport: await cluster.as('hallpass', 'stranger'), clock })
  assert.is((await refusal(stranger.create(newRequest({ name: 'x' })))).refusal.reason, 'NotPermitted')
  assert.is((await refusal(Array.fromAsync(stranger.all(['hallpass'])))).refusal.reason, 'NotPermitted')
})

test('a create whose answer was lost is found by its name', async () => {
  let losses = 1
  const after = (method: string): void => {
    if (method === 'POST' && losses-- > 0) throw noAnswer
  }
  const outcome = await createRequests({ transport: between({ after }), clock }).create(newRequest({ name: 'lost' }))
  assert.is('exists' in outcome && outcome.exists.metadata.uid, (await read('lost'))?.metadata.uid)
})

test('a create that never arrived is Broken, and not known not to have happened', async () => {
  let isDown = true
  const before = (): void => {
    if (isDown) throw noAnswer
  }
  const broken = createRequests({ transport: between({ before }), clock })
  const error = await broken.create(newRequest({ name: 'never' })).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof Broken && !error.answered)
  isDown = false
  assert.ok('created' in (await broken.create(newRequest({ name: 'never' }))))
})

test('two who race for one name: one creates, the other finds it', async () => {
  const outcomes = await Promise.all([1, 2, 3, 4].map(() => requests.create(newRequest({ name: 'raced' }))))
  assert.is(outcomes.filter(outcome => 'created' in outcome).length, 1)
  const uids = outcomes.map(outcome => ('created' in outcome ? outcome.created : outcome.exists).metadata.uid)
  assert.is(new Set(uids).size, 1)
})

test('two who race for one version: one writes', async () => {
  const seen = await stored({ name: 'raced-status' })
  const outcomes = await Promise.all([1, 2, 3, 4].map(() => requests.patchStatus(seen, { phase: 'Pending' })))
  assert.is(outcomes.filter(outcome => outcome === 'conflict').length, 3)
})

test('a namesake made after a deletion is never written to in its place', async () => {
  const seen = await stored({ name: 'namesake' })
  await requests.patchFinalizers(seen, [])
  await remove(seen)
  const namesake = await stored({ name: 'namesake' })
  assert.is(await requests.patchStatus(seen, { phase: 'Pending' }), 'conflict')
  assert.is(await requests.patchFinalizers(seen, []), 'conflict')
  assert.is((await read('namesake'))?.metadata.uid, namesake.metadata.uid)
  assert.is((await read('namesake'))?.status?.phase, undefined)
})

test('finalizers keep a deleted request until they are taken off; then it is gone', async () => {
  const seen = await stored({ name: 'kept' })
  await remove(seen)
  const leaving = await read('kept')
  if (!leaving?.metadata.deletionTimestamp) throw new Error('it is not leaving')
  assert.is(await requests.patchFinalizers(seen, []), 'conflict')
  await requests.patchFinalizers(leaving, [])
  assert.is(await read('kept'), undefined)
  assert.is(await requests.patchFinalizers(leaving, []), 'gone')
  assert.is(await requests.patchStatus(leaving, { phase: 'Pending' }), 'conflict')
})

test('an e-mail address cannot widen the selection', async () => {
  await stored({ name: 'of-dana', namespace: 'team-a' })
  for (const email of ['x,spec.requester.email!=x', 'dana@example.com,', '=dana@example.com', '\\', ''])
    assert.equal(await requests.ofRequester('team-a', email), [], email)
  await stored({ name: 'odd', namespace: 'team-a', email: 'a=b@example.com' })
  await soon(['odd'], async () => {
    const found = await requests.ofRequester('team-a', 'a=b@example.com')
    return found.map(({ metadata }) => metadata.name)
  })
})

test('what came before is found for these people and this mapping, settled or not, since an instant', async () => {
  const email = 'past@example.com'
  await stored({ name: 'past-alive', namespace: 'past', email })
  await stored({ name: 'past-over', namespace: 'past', email }, settled())
  await stored({ name: 'past-running', namespace: 'past', email }, { expiresAt: '2099-11-24T22:00:00Z' })
  await stored({ name: 'past-of-other', namespace: 'past', email: 'other.past@example.com' })
  await stored({ name: 'past-alias', namespace: 'past', email: 'past.alias@example.com' })
  await stored({ name: 'past-elsewhere', email })
  const before = async (roleMapping: string, since: Date): Promise<string[]> =>
    (await requests.history({ namespace: 'past', roleMapping, emails: [email, 'past.alias@example.com'], since }))
      .map(({ metadata }) => metadata.name)
      .sort()
  const mapping = (await read('past-alive', 'past'))?.spec.roleMapping ?? ''
  // At once: a list of what is newest, because a denial that is not seen is not shown.
  assert.equal(await before(mapping, new Date(0)), ['past-alias', 'past-alive', 'past-over', 'past-running'])
  assert.equal(await before(mapping, new Date(Date.now() + 60_000)), ['past-running'], 'its access has not ended')
  assert.equal(await before('another', new Date(0)), [])
  const ofAccount = await requests.history({
    namespace: 'past',
    roleMapping: mapping,
    emails: [email],
    slackUserID: 'U0DANA',
    since: new Date(0),
  })
  const names = ofAccount.map(({ metadata }) => metadata.name).sort()
  assert.equal(names, ['past-alias', 'past-alive', 'past-of-other', 'past-over', 'past-running'], 'each once')
  assert.equal(await before(`${mapping},status.phase!=x`, new Date(0)), [])
})

test('all requests come from the namespaces that are named, settled ones too', async () => {
  await stored({ name: 'alive', namespace: 'team-b' })
  await stored({ name: 'over', namespace: 'team-b' }, settled())
  const names = async (...namespaces: string[]): Promise<string[]> =>
    (await Array.fromAsync(requests.all(namespaces))).map(({ metadata }) => metadata.name).sort()
  assert.equal(await names('team-b', 'team-b'), ['alive', 'over'])
  assert.equal(await names('team-a', 'team-b'), ['alive', 'odd', 'of-dana', 'over'])
  assert.ok((await names()).includes('raced'), 'none named means the whole cluster')
})

test('the requests that are alive are watched: a settled one leaves, a live look says why', async () => {
  const before = await stored({ name: 'watched-over', namespace: 'team-b' }, settled())
  const alive = createAliveRequests({ ...host, transport: cluster.transport, namespaces: ['team-b'] })
  const changes: string[] = []
  alive.onChange(key => changes.push(key))
  const stop = new AbortController()
  const ended = alive.run(stop.signal)
  await alive.synced()
  assert.is(alive.get(before.metadata), undefined)

  const seen = await stored({ name: 'watched', namespace: 'team-b' })
  await until('it is alive', () => alive.get(seen.metadata) !== undefined)
  changes.length = 0
  await written(seen, settled())
  await until('it left', () => alive.get(seen.metadata) === undefined)
  assert.ok(changes.includes('team-b/watched'))
  assert.is((await read('watched', 'team-b'))?.status?.settled, true)
  stop.abort()
  await ended
})

test('mappings are watched as they are stored, and their status is written against what was seen', async () => {
  const mappings = createMappings({ ...host, transport: cluster.transport, namespaces: ['team-a', 'team-b'] })
  const stop = new AbortController()
  const ended = mappings.run(stop.signal)
  await mappings.synced()
  const resource = createResource<RoleMapping>(cluster.transport, mappingKind)
  for (const namespace of ['team-a', 'team-b', 'hallpass']) await resource.create(newMapping('prod-db', namespace))
  await until('both', () => mappings.list().length === 2)
  const seen = mappings.get({ namespace: 'team-a', name: 'prod-db' })
  if (!seen) throw new Error('it is not there')
  assert.equal([seen.spec.approval.window, seen.status], [undefined, { observedGeneration: -1 }])

  const statuses = createMappingStatuses({ transport: cluster.transport, clock })
  const outcome = await statuses.patchMappingStatus(seen, { approversSummary: 'Platform managers' })
  assert.is(outcome === 'conflict' ? outcome : outcome.status?.approversSummary, 'Platform managers')
  assert.is(await statuses.patchMappingStatus(seen, { approversSummary: 'somebody else' }), 'conflict')
  await until('the status', () => mappings.get(seen.metadata)?.status?.approversSummary === 'Platform managers')
  stop.abort()
  await ended
  const live = createLiveMappings({ transport: cluster.transport, clock })
  const now = await live.read({ namespace: seen.metadata.namespace, name: seen.metadata.name })
  assert.is(now?.status?.approversSummary, 'Platform managers', 'though nobody watches any more')
  assert.is(await live.read({ namespace: seen.metadata.namespace, name: 'none' }), undefined)
})

test('sealed tokens: auth may create and nothing else, the controller may read, list and delete', async () => {
  await grant('auth', ['create'])
  await grant('controller', ['get', 'list', 'delete'])
  const as = async (name: string) => {
    const transport = await cluster.as('hallpass-tokens', name)
    return createSealedTokens({ transport, namespace: 'hallpass-tokens', clock })
  }
  const [auth, controller] = [await as('auth'), await as('controller')]
  const uid = '22222222-0000-4000-8000-000000000001'
  const sealed = 'sealed-ü-text'
  await auth.create('token-1', uid, sealed)
  await auth.create('token-1', uid, 'sealed again after a lost answer')
  assert.is((await refusal(auth.read('token-1'))).refusal.reason, 'NotPermitted')
  assert.is(await controller.read('token-1'), sealed)
  assert.is((await refusal(controller.create('token-2', uid, sealed))).refusal.reason, 'NotPermitted')
  const [token] = await controller.list()
  assert.is(token?.name, 'token-1')
  assert.ok(Math.abs(Date.now() - (token?.createdAt.getTime() ?? 0)) < 60_000)
  await controller.delete('token-1')
  await controller.delete('token-1')
  assert.is(await controller.read('token-1'), undefined)
  assert.equal(await controller.list(), [])
})

test('a sealed token cannot be changed, is of our type and is labelled with its request', async () => {
  const tokens = createSealedTokens({ transport: cluster.transport, namespace: 'hallpass-tokens', clock })
  await tokens.create('fixed', 'some-uid', 'sealed')
  const secrets = createResource<Secret>(cluster.transport, { group: '', version: 'v1', plural: 'secrets' })
  const secret = await secrets.get({ namespace: 'hallpass-tokens', name: 'fixed' })
  assert.equal(
    [secret.type, secret.metadata.labels],
    ['hallpass.dev/sealed-token', { 'hallpass.dev/request-uid': 'some-uid' }],
  )
  const changed = await secrets.patch(secret, { data: { sealed: 'AAAA' } }).catch((error: unknown) => error)
  assert.ok(changed instanceof ApiError && changed.status === 422)
  assert.is(await tokens.read('fixed'), 'sealed')
})

test("another Secret is neither read nor listed, whatever it's called", async () => {
  const tokens = createSealedTokens({ transport: cluster.transport, namespace: 'hallpass-tokens', clock })
  const metadata = { name: 'foreign', namespace: 'hallpass-tokens' }
  await createResource(cluster.transport, { group: '', version: 'v1', plural: 'secrets' }).create({
    metadata,
    stringData: { sealed: 'not sealed' },
  } as { metadata: typeof metadata })
  assert.is(await tokens.read('foreign'), undefined)
  assert.not((await tokens.list()).some(({ name }) => name === 'foreign'))
})

test('old settled requests are found and deleted, never others', async () => {
  const old = await stored({ name: 'old-settled', namespace: 'old' }, settled('2026-08-01T00:00:00Z'))
  await stored({ name: 'young-settled', namespace: 'old' }, settled('2026-11-20T00:00:00Z'))
  await stored({ name: 'old-alive', namespace: 'old' }, { phase: 'Withdrawn', endedAt: '2026-08-01T00:00:00Z' })
  const retention = createRetention({ transport: cluster.transport, namespaces: ['old'], clock })
  const found = await Array.fromAsync(retention.settledBefore(new Date('2026-09-01T00:00:00Z')))
  assert.equal(
    found.map(({ metadata }) => metadata.name),
    ['old-settled'],
  )
  const over = await Array.fromAsync(retention.settledBefore(new Date(), AbortSignal.abort())).catch(
    (error: unknown) => error,
  )
  assert.instance(over, Broken)
  assert.is(await retention.remove(old), 'removed')
  assert.is(await read('old-settled', 'old'), undefined)
  assert.is(await retention.remove(old), 'removed')
})

test('a request that was being deleted when it settled goes with its finalizer', async () => {
  const seen = await stored({ name: 'leaving', namespace: 'old' }, settled('2026-08-01T00:00:00Z'))
  await remove(seen)
  const leaving = await read('leaving', 'old')
  if (!leaving) throw new Error('it went at once')
  const retention = createRetention({ transport: cluster.transport, namespaces: ['old'], clock })
  assert.is(await retention.remove(seen), 'kept', 'it has changed since')
  assert.is(await retention.remove(leaving), 'removed')
  assert.is(await read('leaving', 'old'), undefined)
})

test('a namesake of an old request is not deleted for it', async () => {
  const old = await stored({ name: 'again', namespace: 'old' }, settled('2026-08-01T00:00:00Z'))
  const retention = createRetention({ transport: cluster.transport, namespaces: ['old'], clock })
  assert.is(await retention.remove(old), 'removed')
  await stored({ name: 'again', namespace: 'old' })
  const withoutFinalizer = { ...old, metadata: { ...old.metadata, finalizers: [] } }
  assert.is(await retention.remove(old), 'kept')
  assert.is(await retention.remove(withoutFinalizer), 'kept')
  assert.ok(await read('again', 'old'))
})

test('events on a request are shown by kubectl describe', async () => {
  const request = await stored({ name: 'described' })
  const recorder = createRecorder({
    ...host,
    transport: cluster.transport,
    reportingController: 'hallpass.dev/controller',
    reportingInstance: 'pod-1',
  })
  createEvents(recorder).record(request, { type: 'Normal', reason: 'Routed', message: 'Asked Mo Manager.' })
  await recorder.drain()
  const { stdout } = await cluster.kubectl('describe', 'accessrequest', 'described', '-n', 'hallpass')
  assert.match(stdout, /Normal\s+Routed.*Asked Mo Manager\./)
})

type Secret = { type: string; metadata: { name: string; uid: string; resourceVersion: string; labels?: object } }

async function grant(serviceAccount: string, verbs: string[]): Promise<void> {
  const path = '/apis/rbac.authorization.k8s.io/v1/namespaces/hallpass-tokens'
  const api = 'rbac.authorization.k8s.io'
  const metadata = { name: serviceAccount }
  const rules = [{ apiGroups: [''], resources: ['secrets'], verbs }]
  await cluster.transport.request({ method: 'POST', path: `${path}/roles`, body: { metadata, rules } })
  const subjects = [{ kind: 'ServiceAccount', name: serviceAccount, namespace: 'hallpass-tokens' }]
  const roleRef = { apiGroup: api, kind: 'Role', name: serviceAccount }
  await cluster.transport.request({
    method: 'POST',
    path: `${path}/rolebindings`,
    body: { metadata, subjects, roleRef },
  })
}

test('a watch of one request begins after the version that was seen, and ends when it is deleted', async () => {
  const changes = createRequestChanges({ transport: cluster.transport })
  const seen = await stored({ name: 'followed' })
  const other = await stored({ name: 'followed-not' })
  const once = await written(seen, { phase: 'Pending' })
  await written(other, { phase: 'Pending' })
  const told: string[] = []
  const limit = AbortSignal.timeout(15_000)
  for await (const now of changes.after(seen, limit)) {
    const { metadata, status } = now
    told.push(
      `${metadata.name} ${status?.phase} ${status?.approvedBy ?? ''}${metadata.deletionTimestamp ? ' going' : ''}`,
    )
    if (told.length === 1) await written(once, { approvedBy: 'mo@example.com' })
    if (told.length === 2) await remove(seen)
    if (told.length === 3) await requests.patchFinalizers(now, [])
  }
  assert.equal(told, ['followed Pending ', 'followed Pending mo@example.com', 'followed Pending mo@example.com going'])
  assert.not(limit.aborted)
})

test('a watch of one request ends when nobody waits any more, or when it cannot be opened', async () => {
  const changes = createRequestChanges({ transport: cluster.transport })
  const seen = await stored({ name: 'waited-for' })
  const given = new AbortController()
  const waiting = Array.fromAsync(changes.after(seen, given.signal))
  given.abort()
  assert.equal(await waiting, [])
  const odd = { ...seen, metadata: { ...seen.metadata, resourceVersion: 'none' } }
  assert.equal(await Array.fromAsync(changes.after(odd, AbortSignal.timeout(15_000))), [])
})

test.run()
