// `hallpass doctor` and the services outside: PagerDuty, Google's keys, log and sign-in, the clocks and the proxy, each
// broken alone.
import { createServer } from 'node:net'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { proxyFound } from '../../src/app/doctor/proxy.ts'
import { defaultAuditView, defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import { defaultKey } from '../../src/sim/pagerduty/seeds.ts'
import { attack } from '../attacks.ts'
import { mappingsPath } from '../deploy/fixture.ts'
import { suite } from '../suite.ts'
import { breakOneByOne, type Undo } from './doctor-broken.ts'
import { openStage, publicUrl, type Stage } from './doctor-stage.ts'

const test = suite('doctor of services', { timeoutMs: 120_000 })
let stage: Stage
test.before(async () => {
  stage = await openStage()
})
test.after(() => stage.close())

const account = (name: keyof typeof defaultIdentities): string => `serviceAccount:${defaultIdentities[name].email}`
const minutes = 60_000
const days = 24 * 60 * minutes

/** Adds a binding to a policy at Google, or removes one. */
function policyWith(resource: string, change: 'add' | 'remove', role: string, member: string): Undo {
  const { policies } = stage.google
  const before = policies.read(resource)
  if (!before) throw new Error(`There is no ${resource}.`)
  const others = before.bindings.filter(binding => binding.role !== role || !binding.members.includes(member))
  policies.replace(resource, {
    bindings: change === 'add' ? [...before.bindings, { role, members: [member] }] : others,
  })
  return () => policies.replace(resource, before)
}

/** Nobody is on call from a day on for 12 hours, and the mapping has no fallback. */
async function gapInDays(from: number, { hasFallback = false } = {}): Promise<Undo> {
  const { state } = stage.pagerduty
  const [schedule, policy] = [state.schedules.get('PROTA'), state.policies.get('PMANAGERS')]
  if (!schedule || !policy) throw new Error('the seeds have changed')
  const [shifts, levels] = [schedule.shifts, policy.levels]
  const at = Date.UTC(2026, 0, 1) + Math.ceil((Date.now() - Date.UTC(2026, 0, 1)) / days + from) * days
  schedule.shifts = [
    { user: 'PMO', end: new Date(at) },
    { user: 'PMO', start: new Date(at + days / 2) },
  ]
  policy.levels = levels.slice(0, 1)
  const undo = hasFallback ? () => undefined : await withoutFallback()
  return async () => {
    Object.assign(schedule, { shifts })
    Object.assign(policy, { levels })
    await undo()
  }
}

async function withoutFallback(): Promise<Undo> {
  const { transport } = stage.cluster
  const path = `${mappingsPath}/prod-db`
  const patch = (fallback: unknown): Promise<unknown> =>
    transport.request({
      method: 'PATCH',
      path,
      contentType: 'application/merge-patch+json',
      body: { spec: { approval: { fallback } } },
    })
  await patch(null)
  return () => patch({ emails: ['ana@example.com'] })
}

function fault(of: 'google' | 'slack' | 'pagerduty', given: { route: string; [more: string]: unknown }): Undo {
  stage[of].faults.add({ times: 100, ...given })
  return () => stage[of].faults.clear()
}

breakOneByOne(test, () => stage, {
  'a key that PagerDuty refuses': {
    of: 'controller',
    run: { secrets: { 'pagerduty-token': 'pd-revoked-key' } },
    turns: { 'pagerduty-key': 'wrong', 'pagerduty-coverage': 'unknown' },
    says: /^PagerDuty does not accept the API key, so Hallpass cannot show the owner of the API key\.$/,
    remedy: /^Put a valid key into the secret "pagerduty-token"\.$/,
  },
  'the personal key of somebody who can change things': {
    of: 'controller',
    break: () => {
      stage.pagerduty.keys.set(defaultKey, { user: 'PANA' })
      return () => stage.pagerduty.keys.set(defaultKey, 'read')
    },
    turns: { 'pagerduty-key': 'wrong' },
    says: /^The key is the personal key of Ana Director, whose role admin can change things\.$/,
    remedy:
      /^Put a read-only key into the secret pagerduty-token; it comes from PagerDuty, "API Access Keys", read-only\.$/,
  },
  'nobody on call in nine days': {
    of: 'controller',
    break: () => gapInDays(8),
    turns: { 'pagerduty-coverage': 'wrong' },
    says: /^Nobody is on call in "Platform managers" from \d{4}-\d\d-\d\dT00:00:00Z until \d{4}-\d\d-\d\dT12:00:00Z \(mapping "hallpass\/prod-db", which has no fallback\)\.$/,
    remedy: /^Put somebody on call there in PagerDuty, or give the mapping approval\.fallback\.$/,
  },
  'a PagerDuty that never answers': {
    of: 'controller',
    run: { words: ['--timeout', '8'] },
    break: () => fault('pagerduty', { route: 'GET /*', hang: true }),
    turns: { 'pagerduty-key': 'unknown', 'pagerduty-coverage': 'unknown' },
    says: /^(There was no answer within 8 s|PagerDuty did not answer)\.$/,
  },
  'auth may open sealed tokens': {
    of: 'auth',
    break: () => policyWith(defaultKeys.token, 'add', 'roles/cloudkms.cryptoKeyDecrypter', account('auth')),
    turns: { 'kms-token-refused': 'wrong' },
    says: /^Cloud KMS lets the auth decrypt with google\.tokenKey \("projects\/hallpass-ops\/.*token"\), which only the controller may\.$/,
    remedy:
      /^gcloud kms keys remove-iam-policy-binding token --keyring=hallpass --location=global --project=hallpass-ops --role=roles\/cloudkms\.cryptoKeyDecrypter --member=/,
  },
  'the controller may seal tokens': {
    of: 'controller',
    break: () => policyWith(defaultKeys.token, 'add', 'roles/cloudkms.cryptoKeyEncrypter', account('controller')),
    turns: { 'kms-token-refused': 'wrong' },
    says: /^Cloud KMS lets the controller encrypt with google\.tokenKey/,
    remedy: /--role=roles\/cloudkms\.cryptoKeyEncrypter /,
  },
  'the controller may read links': {
    of: 'controller',
    break: () => policyWith(defaultKeys.ticket, 'add', 'roles/cloudkms.cryptoKeyDecrypter', account('controller')),
    turns: { 'kms-ticket-refused': 'wrong' },
    says: /^Cloud KMS lets the controller decrypt with google\.ticketKey .* which only the auth may\.$/,
  },
  'auth may not read links': {
    of: 'auth',
    break: () => policyWith(defaultKeys.ticket, 'remove', 'roles/cloudkms.cryptoKeyDecrypter', account('auth')),
    turns: { 'kms-ticket-use': 'wrong' },
    says: /^Cloud KMS does not let Hallpass decrypt with "projects\/hallpass-ops\/.*ticket", or there is no such key\.$/,
    remedy:
      /^Grant this process roles\/cloudkms\.cryptoKeyDecrypter on it, or correct the key's name in the configuration\.$/,
  },
  'a key that is disabled': {
    of: 'controller',
    break: () => {
      stage.google.keys.setEnabled(defaultKeys.ticket, 1, false)
      return () => stage.google.keys.setEnabled(defaultKeys.ticket, 1, true)
    },
    turns: { 'kms-ticket-use': 'wrong' },
    says: /^The version of the KMS key ".*ticket" that is needed is disabled or destroyed\.$/,
    remedy: /^Enable or restore that version\.$/,
  },
  'a Cloud KMS that fails': {
    of: 'auth',
    break: () => fault('google', { route: 'POST /v1/projects/*', status: 503 }),
    turns: {
      'kms-ticket-use': 'unknown',
      'kms-ticket-refused': 'unknown',
      'kms-token-use': 'unknown',
      'kms-token-refused': 'unknown',
    },
    says: /^Cloud KMS answered 503/,
  },
  'a log that cannot be written': {
    of: 'controller',
    break: () => policyWith('projects/hallpass-ops', 'remove', 'roles/logging.logWriter', account('controller')),
    turns: { 'log-write': 'wrong' },
    says: /^Cloud Logging does not let Hallpass write to the log "hallpass" of project "hallpass-ops" \(403\)\.$/,
    remedy: /^Grant the controller roles\/logging\.logWriter there\.$/,
  },
  'a log that cannot be read back': {
    of: 'controller',
    break: () => policyWith(defaultAuditView, 'remove', 'roles/logging.viewAccessor', account('controller')),
    turns: { 'log-read': 'wrong' },
    says: /projects\/hallpass-ops\/locations\/global\/buckets\/hallpass\/views\/hallpass/,
  },
  'a redirect URI that the client does not have': {
    of: 'auth',
    break: () => {
      const { redirectUris } = stage.google.seeds.client
      const before = redirectUris.splice(0)
      return () => redirectUris.push(...before)
    },
    turns: { 'oauth-redirect': 'wrong' },
    says: /^The client "hallpass-sim\.apps\.googleusercontent\.com" does not have the redirect URI http:\/\/127\.0\.0\.1:8080\/oauth\/callback\.$/,
    remedy: /^Add exactly http:\/\/127\.0\.0\.1:8080\/oauth\/callback to its authorised redirect URIs/,
  },
  'the error page that Google redirects to': {
    of: 'auth',
    break: () =>
      fault('google', {
        route: 'GET /o/oauth2/v2/auth',
        status: 302,
        headers: {
          location: `/signin/oauth/error?authError=${Buffer.from('\n\u0015redirect_uri_mismatch\u0012').toString('base64')}`,
        },
      }),
    turns: { 'oauth-redirect': 'wrong' },
    says: /does not have the redirect URI/,
  },
  'a client that Google does not know': {
    of: 'auth',
    run: { settings: {} },
    break: () => {
      const { client } = stage.google.seeds
      const before = client.id
      client.id = 'another.apps.googleusercontent.com'
      return () => void (client.id = before)
    },
    turns: { 'oauth-secret': 'wrong', 'oauth-redirect': 'wrong' },
    says: /^Google does not know the client "hallpass-sim\.apps\.googleusercontent\.com" with the secret in oauth-client-secret \(invalid_client\)\.$/,
    remedy: /^Put the secret of this client .* or correct google\.oauthClientID\.$/,
  },
  'the secret of another client': {
    of: 'auth',
    run: { secrets: { 'oauth-client-secret': 'GOCSPX-of-another-client' } },
    turns: { 'oauth-secret': 'wrong' },
    says: /^Google does not know the client/,
  },
  'a machine whose clock is ten minutes ahead': {
    of: 'controller',
    run: { now: () => new Date(Date.now() + 10 * minutes) },
    turns: { 'clock-api-server': 'wrong', 'clock-google': 'wrong', 'clock-slack': 'wrong' },
    says: /^The clock of this machine is (59\d|60[01]) s ahead of that of the API server\.$/,
    remedy: /^Set the clock of this machine, and keep it by NTP: timedatectl set-ntp true\./,
  },
  'a Slack whose clock is ten minutes ahead': {
    of: 'gateway',
    break: () =>
      fault('slack', {
        route: '* /api/api.test',
        status: 200,
        headers: { date: new Date(Date.now() + 10 * minutes).toUTCString() },
      }),
    turns: { 'clock-slack': 'wrong' },
    says: /^The clock of this machine is (59\d|60[01]) s behind that of Slack\.$/,
  },
})

test('a gap that a fallback covers is no fault', async () => {
  const undo = await gapInDays(8, { hasFallback: true })
  try {
    const rows = await stage.rows('controller')
    assert.is(rows.find(({ id }) => id === 'pagerduty-coverage')?.result, 'ok')
  } finally {
    await undo()
  }
})

test('docs/doctor.md shows what the controller answers in its pod', async () => {
  const { scopes } = stage.slack.state.app
  const before = [...scopes]
  scopes.splice(scopes.indexOf('usergroups:read'), 1)
  const { out } = await stage.run('controller', { places: await stage.podOf('controller') })
  scopes.splice(0, scopes.length, ...before)
  const page = readFileSync(join(import.meta.dirname, '../../docs/doctor.md'), 'utf8')
  const [, sample] = /```\n(ok +settings[^`]+)```/.exec(page) ?? []
  assert.is(out.replace(/https:\/\/127\.0\.0\.1:\d+/, 'https://10.0.0.1'), sample)
})

test('the dry run stores no entry', async () => {
  const before = stage.google.logs.written.length
  assert.is((await stage.rows('controller')).find(({ id }) => id === 'log-write')?.result, 'ok')
  assert.is(stage.google.logs.written.length, before)
})

test('one identity at Google for all processes cannot be judged, and everything else is', async () => {
  const rows = await stage.rows('all')
  const silent = rows.filter(({ result }) => result !== 'ok')
  assert.ok(
    silent.every(
      ({ id, result, says }) => id.startsWith('kms-') && result === 'unknown' && says.includes('share one identity'),
    ),
  )
  assert.is(silent.length, 8)
})

const address = new URL(publicUrl)
const proxies: Record<string, { given: string; result: string; says: RegExp }> = {
  'a proxy that is not there': {
    given: 'http://dana:hush@127.0.0.1:1',
    result: 'wrong',
    says: /^The proxy 127\.0\.0\.1:1 of HTTPS_PROXY takes no connection \(ECONNREFUSED\)\.$/,
  },
  'what is no address of a proxy': {
    given: 'socks5://127.0.0.1:1080',
    result: 'wrong',
    says: /^HTTPS_PROXY is not the address of a proxy\.$/,
  },
}
for (const [name, { given, result, says }] of Object.entries(proxies))
  test(name, async () => {
    const found = await proxyFound({ httpsProxy: given, noProxy: '' })
    assert.is(found.result, result)
    assert.match(found.says, says)
    assert.not.match(JSON.stringify(found), /hush/)
  })

test('a proxy that takes connections', async () => {
  const server = createServer(socket => socket.destroy()).listen(0, address.hostname)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const found = await proxyFound({ httpsProxy: `http://127.0.0.1:${port}`, noProxy: '' })
  assert.equal(found, { result: 'ok', says: `The proxy 127.0.0.1:${port} of HTTPS_PROXY takes connections.` })
  server.close()
})

attack(test, 'a service that the doctor asks quotes the secrets in its errors … none is printed', async () => {
  const body = { ok: false, error: 'xoxb-sandbox', error_description: stage.google.seeds.client.secret }
  const undo = [
    fault('slack', { route: '* /api/*', status: 200, body }),
    fault('google', { route: '* /*', status: 400, body }),
    fault('pagerduty', { route: '* /*', status: 400, body: { error: { code: 1, message: defaultKey } } }),
  ]
  try {
    const all = await Promise.all(
      (['gateway', 'auth', 'controller'] as const).flatMap(process =>
        [[], ['-o', 'json']].map(words => stage.run(process, { words })),
      ),
    )
    const secrets = ['xoxb-sandbox', stage.google.seeds.client.secret, defaultKey, 'sim-token-']
    return all.some(({ out, err }) => secrets.some(secret => `${out}${err}`.includes(secret)))
      ? 'a secret is'
      : 'none is printed'
  } finally {
    for (const each of undo) each()
  }
})

test.run()
