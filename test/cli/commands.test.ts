// The command line: what it answers, and that bad input is named with its reason and its remedy.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { whyTooOld } from '../../src/app/cluster.ts'
import { parseInstant } from '../../src/cli/arguments.ts'
import { withProgress } from '../../src/cli/terminal.ts'
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
    says: /'prod-eu' is invalid.*name projects\/ID/,
  },
  'a person is an address': {
    words: ['who', '--person', 'dana'],
    says: /'dana' is invalid.*such as dana@example\.com/,
  },
  'a namespace has a name': { words: ['who', '-n', 'a,B'], says: /"B" is not the name of a namespace/ },
  'an output is one of three': {
    words: ['who', '-o', 'yaml'],
    says: /'yaml' is invalid\. Allowed choices are table, json, csv/,
  },
  'an unknown command is refused': { words: ['whom'], says: /unknown command 'whom'\n\(Did you mean who\?\)/ },
  'an unknown option is refused': { words: ['who', '--when', 'now'], says: /unknown option '--when'/ },
  'an unknown process is refused': {
    words: ['check-config', 'slack'],
    says: /Allowed choices are gateway, auth, controller, janitor, all/,
  },
  'an unknown shell is refused': { words: ['completion', 'tcsh'], says: /Allowed choices are bash, zsh, fish/ },
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

const answering = ['who', 'history', 'did', 'report', 'explain']
for (const words of [
  [],
  ['gateway'],
  ['auth'],
  ['controller'],
  ['all'],
  ['who'],
  ['history'],
  ['did'],
  ['report'],
  ['explain'],
  ['approver-rights'],
  ['check-config'],
  ['completion'],
])
  test(`help of ${words[0] ?? 'everything'} has an example and the exit codes`, async () => {
    const { code, out } = await hallpass([...words, '--help'])
    assert.match(out, /Examples?:\n +.*hallpass/)
    assert.match(
      out,
      answering.includes(words[0] ?? '') ? '2  the question could not be answered' : '3  the cluster does not answer',
    )
    assert.is(code, 0)
  })

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
  assert.equal(await hallpass(['--version']), { code: 0, out: `hallpass ${version}\n`, err: '' })
})

function useKubeconfig(server: string): void {
  process.env['KUBECONFIG'] = join(folder, 'kubeconfig')
  writeFileSync(
    process.env['KUBECONFIG'],
    `{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c, user: u}}],
      clusters: [{name: c, cluster: {server: '${server}', insecure-skip-tls-verify: true}}], users: [{name: u, user: {}}]}`,
  )
}

test('a cluster that does not answer has its own exit code, and a question to it has no answer', async () => {
  useKubeconfig('http://127.0.0.1:1')
  for (const [command, expected] of Object.entries({ 'approver-rights': 3, who: 2 })) {
    const { code, err } = await hallpass([command])
    assert.match(err, /^hallpass: The API server at http:\/\/127\.0\.0\.1:1 does not answer\. Check the network/)
    assert.is(code, expected)
  }
})

test('a kubeconfig that is not there is said so', async () => {
  process.env['KUBECONFIG'] = join(folder, 'none')
  const { code, err } = await hallpass(['approver-rights'])
  assert.match(err, /^hallpass: There is no cluster: .*Set KUBECONFIG/)
  assert.is(code, 3)
})

test('a process does not start on a cluster that is too old', async () => {
  const server = createServer((_, response) => void response.end('{"gitVersion":"v1.31.9"}')).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  useKubeconfig(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  writeFileSync(join(folder, 'config.yaml'), 'hostedDomains: [example.com]\nslack: { teams: [T0HALLPASS] }\n')
  writeFileSync(join(folder, 'slack-bot-token'), 'xoxb-hush-1')
  writeFileSync(join(folder, 'slack-signing-secret'), 'hush-signing')
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
