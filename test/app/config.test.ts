// The configuration: what is accepted, and that every fault is named with its remedy and without a secret.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import * as assert from 'uvu/assert'
import { ConfigFault } from '../../src/app/config-fault.ts'
import { type Config, readConfig } from '../../src/app/config.ts'
import type { ProcessName } from '../../src/app/process-names.ts'
import { readEnvironment } from '../../src/app/environment.ts'
import { suite, table } from '../suite.ts'

const test = suite('configuration')

const good = `
namespaces: [hallpass]
publicUrl: https://access.example.com
hostedDomains: [example.com]
people: [[mo@example.com, mo.manager@corp.example.com]]
retainFor: 30d
slack: { teams: [T0HALLPASS], command: /access, mode: http }
google:
  oauthClientID: 123-abc.apps.googleusercontent.com
  ticketKey: projects/p/locations/europe-west1/keyRings/hallpass/cryptoKeys/ticket
  tokenKey: projects/p/locations/europe-west1/keyRings/hallpass/cryptoKeys/token
  auditLog: projects/audit/logs/hallpass
`
const sandbox = `
publicUrl: http://127.0.0.1:8080
hostedDomains: [example.com]
slack: { teams: [T0HALLPASS] }
google:
  oauthClientID: sandbox-client
  ticketKey: projects/p/locations/l/keyRings/r/cryptoKeys/ticket
  tokenKey: projects/p/locations/l/keyRings/r/cryptoKeys/token
  auditLog: projects/p/logs/hallpass
iAmASandbox: { acceptLoopbackEndpoints: true, google: 'http://127.0.0.1:9010', slack: 'http://[::1]:9020/api/' }
`
const goodSecrets: Record<string, string> = {
  'slack-bot-token': 'xoxb-hush-1\n',
  'slack-signing-secret': 'hush-signing-new\nhush-signing-old\n',
  'slack-app-token': 'xapp-hush-2',
  'oauth-client-secret': 'hush-oauth-3',
  'pagerduty-token': 'hush-pager-4',
}

let folder = ''
test.before.each(() => void (folder = mkdtempSync(join(tmpdir(), 'hallpass-config-'))))
test.after.each(() => rmSync(folder, { recursive: true, force: true }))

type Given = { process?: ProcessName; yaml?: string; secrets?: Record<string, string | undefined> }

function read({ process = 'all', yaml = good, secrets = {} }: Given = {}): Config {
  const [configPath, secretsPath] = [join(folder, 'config.yaml'), join(folder, 'secrets')]
  mkdirSync(secretsPath, { recursive: true })
  writeFileSync(configPath, yaml)
  for (const [name, value] of Object.entries({ ...goodSecrets, ...secrets }))
    if (value !== undefined) writeFileSync(join(secretsPath, name), value)
  return readConfig(process, { configPath, secretsPath })
}

function faultsOf(given: Given): string {
  try {
    read(given)
  } catch (error) {
    if (error instanceof ConfigFault) return error.message
    throw error
  }
  throw new Error('the configuration was accepted')
}

const without = (name: string): string => good.replace(new RegExp(`^ *${name}:.*\n`, 'm'), '')
const setting = (line: string): string => `${without(line.slice(0, line.indexOf(':')))}${line}\n`
const google = (name: string, value: string): string => good.replace(new RegExp(`${name}: .*`), `${name}: ${value}`)

test('the three processes in one are told everything', () => {
  const config = read()
  assert.equal(config.people, [['mo@example.com', 'mo.manager@corp.example.com']])
  assert.is(config.retainForSeconds, 30 * 86_400)
  assert.equal(config.listen, { port: 8080, healthPort: 8081, host: '0.0.0.0' })
  assert.is(config.tokenNamespace, 'hallpass-tokens')
  assert.equal(config.leaderElection, { leaseSeconds: 15, renewDeadlineSeconds: 10, retrySeconds: 2 })
  assert.equal(config.limits, {
    openPerPerson: 5,
    openPerMapping: 50,
    hourlyPerPerson: 20,
    hourlyPerMapping: 100,
    hourlyEmergenciesPerPerson: 3,
  })
  assert.equal(config.gateway?.installed, { teamIDs: ['T0HALLPASS'] })
  assert.is(config.auth?.publicUrl, 'https://access.example.com')
  assert.is(config.controller?.botToken.reveal(), 'xoxb-hush-1')
  assert.is(config.sandbox, undefined)
})

test('PagerDuty is asked in the US unless the account is in the EU; there is no other place', () => {
  const regionOf = (yaml: string): unknown => read({ process: 'controller', yaml }).controller?.pagerDutyRegion
  assert.is(regionOf(good), 'us')
  assert.is(regionOf(`${good}pagerduty: { region: eu }\n`), 'eu')
  assert.match(
    faultsOf({ yaml: `${good}pagerduty: { region: mars }\n` }),
    /pagerduty\.region \("mars"\) is not us or eu/,
  )
  assert.match(faultsOf({ yaml: `${good}pagerduty: { url: x }\n` }), /pagerduty\.url is not a setting/)
})

test('a route names its namespaces, and its routing key is a secret of its name', () => {
  const routed = `${good}pagerduty: { routes: [{ name: platform, namespaces: [hallpass] }] }\n`
  const key = 'hush0000000000000000000000000005'
  const { controller } = read({ process: 'controller', yaml: routed, secrets: { 'pagerduty-route-platform': key } })
  assert.equal(controller?.pageRoutes, [{ name: 'platform', namespaces: ['hallpass'] }])
  assert.is(controller?.pageKeys.get('platform')?.reveal(), key)
  assert.equal(controller?.pageLimits, { pagesPerPerson: 3, pagesPerMapping: 10 })
  assert.equal(read({ process: 'gateway', yaml: routed }).controller, undefined, 'no other process needs the key')
})

table<{ routes: string; secrets?: Record<string, string>; says: RegExp }>(
  test,
  {
    'a route without a key is named': {
      routes: '[{ name: platform, namespaces: [hallpass] }]',
      says: /secret pagerduty-route-platform cannot be read\.\n.*Put it into the file pagerduty-route-platform in/,
    },
    'a key of another form is not shown': {
      routes: '[{ name: platform, namespaces: [hallpass] }]',
      secrets: { 'pagerduty-route-platform': 'hush-too-short' },
      says: /secret pagerduty-route-platform does not hold a routing key of 32 letters and digits/,
    },
    'a route for nobody': {
      routes: '[{ name: platform, namespaces: [] }]',
      says: /routes\[0\]\.namespaces .*is empty/,
    },
    'a route with the name of a path': {
      routes: '[{ name: ../token, namespaces: [hallpass] }]',
      says: /routes\[0\]\.name .*is not a name of small letters/,
    },
    'a key in the settings is not shown': {
      routes: '[{ name: platform, namespaces: [hallpass], key: hush0000000000000000000000000005 }]',
      says: /pagerduty\.routes\[0\]\.key is not a setting/,
    },
    'a route that is listed twice': {
      routes: '[{ name: platform, namespaces: [a] }, { name: platform, namespaces: [b] }]',
      says: /pagerduty\.routes \("platform"\) is listed twice/,
    },
  },
  ({ routes, secrets, says }) => {
    const found = faultsOf({
      process: 'controller',
      yaml: `${good}pagerduty: { routes: ${routes} }\n`,
      ...(secrets && { secrets }),
    })
    assert.match(found, says)
    assert.not.match(found, /hush/)
  },
)

test('a sandbox with routes needs a simulated Events API, so that it pages nobody', () => {
  const yaml = `${good}pagerduty: { routes: [{ name: platform, namespaces: [hallpass] }] }
iAmASandbox: { acceptLoopbackEndpoints: true, pagerduty: 'http://127.0.0.1:1/' }\n`
  assert.match(faultsOf({ process: 'controller', yaml }), /iAmASandbox\.pagerdutyEvents is missing, although PagerDuty/)
})

test('custom roles are read only when somebody says so, and the other processes are not told', () => {
  const yaml = `${good}  readCustomRoles: true\n`
  assert.is(read({ process: 'controller' }).controller?.readCustomRoles, false)
  assert.is(read({ process: 'controller', yaml }).controller?.readCustomRoles, true)
  assert.not('readCustomRoles' in (read({ process: 'auth', yaml }).auth ?? {}))
  assert.match(
    faultsOf({ yaml: `${good}  readCustomRoles: maybe\n` }),
    /google\.readCustomRoles \("maybe"\) is not true or false\.\n {4}Set it to true when the controller may read/,
  )
})

test('policies are compared only where a reader is named, once an hour, and only the controller is told', () => {
  const account = 'hallpass-drift@example-access.iam.gserviceaccount.com'
  const drift = (more = ''): unknown => read({ process: 'controller', yaml: `${good}${more}` }).controller?.drift
  assert.is(drift(), undefined)
  assert.is(drift('  compareEvery: 10m\n'), undefined)
  assert.equal(drift(`  policyReader: ${account}\n`), { policyReader: account, everySeconds: 3600 })
  assert.equal(drift(`  policyReader: ${account}\n  compareEvery: 10m\n`), { policyReader: account, everySeconds: 600 })
  const auth = read({ process: 'auth', yaml: `${good}  policyReader: ${account}\n` }).auth ?? {}
  assert.not(['policyReader', 'compareEvery', 'drift'].some(name => name in auth))
})

test('what is deployed is well-formed, down to its placeholders', () => {
  const yaml = readFileSync(join(import.meta.dirname, '../../deploy/base/system/config.yaml'), 'utf8')
  assert.is(read({ yaml }).tokenNamespace, 'hallpass-tokens')
})

table<{ until: string; ends: string }>(
  test,
  {
    'a partner may ask until the end of a date': { until: '2026-12-31', ends: '2027-01-01T00:00:00.000Z' },
    'a leap day is a date': { until: '2028-02-29', ends: '2028-03-01T00:00:00.000Z' },
    'a partner may ask until an instant': { until: '2026-12-31T18:00:00Z', ends: '2026-12-31T18:00:00.000Z' },
    'the date may be over, so that a restart never stops for it': {
      until: '2020-01-01',
      ends: '2020-01-02T00:00:00.000Z',
    },
  },
  ({ until, ends }) => {
    const yaml = `${good}externalRequesters: [{ email: Pat@Partner.example, until: ${until} }]\n`
    const [listed] = read({ yaml }).externalRequesters
    assert.equal([listed?.email, listed?.until.toISOString()], ['pat@partner.example', ends])
  },
)

test('two signing secrets stand on two lines while they rotate', () => {
  const via = read({ process: 'gateway' }).gateway?.via
  const secrets = via && 'signingSecrets' in via ? via.signingSecrets.map(secret => secret.reveal()) : []
  assert.equal(secrets, ['hush-signing-new', 'hush-signing-old'])
})

test('with a socket the app token takes the place of the signing secret', () => {
  const yaml = good.replace('mode: http', 'mode: socket')
  const config = read({ process: 'gateway', yaml, secrets: { 'slack-signing-secret': undefined } })
  assert.ok(config.gateway && 'appToken' in config.gateway.via)
  assert.match(faultsOf({ yaml, secrets: { 'slack-app-token': 'xoxb-hush-1' } }), 'does not begin with xapp-')
})

const least: Record<string, { process: ProcessName; yaml: string; secrets: string[] }> = {
  'the gateway needs Slack and who may ask, and no Google setting': {
    process: 'gateway',
    yaml: 'hostedDomains: [example.com]\nslack: { teams: [T0HALLPASS] }',
    secrets: ['slack-bot-token', 'slack-signing-secret'],
  },
  'auth needs no Slack setting and no Slack secret': {
    process: 'auth',
    yaml: without('auditLog').replace(/^slack:.*\n/m, ''),
    secrets: ['oauth-client-secret'],
  },
  'the controller needs neither the OAuth secret nor the signing secret': {
    process: 'controller',
    yaml: good,
    secrets: ['slack-bot-token', 'pagerduty-token'],
  },
}
table(test, least, ({ process, yaml, secrets }) => {
  const given = Object.fromEntries(
    Object.keys(goodSecrets).map(name => [name, secrets.includes(name) ? goodSecrets[name] : undefined]),
  )
  const config = read({ process, yaml, secrets: given })
  assert.equal(
    ['gateway', 'auth', 'controller'].filter(part => part in config),
    [process],
  )
})

test('each process names what it misses, settings and secrets together', () => {
  const none = Object.fromEntries(Object.keys(goodSecrets).map(name => [name, undefined]))
  const said = faultsOf({ yaml: '', secrets: none })
  for (const name of ['slack.teams', 'publicUrl', 'hostedDomains', 'google.oauthClientID', 'google.auditLog'])
    assert.match(said, new RegExp(`  ${name} is missing; (the gateway|auth|the controller) needs it\\.\n    [A-Z]`))
  for (const name of Object.keys(goodSecrets).filter(name => name !== 'slack-app-token'))
    assert.match(said, `secret ${name} cannot be read`)
  assert.match(said, /has 11 faults:/)
})

const wrong: Record<string, Given & { says: RegExp }> = {
  'the reader of policies is a person': {
    yaml: `${good}  policyReader: dana@example.com\n`,
    says: /google\.policyReader \("dana@example\.com"\) is not the address of a service account\.\n {4}Give the address/,
  },
  'policies are compared all the time': {
    yaml: `${good}  compareEvery: 1s\n`,
    says: /google\.compareEvery \("1s"\) is not a duration of at least 10s, such as 1h\./,
  },
  'a mistyped setting is a fault, with a guess at what was meant': {
    yaml: `${good}hostedDomain: [example.com]\n`,
    says: /hostedDomain is not a setting\.\n {4}Did you mean hostedDomains\?/,
  },
  'a mistyped setting within a group is named with its group': {
    yaml: good.replace('mode: http', 'modus: http'),
    says: /slack\.modus is not a setting\.\n {4}Did you mean slack\.mode\?/,
  },
  'a setting of another sort names what was given': {
    yaml: setting('namespaces: hallpass'),
    says: /namespaces \("hallpass"\) is not a list\./,
  },
  'an item of a list is named by its position': {
    yaml: good.replace('[T0HALLPASS]', '[T0HALLPASS, hallpass]'),
    says: /slack\.teams\[1\] \("hallpass"\) is not the id of a Slack workspace/,
  },
  'no workspace is not every workspace': {
    yaml: good.replace('[T0HALLPASS]', '[]'),
    says: /slack\.teams \(a list\) is empty/,
  },
  'no domain is not every domain': { yaml: setting('hostedDomains: []'), says: /hostedDomains \(a list\) is empty/ },
  'a choice names its choices': {
    yaml: good.replace('mode: http', 'mode: https'),
    says: /slack\.mode \("https"\) is not http or socket/,
  },
  'requests cannot be dropped at once': {
    yaml: setting('retainFor: 5m'),
    says: /retainFor \("5m"\) is not a duration of at least an hour/,
  },
  'a log is not a view of it': {
    yaml: `${good.replace('google:', 'google:\n  auditView: projects/p/logs/hallpass')}`,
    says: /google\.auditView \("projects\/p\/logs\/hallpass"\) is not a view of a log bucket/,
  },
  'a duration needs its unit': { yaml: setting('retainFor: 90'), says: /retainFor \(90\) is not text/ },
  'one key cannot open both links and tokens': {
    yaml: google('tokenKey', 'projects/p/locations/europe-west1/keyRings/hallpass/cryptoKeys/ticket'),
    says: /google\.tokenKey .*is the same key as google\.ticketKey/,
  },
  'a key needs its full name': { yaml: google('ticketKey', 'ticket'), says: /google\.ticketKey \("ticket"\) is not/ },
  'an address in two rows belongs to nobody': {
    yaml: setting('people: [[mo@example.com, mo@corp.example.com], [ana@example.com, MO@example.com]]'),
    says: /people \("mo@example\.com"\) is in more than one row/,
  },
  'a partner needs a date on which it ends': {
    yaml: `${good}externalRequesters: [{ email: pat@partner.example }]\n`,
    says: /externalRequesters\[0\]\.until is missing\.\n {4}Give the last day/,
  },
  'a partner is an address, not a domain': {
    yaml: `${good}externalRequesters: [{ email: '@partner.example', until: 2026-12-31 }]\n`,
    says: /externalRequesters\[0\]\.email \("@partner\.example"\) is not an e-mail address/,
  },
  'a look-alike letter is no partner': {
    yaml: `${good}externalRequesters: [{ email: 'p\u0430t@partner.example', until: 2026-12-31 }]\n`,
    says: /externalRequesters\[0\]\.email .*is not an e-mail address/,
  },
  'a day that does not exist ends nothing': {
    yaml: `${good}externalRequesters: [{ email: pat@partner.example, until: 2026-02-30 }]\n`,
    says: /externalRequesters\[0\]\.until \("2026-02-30"\) is not a date such as 2026-12-31/,
  },
  'an instant of another zone is not guessed at': {
    yaml: `${good}externalRequesters: [{ email: pat@partner.example, until: '2026-12-31T18:00:00+02:00' }]\n`,
    says: /externalRequesters\[0\]\.until .* is not a date/,
  },
  'forever is not a date': {
    yaml: `${good}externalRequesters: [{ email: pat@partner.example, until: never }]\n`,
    says: /externalRequesters\[0\]\.until \("never"\) is not a date/,
  },
  'a partner listed twice has no one end': {
    yaml: `${good}externalRequesters: [{ email: pat@partner.example, until: 2026-12-31 }, { email: PAT@partner.example, until: 2030-01-01 }]\n`,
    says: /externalRequesters \("pat@partner\.example"\) is listed twice, so it is unclear until when/,
  },
  'a mistyped setting of a partner is named': {
    yaml: `${good}externalRequesters: [{ email: pat@partner.example, untill: 2026-12-31 }]\n`,
    says: /externalRequesters\[0\]\.untill is not a setting\.\n {4}Did you mean/,
  },
  'everybody with a private account is not an organisation': {
    yaml: setting('hostedDomains: [example.com, gmail.com]'),
    says: /hostedDomains \("gmail\.com"\) is a domain of private accounts/,
  },
  'a row of one address says nothing': {
    yaml: setting('people: [[mo@example.com]]'),
    says: /people\[0\] \(a list\) needs at least two addresses/,
  },
  'sealed tokens have their own namespace': {
    yaml: `${good}tokenNamespace: hallpass\n`,
    says: /tokenNamespace \("hallpass"\) is used for other things too/,
  },
  'health has its own port': {
    yaml: `${good}listen: { port: 8081, healthPort: 8081 }\n`,
    says: /listen\.healthPort \(8081\) is the same as listen\.port/,
  },
  'a lease that outlives its leader is refused': {
    yaml: `${good}leaderElection: { leaseSeconds: 5 }\n`,
    says: /leaderElection\.renewDeadlineSeconds is not less than leaseSeconds, so two controllers could lead/,
  },
  'a lease that is never renewed in time is refused': {
    yaml: `${good}leaderElection: { retrySeconds: 10 }\n`,
    says: /leaderElection\.retrySeconds \(10\) is not less than renewDeadlineSeconds/,
  },
  'a limit of nothing is refused': {
    yaml: `${good}limits: { openPerPerson: 0 }\n`,
    says: /limits\.openPerPerson \(0\) is not a whole number from 1 to 100000\.\s+Say how many requests of one person/,
  },
  'a limit of another name is refused': {
    yaml: `${good}limits: { hourlyPerPersn: 3 }\n`,
    says: /limits\.hourlyPerPersn is not a setting\.\s+Did you mean limits\.hourlyPerPerson\?/,
  },
  'a lease of no time is refused': {
    yaml: `${good}leaderElection: { leaseSeconds: 0 }\n`,
    says: /leaderElection\.leaseSeconds \(0\) is not a number of seconds from 2 to 600/,
  },
  'a lease lives whole seconds': {
    yaml: `${good}leaderElection: { leaseSeconds: 12.5 }\n`,
    says: /leaderElection\.leaseSeconds \(12\.5\) is not a whole number of seconds/,
  },
  'approvals over plain http are refused': {
    yaml: setting('publicUrl: http://access.example.com'),
    says: /publicUrl .* is not https/,
  },
  'plain http is refused on this machine too, outside a sandbox': {
    yaml: setting('publicUrl: http://127.0.0.1:8080'),
    says: /publicUrl .* is not https/,
  },
  'plain http is refused in a sandbox that is not on this machine': {
    yaml: sandbox.replace('http://127.0.0.1:8080', 'http://access.example.com'),
    secrets: { 'google-access-token': 'hush-google-5' },
    says: /publicUrl .* is http but not on this machine/,
  },
  'the public address has no path, for a cookie cannot be kept to one': {
    yaml: setting('publicUrl: https://example.com/access'),
    says: /publicUrl .* is not an address with only scheme and host/,
  },
  'the public address carries no password': {
    yaml: setting('publicUrl: https://a:b@example.com'),
    says: /publicUrl .* is not an address with only scheme and host/,
  },
  'a client id of anybody else is refused outside a sandbox': {
    yaml: google('oauthClientID', 'sandbox-client'),
    says: /google\.oauthClientID \("sandbox-client"\) is not an OAuth client id of Google/,
  },
  'two bot tokens are one too many': {
    secrets: { 'slack-bot-token': 'xoxb-hush-1\nxoxb-hush-1' },
    says: /secret slack-bot-token has more than one line/,
  },
  'an empty secret is no secret': {
    secrets: { 'slack-signing-secret': '\n\n' },
    says: /secret slack-signing-secret is empty/,
  },
  'a short secret is no secret': {
    secrets: { 'slack-signing-secret': 'hush' },
    says: /secret slack-signing-secret does not hold a secret of at least 8 characters/,
  },
  'a secret with a blank in it is not one': {
    secrets: { 'oauth-client-secret': 'hush hush hush' },
    says: /secret oauth-client-secret does not hold/,
  },
  'a Google token is refused outside a sandbox': {
    secrets: { 'google-access-token': 'hush-google-5' },
    says: /secret google-access-token is accepted only in a sandbox/,
  },
  'a setting written twice is not guessed at': {
    yaml: `${good}retainFor: 1h\n`,
    says: /is not well-formed YAML at line \d+, column 1 \(DUPLICATE_KEY\)/,
  },
  'a list is no configuration': { yaml: '- a\n', says: /is not a group of settings/ },
}
table(test, wrong, ({ says, ...given }) => {
  const said = faultsOf(given)
  assert.match(said, says)
  assert.not.match(said, /hush/)
})

const endpoints: Record<string, string> = {
  'an address elsewhere': 'http://203.0.113.9:9010',
  'a name, even one that sounds like this machine': 'http://localhost:9010',
  'a name that begins like a loopback address': 'http://127.0.0.1.example.com',
  'an address that hides the true host behind a user': 'http://127.0.0.1@example.com',
  'every address of this machine': 'http://0.0.0.0:9010',
  'https, which nobody there serves': 'https://127.0.0.1:9010',
  'no address': 'simulator',
}
for (const [what, url] of Object.entries(endpoints))
  test(`an endpoint cannot be ${what}`, () => {
    const yaml = sandbox.replace('http://127.0.0.1:9010', url)
    const said = faultsOf({ yaml, secrets: { 'google-access-token': 'hush-google-5' } })
    assert.match(said, /iAmASandbox\.google .* is not an http address on 127\.0\.0\.0\/8/)
  })

test('other endpoints are accepted only with the loud yes', () => {
  const yaml = sandbox.replace('acceptLoopbackEndpoints: true, ', '')
  const secrets = { 'google-access-token': 'hush-google-5' }
  assert.match(faultsOf({ yaml, secrets }), 'iAmASandbox.acceptLoopbackEndpoints is missing')
  const no = sandbox.replace('acceptLoopbackEndpoints: true', 'acceptLoopbackEndpoints: false')
  assert.match(faultsOf({ yaml: no, secrets }), /iAmASandbox\.acceptLoopbackEndpoints \(false\) is not true/)
})

test('a sandbox with its own Google needs a token of that Google', () => {
  assert.match(faultsOf({ yaml: sandbox }), 'secret google-access-token cannot be read')
  const config = read({ yaml: sandbox, secrets: { 'google-access-token': 'hush-google-5' } })
  assert.is(config.sandbox?.google, 'http://127.0.0.1:9010/')
  assert.is(config.sandbox?.slack, 'http://[::1]:9020/api/')
  assert.is(config.sandbox?.googleAccessToken?.reveal(), 'hush-google-5')
})

test('the gateway of a sandbox has no Google identity at all', () => {
  assert.is(read({ process: 'gateway', yaml: sandbox }).sandbox?.googleAccessToken, undefined)
})

const leaks: Record<string, string> = {
  'under a name that is no setting': `${good}botToken: xoxb-hush-1\n`,
  'in the place of a name': google('auditLog', 'xoxb-hush-1'),
  'in the place of a duration': setting('retainFor: xoxb-hush-1'),
  'in a file that cannot be parsed': 'slack: {\n  token: "xoxb-hush-1\n',
}
for (const [where, yaml] of Object.entries(leaks))
  test(`a secret is not printed when it is ${where}`, () => assert.not.match(faultsOf({ yaml }), /hush/))

test('a secret does not show when the configuration is printed', () => {
  const config = read()
  assert.not.match(inspect(config, { depth: 9 }) + JSON.stringify(config), /hush/)
})

test('nobody can change the configuration afterwards', () => {
  const config = read()
  assert.throws(() => Object.assign(config.listen, { port: 1 }), /read only/)
  const domains = config.controller?.hostedDomains as string[]
  assert.throws(() => domains.push('evil.example'), /not extensible/)
})

test('without a file it says which variable names it', () => {
  assert.throws(() => readConfig('all', {}), /HALLPASS_CONFIG is not set/)
  assert.throws(() => readConfig('all', { configPath: join(folder, 'none') }), /HALLPASS_CONFIG .*ENOENT/)
})

test('an empty variable is an unset one', () => {
  assert.equal(readEnvironment({ HALLPASS_CONFIG: '', POD_NAME: 'hallpass-0' }), { podName: 'hallpass-0' })
})

test.run()
