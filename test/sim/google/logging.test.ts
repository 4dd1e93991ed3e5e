// Cloud Logging through Google's own client: what is taken, what is dropped, and what a query then shows.
import type { logging_v2 } from 'googleapis/build/src/apis/logging/v2.js'
import * as assert from 'uvu/assert'
import { startGoogle, type GoogleSim } from '../../../src/sim/google/google.ts'
import { defaultAuditor, defaultIdentities as identities } from '../../../src/sim/google/seeds.ts'
import { suite, table } from '../../suite.ts'
import { logging, refusalOf, StillClock } from './clients.ts'

const test = suite('simulated Logging')
const project = 'projects/hallpass-ops'
const logName = `${project}/logs/hallpass.dev%2Faudit`
const clock = new StillClock()
let google: GoogleSim
test.before(async () => {
  google = await startGoogle({ clock })
})
test.after(async () => google.close())
test.before.each(() => void google.logs.written.splice(0))

type Entry = logging_v2.Schema$LogEntry
type Body = logging_v2.Schema$WriteLogEntriesRequest
const entry = (changed: Partial<Entry> = {}): Entry => ({
  timestamp: '2026-11-24T12:00:00Z',
  insertId: 'uid-1-0001',
  severity: 'NOTICE',
  jsonPayload: { event: 'granted' },
  ...changed,
})

async function write(
  entries: Entry[],
  changed: Partial<Body> = {},
  token = identities.controller.token,
): Promise<object> {
  const requestBody = { logName, resource: { type: 'global' }, entries, ...changed }
  return (await logging(google, token).entries.write({ requestBody })).data
}
async function list(
  changed: logging_v2.Schema$ListLogEntriesRequest = {},
): Promise<logging_v2.Schema$ListLogEntriesResponse> {
  const requestBody = { resourceNames: [project], filter: `logName="${logName}"`, ...changed }
  return (await logging(google, defaultAuditor.token).entries.list({ requestBody })).data
}
const idsOf = ({ entries = [] }: logging_v2.Schema$ListLogEntriesResponse): unknown[] =>
  entries.map(({ insertId }) => insertId)

test('the controller writes an entry, and it is listed as written', async () => {
  assert.equal(await write([entry({ labels: { request: 'r' } })], { labels: { part: 'controller' } }), {})
  assert.equal((await list()).entries, [
    {
      ...entry(),
      logName,
      resource: { type: 'global' },
      labels: { part: 'controller', request: 'r' },
      receiveTimestamp: clock.now().toISOString(),
    },
  ])
})

test('a repeat with the same time and insertId is kept once in a query', async () => {
  await write([entry()])
  await write([
    entry({ jsonPayload: { event: 'forged later' } }),
    entry({ insertId: 'uid-1-0002' }),
    entry({ timestamp: '2026-11-24T12:00:01Z' }),
  ])
  assert.equal(idsOf(await list()), ['uid-1-0001', 'uid-1-0002', 'uid-1-0001'])
  assert.equal((await list()).entries?.[0]?.jsonPayload, { event: 'granted' })
  assert.is(google.logs.written.length, 4)
})

test('only the controller may write, and only in our project', async () => {
  for (const who of ['gateway', 'auth'] as const) {
    const refusal = await refusalOf(write([entry()], {}, identities[who].token))
    assert.equal([refusal.status, refusal.rpc, refusal.reason], [403, 'PERMISSION_DENIED', 'IAM_PERMISSION_DENIED'])
    assert.equal(google.calls.at(-1)?.principal, identities[who].email)
  }
  assert.is((await refusalOf(write([entry({ logName: 'projects/prod-eu/logs/audit' })]))).status, 403)
  assert.is((await refusalOf(write([entry()], {}, 'guessed'))).status, 401)
  assert.is(google.logs.written.length, 0)
})

test('a query shows the projects it names and no other', async () => {
  await write([entry()])
  const [own] = google.logs.written
  if (own) google.logs.written.push({ ...own, logName: 'projects/of-others/logs/audit' })
  assert.is((await list({ filter: '' })).entries?.length, 1)
  assert.is((await refusalOf(list({ resourceNames: [project, 'projects/of-others'] }))).status, 403)
})

test('who may write may not read', async () => {
  const requestBody = { resourceNames: [project] }
  const listing = logging(google, identities.controller.token).entries.list({ requestBody })
  assert.is((await refusalOf(listing)).status, 403)
})

const sized = (bytes: number): Entry => {
  const empty = entry({ jsonPayload: { text: '' } })
  return entry({ jsonPayload: { text: 'x'.repeat(bytes - JSON.stringify(empty).length) } })
}
const labels = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`label-${n}`, 'x']))

table<{ entry: Entry; message?: RegExp; change?: Partial<Body> }>(
  test,
  {
    'an entry of 256 KiB': { entry: sized(256 * 1024) },
    'an entry of 256 KiB and a byte': { entry: sized(256 * 1024 + 1), message: /exceeds maximum size of 256\.0K/ },
    'an entry of a text': { entry: { textPayload: 'hello', insertId: 'i' } },
    'an entry without payload': { entry: { insertId: 'i' }, message: /payload/ },
    'an entry with two payloads': { entry: entry({ textPayload: 'hello' }), message: /payload/ },
    'a payload of an unknown type': {
      entry: { protoPayload: { '@type': 'type.googleapis.com/google.protobuf.Struct' } },
      message: /unsupported type/,
    },
    'an audit log as payload': {
      entry: { protoPayload: { '@type': 'type.googleapis.com/google.cloud.audit.AuditLog' } },
    },
    'a severity by number': { entry: entry({ severity: '500' }) },
    'a severity that does not exist': { entry: entry({ severity: 'LOUD' }), message: /severity/ },
    'a log name that is not encoded': { entry: entry({ logName: `${project}/logs/a/b` }), message: /log name/ },
    'a log name with other signs': { entry: entry({ logName: `${project}/logs/a%20b` }), message: /log name/ },
    'a log name of 512 signs': { entry: entry({ logName: `${project}/logs/${'a'.repeat(512)}` }), message: /log name/ },
    'no log name at all': { entry: entry(), change: { logName: '' }, message: /log name/ },
    'no resource': { entry: entry(), change: { resource: { type: '' } }, message: /resource/ },
    'sixty-four labels': { entry: entry({ labels: labels(64) }) },
    'sixty-five labels': { entry: entry({ labels: labels(65) }), message: /labels/ },
  },
  async ({ entry: given, message, change }) => {
    if (!message) {
      await write([given], change)
      assert.is(google.logs.written.length, 1)
      return
    }
    const refusal = await refusalOf(write([entry({ insertId: 'good', logName }), given], change))
    assert.equal([refusal.status, refusal.rpc], [400, 'INVALID_ARGUMENT'])
    assert.match(refusal.message, message)
    assert.is(google.logs.written.length, 0)
  },
)

test('with partialSuccess the good entries are kept and the bad ones named by index', async () => {
  const bad = entry({ severity: 'LOUD', insertId: 'bad' })
  const error = await write([entry(), bad, entry({ insertId: 'uid-1-0002' })], { partialSuccess: true }).then(
    () => undefined,
    (thrown: { response: { data: { error: { details: { logEntryErrors: object }[] } } } }) =>
      thrown.response.data.error,
  )
  assert.equal(error?.details[0]?.logEntryErrors, { 1: { code: 3, message: 'Invalid severity: LOUD.' } })
  assert.equal(idsOf(await list()), ['uid-1-0001', 'uid-1-0002'])
})

test('a dry run stores nothing and still refuses', async () => {
  assert.equal(await write([entry()], { dryRun: true }), {})
  assert.is((await refusalOf(write([{}], { dryRun: true }))).status, 400)
  assert.is(google.logs.written.length, 0)
})

table<{ timestamp: string; kept: boolean }>(
  test,
  {
    'as old as the retention is kept': { timestamp: '2026-10-25T12:00:00Z', kept: true },
    'older than the retention is dropped without a word': { timestamp: '2026-10-25T11:59:59Z', kept: false },
    'a day ahead is kept': { timestamp: '2026-11-25T12:00:00Z', kept: true },
    'more than a day ahead is dropped without a word': { timestamp: '2026-11-25T12:00:01Z', kept: false },
  },
  async ({ timestamp, kept }) => {
    assert.equal(await write([entry({ timestamp })]), {})
    assert.is(idsOf(await list()).length, kept ? 1 : 0)
  },
)

table<{ filter: string; ids: string[] }>(
  test,
  {
    'by time': { filter: 'timestamp>="2026-11-24T12:00:01Z" AND timestamp<"2026-11-24T12:00:02.000Z"', ids: ['b'] },
    'by insertId': { filter: 'insertId="a"', ids: ['a'] },
    'by a part of the payload': { filter: 'jsonPayload.event="revoked"', ids: ['c'] },
    'by everything but': { filter: 'jsonPayload.event!="revoked"', ids: ['a', 'b'] },
    'by a piece of text': { filter: 'jsonPayload.event:REV', ids: ['c'] },
    'by nothing': { filter: '', ids: ['a', 'b', 'c'] },
    'by another log': { filter: `logName="${project}/logs/other"`, ids: [] },
  },
  async ({ filter, ids }) => {
    await write([
      entry({ insertId: 'c', timestamp: '2026-11-24T12:00:02Z', jsonPayload: { event: 'revoked' } }),
      entry({ insertId: 'a' }),
      entry({ insertId: 'b', timestamp: '2026-11-24T12:00:01Z' }),
    ])
    assert.equal(idsOf(await list({ filter })), ids)
    assert.equal(idsOf(await list({ filter, orderBy: 'timestamp desc' })), ids.toReversed())
  },
)

test('pages are followed by their token', async () => {
  await write(Array.from({ length: 5 }, (_, n) => entry({ insertId: `e${n}` })))
  const first = await list({ pageSize: 3 })
  const second = await list({ pageSize: 3, pageToken: first.nextPageToken ?? '' })
  assert.equal(
    [idsOf(first), idsOf(second)],
    [
      ['e0', 'e1', 'e2'],
      ['e3', 'e4'],
    ],
  )
  assert.is(second.nextPageToken, undefined)
})

test('a filter that is not understood is refused, never ignored', async () => {
  for (const filter of [
    'insertId="a" OR',
    'NOT',
    '((insertId="a")',
    'insertId=~"a["',
    'insertId=~"a(?=b)"',
    'severity>=LOUD',
    'insertId',
    '"a"',
    'insertId=abc:def',
    'x'.repeat(20_001),
  ])
    assert.is((await refusalOf(list({ filter }))).status, 400, filter)
})

table<{ filter: string; ids: string[] }>(
  test,
  {
    'OR binds before AND': { filter: 'insertId="a" OR insertId="b" AND jsonPayload.n>="2"', ids: ['b'] },
    'side by side is AND': { filter: 'insertId="a" jsonPayload.n="1"', ids: ['a'] },
    'brackets come first': { filter: '(insertId="a" AND jsonPayload.n="1") OR insertId="c"', ids: ['a', 'c'] },
    'NOT and a minus remove': { filter: 'NOT insertId="a" AND -insertId="b"', ids: ['c'] },
    'one of several values': { filter: 'insertId=("a" OR "c")', ids: ['a', 'c'] },
    'texts are the same in any case, and patterns are not': {
      filter: 'insertId="A" AND NOT insertId=~"A"',
      ids: ['a'],
    },
    'a pattern is found anywhere': { filter: 'jsonPayload.word=~"(ell|x)o$"', ids: ['a'] },
    'a field that is there': { filter: 'jsonPayload.word:*', ids: ['a'] },
    'one item of a list is enough': { filter: 'jsonPayload.list.name="two"', ids: ['b'] },
    'a name in quotes': { filter: 'labels."hallpass.dev/uid"="u1"', ids: ['c'] },
    'a severity has its order': { filter: 'severity>NOTICE', ids: ['c'] },
  },
  async ({ filter, ids }) => {
    await write([
      entry({ insertId: 'a', jsonPayload: { n: '1', word: 'hello' } }),
      entry({ insertId: 'b', jsonPayload: { n: '2', list: [{ name: 'one' }, { name: 'two' }] } }),
      entry({ insertId: 'c', jsonPayload: { n: '3' }, severity: 'ERROR', labels: { 'hallpass.dev/uid': 'u1' } }),
    ])
    assert.equal(idsOf(await list({ filter })), ids)
  },
)

test('a token is for its own question only', async () => {
  await write([entry({ insertId: 'a' }), entry({ insertId: 'b' })])
  const { nextPageToken = '' } = await list({ pageSize: 1 })
  assert.equal(idsOf(await list({ pageSize: 5, pageToken: nextPageToken ?? '' })), ['b'])
  for (const changed of [{ filter: '' }, { orderBy: 'timestamp desc' }, { pageToken: '1' }])
    assert.is((await refusalOf(list({ pageToken: nextPageToken ?? '', ...changed }))).status, 400)
})

test('a search may need several pages before it finds anything', async () => {
  await write([entry({ insertId: 'a' })])
  google.logs.listing.emptyPages = 2
  const first = await list()
  const second = await list({ pageToken: first.nextPageToken ?? '' })
  const third = await list({ pageToken: second.nextPageToken ?? '' })
  google.logs.listing.emptyPages = 0
  assert.equal(
    [first.entries, second.entries, idsOf(third), third.nextPageToken],
    [undefined, undefined, ['a'], undefined],
  )
})

test('reads have a quota for each minute', async () => {
  clock.forward(60)
  google.logs.listing.perMinute = 2
  await list()
  await list()
  const refusal = await refusalOf(list())
  google.logs.listing.perMinute = Infinity
  assert.equal([refusal.status, refusal.rpc, refusal.reason], [429, 'RESOURCE_EXHAUSTED', 'RATE_LIMIT_EXCEEDED'])
})

test('Data Access logs are shown to those who may see them, and nobody else learns of them', async () => {
  const [own] = (await write([entry()]), google.logs.written)
  if (own) google.logs.audited.push({ ...own, logName: `${project}/logs/cloudaudit.googleapis.com%2Fdata_access` })
  assert.is(idsOf(await list({ filter: '' })).length, 1)
  const { bindings = [] } = google.policies.read(project) ?? {}
  const member = 'serviceAccount:auditor@hallpass-ops.iam.gserviceaccount.com'
  google.policies.define({
    name: project,
    bindings: [...bindings, { role: 'roles/logging.privateLogViewer', members: [member] }],
  })
  assert.is(idsOf(await list({ filter: '' })).length, 2)
  google.logs.audited.splice(0)
})

test.run()
