// A cluster-admin who has deleted the admission policies and writes by hand whatever the kinds' own rules let through.
import * as assert from 'uvu/assert'
import type { AccessRequest, RequestStatus } from '../../src/api/kinds.ts'
import { eventsAmong } from '../../src/audit/log-entries.ts'
import { grantsInForce, grantsInForceFromEntries } from '../../src/audit/who.ts'
import { isNotFound } from '../../src/kube/api-error.ts'
import type { Transport } from '../../src/kube/transport.ts'
import { approve, cast, entriesOf, message, reached, stored, until } from '../../src/sandbox/plays.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { quickWorld } from '../story/world.ts'
import { attack, attacks, attacksTogether, ending } from '../attacks.ts'
import { suite } from '../suite.ts'
import {
  accounted,
  asked,
  bindingsOf,
  foreign,
  like,
  nothingWritten,
  project,
  requestsPath,
  routed,
  standing,
  statusOf,
  verdictOn,
  store,
  why,
  writeStatus,
} from './attacker.ts'
import { decisionWith } from './forging.ts'
import { noSecretSeen } from './secrets.ts'

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
const byHand: Record<string, ByHand> = {
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
}

attacksTogether<ByHand>(
  test,
  Object.fromEntries(
    Object.entries(byHand).map(([what, fact]) => [
      `a cluster-admin writes ${what} … ${fact.isDoubtful ? 'in doubt, then Expired' : 'Failed'}, nothing written`,
      fact,
    ]),
  ),
  async ({ write, says, isDoubtful = false }) => {
    const request = await waiting()
    for (const status of write()) await writeStatus(admin, request, status).catch(() => undefined)
    const after = await reached(world, request.metadata.name, isDoubtful ? 'Provisioned' : 'Failed')
    assert.match(`${why(after, 'Complete')} ${why(after, 'Provisioned')} ${why(after, 'Approved')}`, says)
    if (isDoubtful) await reached(world, request.metadata.name, 'Expired')
    const said = await accounted(world, after)
    const { phase } = (await standing(world, request)).status ?? {}
    return `${said.includes('GrantInDoubt') ? `in doubt, then ${phase}` : phase}, ${nothingWritten(world, request)}`
  },
)

type Beforehand = { write: () => Partial<RequestStatus>; ends: 'Failed' | 'Expired' }
const beforehand: Record<string, Beforehand> = {
  'an end pushed out before a true approval': { write: () => ({ expiresAt: soon(86_400) }), ends: 'Failed' },
  'a forged start and end before a true approval': {
    write: () => ({ startsAt: soon(7200), expiresAt: soon(7205) }),
    ends: 'Failed',
  },
  'grants of an owner before a true approval': {
    write: () => ({ grants: [{ resource: project, role: 'roles/owner', state: 'Pending' }] }),
    ends: 'Expired',
  },
  'grants that are said to be refused before a true approval': {
    write: () => ({ grants: [{ ...written(), state: 'Refused' }] }),
    ends: 'Expired',
  },
  'an approver of that name beforehand': { write: () => ({ approvedBy: mo.email }), ends: 'Expired' },
}

attacksTogether<Beforehand>(
  test,
  Object.fromEntries(
    Object.entries(beforehand).map(([what, fact]) => [
      `a cluster-admin plants ${what} … ${fact.ends === 'Failed' ? 'Failed, 0 bindings' : 'as approved and for 3 s, then Expired'}`,
      fact,
    ]),
  ),
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
    const { status } = await reached(world, request.metadata.name, ends)
    await accounted(world, seen, ends)
    return roles.length > 0 ? `as approved and for 3 s, then ${status?.phase}` : `${status?.phase}, 0 bindings`
  },
)

attack(
  test,
  'a cluster-admin names somebody without rights and the requester as approvers … undecided, nothing written',
  async () => {
    const request = await waiting()
    const entry = (email: string): object => ({ email, level: 1, why: 'by hand', at: soon(0) })
    await writeStatus(admin, request, {
      approvers: [...(request.status?.approvers ?? []), entry(otto.email), entry(dana.email)],
    })
    assert.match((await approve(world, request.metadata.name, otto)).text, /does not have the permission/)
    assert.match((await approve(world, request.metadata.name, dana)).text, /you asked for it yourself/)
    return `${await verdictOn(world, request)}, ${nothingWritten(world, request)}`
  },
)

attack(
  test,
  'a cluster-admin copies the decisions of a granted request to a new one … Failed, nothing written',
  async () => {
    const first = await waiting({ duration: '2s' })
    await approve(world, first.metadata.name, mo)
    const done = await reached(world, first.metadata.name, 'Expired')
    const second = await waiting({ duration: '2s' })
    await writeStatus(admin, second, { decisions: done.status?.decisions, approvers: done.status?.approvers })
    const failed = await reached(world, second.metadata.name, 'Failed')
    assert.match(why(failed, 'Approved'), /no longer there/)
    return `${failed.status?.phase}, ${nothingWritten(world, second)}`
  },
)

/** Who holds what now, from the cluster and from the log. */
async function held(request: AccessRequest, at: Date): Promise<{ cluster: string[]; log: string[] }> {
  const rows = (grants: { request: string; role: string }[]): string[] =>
    grants.filter(grant => grant.request === request.metadata.name).map(({ role }) => role)
  const { items } = await world.requests.list({ namespace })
  const events = eventsAmong(each(world.google.logs.entries()), { count: 0 })
  return {
    cluster: rows((await grantsInForce(each(items), { at })).grants),
    log: rows((await grantsInForceFromEntries(events, { at })).grants),
  }
}
async function* each<T>(items: T[]): AsyncGenerator<T> {
  yield* items
}

const both = ['roles/cloudsql.client', 'roles/logging.viewer']
type Hiding = { status: (now: AccessRequest) => Partial<Record<keyof RequestStatus, unknown>> }
const hidings: Record<string, Hiding> = {
  'grants that are said to be removed': {
    status: ({ status }) => ({
      grants: status?.grants?.map(grant => ({ ...grant, state: 'Removed', at: status.startsAt })),
    }),
  },
  'no grants at all': { status: () => ({ grants: [] }) },
  'one of two grants left out': { status: ({ status }) => ({ grants: status?.grants?.slice(0, 1) }) },
  'grants that never were': { status: () => ({ grants: [written('roles/owner')] }) },
}

attacksTogether<Hiding>(
  test,
  ending('cluster and log still tell of both grants', hidings, 'a cluster-admin hides access behind '),
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
    const tells = (rows: string[]): boolean => rows.join() === both.join()
    return tells(cluster) && tells(log)
      ? 'cluster and log still tell of both grants'
      : `${cluster.join()}; ${log.join()}`
  },
)

type Change = (status: RequestStatus) => Partial<Record<keyof RequestStatus, unknown>>
const rewritings: Record<string, Change> = {
  'a later end': () => ({ expiresAt: soon(86_400) }),
  'no end': () => ({ expiresAt: null }),
  'another start': () => ({ startsAt: soon(-10) }),
  'another approver': () => ({ approvedBy: otto.email }),
  'no decisions': () => ({ decisions: [] }),
  'a decision before the one that counts': ({ decisions = [] }) => ({ decisions: [forged(), ...decisions] }),
  'the phase Pending': () => ({ phase: 'Pending' }),
  'the phase Approved': () => ({ phase: 'Approved' }),
  'no phase': () => ({ phase: null }),
}
let granted: Promise<AccessRequest> | undefined
/** One request that is granted for as long as it is rewritten; Otto's, so that Dana's end when they should. */
const grantOne = async (): Promise<AccessRequest> => {
  const request = await waiting({ duration: '2m', requester: { email: otto.email, slackUserID: otto.id } })
  await approve(world, request.metadata.name, mo)
  return reached(world, request.metadata.name, 'Provisioned')
}
attacks<Change>(
  test,
  ending('422, granted as before', rewritings, 'a cluster-admin rewrites a granted request with '),
  async change => {
    const request = await (granted ??= grantOne())
    const code = await statusOf(writeStatus(admin, request, change(request.status ?? {})))
    const promised = ({ status = {} }: AccessRequest): string =>
      JSON.stringify([status.phase, status.startsAt, status.expiresAt, status.approvedBy, status.decisions])
    const isSame = promised(await standing(world, request)) === promised(request)
    return `${code}, ${isSame ? 'granted as before' : 'changed'}`
  },
)

attack(test, 'a cluster-admin brings an ended request back to Provisioned … 422', async () => {
  const request = await waiting({ duration: '2s' })
  await approve(world, request.metadata.name, mo)
  await reached(world, request.metadata.name, 'Expired')
  return statusOf(writeStatus(admin, request, { phase: 'Provisioned' }))
})

attack(
  test,
  'a cluster-admin takes the finalizer off and deletes a granted request … IAM ends it, the log tells of it',
  async () => {
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
    assert.equal([holdsAt(status?.startsAt), holdsAt(status?.expiresAt)], [true, false], 'IAM ends it anyway')
    assert.ok((await message(world, request.metadata.name)).ts)
    return 'IAM ends it, the log tells of it'
  },
)

attack(test, 'whatever a cluster-admin wrote by hand … foreign bindings as before, no secret seen', async () => {
  const seen = await noSecretSeen(world)
  return `foreign bindings ${foreign(world) === before ? 'as before' : 'changed'}, ${seen}`
})

test.run()
