// `hallpass slack-app`: the manifest for mappings is the one that deploy/ shows, and every difference of an app is named.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse, stringify } from 'yaml'
import type { AppManifest, SlashCommand } from '../../src/cli/slack-app/manifest.ts'
import { suite, table } from '../suite.ts'
import { hallpass } from './terminal.ts'

const test = suite('command line: slack-app')
const root = join(import.meta.dirname, '../..')
const samples = join(root, 'deploy/samples')
const url = 'https://access.example.com'
let folder = ''
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-slack-app-'))
})
test.after(() => rmSync(folder, { recursive: true, force: true }))

const shown = (path: string): AppManifest => parse(readFileSync(join(root, path), 'utf8')) as AppManifest

/** A mapping as a file of YAML. */
const mapping = (name: string, command?: string): string =>
  stringify({
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'RoleMapping',
    metadata: { name },
    spec: {
      ...(command && { command }),
      description: `Ask for ${name}`,
      grants: [{ resource: 'projects/prod-eu', role: 'roles/logging.viewer' }],
      requesters: { domains: ['example.com'] },
      approval: { fallback: { emails: ['ana@example.com'] } },
      channel: 'C0PRODACCESS',
    },
  })

function fileOf(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

table(
  test,
  {
    'the manifest has everything of the example, for Slack that calls': ['http', 'deploy/slack/manifest.yaml'],
    'the manifest has everything of the example, for Socket Mode': ['socket', 'deploy/slack/manifest-socket-mode.yaml'],
  },
  async ([mode = '', path = '']) => {
    const file = fileOf('one.yaml', mapping('prod-db', '/prod-db'))
    const { out, code } = await hallpass(['slack-app', '-f', file, '--url', url, '--mode', mode])
    const [made, example] = [parse(out) as AppManifest, shown(path)]
    const plain = ({ features, ...rest }: AppManifest): object => ({
      ...rest,
      features: {
        ...features,
        // A site words its own descriptions.
        slash_commands: features.slash_commands.map(({ description: _d, usage_hint: _h, ...command }) => command),
      },
    })
    assert.equal(plain(made), plain(example))
    assert.is(code, 0)
  },
)

test('every mapping with a command has one, in order, with its own description', async () => {
  const { out } = await hallpass(['slack-app', '-f', samples, '--url', url, '-o', 'json'])
  const { features } = JSON.parse(out) as AppManifest
  const names = features.slash_commands.map(({ command }) => command)
  assert.ok(names.includes('/prod-db') && names.includes('/prod-gke'))
  assert.equal(names.slice(1), names.slice(1).toSorted())
  assert.is(names[0], '/access')
  assert.match(features.slash_commands.find(({ command }) => command === '/prod-db')?.description ?? '', 'databases')
})

test('the settings say address, mode and command', async () => {
  const settings = { publicUrl: 'https://hallpass.example.org', slack: { mode: 'socket', command: '/hallpass' } }
  const environment = { configPath: fileOf('config.yaml', stringify(settings)) }
  const { out } = await hallpass(['slack-app', '-f', samples, '-o', 'json'], { environment })
  const made = JSON.parse(out) as AppManifest
  assert.is(made.settings.socket_mode_enabled, true)
  assert.is(made.features.slash_commands[0]?.command, '/hallpass')
  const http = await hallpass(['slack-app', '-f', samples, '--mode', 'http', '-o', 'json'], { environment })
  const called = JSON.parse(http.out) as AppManifest
  assert.is(called.settings.interactivity.request_url, 'https://hallpass.example.org/slack/events')
})

function commandOf({ slash_commands: commands }: AppManifest['features'], place: number): SlashCommand {
  const command = commands[place]
  if (!command) throw new Error(`The manifest has no command ${place}.`)
  return command
}

const changes: Record<string, { change: (app: AppManifest) => void; says: string }> = {
  'a command is missing': {
    change: ({ features }) => void features.slash_commands.pop(),
    says: 'The command /prod-db is missing.',
  },
  'a command of no mapping': {
    change: ({ features }) => void features.slash_commands.push({ ...commandOf(features, 0), command: '/old' }),
    says: 'The command /old belongs to no mapping: remove it.',
  },
  'a command that goes elsewhere': {
    change: ({ features }) => void (commandOf(features, 1).url = 'https://old.example.com/slack/events'),
    says: 'The command /prod-db is sent to "https://old.example.com/slack/events" and should be sent to "https://access.example.com/slack/events".',
  },
  'names are escaped': {
    change: ({ features }) => void (commandOf(features, 1).should_escape = true),
    says: 'The command /prod-db escapes names: reasons would contain ids instead of what was typed.',
  },
  'a scope is missing': {
    change: ({ oauth_config: { scopes } }) => void scopes.bot.pop(),
    says: 'The scope im:write is missing. Add it and install the app again.',
  },
  'a scope too many': {
    change: ({ oauth_config: { scopes } }) => void scopes.bot.push('files:read'),
    says: 'The scope files:read is not needed. Remove it, so that a stolen token can do less.',
  },
  'the other mode': {
    change: ({ settings }) => void (settings.socket_mode_enabled = true),
    says: 'Socket Mode is on and should be off: otherwise no command reaches the gateway.',
  },
  'no buttons': {
    change: ({ settings }) => void (settings.interactivity.is_enabled = false),
    says: 'Interactivity is off: buttons and forms do nothing.',
  },
  'no direct messages': {
    change: ({ features }) => void (features.app_home['messages_tab_enabled'] = false),
    says: 'The Messages tab is off: Slack refuses direct messages to people who are not in the channel.',
  },
}
table(test, changes, async ({ change, says }) => {
  const mappings = fileOf('one.yaml', mapping('prod-db', '/prod-db'))
  const app = shown('deploy/slack/manifest.yaml')
  change(app)
  const exported = fileOf('exported.json', JSON.stringify({ manifest: app }))
  const { out, code, err } = await hallpass(['slack-app', '-f', mappings, '--url', url, '--check', exported])
  assert.is(out, `${says}\n`)
  assert.equal([code, err], [1, '1 difference.\n'])
})

test('an app that is as it should be gives 0', async () => {
  const mappings = fileOf('one.yaml', mapping('prod-db', '/prod-db'))
  const check = ['slack-app', '-f', mappings, '--url', url, '--check', join(root, 'deploy/slack/manifest.yaml')]
  assert.equal(await hallpass(check), { code: 0, out: '', err: 'The Slack app is as it should be.\n' })
})

test('two mappings with one command have it once: the first keeps it', async () => {
  const file = fileOf('two.yaml', [mapping('a', '/prod'), mapping('b', '/prod')].join('---\n'))
  const { out } = await hallpass(['slack-app', '-f', file, '--url', url, '-o', 'json'])
  const { features } = JSON.parse(out) as AppManifest
  assert.equal(
    features.slash_commands.map(({ description }) => description),
    ['Ask for production access', 'Ask for a'],
  )
})

const refused: Record<string, { words: () => string[]; says: RegExp }> = {
  'more commands than Slack allows': {
    words: () => {
      const all = Array.from({ length: 52 }, (_, n) => mapping(`m${n}`, `/m${n}`)).join('---\n')
      return ['-f', fileOf('many.yaml', all), '--url', url]
    },
    says: /Slack allows 50 commands for one app, and this would have 53\. Leave "command" out of at least 3 mappings: "\/access NAME" reaches every mapping\./,
  },
  'no address': { words: () => ['-f', samples], says: /The address is missing that Slack calls/ },
  'an address without TLS': {
    words: () => ['-f', samples, '--url', 'http://access.example.com'],
    says: /"http:\/\/access\.example\.com" is not an address that Slack can call/,
  },
  'something else than a manifest': {
    words: () => ['-f', samples, '--url', url, '--check', fileOf('other.json', '{"ok":false}')],
    says: /not the manifest of a Slack app: features/,
  },
  'a broken file': {
    words: () => ['-f', samples, '--url', url, '--check', fileOf('broken.json', '{"a": [')],
    says: /broken\.json is neither YAML nor JSON/,
  },
}
table(test, refused, async ({ words, says }) => {
  const { code, out, err } = await hallpass(['slack-app', ...words()])
  assert.match(err, says)
  assert.equal([code, out], [2, ''])
})

test.run()
