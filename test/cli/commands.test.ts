// The command line: what it answers, and that bad input is named with its reason and its remedy.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { whyTooOld } from '../../src/app/cluster.ts'
import { parseInstant } from '../../src/cli/arguments.ts'
import { withProgress } from '../../src/cli/terminal.ts'
import { lived, request } from '../builders/history.ts'
import { suite, table } from '../suite.ts'
import { hallpass, now } from './terminal.ts'

const test = suite('command line')
let folder = ''
const kubeconfigBefore = process.env['KUBECONFIG']
test.before(() => void (folder = mkdtempSync(join(tmpdir(), 'hallpass-cli-'))))
test.after(() => rmSync(folder, { recursive: true, force: true }))
test.after.each(() => {
  if (kubeconfigBefore === undefined) delete process.env['KUBECONFIG']
  else process.env['KUBECONFIG'] = kubeconfigBefore
})

const wrong: Record<string, { words: string[]; says: RegExp }> = {
  'a word is not an instant': {
    words: ['who', '--at', 'yesterday'],
    says: /--at <instant>.*'yesterday' is invalid\. It is not an instant, or .*\. Give RFC 3339 with a zone/,
  },
  'an instant needs its zone': { words: ['who', '--at', '2026-11-23T14:20:00'], says: /It is not an instant/ },
  'a day alone is not an instant': { words: ['who', '--at', '2026-11-23'], says: /It is not an instant/ },
  'a day must be in the calendar': { words: ['who', '--at', '2026-02-30T00:00:00Z'], says: /there is no such date/ },
  'a time must be on the clock': { words: ['who', '--at', '2026-02-01T24:00:00Z'], says: /there is no such date/ },
  'how long ago needs its unit': { words: ['who', '--at', '-2'], says: /"2" is not a duration such as 30m/ },
  'a project needs its kind': {
    words: ['who', '--resource', 'prod-eu'],
    says: /'prod-eu' is invalid.*such as projects\/prod-eu/,
  },
  'a person is an address': {
    words: ['who', '--person', 'dana'],
    says: /'dana' is invalid.*such as dana@example\.com/,
  },
  'a namespace has a name': { words: ['who', '-n', 'a,B'], says: /"B" is not the name of a namespace/ },
  'an output is one of two': {
    words: ['who', '-o', 'yaml'],
    says: /'yaml' is invalid\. Allowed choices are table, json/,
  },
  'an unknown command is refused': { words: ['whom'], says: /unknown command 'whom'\n\(Did you mean who\?\)/ },
  'an unknown option is refused': { words: ['who', '--when', 'now'], says: /unknown option '--when'/ },
  'an unknown process is refused': {
    words: ['check-config', 'slack'],
    says: /Allowed choices are gateway, auth, controller, all/,
  },
  'a member is a person or a group': {
    words: ['approver-rights', '--member', 'allUsers'],
    says: /'allUsers' is invalid.*such as group:approvers@example\.com/,
  },
  'a service account approves nothing': {
    words: ['approver-rights', '--member', 'serviceAccount:x@p.iam.gserviceaccount.com'],
    says: /It is not a person or a group/,
  },
  'an organisation is a number': {
    words: ['approver-rights', '--organization', 'example.com'],
    says: /'example\.com' is invalid.*gcloud organizations list/,
  },
  'a process without a configuration does not start': { words: ['gateway'], says: /HALLPASS_CONFIG is not set/ },
}
table(test, wrong, async ({ words, says }) => {
  const { code, out, err } = await hallpass(words)
  assert.match(err, says)
  assert.is(out, '')
  assert.is(code, 2)
})

const instants: Record<string, string> = {
  now: '2026-11-24T09:00:00.000Z',
  '-2h': '2026-11-24T07:00:00.000Z',
  '-1h30m': '2026-11-24T07:30:00.000Z',
  '-1 hour 30 min': '2026-11-24T07:30:00.000Z',
  '-90M': '2026-11-24T07:30:00.000Z',
  '2026-11-23T14:20:00Z': '2026-11-23T14:20:00.000Z',
  '2026-11-23t14:20:00z': '2026-11-23T14:20:00.000Z',
  '2026-11-23 14:20:00.5+01:00': '2026-11-23T13:20:00.500Z',
  '2028-02-29T00:00:00-08:00': '2028-02-29T08:00:00.000Z',
}
for (const [text, instant] of Object.entries(instants))
  test(`"${text}" is an instant`, () => assert.is(parseInstant(text, now).toISOString(), instant))

for (const words of [
  [],
  ['gateway'],
  ['auth'],
  ['controller'],
  ['all'],
  ['who'],
  ['approver-rights'],
  ['check-config'],
])
  test(`help of ${words[0] ?? 'everything'} has an example and the exit codes`, async () => {
    const { code, out } = await hallpass([...words, '--help'])
    assert.match(out, /Examples?:\n +.*hallpass/)
    assert.match(out, '3  the cluster does not answer')
    assert.is(code, 0)
  })

test('the log alone answers, as a table and as JSON', async () => {
  const { log } = lived(request(), [['Granted', 0, {}]])
  const stdin = JSON.stringify([...log, { textPayload: 'noise' }])
  const words = ['who', '--at', '2026-11-23T12:10:00Z', '--from', 'log']
  const table = await hallpass(words, { stdin })
  assert.match(
    table.out,
    /^PERSON .*\ndana@example\.com .*\n1 grant in force at 2026-11-23 12:10:00 UTC\. Source: log, 1 request since/,
  )
  assert.match(table.err, 'Entries skipped, because they are not audit events of Hallpass: 1.')
  const json = await hallpass([...words, '-o', 'json'], { stdin })
  const said = JSON.parse(json.out) as { schema: string; grants: { person: string }[] }
  assert.is(said.schema, 'hallpass/who/v1')
  assert.equal(
    said.grants.map(grant => grant.person),
    ['dana@example.com'],
  )
})

test('grants around Hallpass are named, one a line, from the two logs', async () => {
  const { log } = lived(request(), [['Granted', 0, {}]])
  const bindingDeltas = [{ action: 'ADD', role: 'roles/owner', member: 'user:eve\u001B[2K@example.com' }]
  const entry = {
    timestamp: '2026-11-23T12:10:00Z',
    protoPayload: {
      methodName: 'SetIamPolicy',
      resourceName: 'projects/prod-eu',
      authenticationInfo: { principalEmail: 'mo@example.com' },
      serviceData: { policyDelta: { bindingDeltas } },
    },
  }
  const file = join(folder, 'policies.json')
  writeFileSync(file, JSON.stringify([entry]))
  const { code, out } = await hallpass(['around', file], { stdin: JSON.stringify(log) })
  assert.is(
    out,
    '2026-11-23T12:10:00Z mo@example.com gave roles/owner on projects/prod-eu to user:eve?[2K@example.com: it does not name a request of Hallpass\n' +
      '1 of 1 grants were made around Hallpass.\n',
  )
  assert.is(code, 0)
})

test('a log that is not JSON fails with the line', async () => {
  const { code, err } = await hallpass(['who', '--from', 'log'], { stdin: 'hello\n' })
  assert.match(err, /^hallpass: The log entries cannot be read: line 1 is not JSON\./)
  assert.is(code, 1)
})

test('a good configuration is summed up without a secret', async () => {
  const partners =
    '[{ email: pat@partner.example, until: 2999-12-31 }, { email: old@partner.example, until: 2020-01-31 }]'
  writeFileSync(
    join(folder, 'config.yaml'),
    `hostedDomains: [example.com]\nexternalRequesters: ${partners}\nslack: { teams: [T0HALLPASS] }\n`,
  )
  for (const [name, value] of [
    ['slack-bot-token', 'xoxb-hush-1'],
    ['slack-signing-secret', 'hush-signing'],
  ] as const)
    writeFileSync(join(folder, name), value)
  const environment = { configPath: join(folder, 'config.yaml'), secretsPath: folder }
  const { code, out } = await hallpass(['check-config', 'gateway'], { environment })
  assert.match(out, /is valid for gateway: all namespaces; people of example\.com; command \/access by HTTP\.\n/)
  assert.match(out, /pat@partner\.example may ask as an external until 3000-01-01T00:00:00Z\.\n/)
  assert.match(out, /old@partner\.example may ask as an external until 2020-02-01T00:00:00Z, which is over\.\n$/)
  assert.not.match(out, /hush/)
  assert.is(code, 0)
  const all = await hallpass(['check-config'], { environment })
  assert.match(all.err, 'publicUrl is missing; auth needs it')
  assert.is(all.code, 2)
})

function useKubeconfig(server: string): void {
  process.env['KUBECONFIG'] = join(folder, 'kubeconfig')
  writeFileSync(
    process.env['KUBECONFIG'],
    `{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c, user: u}}],
      clusters: [{name: c, cluster: {server: '${server}', insecure-skip-tls-verify: true}}], users: [{name: u, user: {}}]}`,
  )
}

test('a cluster that does not answer has its own exit code', async () => {
  useKubeconfig('http://127.0.0.1:1')
  const { code, err } = await hallpass(['who'])
  assert.match(err, /^hallpass: The API server at http:\/\/127\.0\.0\.1:1 does not answer\. Check the network/)
  assert.is(code, 3)
})

test('a kubeconfig that is not there is said so', async () => {
  process.env['KUBECONFIG'] = join(folder, 'none')
  const { code, err } = await hallpass(['who'])
  assert.match(err, /^hallpass: There is no cluster: .*Set KUBECONFIG/)
  assert.is(code, 3)
})

test('a process does not start on a cluster that is too old', async () => {
  const server = createServer((_, response) => void response.end('{"gitVersion":"v1.31.9"}')).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  useKubeconfig(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const { code, err } = await hallpass(['gateway'], {
    environment: { configPath: join(folder, 'config.yaml'), secretsPath: folder },
  })
  server.close()
  assert.match(err, 'The cluster runs Kubernetes "v1.31.9"; Hallpass needs 1.32 or newer')
  assert.is(code, 1)
})

const versions: Record<string, boolean> = {
  'v1.32.0': true,
  'v1.36.2': true,
  'v1.33.1-gke.100': true,
  'v2.0.0': true,
  'v1.31.9': false,
  'v1.4.0': false,
  '': false,
}
for (const [version, isFine] of Object.entries(versions))
  test(`Kubernetes "${version}" is ${isFine ? 'new enough' : 'too old'}`, () =>
    assert.is(whyTooOld(version) === undefined, isFine))

test('what takes long says how far it is, and the items come through', async () => {
  const said: string[] = []
  async function* slow(): AsyncGenerator<number> {
    yield* [1, 2]
    await pause(60)
    yield 3
  }
  const terminal = { err: (text: string) => void said.push(text) }
  const items = await Array.fromAsync(withProgress(slow(), { terminal, what: 'Reading', afterMs: 25 }))
  assert.equal(items, [1, 2, 3])
  assert.is(said[0], 'Reading: 2 so far\n')
  said.length = 0
  await Array.fromAsync(withProgress(slow(), { terminal, what: 'Reading' }))
  assert.equal(said, [])
})

test.run()
