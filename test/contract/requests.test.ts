// One contract for every keeper of requests: the cluster, and the memory that the gateway's tests use.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import type { Requests } from '../../src/domain/ports.ts'
import { createRequests } from '../../src/store/requests.ts'
import { startCluster } from '../cluster.ts'
import { ManualClock } from '../fakes/clock.ts'
import { firstStatus, MemoryRequests } from '../fakes/requests.ts'
import { newRequest } from '../builders/new-objects.ts'
import { soon } from '../soon.ts'
import { suite } from '../suite.ts'

const test = suite('contract: requests')

type Kept = Pick<Requests, 'get' | 'create' | 'patchStatus' | 'ofRequester' | 'history'>
type Fixture = { requests: Kept; close: () => Promise<void> }
const fixtures: Record<string, () => Promise<Fixture>> = {
  'in memory': async () => ({ requests: new MemoryRequests(new ManualClock()), close: async () => undefined }),
  'in the cluster': async () => {
    const cluster = await startCluster()
    for (const namespace of ['hallpass', 'elsewhere']) await cluster.createNamespace(namespace)
    return {
      requests: createRequests({ transport: cluster.transport, clock: { now: () => new Date() } }),
      close: () => cluster.stop(),
    }
  },
}

const opened: Record<string, Fixture> = {}
test.before(async () => {
  for (const [where, open] of Object.entries(fixtures)) opened[where] = await open()
})
test.after(async () => {
  for (const { close } of Object.values(opened)) await close()
})

for (const where of Object.keys(fixtures)) {
  const requests = (): Kept => {
    const fixture = opened[where]
    if (!fixture) throw new Error(`${where} was not opened`)
    return fixture.requests
  }
  const stored = async (facts: Parameters<typeof newRequest>[0]): Promise<AccessRequest> => {
    const outcome = await requests().create(newRequest(facts))
    if (!('created' in outcome)) throw new Error(`${facts.name} exists`)
    return outcome.created
  }
  const written = async (seen: AccessRequest, patch: Parameters<Kept['patchStatus']>[1]): Promise<AccessRequest> => {
    const outcome = await requests().patchStatus(seen, patch)
    if (outcome === 'conflict') throw new Error('conflict')
    return outcome
  }

  test(`${where}: what was created is read back as it is`, async () => {
    const created = await stored({ name: 'read-back' })
    assert.match(created.metadata.uid, /^[0-9a-f-]{36}$/)
    assert.ok(created.metadata.resourceVersion)
    assert.equal(created.spec, newRequest({ name: 'read-back' }).spec)
    assert.equal(created.status, firstStatus)
    const read = await requests().get({ namespace: 'hallpass', name: 'read-back' })
    assert.equal([read?.metadata.uid, read?.spec], [created.metadata.uid, created.spec])
  })

  test(`${where}: what is not there is not there`, async () => {
    assert.is(await requests().get({ namespace: 'hallpass', name: 'nobody' }), undefined)
  })

  test(`${where}: a taken name gives the one that has it, unchanged`, async () => {
    const first = await stored({ name: 'taken' })
    const outcome = await requests().create(newRequest({ name: 'taken', email: 'otto@example.com' }))
    if (!('exists' in outcome)) throw new Error('created twice')
    assert.equal(
      [outcome.exists.metadata.uid, outcome.exists.spec.requester.email],
      [first.metadata.uid, 'dana@example.com'],
    )
  })

  test(`${where}: a status is merged, field by field, and null removes`, async () => {
    const created = await stored({ name: 'merged' })
    const routed = await written(created, { phase: 'Pending', routing: { at: '2026-11-23T14:02:00Z', level: 1 } })
    const message = { channel: 'C0PRODACCESS', intentAt: '2026-11-23T14:02:01Z' }
    const told = await written(routed, { message })
    const begun = { ...firstStatus, phase: 'Pending', routing: { at: '2026-11-23T14:02:00Z', level: 1 } }
    assert.equal(told.status, { ...begun, message })
    const removed = await written(told, { message: null })
    assert.equal(removed.status, begun)
    const read = await requests().get({ namespace: 'hallpass', name: 'merged' })
    assert.equal(read?.status, removed.status)
  })

  test(`${where}: a field that is written is replaced whole`, async () => {
    const created = await stored({ name: 'replaced' })
    const silentSince = '2026-11-23T14:02:00Z'
    const silent = await written(created, { routing: { at: silentSince, silentSince } })
    const heard = await written(silent, { routing: { at: '2026-11-23T14:03:00Z', level: 1 } })
    assert.equal(heard.status, { ...firstStatus, routing: { at: '2026-11-23T14:03:00Z', level: 1 } })
  })

  test(`${where}: who has not seen the last version writes nothing`, async () => {
    const created = await stored({ name: 'moved-on' })
    await written(created, { phase: 'Pending' })
    assert.is(await requests().patchStatus(created, { phase: 'Failed' }), 'conflict')
    assert.is((await requests().get({ namespace: 'hallpass', name: 'moved-on' }))?.status?.phase, 'Pending')
  })

  test(`${where}: the status of what is not there is a conflict`, async () => {
    const created = await stored({ name: 'there' })
    const gone = { ...created, metadata: { ...created.metadata, name: 'not-there' } }
    assert.is(await requests().patchStatus(gone, { phase: 'Pending' }), 'conflict')
  })

  test(`${where}: the requests of a person, of this namespace, and not settled`, async () => {
    const email = 'mine@example.com'
    await stored({ name: 'mine-pending', email })
    await stored({ name: 'mine-elsewhere', namespace: 'elsewhere', email })
    await stored({ name: 'not-mine', email: 'not-mine@example.com' })
    const over = await stored({ name: 'mine-over', email })
    await written(over, { phase: 'Withdrawn', settled: true })
    await soon(['mine-pending'], async () => {
      const found = await requests().ofRequester('hallpass', email)
      return found.map(({ metadata }) => metadata.name)
    })
  })

  test(`${where}: the history of a person by address and by Slack account, settled or not, each once`, async () => {
    const [email, roleMapping] = ['past@example.com', 'history']
    const of = (requester: AccessRequest['spec']['requester'], mapping = roleMapping) => ({
      spec: { roleMapping: mapping, requester },
    })
    await stored({ name: 'past-both', ...of({ email, slackUserID: 'U0PAST' }) })
    const over = await stored({ name: 'past-over', ...of({ email, slackUserID: 'U0OTHER' }) })
    await written(over, { phase: 'Withdrawn', settled: true })
    const renamed = await stored({ name: 'past-renamed', ...of({ email: 'old@example.com', slackUserID: 'U0PAST' }) })
    await written(renamed, { phase: 'Pending', expiresAt: '2099-11-24T22:00:00Z' })
    await stored({ name: 'past-on-the-web', ...of({ email }) })
    await stored({ name: 'past-of-another', ...of({ email: 'another@example.com', slackUserID: 'U0ANOTHER' }) })
    await stored({ name: 'past-of-another-mapping', ...of({ email, slackUserID: 'U0PAST' }, 'another') })
    await stored({ name: 'past-elsewhere', namespace: 'elsewhere', ...of({ email, slackUserID: 'U0PAST' }) })
    const found = async (slackUserID: string | undefined, since = new Date(0)): Promise<string[]> => {
      const history = await requests().history({
        namespace: 'hallpass',
        roleMapping,
        emails: [email],
        slackUserID,
        since,
      })
      return history.map(({ metadata }) => metadata.name).sort()
    }
    const byAddress = ['past-both', 'past-on-the-web', 'past-over']
    assert.equal(await found(undefined), byAddress)
    assert.equal(await found('U0PAST'), [...byAddress, 'past-renamed'].sort())
    assert.equal(await found('U0PAST', new Date('2098-01-01T00:00:00Z')), ['past-renamed'], 'its access has not ended')
  })
}

test.run()
