// `hallpass who` against a past that happened in the simulated Google: what each source answers, where they differ, and
// that a question without an answer never gets a table.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import type { WhoJson } from '../../src/audit/rendering.ts'
import { defaultAuditor } from '../../src/sim/google/seeds.ts'
import { auditLog, offers, Past } from '../audit/past.ts'
import { attack } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import { hallpass } from './terminal.ts'

const test = suite('command line: who')
const places = ['--in', 'projects/prod-eu,projects/prod-us']
const [client, viewer] = offers.map(offer => [offer])
let folder = ''
let past: Past
let environment: { configPath: string; secretsPath: string }

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-who-'))
  past = await Past.open()
  await past.happen(
    [
      { person: 'dana@example.com', grants: client ?? [], asked: 60, seconds: 1800, end: 'expires' },
      {
        person: 'otto@example.com',
        grants: viewer ?? [],
        asked: 600,
        seconds: 3600,
        end: 'ended early',
        endedAfter: 900,
      },
      { person: 'ana@example.com', grants: client ?? [], asked: 700, seconds: 600, end: 'in doubt and there' },
    ],
    () => undefined,
  )
  const settings = { google: { auditLog }, iAmASandbox: { acceptLoopbackEndpoints: true, google: past.google.url } }
  environment = { configPath: join(folder, 'config.yaml'), secretsPath: folder }
  writeFileSync(environment.configPath, stringify(settings))
  writeFileSync(join(folder, 'google-access-token'), defaultAuditor.token)
})
test.after(async () => {
  await past.google.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The export of a log, as gcloud prints it. */
async function exported(
  place: string,
  name: string,
  change: (entries: object[]) => object[] = all => all,
): Promise<string> {
  const entries = (await Array.fromAsync(past.reader.entries({ in: [place], filter: '' }))) as object[]
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify(change(entries), null, 2))
  return file
}

async function ask(...words: string[]): ReturnType<typeof hallpass> {
  return hallpass(['who', ...words], { environment })
}

const rows = (out: string): string[] => out.split('\n').filter(line => /^\w+@/.test(line))

test('Logging answers for an instant that nobody remembers, with what it read', async () => {
  const { code, out, err } = await ask('--at', '2026-11-23T12:12:00Z', '--source', 'logging')
  assert.is(
    out,
    `PERSON             RESOURCE           ROLE                    FROM                  UNTIL                  APPROVED BY      REQUEST
ana@example.com    projects/prod-eu   roles/cloudsql.client   2026-11-23 12:11:40   2026-11-23 12:21:40*   mo@example.com   r-2
dana@example.com   projects/prod-eu   roles/cloudsql.client   2026-11-23 12:01:00   2026-11-23 12:31:00    mo@example.com   r-0
otto@example.com   projects/prod-us   roles/logging.viewer    2026-11-23 12:10:00   2026-11-23 12:25:00    mo@example.com   r-1
3 grants in force at 2026-11-23 12:12:00 UTC. Source: logging, 3 requests since 2026-11-23.
* Google did not confirm this grant. It may be in force until then; look at the policy itself.
The log begins at 2026-11-23 12:01:00: access that was given before, and had not ended at the time of the question, is not in it.
Grants made through Hallpass only; standing IAM is not shown. Times are UTC; UNTIL is the actual end.
`,
  )
  assert.equal([code, err], [0, ''])
})

test('Google itself answers, and knows about what Hallpass was in doubt', async () => {
  const { code, out } = await ask('--at', '2026-11-23T12:12:00Z', '--source', 'google', ...places)
  assert.equal(rows(out).length, 3)
  assert.not.match(out, '12:21:40*')
  assert.match(out, 'Policy writes of projects/prod-eu, projects/prod-us only.')
  assert.is(code, 0)
})

test('a span has everybody who held anything in it, for one person and one resource if asked', async () => {
  const span = ['--from', '2026-11-23T12:24:00Z', '--to', '2026-11-23T13:00:00Z', '--source', 'logging']
  const { out } = await ask(...span)
  assert.equal(
    rows(out).map(row => row.split('@')[0]),
    ['dana', 'otto'],
  )
  assert.match(out, '2 grants in force between 2026-11-23 12:24:00 and 2026-11-23 13:00:00 UTC.')
  const narrow = await ask(...span, '--person', 'Dana+x@example.com', '--resource', 'projects/prod-eu')
  assert.equal(rows(narrow.out).length, 1)
  const asked = past.google.calls.length
  const other = await ask(...span, '--resource', 'projects/others', '-o', 'json')
  assert.equal((JSON.parse(other.out) as WhoJson).grants, [])
  assert.ok(past.google.calls.length > asked)
})

test('CSV has the grants, and what it does not cover goes to stderr', async () => {
  const { out, err } = await ask('--at', '2026-11-23T12:27:00Z', '--source', 'logging', '-o', 'csv')
  assert.is(
    out,
    [
      'person,resource,role,from,until,approved_by,namespace,request,uid,uncertain,emergency,foreign,hours',
      'dana@example.com,projects/prod-eu,roles/cloudsql.client,2026-11-23T12:01:00Z,2026-11-23T12:31:00Z,mo@example.com,hallpass,r-0,00000000-0000-4000-8000-000000000000,false,false,false,',
      '',
    ].join('\r\n'),
  )
  assert.match(err, 'Grants made through Hallpass only; standing IAM is not shown.')
})

test('exports of both logs answer without any connection, and agree', async () => {
  const log = await exported('projects/hallpass-ops', 'log.json')
  const google = await exported('projects/prod-eu', 'google.json')
  const zipped = join(folder, 'log.json.gz')
  writeFileSync(zipped, gzipSync(JSON.stringify(JSON.parse(readFileSync(log, 'utf8')))))
  const at = ['--at', '2026-11-23T12:12:00Z']
  assert.is(rows((await ask(...at, '--source', log)).out).length, 3)
  assert.is(rows((await ask(...at, '--source', zipped)).out).length, 3)
  assert.is(rows((await ask(...at, '--source', google)).out).length, 2)
  const compared = await ask(...at, '--resource', 'projects/prod-eu', '--compare', '--source', log, '--source', google)
  assert.match(compared.out, /^No difference at 2026-11-23 12:12:00 UTC between /)
  assert.is(compared.code, 0)
})

test('old ways to say the source still work', async () => {
  const log = readFileSync(await exported('projects/hallpass-ops', 'log.json'), 'utf8')
  const { code, out } = await hallpass(['who', '--from', 'log', '--at', '2026-11-23T12:12:00Z'], { stdin: log })
  assert.equal([rows(out).length, code], [3, 0])
})

test('the log is named by an option when there is no configuration, and a token in a file is enough', async () => {
  const noToken = await hallpass(['who', '--at', '-2h', '--source', 'logging'])
  assert.match(noToken.err, 'It is not known which log to ask. Name it with --log projects/PROJECT/logs/hallpass')
  assert.equal([noToken.code, noToken.out], [2, ''])
  const absent = await ask('--source', 'logging', '--token-file', join(folder, 'absent'))
  assert.match(absent.err, /The access token cannot be read from ".*absent"/)
  const strange = await ask('--source', 'logging', '--token-file', environment.configPath)
  assert.match(strange.err, 'does not hold an access token alone')
  assert.not.match(strange.err, 'hallpass-ops')
})

const liar = async (change: (entries: object[]) => object[], where = 'projects/hallpass-ops'): Promise<string> => {
  const log = await exported(where, 'changed.json', change)
  const other = where === 'projects/prod-eu' ? ['--source', 'logging'] : ['--source', 'google', ...places]
  const span = ['--from', '2026-11-23T12:05:00Z', '--to', '2026-11-23T13:00:00Z', '--resource', 'projects/prod-eu']
  const { code, out, err } = await ask(...span, '--compare', '--source', log, ...other)
  const [row = ''] = rows(out)
  if (code !== 1) return `${code}: ${out}${err}`
  return `${code}, ${row.replace(/ {2,}/g, ' ').replaceAll(log, 'file')}`
}
const isOf =
  (request: string, event?: string) =>
  (entry: object): boolean => {
    const payload = (entry as { jsonPayload?: { request?: { name?: string }; event?: string } }).jsonPayload
    return payload?.request?.name === request && (event === undefined || payload.event === event)
  }

attack(
  test,
  'somebody deletes the events of a request from the log … 1, dana@example.com projects/prod-eu roles/cloudsql.client r-0 2026-11-23 12:01:00 2026-11-23 12:31:00 google file',
  async () => liar(entries => entries.filter(entry => !isOf('r-0')(entry) || isOf('r-0', 'Requested')(entry))),
)
attack(
  test,
  'somebody writes an earlier end into the log … 1, dana@example.com projects/prod-eu roles/cloudsql.client r-0 2026-11-23 12:11:00 2026-11-23 12:31:00 google file',
  async () =>
    liar(entries =>
      entries.map(entry =>
        isOf('r-0')(entry)
          ? JSON.parse(JSON.stringify(entry).replaceAll('2026-11-23T12:31:00Z', '2026-11-23T12:11:00Z'))
          : entry,
      ),
    ),
)
attack(
  test,
  'a grant that Google never saw is added to the log … 1, eve@example.com projects/prod-eu roles/cloudsql.client r-9 2026-11-23 12:01:00 2026-11-23 12:31:00 file google',
  async () =>
    liar(entries => [
      ...entries,
      ...entries
        .filter(isOf('r-0'))
        .map(entry =>
          JSON.parse(
            JSON.stringify(entry)
              .replaceAll('00000000-0000-4000-8000-000000000000', '99999999-0000-4000-8000-000000000000')
              .replaceAll('"r-0"', '"r-9"')
              .replaceAll('dana@', 'eve@'),
          ),
        ),
    ]),
)
attack(
  test,
  'a binding with a title of Hallpass is written by hand, without an end … 1, eve@example.com projects/prod-eu roles/cloudsql.client r-0 2026-11-23 12:06:40 no end google file',
  async () => {
    const forged = {
      logName: 'projects/prod-eu/logs/cloudaudit.googleapis.com%2Factivity',
      resource: { type: 'project', labels: {} },
      timestamp: '2026-11-23T12:06:40Z',
      receiveTimestamp: '2026-11-23T12:06:40Z',
      insertId: 'forged',
      severity: 'NOTICE',
      protoPayload: {
        methodName: 'SetIamPolicy',
        resourceName: 'projects/prod-eu',
        authenticationInfo: { principalEmail: 'mo@example.com' },
        serviceData: {
          policyDelta: {
            bindingDeltas: [
              {
                action: 'ADD',
                role: 'roles/cloudsql.client',
                member: 'user:eve@example.com',
                condition: {
                  title: 'hallpass 00000000-0000-4000-8000-000000000000',
                  description: 'hallpass/r-0, asked by dana@example.com, approved by mo@example.com',
                  expression: 'request.time >= timestamp("2026-11-23T12:00:00Z")',
                },
              },
            ],
          },
        },
      },
    }
    past.google.logs.audited.push(forged)
    try {
      return (await liar(entries => entries)).replace(/^2: .*/s, 'not found')
    } finally {
      past.google.logs.audited.splice(past.google.logs.audited.indexOf(forged), 1)
    }
  },
)

table<{ words: string[]; says: RegExp }>(
  test,
  {
    'an unknown zone': { words: ['--at', '2026-11-23T14:20:00 CET'], says: /"CET" is not a zone here: write Z/ },
    'a zone by its city': {
      words: ['--at', '2026-11-23T14:20:00Europe/Berlin'],
      says: /"Europe\/Berlin" is not a zone/,
    },
    'a day that does not exist': { words: ['--at', '2026-02-30T00:00:00Z'], says: /there is no such date/ },
    'a span that ends before it begins': { words: ['--from', '-1h', '--to', '-2h'], says: /ends before it begins/ },
    'an end without a beginning': { words: ['--to', '-2h'], says: /--to ends a span: give --from/ },
    'an instant and a span': { words: ['--at', 'now', '--from', '-2h'], says: /--at for an instant, or --from/ },
    'two sources without comparing': {
      words: ['--source', 'logging', '--source', 'google'],
      says: /only asked with --compare/,
    },
    'only one source to compare': { words: ['--compare', '--source', 'logging'], says: /only one source to compare/ },
    'a log by another name': { words: ['--log', 'hallpass'], says: /projects\/PROJECT\/logs\/hallpass/ },
    'a place without an audit log': { words: ['--in', 'prod-eu'], says: /"prod-eu" has no audit log/ },
    'a file that is not there': { words: ['--source', 'absent.json'], says: /absent\.json/ },
    'an instant before the log begins': {
      words: ['--at', '2026-11-23T11:00:00Z', '--source', 'logging'],
      says: /The log ".*" begins at 2026-11-23 12:01:00 UTC, so it does not say who had access before/,
    },
    'a span that begins before the log, which says what can be asked': {
      words: ['--from', '2026-11-23T11:00:00Z', '--to', '2026-11-23T13:00:00Z', '--source', 'logging'],
      says: /Ask for the rest of the time with --from 2026-11-23T12:01:01Z\./,
    },
    'a log that is not there': {
      words: ['--at', '-1h', '--source', 'logging', '--log', 'projects/hallpass-ops/logs/other'],
      says: /has no events of Hallpass that you may read, so it does not say who had access/,
    },
    'a project that may not be read': {
      words: ['--at', '-1h', '--source', 'google', '--in', 'projects/of-others'],
      says: /Google does not let you read the logs of "projects\/of-others" \(403\)\. You need roles\/logging\.viewer/,
    },
    'an instant that Google has forgotten': {
      words: ['--at', '2025-01-01T00:00:00Z', '--source', 'google', ...places],
      says: /Google's own audit log begins at 2025-10-20/,
    },
    'a bucket, whose name does not say in which project it is': {
      words: ['--source', 'google', '--resource', '//storage.googleapis.com/projects/_/buckets/archive'],
      says: /It is not known in which project's audit log to look\. Name it with --in/,
    },
  },
  async ({ words, says }) => {
    const { code, out, err } = await ask(...words)
    assert.match(err, says)
    assert.equal([code, out], [2, ''])
  },
)

test('without the cluster, the log is offered', async () => {
  const before = process.env['KUBECONFIG']
  process.env['KUBECONFIG'] = join(folder, 'absent')
  const { code, err } = await ask('--at', '2026-11-23T12:12:00Z')
  if (before === undefined) delete process.env['KUBECONFIG']
  else process.env['KUBECONFIG'] = before
  assert.match(err, /^hallpass: There is no cluster: .* The log can answer too: --source logging\.\n$/)
  assert.is(code, 2)
})

test('entries of another system, repeats and any order change nothing, and two clusters are told', async () => {
  const at = ['--at', '2026-11-23T12:12:00Z', '-o', 'json']
  const grantsIn = (out: string): unknown[] => (JSON.parse(out) as WhoJson).grants
  const plain = await ask(...at, '--source', await exported('projects/hallpass-ops', 'plain.json'))
  const noisy = await exported('projects/hallpass-ops', 'noisy.json', entries => [
    { textPayload: 'hello' },
    ...entries.toReversed(),
    { jsonPayload: { schema: 'other/v1', request: { uid: 'x' } } },
    ...entries,
    { protoPayload: { methodName: 'storage.objects.get' } },
  ])
  const answer = await ask(...at, '--source', noisy)
  assert.equal(grantsIn(answer.out), grantsIn(plain.out))
  assert.match(answer.err, 'Entries skipped, because they are not audit events of Hallpass: 3.')
  const twice = await exported('projects/hallpass-ops', 'two.json', entries => [
    ...entries,
    ...entries.map(entry => JSON.parse(JSON.stringify(entry).replaceAll('00000000-', '77777777-')) as object),
  ])
  const both = JSON.parse((await ask(...at, '--source', twice)).out) as WhoJson
  assert.is(both.grants.length, 6)
  assert.match(both.notes.join('\n'), 'The log has events of more than one cluster')
  const installed = await exported('projects/hallpass-ops', 'installed.json', entries =>
    entries.map((entry, n) => {
      const text = JSON.stringify(entry).replace('"schema":', `"installation":"https://${n % 2}.example.com","schema":`)
      return JSON.parse(text) as object
    }),
  )
  const named = JSON.parse((await ask(...at, '--source', installed)).out) as WhoJson
  assert.match(named.notes.join('\n'), 'more than one installation: https://0.example.com, https://1.example.com.')
})

test.run()
