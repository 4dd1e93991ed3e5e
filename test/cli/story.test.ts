// `hallpass history`, `hallpass did` and `hallpass report` on a past that happened in the simulated Google.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import type { DidJson } from '../../src/audit/story/did-rendering.ts'
import { defaultAuditor } from '../../src/sim/google/seeds.ts'
import type { LogEntry } from '../../src/sim/google/log-buckets.ts'
import { auditLog, offers, Past } from '../audit/past.ts'
import { attacks } from '../attacks.ts'
import { googleAnswer } from '../sim/google/answers.ts'
import { suite, table } from '../suite.ts'
import { hallpass } from './terminal.ts'

const test = suite('command line: stories')
let folder = ''
let past: Past
let environment: { configPath: string; secretsPath: string }

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-story-'))
  past = await Past.open()
  const life = { person: 'dana@example.com', grants: offers.slice(0, 1), asked: 60, seconds: 1800 }
  await past.happen([{ ...life, end: 'ended early', endedAfter: 900 }], () => undefined)
  const settings = { google: { auditLog }, iAmASandbox: { acceptLoopbackEndpoints: true, google: past.google.url } }
  environment = { configPath: join(folder, 'config.yaml'), secretsPath: folder }
  writeFileSync(environment.configPath, stringify(settings))
  writeFileSync(join(folder, 'google-access-token'), defaultAuditor.token)
})
test.after(async () => {
  await past.google.close()
  rmSync(folder, { recursive: true, force: true })
})

const run = async (...words: string[]): ReturnType<typeof hallpass> => hallpass(words, { environment })

test('one request is told as a story, and its events are all there', async () => {
  const { code, out, err } = await run('history', 'r-0')
  assert.match(out, /^hallpass\/r-0 +dana@example\.com asked for prod-db +"INC-1234"\nuid 00000000-/)
  const events = ['Requested', 'GrantStarted', 'Granted', 'Revoked']
  assert.equal(
    out.split('\n').flatMap(line => /^2026-\S+ \S+ +\d+ +(\w+)/.exec(line)?.[1] ?? []),
    events,
  )
  assert.match(out, 'All 4 events are there, and each names the one before.')
  assert.equal([code, err], [0, ''])
})

async function changed(change: (entries: string[]) => string[]): Promise<string> {
  const entries = await Array.fromAsync(past.reader.entries({ in: ['projects/hallpass-ops'], filter: '' }))
  const file = join(folder, 'changed.json')
  writeFileSync(file, change(entries.map(entry => JSON.stringify(entry))).join('\n'))
  const { code, out } = await run('history', 'r-0', '--source', file)
  return `${code}: ${out
    .split('\n')
    .filter(line => /^(All|Event|There)/.test(line))
    .join(' ')}`
}

attacks<(entries: string[]) => string[]>(
  test,
  {
    'an event is taken out … 1: Event 3 is missing.': entries =>
      entries.filter(entry => !entry.includes('"event":"Granted"')),
    'an event is changed … 1: Event 3 does not name the event before it: one of the two was changed.': entries =>
      entries.map(entry => (entry.includes('"seq":2') ? entry.replace('12:31:00Z', '23:31:00Z') : entry)),
    'a second event of the same number is added … 1: There are two different events 4: one was added or changed.':
      entries => [
        ...entries,
        ...entries
          .filter(entry => entry.includes('"seq":4'))
          .map(entry => entry.replace('"message":"Revoked"', '"message":"nothing"')),
      ],
    'entries come twice and in another order … 0: All 4 events are there, and each names the one before.': entries => [
      ...entries.toReversed(),
      ...entries,
    ],
  },
  changed,
)

function accessed(method: string, seconds: number, more: { log?: string; code?: number; who?: string } = {}): LogEntry {
  const { log = 'data_access', code = 0, who = 'dana@example.com' } = more
  const timestamp = new Date(Date.parse('2026-11-23T12:00:00Z') + seconds * 1000).toISOString()
  return {
    logName: `projects/prod-eu/logs/cloudaudit.googleapis.com%2F${log}`,
    resource: { type: 'cloudsql_database', labels: {} },
    timestamp,
    receiveTimestamp: timestamp,
    insertId: `${method}-${seconds}`,
    severity: 'INFO',
    protoPayload: {
      serviceName: 'cloudsql.googleapis.com',
      methodName: method,
      resourceName: 'projects/prod-eu/instances/main',
      authenticationInfo: { principalEmail: who },
      status: code === 0 ? {} : { code, message: 'PERMISSION_DENIED' },
    },
  }
}

test('what was done is counted by method, in that time, by that person, with the exact filter', async () => {
  past.google.logs.audited.push(
    accessed('cloudsql.instances.connect', 100),
    accessed('cloudsql.instances.connect', 200),
    accessed('cloudsql.instances.delete', 300, { code: 7, log: 'activity' }),
    accessed('cloudsql.instances.connect', 30),
    accessed('cloudsql.instances.connect', 1000),
    accessed('cloudsql.instances.get', 150, { who: 'otto@example.com' }),
  )
  const { code, out } = await run('did', 'r-0', '-o', 'json')
  const said = JSON.parse(out) as DidJson
  assert.equal(
    said.calls.map(({ method, calls, refused, logs }) => `${method} ${calls} ${refused} ${logs.join()}`),
    ['cloudsql.instances.connect 2 0 data_access', 'cloudsql.instances.delete 1 1 activity'],
  )
  assert.equal([said.from, said.until, code], ['2026-11-23T12:01:00Z', '2026-11-23T12:16:00Z', 0])
  assert.equal(said.dataAccess, [{ place: 'projects/prod-eu', isSeen: true, recording: 'partly' }])
  const table = await run('did', 'r-0')
  assert.match(
    table.out,
    /^dana@example\.com on projects\/prod-eu, 2026-11-23 12:01:00 to 2026-11-23 12:16:00 UTC \(r-0\)\n/,
  )
  assert.match(
    table.out,
    'Asked: projects/prod-eu, with the filter\n  logName:"/logs/cloudaudit.googleapis.com%2F" AND',
  )
  assert.match(table.out, /some were seen in that time\. They are on only for DATA_READ of allServices in the policy/)
})

test('without Data Access logs, silence is not read as idleness', async () => {
  past.google.logs.audited.splice(0)
  const { code, out } = await run('did', 'r-0')
  assert.match(out, '0 calls of 0 methods.')
  assert.match(
    out,
    /Data Access logs of projects\/prod-eu: none was seen in that time, of anybody\. They are on only for .*silence is not idleness/,
  )
  assert.is(code, 0)
})

const types = (...all: string[]): object[] => all.map(logType => ({ logType }))
const recorded: Record<string, { configs: object[]; isHidden?: boolean; recording: string; says: RegExp }> = {
  'the policy may not be read': {
    configs: [],
    isHidden: true,
    recording: 'unknown',
    says: /Whether they are on cannot be known: you may not read the policy of projects\/prod-eu\..*silence is not idleness/,
  },
  'no Data Access log is on': {
    configs: [],
    recording: 'off',
    says: /They are off for dana@example\.com in the policy of/,
  },
  'all are on': {
    configs: [{ service: 'allServices', auditLogConfigs: types('DATA_READ', 'DATA_WRITE') }],
    recording: 'on',
    says: /They are on in the policy of projects\/prod-eu\. Either nobody read or wrote data there, or you lack/,
  },
  'reads of one service are on': {
    configs: [{ service: 'cloudsql.googleapis.com', auditLogConfigs: types('DATA_READ', 'ADMIN_READ') }],
    recording: 'partly',
    says: /They are on only for DATA_READ of cloudsql\.googleapis\.com in the policy/,
  },
  'all are on, except for this person': {
    configs: [
      {
        service: 'allServices',
        auditLogConfigs: ['DATA_READ', 'DATA_WRITE'].map(logType => ({
          logType,
          exemptedMembers: ['user:Dana@example.com'],
        })),
      },
    ],
    recording: 'off',
    says: /They are off for dana@example\.com .*silence is not idleness/,
  },
}
table(test, recorded, async ({ configs, isHidden, recording, says }) => {
  const auditor = { role: 'roles/iam.securityReviewer', members: [`serviceAccount:${defaultAuditor.email}`] }
  const before = past.google.policies.read('projects/prod-eu')
  const place = { name: 'projects/prod-eu', number: '123456789012', parent: 'folders/10' }
  past.google.policies.define({ ...place, bindings: [auditor], auditConfigs: configs as never })
  const route = 'POST /v3/projects/*:getIamPolicy'
  if (isHidden) past.google.faults.add({ route, ...googleAnswer('PERMISSION_DENIED'), times: 2 })
  const [table, json] = [await run('did', 'r-0'), await run('did', 'r-0', '-o', 'json')]
  past.google.policies.define({ ...place, ...before, bindings: before?.bindings ?? [] })
  assert.match(table.out, says)
  assert.is((JSON.parse(json.out) as DidJson).dataAccess[0]?.recording, recording)
})

test('the report can be made from the log, also as a page', async () => {
  const span = ['--from', '2026-11-01T00:00:00Z', '--source', 'logging']
  assert.match(
    (await run('report', ...span)).out,
    /^1 request from 2026-11-01 to 2026-11-24: 1 granted, 0 denied\. Source: logging\./,
  )
  assert.match(
    (await run('report', ...span)).out,
    /The oldest event in the log is of 2026-11-23 12:01:00 UTC: whatever happened between 2026-11-01 00:00:00 and then is not in this report\./,
  )
  const later = await run('report', '--from', '2026-11-23T12:01:00Z', '--source', 'logging')
  assert.not.match(later.out, /The oldest event in the log/)
  assert.match((await run('report', ...span, '-o', 'html')).out, /^<!doctype html>/)
  const csv = await run('report', ...span, '-o', 'csv')
  assert.match(csv.out, /\r\nr-0,hallpass,prod-db,dana@example\.com,2026-11-23T12:01:00Z,granted,/)
  assert.match(csv.err, '1 request from')
})

table<{ words: string[]; says: RegExp }>(
  test,
  {
    'a request that nobody knows': { words: ['history', 'r-9'], says: /The log has no events of a request "r-9"/ },
    'a request without access': { words: ['did', 'r-9'], says: /The request "r-9" gave no access/ },
    'a log that may not be read': {
      words: ['history', 'r-0', '--log', 'projects/of-others/logs/hallpass'],
      says: /Google does not let you read the logs of "projects\/of-others"/,
    },
    'a report of a time without events': {
      words: ['report', '--source', 'logging', '--from', '-1h'],
      says: /The log has no events of Hallpass in that time/,
    },
    'a report that ends before it begins': {
      words: ['report', '--from', '-1h', '--to', '-2h'],
      says: /ends before it begins/,
    },
    'a report from a file that is not there': { words: ['report', '--source', 'absent.json'], says: /absent\.json/ },
  },
  async ({ words, says }) => {
    const { code, out, err } = await run(...words)
    assert.match(err, says)
    assert.equal([code, out], [2, ''])
  },
)

test.run()
