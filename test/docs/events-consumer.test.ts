// The worked consumer of docs/events-out.md, with what Pub/Sub really delivers: its envelope and its signed token, entries
// that come twice, late, from others, from newer releases, and from people who want to be believed.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OAuth2Client } from 'google-auth-library'
import { SignJWT, generateKeyPair } from 'jose'
import * as assert from 'uvu/assert'
import { createConsumer, type Answer, type EventsSchema } from '../../docs/examples/events-consumer/consumer.ts'
import { type EventTable, openTable } from '../../docs/examples/events-consumer/table.ts'
import { type AuditEntry, entryOf, schemaVersion, withEvent } from '../../src/domain/audit/audit.ts'
import { createAuditLog } from '../../src/google/audit-log.ts'
import { type GoogleSim, startGoogle } from '../../src/sim/google/google.ts'
import type { LogEntry } from '../../src/sim/google/log-buckets.ts'
import { defaultIdentities } from '../../src/sim/google/seeds.ts'
import { SimClock } from '../../src/sim/clock.ts'
import { attacks } from '../attacks.ts'
import { mapping } from '../builders/mapping.ts'
import { request } from '../builders/request.ts'
import { identity } from '../google/fixture.ts'
import { suite, table } from '../suite.ts'
import { discoveryDocuments } from '../vendors/discovery.ts'
import { faultsOf } from '../vendors/schema.ts'

const test = suite('the worked consumer of events')
const log = 'projects/hallpass-ops/logs/hallpass'
const expected = {
  audience: 'https://events.example.com/',
  account: 'hallpass-events@hallpass-ops.iam.gserviceaccount.com',
  subscription: 'projects/hallpass-ops/subscriptions/hallpass-events',
  log,
}
const root = join(import.meta.dirname, '../..')
const schema = JSON.parse(await readFile(join(root, 'docs/reference/events.schema.json'), 'utf8')) as EventsSchema

const clock = new SimClock()
let google: GoogleSim
let folder: string
let events: EventTable
/** The entries of one request, as Logging has them. */
let logged: LogEntry[]

test.before(async () => {
  google = await startGoogle({ clock })
  await logOf(entriesOf({}))
  logged = google.logs.entries()
  folder = await mkdtemp(join(tmpdir(), 'hallpass-consumer-'))
})
test.before.each(() => {
  events = openTable(':memory:')
})
test.after.each(() => events.close())
test.after(async () => {
  await google.close()
  await rm(folder, { recursive: true, force: true })
})

/** A request that is asked for, routed and denied. */
function entriesOf(spec: Partial<ReturnType<typeof request>['spec']>): AuditEntry[] {
  const asked = request(mapping())
  const status = {}
  for (const [n, event] of (['Requested', 'Routed', 'Denied'] as const).entries())
    Object.assign(status, withEvent(status, { event, at: new Date(clock.now().getTime() + n), message: `${event}.` }))
  const { audit = [] } = status as { audit?: Parameters<typeof entryOf>[1][] }
  return audit.map(record => entryOf({ ...asked, spec: { ...asked.spec, ...spec } }, record))
}

async function logOf(entries: readonly AuditEntry[]): Promise<void> {
  const authClient = identity(defaultIdentities.controller.token)
  await createAuditLog({ project: 'hallpass-ops', authClient, clock, rootUrl: google.url }).write(entries)
}

/** The body of a push (https://cloud.google.com/pubsub/docs/push#receive_push). */
function pushOf(entry: unknown, subscription = expected.subscription): string {
  const [messageId, publishTime] = ['2070443601311540', clock.now().toISOString()]
  const data = Buffer.from(typeof entry === 'string' ? entry : JSON.stringify(entry)).toString('base64')
  const attributes = { 'logging.googleapis.com/timestamp': publishTime }
  const message = { attributes, data, messageId, message_id: messageId, publishTime, publish_time: publishTime }
  return JSON.stringify({ message, subscription, deliveryAttempt: 1 })
}

/** The token with which Pub/Sub signs a push. */
async function tokenOf({ email = expected.account, audience = expected.audience, isVerified = true } = {}) {
  const person = { email, name: '', sub: '110000000000000000001', emailVerified: isVerified }
  return google.signing.idToken({ person, clientID: audience, accessToken: 'none' })
}

const client = (): OAuth2Client =>
  new OAuth2Client({ endpoints: { oauth2FederatedSignonPemCertsUrl: `${google.url}/oauth2/v1/certs` } })

async function push(entry: unknown, more: { token?: string | undefined; body?: string; table?: EventTable } = {}) {
  const token = 'token' in more ? more.token : await tokenOf()
  const consume = createConsumer(expected, { google: client(), schema, table: more.table ?? events })
  const authorization = token === undefined ? undefined : `Bearer ${token}`
  return consume({ authorization, body: more.body ?? pushOf(entry) })
}

const say = ({ status, what }: Answer): string => `${status} ${what}`
/** An entry with another payload. */
const changed = (payload: object, n = 0): object => ({
  ...logged[n],
  jsonPayload: { ...logged[n]?.jsonPayload, ...payload },
})

test('every event is taken, and what the newest one of each request is does not depend on the order', async () => {
  assert.is(logged.length, 3)
  for (const entry of [logged[2], logged[0], logged[1]]) assert.is(say(await push(entry)), '204 taken')
  const uid = request(mapping()).metadata.uid
  assert.equal(
    events.latest().map(row => ({ ...row })),
    [{ uid, seq: 3, event: 'Denied' }],
  )
})

test('hours and windows have the published form', async () => {
  const hours = { zone: 'Europe/Berlin', spans: [{ days: ['Mon' as const], from: '22:00', to: '06:00' }] }
  const window = { zone: 'UTC', from: '22:00', to: '02:00', until: '2026-12-04T02:00:00Z' }
  for (const [n, entry] of entriesOf({ hours, window }).entries()) {
    const { insertId, payload } = entry
    assert.is(say(await push({ ...logged[n], insertId, jsonPayload: payload })), '204 taken')
  }
})

table<{ entry: () => unknown; answer: string }>(
  test,
  {
    'a field that a later release adds changes nothing': {
      entry: () => changed({ addedLater: { a: 1 } }),
      answer: '204 taken',
    },
    'an entry of a newer release is kept unread': {
      entry: () => changed({ schemaVersion: schemaVersion + 1 }),
      answer: '204 unread',
    },
    'an event that a newer release adds is kept unread': {
      entry: () => changed({ event: 'Teleported' }),
      answer: '204 unread',
    },
    'an entry of the first release, without a number, is kept unread': {
      entry: () => changed({ schemaVersion: undefined }),
      answer: '204 unread',
    },
    'an entry of another log is left alone': {
      entry: () => ({ ...logged[0], logName: 'projects/hallpass-ops/logs/other' }),
      answer: '204 foreign',
    },
    'an entry without a payload of Hallpass goes to the dead letters': {
      entry: () => ({ ...logged[0], jsonPayload: { hello: 'world' } }),
      answer: '400 malformed',
    },
    'an entry that claims a form and does not have it goes to the dead letters': {
      entry: () => changed({ seq: 'one' }),
      answer: '400 malformed',
    },
    'an entry without an insertId goes to the dead letters': {
      entry: () => ({ ...logged[0], insertId: undefined }),
      answer: '400 malformed',
    },
    'what is not JSON is foreign': { entry: () => 'hello', answer: '204 foreign' },
  },
  async ({ entry, answer }) => {
    assert.is(say(await push(entry())), answer)
    const isRead = answer === '204 taken'
    assert.is(events.latest().length, isRead ? 1 : 0, 'nothing is concluded from what is not read')
  },
)

test('a repeat is taken once: of the log, of Pub/Sub, with its keys in another order, and after a restart', async () => {
  const file = join(folder, 'repeats.db')
  const reversed = {
    ...logged[0],
    jsonPayload: Object.fromEntries(Object.entries(logged[0]?.jsonPayload ?? {}).reverse()),
  }
  for (const [entry, answer] of [
    [logged[0], '204 taken'],
    [logged[0], '204 repeated'],
    [reversed, '204 repeated'],
    [{ ...logged[0], receiveTimestamp: '2026-11-30T00:00:00Z' }, '204 repeated'],
  ] as const) {
    const opened = openTable(file)
    assert.is(say(await push(entry, { table: opened })), answer)
    opened.close()
  }
})

test('while the table cannot be written, Pub/Sub is asked to send it again', async () => {
  const closed = openTable(':memory:')
  closed.close()
  assert.is(say(await push(logged[0], { table: closed })), '500 not stored')
})

const forgedToken = async (claims: object, header: object = {}): Promise<string> => {
  const { privateKey } = await generateKeyPair('RS256')
  const now = Math.floor(Date.now() / 1000)
  const all = {
    iss: 'https://accounts.google.com',
    aud: expected.audience,
    email: expected.account,
    email_verified: true,
  }
  const [kid = ''] = Object.keys(await google.signing.certs())
  return new SignJWT({ ...all, iat: now, exp: now + 3600, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid, ...header })
    .sign(privateKey)
}
const unsigned = (claims: object): string =>
  `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`

attacks<{ token: () => Promise<string | undefined> }>(
  test,
  {
    'a push without a token … 401 not from Pub/Sub': { token: async () => undefined },
    'a push with a token that is no token … 401 not from Pub/Sub': { token: async () => 'x'.repeat(100) },
    'a push with a token by a key of the pusher, under a key id of Google … 401 not from Pub/Sub': {
      token: async () => forgedToken({}),
    },
    'a push with a token that nobody signed … 401 not from Pub/Sub': {
      token: async () => unsigned({ aud: expected.audience, email: expected.account, email_verified: true }),
    },
    'a push with a token of Google for another audience … 401 not from Pub/Sub': {
      token: async () => tokenOf({ audience: 'https://elsewhere.example.com/' }),
    },
    'a push with a token of Google for another account … 401 not from Pub/Sub': {
      token: async () => tokenOf({ email: 'eve@example.com' }),
    },
    'a push with a token whose address Google did not verify … 401 not from Pub/Sub': {
      token: async () => tokenOf({ isVerified: false }),
    },
    'a push with a token of an hour and ten minutes ago … 401 not from Pub/Sub': {
      token: async () => {
        clock.forward(-3600 - 600)
        const old = await tokenOf()
        clock.forward(3600 + 600)
        return old
      },
    },
  },
  async ({ token }) => {
    const answer = say(await push(logged[0], { token: await token() }))
    assert.equal(events.latest(), [])
    return answer
  },
)

attacks<() => Promise<Answer>>(
  test,
  {
    'a subscription of somebody else pushes with the right token … 400 malformed': async () =>
      push(undefined, { body: pushOf(logged[0], 'projects/evil/subscriptions/hallpass-events') }),
    'another event is written under the insertId of one that was taken … 204 differs': async () => {
      await push(logged[2])
      return push(changed({ event: 'Withdrawn' }, 2))
    },
    'a body that is no JSON … 400 malformed': async () => push(undefined, { body: '{"message":' }),
    'an entry names columns of the table in its fields … 204 taken': async () =>
      push(changed({ reason: "'); DROP TABLE events; --" })),
  },
  async attempt => {
    const answer = say(await attempt())
    assert.ok(events.latest().every(({ event }) => event !== 'Withdrawn'))
    return answer
  },
)

const published = await discoveryDocuments(line => console.log(line))
if ('because' in published) {
  console.log(`SKIPPED the messages of this test fit Google's documents: ${published.because}`)
  test.skip("the messages of this test fit Google's documents")
} else
  test("the messages of this test fit Google's documents", async () => {
    const fits = (value: unknown, api: string, name: string): void => {
      const document = published.documents.find(one => one.name === api)
      const resolve = (ref: string) => document?.schemas[ref] ?? {}
      assert.ok(document?.schemas[name], name)
      assert.equal(faultsOf(value, resolve(name), { resolve, isClosed: true }), [])
    }
    const { message } = JSON.parse(pushOf(logged[0])) as { message: Record<string, unknown> }
    // A push has these two under both names; the document describes those of a pull.
    const { message_id: _id, publish_time: _time, ...described } = message
    fits(described, 'pubsub', 'PubsubMessage')
    fits(logged[0], 'logging', 'LogEntry')
    fits(JSON.parse(Buffer.from(String(message['data']), 'base64').toString('utf8')), 'logging', 'LogEntry')
  })

test('as a program it takes a push, refuses others, and forgets nothing when it is started again', async () => {
  const env = {
    ...process.env,
    AUDIENCE: expected.audience,
    ACCOUNT: expected.account,
    SUBSCRIPTION: expected.subscription,
    LOG: log,
    DATABASE: join(folder, 'program.db'),
    CERTIFICATES: `${google.url}/oauth2/v1/certs`,
    PORT: '0',
    HOST: '127.0.0.1',
  }
  const run = async (...pushes: { token?: string; body: string; method?: string }[]): Promise<number[]> => {
    const child = spawn(process.execPath, [join(root, 'docs/examples/events-consumer/server.ts')], { env })
    try {
      const port = await portOf(child.stdout)
      const statuses: number[] = []
      for (const { token, body, method = 'POST' } of pushes) {
        const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
        const sent = { method, headers, ...(method === 'POST' && { body }) }
        statuses.push((await fetch(`http://127.0.0.1:${port}/`, sent)).status)
      }
      return statuses
    } finally {
      child.kill()
    }
  }
  const good = { token: await tokenOf(), body: pushOf(logged[0]) }
  const long = { token: good.token, body: `"${'x'.repeat(1_000_001)}"` }
  assert.equal(await run(good, { body: good.body }, { ...good, method: 'GET' }, long), [204, 401, 405, 413])
  assert.equal(await run(good), [204])
  const kept = openTable(env.DATABASE)
  assert.equal(
    kept.latest().map(({ seq }) => seq),
    [1],
  )
  kept.close()
})

/** Read by an event, because an iterator would close the program's output after the first line. */
async function portOf(output: NodeJS.ReadableStream): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  output.on('end', () => reject(new Error('the program does not listen')))
  output.on('data', chunk => {
    const port = /port: (\d+)/.exec(String(chunk))?.[1]
    if (port) resolve(port)
  })
  return promise
}

test('the documentation names the settings of the program', async () => {
  const [text, program] = await Promise.all(
    ['docs/events-out.md', 'docs/examples/events-consumer/server.ts'].map(file => readFile(join(root, file), 'utf8')),
  )
  const names = [...(program ?? '').matchAll(/(?:setting\(|process\.env\[)'([A-Z]+)'/g)].map(([, name]) => name)
  assert.ok(names.length > 6, String(names))
  for (const name of names) assert.ok(text?.includes(`\`${name}\``), `${name} is not in docs/events-out.md`)
})

test.run()
