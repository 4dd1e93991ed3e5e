// `hallpass leftovers` without a cluster: Hallpass's log, or an export of it, says whose the expired entries are that really
// are in the simulated Google's policies.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import type { LeftoversJson } from '../../src/cli/leftovers/text.ts'
import { policyCommand } from '../../src/domain/granting/policy-command.ts'
import { type Condition, titleOf } from '../../src/domain/granting/policy.ts'
import { after } from '../../src/domain/asking/duration.ts'
import { defaultAuditor } from '../../src/sim/google/seeds.ts'
import { attacks } from '../attacks.ts'
import { auditLog, offers, Past } from '../audit/past.ts'
import { noon } from '../builders/history.ts'
import { tokenOf } from '../google/fixture.ts'
import { suite, table } from '../suite.ts'
import { hallpass } from './terminal.ts'

const test = suite('expired leftovers, from the log')
const [eu, us] = ['projects/prod-eu', 'projects/prod-us']
let folder = ''
let past: Past

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-leftovers-log-'))
  past = await Past.open()
  const [client, viewer] = offers.map(offer => [offer])
  const hours = { zone: 'UTC', spans: [{ from: '12:00', to: '13:00' }] }
  const window = { zone: 'Europe/Helsinki', from: '14:00', to: '15:30' }
  const usual = { end: 'expires', seconds: 600 } as const
  await past.happen(
    [
      { person: 'dana@example.com', grants: client ?? [], asked: 60, ...usual },
      { person: 'otto@example.com', grants: viewer ?? [], asked: 90, ...usual, hours, window },
      { person: 'ana@example.com', grants: client ?? [], asked: 120, end: 'ended early', seconds: 600, endedAfter: 60 },
      { person: 'otto@example.com', grants: client ?? [], asked: 150, end: 'expires', seconds: 7200 },
    ],
    () => undefined,
  )
  const ops = 'projects/hallpass-ops'
  const { bindings = [] } = past.google.policies.read(ops) ?? {}
  const reader = { role: 'roles/logging.viewer', members: ['user:mo@example.com'] }
  past.google.policies.replace(ops, { bindings: [...bindings, reader] })
  past.clock.at = after(noon, 3600)
  const settings = { google: { auditLog }, iAmASandbox: { acceptLoopbackEndpoints: true, google: past.google.url } }
  writeFileSync(join(folder, 'config.yaml'), stringify(settings))
  writeFileSync(join(folder, 'google-access-token'), defaultAuditor.token)
  writeFileSync(join(folder, 'token'), tokenOf(past.google, 'mo@example.com').reveal())
  writeFileSync(join(folder, 'export.json.gz'), gzipSync(JSON.stringify(await entries())))
})
test.after(async () => {
  rmSync(folder, { recursive: true, force: true })
  await past.google.close()
})

const entries = async (): Promise<object[]> =>
  (await Array.fromAsync(past.reader.entries({ in: ['projects/hallpass-ops'], filter: '' }))) as object[]

async function run(...words: string[]): ReturnType<typeof hallpass> {
  process.env['KUBECONFIG'] = join(folder, 'none')
  const environment = { configPath: join(folder, 'config.yaml'), secretsPath: folder }
  return hallpass(['leftovers', '--token-file', join(folder, 'token'), ...words], { environment, at: past.clock.now() })
}

/** Request, resource and whether there is a command. */
const found = (out: string): string[] =>
  (JSON.parse(out) as LeftoversJson).leftovers.map(
    ({ request, resource, command }) => `${request} ${resource} ${command ? 'removable' : 'no command'}`,
  )

for (const [what, source] of [
  ['Cloud Logging', (): string => 'logging'],
  ['an exported file', (): string => join(folder, 'export.json.gz')],
] as const)
  test(`${what} says whose each expired entry is, with hours and a window too; what runs or was removed is not listed`, async () => {
    const { code, out, err } = await run('--source', source(), '-o', 'json')
    assert.equal([code, err], [1, ''])
    assert.equal(found(out), [`r-0 ${eu} removable`, `r-1 ${us} removable`])
    const { policies, foreign, source: from } = JSON.parse(out) as LeftoversJson
    assert.equal([policies, foreign, from], [2, 0, what === 'Cloud Logging' ? 'logging' : 'log'])
    const { out: one } = await run('--source', source(), '--resource', us, '-o', 'json')
    assert.equal(found(one), [`r-1 ${us} removable`])
    assert.equal(
      found((await run('--source', source(), '-n', 'elsewhere', '--resource', us, '-o', 'json')).out ?? ''),
      [`null ${us} no command`],
    )
  })

table<{ words: () => string[]; says: RegExp }>(
  test,
  {
    'a file without events of Hallpass': {
      words: () => {
        writeFileSync(join(folder, 'other.json'), '[{"textPayload":"hello"}]')
        return ['--source', join(folder, 'other.json')]
      },
      says: /The log has no event of Hallpass that says what was granted/,
    },
    'a log that has nothing': {
      words: () => ['--source', 'logging', '--log', 'projects/hallpass-ops/logs/other'],
      says: /The log has no event of Hallpass that says what was granted/,
    },
    'a file that is not there': { words: () => ['--source', '/none.json'], says: /ENOENT/ },
    'stdin for two things': {
      words: () => ['--source', '-', '--token-file', '-'],
      says: /Both --token-file and --source are -, and stdin can only be one of them/,
    },
  },
  async ({ words, says }) => {
    const { code, out, err } = await run(...words())
    assert.match(err, says)
    assert.equal([code, out], [2, ''])
  },
)

test('the table says that the log is believed, and what it does not have', async () => {
  const events = (await entries()).filter(entry => !JSON.stringify(entry).includes('"r-0"'))
  writeFileSync(join(folder, 'cut.json'), JSON.stringify(events))
  const { out } = await run('--source', join(folder, 'cut.json'), '--resource', eu)
  assert.match(
    out,
    /- The log does not have the requests of 1 entry: it begins later, or they are of another installation\. So no/,
  )
  const { out: whole } = await run('--source', 'logging')
  assert.match(whole, 'Anyone who may write to it can have an expired entry called removable.')
})

/** The log with one more event, which somebody wrote who may write to it. */
async function forged(change: object): Promise<string> {
  const all = (await entries()) as { jsonPayload?: { event?: string; request?: { name?: string } } }[]
  const first = all.find(
    ({ jsonPayload }) => jsonPayload?.event === 'GrantStarted' && jsonPayload.request?.name === 'r-0',
  )
  const file = join(folder, 'forged.json')
  writeFileSync(
    file,
    JSON.stringify([...all, { ...first, jsonPayload: { ...first?.jsonPayload, seq: 99, ...change } }]),
  )
  return file
}

attacks<object>(
  test,
  {
    'a later event gives the request to somebody else, so that its entry looks foreign … r-0 is removable': {
      requester: 'eve@example.com',
    },
    'a later event names another role, so that its entry looks foreign … r-0 is removable': {
      grants: [{ resource: eu, role: 'roles/owner' }],
    },
  },
  async change => {
    const { out } = await run('--source', await forged(change), '--resource', eu, '-o', 'json')
    return found(out)[0] === `r-0 ${eu} removable` ? 'r-0 is removable' : out
  },
)

test('each command names exactly the entry that is in the policy', async () => {
  const { out } = await run('--source', 'logging', '-o', 'json')
  const { leftovers } = JSON.parse(out) as LeftoversJson
  for (const { resource, role, member, uid, command } of leftovers) {
    const entry = past.google.policies
      .read(resource)
      ?.bindings.find(({ condition, members }) => condition?.title === titleOf(uid) && members.includes(member))
    assert.is(command, policyCommand('remove', { resource, role, member, condition: entry?.condition as Condition }))
  }
  const { out: commands } = await run('--source', 'logging', '-o', 'commands')
  assert.is(commands.match(/^gcloud /gm)?.length, leftovers.length)
})

test.run()
