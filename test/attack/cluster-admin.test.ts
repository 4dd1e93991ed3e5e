// A cluster-admin who has deleted the admission policies and writes by hand whatever the kinds' own rules let through.
import * as assert from 'uvu/assert'
import type { AccessRequest, RequestStatus } from '../../src/api/kinds.ts'
import { grantsInForce, grantsInForceFromEntries } from '../../src/audit/who.ts'
import { isNotFound } from '../../src/kube/api-error.ts'
import type { Transport } from '../../src/kube/transport.ts'
import { approve, cast, entriesOf, message, reached, stored, until } from '../../src/sandbox/plays.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { quickWorld } from '../story/world.ts'
import { suite } from '../suite.ts'
import {
  accounted,
  asked,
  bindingsOf,
  decisionWith,
  foreign,
  like,
  noSecretSeen,
  nothingWritten,
  project,
  refusedBy,
  requestsPath,
  routed,
  standing,
  store,
  together,
  why,
  writeStatus,
} from './ground.ts'

const test = suite('a cluster-admin without admission policies', { timeoutMs: 60_000 })
const { dana, mo, otto } = cast

let world: World
let admin: Transport
let template: AccessRequest
let before = ''
let count = 0

test.before(async () => {
  world = await quickWorld()
  admin = world.cluster.transport
  before = foreign(world)
  template = await routed(world, await asked(world, dana, '/prod-db 5s the template'))
  const path = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies'
  for (const kind of [path, path.replace('policies', 'policybindings')])
    await admin.request({ method: 'DELETE', path: kind })
  await until('nothing is refused any more', async () =>
    admin.request({ method: 'POST', path: requestsPath, query: { dryRun: 'All' }, body: like(template, 'probe') }).then(
      () => true,
      () => undefined,
    ),
  )
})
test.after(async () => world.stop())

async function waiting(spec: Partial<AccessRequest['spec']> = {}): Promise<AccessRequest> {
  return routed(world, await store(admin, like(template, `by-hand-${++count}`, spec)))
}

const soon = (seconds: number): string => `${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)}Z`

/** An approval of Mo's that nobody gave. */
function forged(at = soon(0)): NonNullable<RequestStatus['decisions']>[number] {
  const iat = Math.floor(Date.parse(at) / 1000)
  const claims = {
    iss: 'https://accounts.google.com',
    aud: world.google.seeds.client.id,
    sub: '100000000000000000002',
    email: mo.email,
    hd: 'example.com',
    iat,
    exp: iat + 3600,
    nonce: 'n',
  }
  return decisionWith({
    idToken: `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`,
    salt: 'A'.repeat(43),
  })
}

const written = (role = 'roles/cloudsql.client'): NonNullable<RequestStatus['grants']>[number] => ({
  resource: project,
  role,
  state: 'Written',
})

type ByHand = { write: () => Partial<RequestStatus>[]; says: RegExp; isDoubtful?: boolean }
together<ByHand>(
  test,
  {
    'an approval without evidence of a person': { write: () => [{ decisions: [forged()] }], says: /no longer there/ },
    'the phase Approved alone': {
      write: () => [{ phase: 'Approved', approvedBy: mo.email }],
      says: /nobody has approved it/,
    },
    'the phase Approved with a forged approval': {
      write: () => [{ phase: 'Approved', approvedBy: mo.email, decisions: [forged()] }],
      says: /no longer there/,
    },
    'Approved and Provisioned, with nothing else': {
      write: () => [{ phase: 'Approved' }, { phase: 'Provisioned' }],
      says: /nobody has approved it|by hand/,
    },
    'Approved, with grants that are said to be written for a week': {
      write: () => [
        {
          phase: 'Approved',
          approvedBy: mo.email,
          decisions: [forged()],
          startsAt: soon(0),
          expiresAt: soon(7 * 86_400),
          grants: [written()],
        },
      ],
      says: /no longer there/,
    },
    'Approved, with grants of an owner to be written': {
      write: () => [
        {
          phase: 'Approved',
          approvedBy: mo.email,
          decisions: [forged()],
          startsAt: soon(0),
          expiresAt: soon(5),
          grants: [{ resource: project, role: 'roles/owner', state: 'Pending' }],
        },
      ],
      says: /no longer there/,
    },
    'everything, consistent in itself': {
      write: () => [
        {
          phase: 'Approved',
          approvedBy: mo.email,
          decisions: [forged(soon(-1))],
          startsAt: soon(0),
          expiresAt: soon(5),
          grants: [written(), written('roles/logging.viewer')],
        },
      ],
      says: /may hold part of/,
      isDoubtful: true,
    },
  },
  async ({ write, says, isDoubtful = false }) => {
    const request = await waiting()
    for (const status of write()) await writeStatus(admin, request, status).catch(() => undefined)
    const after = await reached(world, request.metadata.name, isDoubtful ? 'Provisioned' : 'Failed')
    assert.match(`${why(after, 'Complete')} ${why(after, 'Provisioned')} ${why(after, 'Approved')}`, says)
    nothingWritten(world, request)
    if (isDoubtful) await reached(world, request.metadata.name, 'Expired')
    await accounted(world, after)
  },
)

together<{ write: () => Partial<RequestStatus>; ends: 'Failed' | 'Expired' }>(
  test,
  {
    'an end pushed out before a true approval': { write: () => ({ expiresAt: soon(86_400) }), ends: 'Failed' },
    'a start and an end of one’s own before a true approval': {
      write: () => ({ startsAt: soon(7200), expiresAt: soon(7205) }),
      ends: 'Failed',
    },
    'grants of an owner before a true approval are replaced by what was approved': {
      write: () => ({ grants: [{ resource: project, role: 'roles/owner', state: 'Pending' }] }),
      ends: 'Expired',
    },
    'grants that are said to be refused before a true approval': {
      write: () => ({ grants: [{ ...written(), state: 'Refused' }] }),
      ends: 'Expired',
    },
    'an approver of that name beforehand': { write: () => ({ approvedBy: mo.email }), ends: 'Expired' },
  },
  async ({ write, ends }) => {
    const request = await waiting({ duration: '3s' })
    await writeStatus(admin, request, write())
    await approve(world, request.metadata.name, mo)
    const seen = await until('it is granted or over', async () => {
      const now = await stored(world, request.metadata.name)
      return ['Provisioned', 'Failed', 'Expired'].includes(now?.status?.phase ?? '') ? now : undefined
    })
    const roles = bindingsOf(world, request).map(({ role }) => role)
    assert.equal(roles.sort(), ends === 'Failed' ? [] : ['roles/cloudsql.client', 'roles/logging.viewer'])
    for (const { condition } of bindingsOf(world, request)) {
      const [start = '', end = ''] = condition?.expression?.match(/\d{4}-[^"]+/g) ?? []
      assert.is(Date.parse(end) - Date.parse(start), 3000)
    }
    await reached(world, request.metadata.name, ends)
    await accounted(world, seen, ends)
  },
)

test('an approver written in by hand approves nothing without the right to grant, and never oneself', async () => {
  const request = await waiting()
  const entry = (email: string): object => ({ email, level: 1, why: 'by hand', at: soon(0) })
  await writeStatus(admin, request, {
    approvers: [...(request.status?.approvers ?? []), entry(otto.email), entry(dana.email)],
  })
  assert.match((await approve(world, request.metadata.name, otto)).text, /does not have the permission/)
  assert.match((await approve(world, request.metadata.name, dana)).text, /you asked for it yourself/)
  assert.is((await standing(world, request)).status?.decisions, undefined)
  nothingWritten(world, request)
})

test('decisions of a settled request do nothing in a new one like it', async () => {
  const first = await waiting({ duration: '2s' })
  await approve(world, first.metadata.name, mo)
  const done = await reached(world, first.metadata.name, 'Expired')
  const second = await waiting({ duration: '2s' })
  await writeStatus(admin, second, { decisions: done.status?.decisions, approvers: done.status?.approvers })
  assert.match(why(await reached(world, second.metadata.name, 'Failed'), 'Approved'), /no longer there/)
  nothingWritten(world, second)
})

/** Who holds what now, from the cluster and from the log. */
async function held(request: AccessRequest, at: Date): Promise<{ cluster: string[]; log: string[] }> {
  const rows = (grants: { request: string; role: string }[]): string[] =>
    grants.filter(grant => grant.request === request.metadata.name).map(({ role }) => role)
  const { items } = await world.requests.list({ namespace })
  const events = world.google.logs.entries().map(({ insertId, timestamp, jsonPayload }) => {
    const payload = jsonPayload as {
      event: string
      seq: number
      requester: string
      details: Record<string, string>
      request: { namespace: string; name: string }
    }
    return {
      uid: insertId.slice(0, 36),
      event: payload.event,
      seq: payload.seq,
      at: timestamp,
      person: payload.requester,
      namespace,
      request: payload.request.name,
      details: payload.details,
    }
  })
  return {
    cluster: rows((await grantsInForce(each(items), { at })).grants),
    log: rows((await grantsInForceFromEntries(each(events), { at })).grants),
  }
}
async function* each<T>(items: T[]): AsyncGenerator<T> {
  yield* items
}

const both = ['roles/cloudsql.client', 'roles/logging.viewer']
together<{ status: (now: AccessRequest) => Partial<Record<keyof RequestStatus, unknown>> }>(
  test,
  {
    'grants that are said to be removed': {
      status: ({ status }) => ({
        grants: status?.grants?.map(grant => ({ ...grant, state: 'Removed', at: status.startsAt })),
      }),
    },
    'no grants at all': { status: () => ({ grants: [] }) },
    'one of two grants left out': { status: ({ status }) => ({ grants: status?.grants?.slice(0, 1) }) },
    'grants that never were': { status: () => ({ grants: [written('roles/owner')] }) },
  },
  async ({ status }) => {
    const request = await waiting({ duration: '8s' })
    await approve(world, request.metadata.name, mo)
    const granted = await reached(world, request.metadata.name, 'Provisioned')
    await writeStatus(admin, request, status(granted))
    await until(
      'the log knows',
      () => entriesOf(world, request.metadata.uid).some(({ event }) => event === 'GrantInDoubt') || undefined,
    )
    assert.is(bindingsOf(world, request).length, 2, 'the access is really there')
    const { cluster, log } = await held(request, new Date(Date.parse(granted.status?.startsAt ?? '') + 1000))
    assert.equal(cluster, both, 'the cluster does not deny it')
    assert.equal(log, both, 'the log does not deny it')
    assert.not.match(why(await standing(world, request), 'Provisioned'), /granted nothing/)
    const ended = await reached(world, request.metadata.name, 'Expired', 15)
    await accounted(world, ended, 'Granted', 'TamperingSeen', 'Expired')
  },
)

test('what is written once stays: times, the approver, decisions, the spec, an ended phase', async () => {
  const request = await waiting({ duration: '4s' })
  await approve(world, request.metadata.name, mo)
  const { status } = await reached(world, request.metadata.name, 'Provisioned')
  for (const change of [
    { expiresAt: soon(86_400) },
    { expiresAt: null },
    { startsAt: soon(-10) },
    { approvedBy: otto.email },
    { decisions: [] },
    { decisions: [forged(), ...(status?.decisions ?? [])] },
    { phase: 'Pending' },
    { phase: 'Approved' },
    { phase: null },
  ])
    assert.match(await refusedBy(writeStatus(admin, request, change)), /invalid/i)
  const ended = await reached(world, request.metadata.name, 'Expired')
  assert.match(await refusedBy(writeStatus(admin, request, { phase: 'Provisioned' })), /cannot go from/)
  await accounted(world, ended, 'Granted', 'Expired')
})

test('a finalizer taken off and a request deleted neither lengthen access nor erase the log', async () => {
  const request = await waiting({ duration: '4s' })
  await approve(world, request.metadata.name, mo)
  const { status } = await reached(world, request.metadata.name, 'Provisioned')
  await until(
    'the log has it',
    () => entriesOf(world, request.metadata.uid).some(({ event }) => event === 'Granted') || undefined,
  )
  await admin.request({
    method: 'PATCH',
    path: `${requestsPath}/${request.metadata.name}`,
    contentType: 'application/merge-patch+json',
    body: { metadata: { finalizers: null } },
  })
  await admin
    .request({ method: 'DELETE', path: `${requestsPath}/${request.metadata.name}` })
    .catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  assert.is(await stored(world, request.metadata.name), undefined)
  assert.equal((await held(request, new Date(Date.parse(status?.startsAt ?? '') + 1000))).log, both)
  const holdsAt = (at: string | undefined): boolean =>
    world.google.holds(dana.email, both[0] ?? '', project, new Date(at ?? ''))
  assert.equal([holdsAt(status?.startsAt), holdsAt(status?.expiresAt)], [true, false], 'IAM ends it all the same')
  assert.ok((await message(world, request.metadata.name)).ts)
})

test('what is foreign stands as before, and no secret was shown', async () => {
  assert.is(foreign(world), before)
  await noSecretSeen(world)
})

test.run()
