// The login adapter: its calls to Google, word for word, and the result of every answer.
import * as assert from 'uvu/assert'
import type { Login } from '../../src/domain/ports.ts'
import { Secret } from '../../src/domain/secret.ts'
import { createLogin } from '../../src/google/login.ts'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import { foreignAnswer } from '../sim/google/answers.ts'
import type { Fault } from '../../src/sim/serve.ts'
import { suite, table } from '../suite.ts'
import { openGoogle, outcomeOf, redirectUri } from './fixture.ts'

const test = suite('login adapter')
// The example of RFC 7636, appendix B.
const codeVerifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const asked = { state: 'state-1', nonce: 'nonce-1', codeVerifier, access: 'cloud' } as const
let google: GoogleSim
let login: Login

test.before.each(async () => {
  ;({ google } = await openGoogle())
  login = open()
})
test.after.each(async () => google.close())

function open(more: { secret?: string; timeoutMs?: number; redirect?: string } = {}): Login {
  return createLogin({
    clock: google.clock,
    clientID: google.seeds.client.id,
    clientSecret: new Secret(more.secret ?? google.seeds.client.secret),
    redirectUri: more.redirect ?? redirectUri,
    rootUrl: google.url,
    timeoutMs: more.timeoutMs ?? 5000,
  })
}

function codeOf(of = login): string {
  return google.signIn(of.authorizeUrl(asked), { account: 'mo@example.com' }).searchParams.get('code') ?? ''
}

test('the login URL asks for exactly what is needed, and holds no secret', () => {
  const url = new URL(login.authorizeUrl({ ...asked, loginHint: 'mo@example.com' }))
  assert.is(url.origin + url.pathname, `${google.url}/o/oauth2/v2/auth`)
  assert.equal(Object.fromEntries(url.searchParams), {
    access_type: 'online',
    client_id: google.seeds.client.id,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    include_granted_scopes: 'false',
    login_hint: 'mo@example.com',
    nonce: 'nonce-1',
    prompt: 'select_account',
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid email https://www.googleapis.com/auth/cloud-platform',
    state: 'state-1',
  })
  assert.not.ok(url.href.includes(google.seeds.client.secret) || url.href.includes(codeVerifier))
  const identity = new URL(login.authorizeUrl({ ...asked, access: 'identity' }))
  assert.is(identity.searchParams.get('scope'), 'openid email')
})

test("without another place it is Google's own page", () => {
  const real = createLogin({ clock: google.clock, clientID: 'c', clientSecret: new Secret('s'), redirectUri })
  assert.ok(real.authorizeUrl(asked).startsWith('https://accounts.google.com/o/oauth2/v2/auth?'))
})

test('tokens come as secrets that do not print', async () => {
  const tokens = await login.exchange(codeOf(), codeVerifier)
  assert.is(JSON.stringify([tokens.accessToken, tokens.idToken]), '["[secret]","[secret]"]')
  assert.match(tokens.accessToken.reveal(), /^ya29\./)
  assert.is(tokens.idToken.reveal().split('.').length, 3)
})

table<{ fault: Partial<Fault>; outcome: RegExp }>(
  test,
  {
    'a server error is Broken, and the code is not sent again': { fault: { status: 503 }, outcome: /^Broken answered/ },
    'a limit is reached': { fault: { status: 429 }, outcome: /^Waiting 2026-11-23T14:02:20/ },
    'a connection that breaks is Broken': { fault: { reset: 'before' }, outcome: /^Broken unanswered/ },
    'silence is Broken': { fault: { hang: true }, outcome: /^Broken unanswered/ },
    'a redirect is not followed': {
      fault: { status: 307, headers: { location: '/token' } },
      outcome: /^Broken unanswered/,
    },
    'a page is no token': { fault: { status: 200, body: '<html>' }, outcome: /^Broken answered/ },
    'an access token alone is not enough': {
      fault: { status: 200, body: { access_token: 'ya29.x', token_type: 'Bearer' } },
      outcome: /^Broken answered/,
    },
    'an unknown client is said, with the settings': {
      fault: { status: 401, body: { error: 'invalid_client', error_description: codeVerifier } },
      outcome: /^Refused OAuthClientNotAccepted: .*"oauth-client-secret"/,
    },
    'session control of the organisation is a sign-in to repeat': {
      fault: { status: 400, body: { error: 'invalid_grant', error_subtype: 'invalid_rapt' } },
      outcome: /^Refused CodeNotAccepted/,
    },
    'a 400 of a proxy is Broken': { fault: foreignAnswer(400), outcome: /^Broken answered: Something between/ },
    'a 403 of a proxy is Broken': { fault: foreignAnswer(403, 'other JSON'), outcome: /^Broken answered: Something/ },
    'a 401 of a proxy is not our client’s fault': {
      fault: foreignAnswer(401, 'nothing'),
      outcome: /^Broken answered: Something between/,
    },
    'a proxy that wants its own sign-in': { fault: foreignAnswer(407), outcome: /^Broken answered: Something/ },
    'a client that was disabled': {
      fault: { status: 401, body: { error: 'disabled_client' } },
      outcome: /^Refused OAuthClientNotAccepted/,
    },
    'a fault of Google, though it says 400': {
      fault: { status: 400, body: { error: 'internal_failure' } },
      outcome: /^Broken answered: .*\(internal_failure\)/,
    },
    'a limit by its code': {
      fault: { status: 403, body: { error: 'rate_limit_exceeded' } },
      outcome: /^Waiting/,
    },
    'an account that its administrators keep out': {
      fault: { status: 400, body: { error: 'admin_policy_enforced' } },
      outcome: /^Refused AppBlocked: .*"API controls"/,
    },
    'a client for its own organisation': {
      fault: { status: 403, body: { error: 'org_internal' } },
      outcome: /^Refused OAuthClientNotAccepted: .*\(org_internal\)/,
    },
    'any other no is a refusal': {
      fault: { status: 400, body: { error: 'invalid_request' } },
      outcome: /^Refused SignInRefused: .*\(invalid_request\)/,
    },
  },
  async ({ fault, outcome }) => {
    const once = open({ timeoutMs: fault.hang ? 300 : 5000 })
    const code = codeOf(once)
    google.faults.add({ route: 'POST /token', ...fault })
    const { secret } = google.seeds.client
    assert.match(await outcomeOf(once.exchange(code, codeVerifier), code, codeVerifier, secret), outcome)
    // Had the client tried again by itself, the code would be used up.
    await login.exchange(code, codeVerifier)
  },
)

test('a wrong secret is said, with the setting', async () => {
  const wrong = open({ secret: 'GOCSPX-wrong' })
  assert.match(
    await outcomeOf(wrong.exchange(codeOf(), codeVerifier), 'GOCSPX-wrong'),
    /^Refused OAuthClientNotAccepted/,
  )
})

test('a code for another redirect is not accepted', async () => {
  const other = open({ redirect: 'http://127.0.0.1:8080/elsewhere' })
  assert.match(await outcomeOf(other.exchange(codeOf(), codeVerifier)), /^Refused /)
})

test.run()
