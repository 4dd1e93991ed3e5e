// `hallpass check-config`: what it sums up, and what it finds that would not keep a process from starting.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { placeholders } from '../../src/app/config-doubts.ts'
import { suite, table } from '../suite.ts'
import { hallpass } from './terminal.ts'

const test = suite('check-config')
const root = resolve(import.meta.dirname, '../..')
let folder = ''
test.before.each(() => void (folder = mkdtempSync(join(tmpdir(), 'hallpass-check-'))))
test.after.each(() => rmSync(folder, { recursive: true, force: true }))

const good = `hostedDomains: [corp.test]
slack: { teams: [T0HALLPASS] }
publicUrl: https://access.corp.test
google:
  oauthClientID: 123-abc.apps.googleusercontent.com
  ticketKey: projects/access/locations/europe-west1/keyRings/hallpass/cryptoKeys/ticket
  tokenKey: projects/access/locations/europe-west1/keyRings/hallpass/cryptoKeys/token
  auditLog: projects/access/logs/hallpass
`
const secrets: Record<string, string> = {
  'slack-bot-token': 'xoxb-hush-1',
  'slack-signing-secret': 'hush-signing',
  'oauth-client-secret': 'hush-oauth-3',
  'pagerduty-token': 'hush-pager-4',
}

type Checked = { code: number; out: string; err: string }

async function check(yaml: string, process = 'all', more: Record<string, string> = {}): Promise<Checked> {
  const [configPath, secretsPath] = [join(folder, 'config.yaml'), folder]
  writeFileSync(configPath, yaml)
  for (const [name, value] of Object.entries({ ...secrets, ...more })) writeFileSync(join(folder, name), value)
  return hallpass(['check-config', process], { environment: { configPath, secretsPath } })
}

test('a good configuration is summed up without a secret', async () => {
  const partners = '[{ email: pat@partner.test, until: 2999-12-31 }, { email: old@partner.test, until: 2020-01-31 }]'
  const yaml = `hostedDomains: [corp.test]\nexternalRequesters: ${partners}\nslack: { teams: [T0HALLPASS] }\n`
  const { code, out, err } = await check(yaml, 'gateway')
  assert.match(out, /is valid for gateway: all namespaces; people of corp\.test; command \/access by HTTP\.\n/)
  assert.match(out, /pat@partner\.test may ask as an external until 3000-01-01T00:00:00Z\.\n/)
  assert.match(out, /old@partner\.test may ask as an external until 2020-02-01T00:00:00Z, which is over\.\n$/)
  assert.not.match(out, /hush/)
  assert.equal([code, err], [0, ''])
  const all = await check(yaml)
  assert.match(all.err, 'publicUrl is missing; auth needs it')
  assert.is(all.code, 2)
})

test('every value of the sample that must be replaced is named, and no other', () => {
  const text = readFileSync(join(root, 'deploy/base/system/config.yaml'), 'utf8')
  const found = placeholders(parse(text)).map(({ setting }) => setting)
  assert.equal(found, [
    'publicUrl',
    'hostedDomains[0]',
    'slack.teams[0]',
    'google.oauthClientID',
    'google.ticketKey',
    'google.tokenKey',
    'google.auditLog',
    'google.auditView',
  ])
  const lines = text.split('\n').filter(line => !line.startsWith('#') && /example/i.test(line))
  assert.is(lines.length, found.length, 'each line with example is one of them')
  assert.equal(placeholders(parse(good)), [])
})

const replaced: Record<string, { from: string; to: string; says: RegExp }> = {
  'a sample is named with what to do': {
    from: 'access.corp.test',
    to: 'access.example.com',
    says: /publicUrl \("https:\/\/access\.example\.com"\) is a placeholder of the samples\.\n {4}Give the address/,
  },
  'a word in capitals in the place of a project is a placeholder': {
    from: 'projects/access/logs',
    to: 'projects/PROJECT/logs',
    says: /google\.auditLog \("projects\/PROJECT\/logs\/hallpass"\) is a placeholder/,
  },
  'placeholders are named together with other faults': {
    from: 'slack: { teams: [T0HALLPASS] }',
    to: 'slack: { teams: [T0EXAMPLE], mood: http }',
    says: /2 faults:[^]*slack\.mood is not a setting[^]*slack\.teams\[0\] \("T0EXAMPLE"\) is a placeholder/,
  },
}
table(test, replaced, async ({ from, to, says }) => {
  const { code, out, err } = await check(good.replace(from, to))
  assert.match(err, says)
  assert.equal([code, out], [2, ''])
})

test('a project whose name has the word example is no placeholder', async () => {
  const { code, err } = await check(good.replaceAll('projects/access/', 'projects/example-prod/'))
  assert.equal([code, err], [0, ''])
})

const doubts: Record<string, { yaml: string; secrets?: Record<string, string>; says: RegExp }> = {
  'a partner who is no outsider': {
    yaml: `${good}externalRequesters: [{ email: otto@corp.test, until: 2999-12-31 }]\n`,
    says: /externalRequesters \("otto@corp\.test"\) is in corp\.test, one of hostedDomains/,
  },
  'a person whose first address can do nothing': {
    yaml: `${good}people: [[mo@gmail.com, mo@corp.test]]\n`,
    says: /people \("mo@gmail\.com"\) is the first address of its row, but it is neither in hostedDomains/,
  },
  'a secret of the other mode': {
    yaml: good,
    secrets: { 'slack-app-token': 'xapp-hush-2' },
    says: /secret slack-app-token exists, but slack\.mode is http, which does not use it/,
  },
  'a routing key whose route is not listed': {
    yaml: good,
    secrets: { 'pagerduty-route-nobody': 'hush0000000000000000000000000001' },
    says: /secret pagerduty-route-nobody exists, but pagerduty\.routes has no route of that name/,
  },
  'two routes with one key': {
    yaml: `${good}pagerduty: { routes: [{ name: a, namespaces: [x] }, { name: b, namespaces: [x] }] }\n`,
    secrets: {
      'pagerduty-route-a': 'hush0000000000000000000000000001',
      'pagerduty-route-b': 'hush0000000000000000000000000001',
    },
    says: /pagerduty\.routes \("b"\) has the same routing key as a route before it/,
  },
  'a route for namespaces that nobody watches': {
    yaml: `${good}namespaces: [hallpass]\npagerduty: { routes: [{ name: a, namespaces: [x] }] }\n`,
    secrets: { 'pagerduty-route-a': 'hush0000000000000000000000000001' },
    says: /pagerduty\.routes \("a"\) lists no namespace that Hallpass watches/,
  },
  'requests that are forgotten before they are looked at again': {
    yaml: `${good}retainFor: 2h\n`,
    says: /retainFor \("2 h"\) is shorter than the 24 hours/,
  },
  'an address that Kubernetes cannot reach': {
    yaml: `${good}listen: { host: 127.0.0.1 }\n`,
    says: /listen\.host \("127\.0\.0\.1"\) is reachable only from this machine/,
  },
  'a sandbox with a public address': {
    yaml: `${good}iAmASandbox: { acceptLoopbackEndpoints: true }\n`,
    says: /publicUrl \("https:\/\/access\.corp\.test"\) is public, but iAmASandbox is set/,
  },
}
table(test, doubts, async ({ yaml, secrets: more = {}, says }) => {
  const { code, out, err } = await check(yaml, 'all', more)
  assert.match(err, /^Is this what you want\?\n/)
  assert.match(err, says)
  assert.match(out, 'is valid for all processes')
  assert.not.match(err, /hush/)
  assert.is(code, 0)
})

test('a person of two companies and a listed partner contradict nothing', async () => {
  const people = 'people: [[mo@corp.test, mo@gmail.com], [pat@partner.test, pat@corp.test]]\n'
  const { err } = await check(`${good}${people}externalRequesters: [{ email: pat@partner.test, until: 2999-12-31 }]\n`)
  assert.is(err, '')
})

test.run()
