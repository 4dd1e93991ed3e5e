// Who had access at an instant, from the cluster and from the log.
import * as assert from 'uvu/assert'
import type { AccessRequest, GrantRecord, RequestStatus } from '../../src/api/kinds.ts'
import type { AccessReport, Query } from '../../src/audit/access-report.ts'
import { eventsIn, type LoggedEvent } from '../../src/audit/log-entries.ts'
import { grantsInForce, grantsInForceFromEntries } from '../../src/audit/who.ts'
import type { AuditEvent } from '../../src/domain/audit/audit-events.ts'
import { after, instant } from '../../src/domain/asking/duration.ts'
import { attack } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import { at, each, lived, noon, record, request, streamOf } from '../builders/history.ts'

const test = suite('who had access')

type Fact = { status?: Partial<RequestStatus>; seconds?: number; query?: Partial<Query>; held: string[] }
const short = ({ grants }: AccessReport): string[] =>
  grants.map(({ role, until, isUncertain }) => `${role} until ${instant(until)}${isUncertain ? '?' : ''}`)
const sql = (seconds = 1800, mark = ''): string => `roles/cloudsql.client until ${at(seconds)}${mark}`
const viewer = (seconds = 1800, mark = ''): string => `roles/logging.viewer until ${at(seconds)}${mark}`

const facts: Record<string, Fact> = {
  'access holds within its time': { held: [sql()] },
  'the first instant is in': { seconds: 0, held: [sql()] },
  'the instant before is out': { seconds: -1, held: [] },
  'the last second is in': { seconds: 1799, held: [sql()] },
  'the expiry itself is out': { seconds: 1800, held: [] },
  'an expired request held until it expired': {
    status: { phase: 'Expired', endedAt: at(1803) },
    held: [sql()],
  },
  'access that was ended early held until then': {
    status: { phase: 'Revoked', endedAt: at(1200), grants: [record(0, 'Removed', 1199)] },
    held: [sql(1199)],
  },
  'and not after': {
    status: { phase: 'Revoked', endedAt: at(1200), grants: [record(0, 'Removed', 1199)] },
    seconds: 1199,
    held: [],
  },
  'a removal without an instant ended with the request': {
    status: { phase: 'Revoked', endedAt: at(1200), grants: [record(0, 'Removed')] },
    held: [sql(1200)],
  },
  'a removal that nobody can date counts to the expiry': {
    status: { grants: [record(0, 'Removed')] },
    held: [sql()],
  },
  'a written grant ends with a request that ended early': {
    status: { phase: 'Revoked', endedAt: at(1200) },
    held: [sql(1200)],
  },
  'a grant in doubt counts as held': { status: { grants: [record(0, 'Unknown')] }, held: [sql(1800, '?')] },
  'a grant in doubt may outlive the end of its request': {
    status: { phase: 'Revoked', endedAt: at(60), grants: [record(0, 'Unknown')] },
    held: [sql(1800, '?')],
  },
  'a write that has begun may have happened': {
    status: { phase: 'Approved', grants: [record(0, 'Writing')] },
    held: [sql(1800, '?')],
  },
  'what was never written was never held': {
    status: { grants: [record(0, 'Written'), record(1, 'Pending')] },
    held: [sql()],
  },
  'what Google refused was never held': { status: { phase: 'Failed', grants: [record(0, 'Refused')] }, held: [] },
  'what was undone at once still held for a moment': {
    status: { phase: 'Failed', endedAt: at(9), grants: [record(0, 'Removed', 8), record(1, 'Refused')] },
    seconds: 5,
    held: [sql(8)],
  },
  'each grant is a row': {
    status: { grants: [record(0, 'Written'), record(1, 'Unknown')] },
    held: [sql(), viewer(1800, '?')],
  },
  'a grant that the approver left out was never held': { status: { grants: [record(1, 'Written')] }, held: [viewer()] },
  'a shorter time that the approver chose is the end': { status: { expiresAt: at(900) }, held: [sql(900)] },
  'one resource may be asked about': {
    status: { grants: [record(0, 'Written'), record(1, 'Written')] },
    query: { resource: 'projects/prod-us' },
    held: [viewer()],
  },
  'a resource is its whole name': { query: { resource: 'projects/prod' }, held: [] },
  'one person may be asked about': { query: { person: 'dana@example.com' }, held: [sql()] },
  'a person is known however their address is written': { query: { person: 'Dana+x@Example.com' }, held: [sql()] },
  'somebody else held nothing': { query: { person: 'otto@example.com' }, held: [] },
  'the approver held nothing': { query: { person: 'mo@example.com' }, held: [] },
}

table(test, facts, async ({ status = {}, seconds = 600, query = {}, held }) => {
  const asked = { at: after(noon, seconds), ...query }
  const { now, log } = lived(request(status), [['Granted', 0, {}]])
  assert.equal(short(await grantsInForce(each([now]), asked)), held, 'from the cluster')
  assert.equal(short(await fromLog(log, asked)), held, 'from the log')
})

test('a request without times held nothing', async () => {
  const pending = { ...request(), status: { phase: 'Pending' as const } }
  const answer = await grantsInForce(each([pending, { ...pending, status: {} }]), { at: noon })
  assert.equal(answer, { query: { at: noon }, source: 'cluster', grants: [], requests: 2, since: new Date(at(-60)) })
})

test('no requests at all is an answer', async () => {
  const answer = await grantsInForce(each([]), { at: noon })
  assert.equal(answer, { query: { at: noon }, source: 'cluster', grants: [], requests: 0 })
})

test('a row says who, who said yes, and by which request', async () => {
  const { grants } = await grantsInForce(each([request()]), { at: noon })
  assert.equal(grants, [
    {
      person: 'dana@example.com',
      resource: 'projects/prod-eu',
      role: 'roles/cloudsql.client',
      from: noon,
      until: after(noon, 1800),
      approvedBy: 'mo@example.com',
      namespace: 'hallpass',
      request: 'prod-db-7f3k2',
      uid: 'uid-prod-db-7f3k2',
      isUncertain: false,
    },
  ])
})

test('an emergency is marked, from the cluster and from the log', async () => {
  const urgent = request()
  urgent.spec.emergency = true
  const { now, log } = lived(urgent, [['Granted', 0, {}]])
  const found = [await grantsInForce(each([now]), { at: noon }), await fromLog(log, { at: noon })]
  assert.equal(
    found.map(({ grants }) => grants.map(({ isEmergency }) => isEmergency)),
    [[true], [true]],
  )
})

test('access with hours counts only within them, from the cluster and from the log', async () => {
  // From noon to half past, in hours that open at ten past and close at twenty past.
  const limited = request()
  limited.spec.hours = { zone: 'Europe/Berlin', spans: [{ from: '13:10', to: '13:20' }] }
  const { now, log } = lived(limited, [['Granted', 0, {}]])
  const rows = [599, 600, 1199, 1200].map(async seconds => {
    const asked = { at: after(noon, seconds) }
    const found = [await grantsInForce(each([now]), asked), await fromLog(log, asked)]
    return found.map(({ grants: [row] }) => row && [at(600) === instant(row.from), instant(row.until), row.hours])
  })
  const inside = [true, at(1200), 'every day 13:10 to 13:20 (Europe/Berlin)']
  assert.equal(await Promise.all(rows), [
    [undefined, undefined],
    [inside, inside],
    [inside, inside],
    [undefined, undefined],
  ])
})

attack(test, 'a request with hours in a zone that does not exist keeps who from answering … 1 row', async () => {
  const odd = request()
  odd.spec.hours = { zone: 'Nowhere/Land', spans: [{ from: '00:00', to: '24:00' }] }
  const { grants } = await grantsInForce(each([odd, request({}, { name: 'other' })]), { at: noon })
  return `${grants.length} row`
})

test('a history with a missing event is called incomplete', async () => {
  const { log } = lived(request(), [
    ['Requested', 0, {}],
    ['Granted', 1, {}],
    ['Expired', 1800, {}],
  ])
  assert.is((await fromLog(log, { at: noon })).incomplete, 0)
  assert.is((await fromLog([log[0], log[2]] as object[], { at: noon })).incomplete, 1)
})

test('the cluster and the log agree about many histories, in any order and said twice', async () => {
  const random = dice(20_261_123)
  const lives = Array.from({ length: 300 }, (_, n) => anyLife(n, random))
  const log = shuffled(
    [...lives, ...lives].flatMap(life => life.log),
    random,
  )
  const events = await eventsOf(log)
  const requests = lives.map(life => life.now)
  let rows = 0
  for (const seconds of instantsOf(requests)) {
    const query = { at: after(noon, seconds) }
    const [cluster, logged] = [
      await grantsInForce(each(requests), query),
      await grantsInForceFromEntries(each(events), query),
    ]
    assert.equal(logged.grants, cluster.grants, `at ${seconds} s`)
    assert.is(logged.requests, cluster.requests)
    rows += cluster.grants.length
  }
  assert.ok(rows > 1000, `only ${rows} rows were compared`)
})

/** A life as the controller could lead it: granted in part or whole, in doubt, undone, revoked, expired or never approved. */
function anyLife(n: number, random: (below: number) => number): { now: AccessRequest; log: object[] } {
  const email = ['dana@example.com', 'otto@example.com', 'ana@example.com'][random(3)] ?? ''
  const born = { ...request({}, { name: `r-${n}`, email }), status: {} }
  if (random(6) === 0)
    return lived(born, [
      ['Requested', 0, { phase: 'Pending' }],
      ['Denied', 9, { phase: 'Denied', endedAt: at(9) }],
    ])
  const start = random(3600)
  const end = start + 60 + random(3600)
  const times = { startsAt: at(start), expiresAt: at(end), approvedBy: 'mo@example.com' }
  const state = (): GrantRecord['state'] => (random(4) === 0 ? 'Unknown' : 'Written')
  const held = random(2) === 0 ? [record(0, state()), record(1, state())] : [record(random(2) === 0 ? 0 : 1, state())]
  const begun = held.map(grant => ({ ...grant, state: 'Writing' as const }))
  const steps: [AuditEvent, number, Partial<RequestStatus>][] = [
    ['Requested', 0, { phase: 'Pending' }],
    ['Approved', start, { phase: 'Approved', approvedBy: 'mo@example.com' }],
    ['GrantStarted', start, { ...times, grants: begun }],
  ]
  const cut = start + random(end - start)
  const removed = held.map(grant =>
    grant.state === 'Unknown' ? grant : { ...grant, state: 'Removed' as const, at: at(cut) },
  )
  const ways: (typeof steps)[] = [
    [['Granted', start + 2, { phase: 'Provisioned', grants: held }]],
    [
      ['Granted', start + 2, { phase: 'Provisioned', grants: held }],
      ['Expired', end, { phase: 'Expired', endedAt: at(end + 2) }],
    ],
    [
      ['Granted', start + 2, { phase: 'Provisioned', grants: held }],
      ['Revoked', cut, { phase: 'Revoked', endedAt: at(cut), grants: removed }],
    ],
    [['Failed', cut, { phase: 'Failed', endedAt: at(cut), grants: removed }]],
  ]
  return lived(born, [...steps, ...(ways[random(ways.length)] ?? [])])
}

/** Every instant at which an answer can change, the seconds before and after it, and some in between. */
function instantsOf(requests: readonly AccessRequest[]): number[] {
  const stored = requests.slice(0, 12).flatMap(({ status }) => [status?.startsAt, status?.expiresAt, status?.endedAt])
  const seconds = stored.flatMap(text => (text ? [(Date.parse(text) - noon.getTime()) / 1000] : []))
  return [...new Set(seconds.flatMap(edge => [edge - 1, edge, edge + 1]))]
}

async function fromLog(log: readonly object[], query: Query): Promise<AccessReport> {
  return grantsInForceFromEntries(each(await eventsOf(log)), query)
}

async function eventsOf(log: readonly object[]): Promise<LoggedEvent[]> {
  const skipped = { count: 0 }
  const events = await Array.fromAsync(eventsIn(streamOf(JSON.stringify(log)), skipped))
  assert.is(skipped.count, 0, 'an entry was not understood')
  return events
}

/** Numbers that look random and are the same each time (a linear congruential generator). */
function dice(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function shuffled<T>(items: readonly T[], random: (below: number) => number): T[] {
  return items
    .map(item => ({ item, key: random(1_000_000) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

test.run()
