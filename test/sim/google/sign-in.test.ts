// Signing in through Google's own client and, as a browser would, through the page.
import { createHash } from 'node:crypto'
import type { OAuth2Client } from 'google-auth-library'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import * as assert from 'uvu/assert'
import { startGoogle, type GoogleSim } from '../../../src/sim/google/google.ts'
import { defaultGoogleSeeds } from '../../../src/sim/google/seeds.ts'
import { cloudPlatform } from '../../../src/sim/google/tokens.ts'
import { SimClock } from '../../../src/sim/clock.ts'
import { suite, table } from '../../suite.ts'
import { as, authorization, oauthClient, refusalOf, resourceManager } from './clients.ts'

const test = suite('simulated sign-in')
const resource = 'projects/prod-eu'
const clock = new SimClock()
let google: GoogleSim
test.before(async () => void (google = await startGoogle({ clock })))
test.after(async () => google.close())

type Tokens = OAuth2Client['credentials']

async function signedIn(account: string, withoutCloudPlatform = false): Promise<Tokens> {
  const client = oauthClient(google)
  const { url, codeVerifier } = await authorization(client)
  const code = google.signIn(url, { account, withoutCloudPlatform }).searchParams.get('code') ?? ''
  return (await client.getToken({ code, codeVerifier })).tokens
}

test('a manager signs in, the client verifies the ID token, and the token reads a policy', async () => {
  const client = oauthClient(google)
  const {
    access_token: token = '',
    id_token: idToken = '',
    scope,
    expiry_date: endsAt = 0,
  } = await signedIn('mo@example.com')
  const claims = (await client.verifyIdToken({ idToken: idToken ?? '', audience: google.seeds.client.id })).getPayload()
  const { iat = 0, exp = 0 } = claims ?? {}
  assert.equal(claims, {
    iss: 'https://accounts.google.com',
    azp: google.seeds.client.id,
    aud: google.seeds.client.id,
    sub: '100000000000000000002',
    hd: 'example.com',
    email: 'mo@example.com',
    email_verified: true,
    nonce: 'a-nonce',
    at_hash: createHash('sha256')
      .update(token ?? '')
      .digest()
      .subarray(0, 16)
      .toString('base64url'),
    iat,
    exp,
  })
  assert.is(exp - iat, 3600)
  assert.is(scope, `openid https://www.googleapis.com/auth/userinfo.email ${cloudPlatform}`)
  assert.ok(Math.abs((endsAt ?? 0) - Date.now() - 3_599_000) < 30_000)
  assert.is(decodeProtectedHeader(idToken ?? '').alg, 'RS256')
  await resourceManager(google, token ?? '').projects.getIamPolicy({ resource })
})

test('a private account signs in without a Workspace domain', async () => {
  const { id_token: idToken } = await signedIn('mo@gmail.com')
  const claims = decodeJwt(idToken ?? '')
  assert.equal([claims['email'], claims['hd'], claims.sub], ['mo@gmail.com', undefined, '100000000000000000005'])
})

test('who unticks Google Cloud gets a token that opens nothing, and the answer says so', async () => {
  const { scope, access_token: token } = await signedIn('mo@example.com', true)
  assert.is(scope, 'openid https://www.googleapis.com/auth/userinfo.email')
  const refusal = await refusalOf(resourceManager(google, token ?? '').projects.getIamPolicy({ resource }))
  assert.equal([refusal.status, refusal.reason], [403, 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'])
})

test('an ID token is not verified by other keys, and is no longer once its key is withdrawn', async () => {
  const { id_token: idToken = '' } = await signedIn('mo@example.com')
  const verified = async (): Promise<unknown> =>
    oauthClient(google).verifyIdToken({ idToken: idToken ?? '', audience: google.seeds.client.id })
  const kid = decodeProtectedHeader(idToken ?? '').kid ?? ''
  await google.signing.rotate()
  await verified()
  await google.signing.rotate()
  assert.not(kid in (await google.signing.certs()))
  assert.match((await refusalOf(verified())).message, /No pem found/)
})

test('certificates are PEM by key id, with a time for which they may be kept', async () => {
  const answer = await fetch(`${google.url}/oauth2/v1/certs`)
  const certs = (await answer.json()) as Record<string, string>
  assert.is(Object.keys(certs).length, 2)
  for (const pem of Object.values(certs)) assert.match(pem, /^-----BEGIN CERTIFICATE-----/)
  assert.match(answer.headers.get('cache-control') ?? '', /max-age=\d+/)
})

table<{ changed: Record<string, string | undefined>; http: number; code: string }>(
  test,
  {
    'another client': { changed: { client_id: 'x' }, http: 401, code: 'invalid_client' },
    'a redirect to somewhere else': {
      changed: { redirect_uri: 'https://evil.example/oauth/callback' },
      http: 400,
      code: 'redirect_uri_mismatch',
    },
    'a redirect that differs by a slash': {
      changed: { redirect_uri: 'http://127.0.0.1:8080/oauth/callback/' },
      http: 400,
      code: 'redirect_uri_mismatch',
    },
    'a redirect that differs by case': {
      changed: { redirect_uri: 'http://127.0.0.1:8080/oauth/Callback' },
      http: 400,
      code: 'redirect_uri_mismatch',
    },
    'no redirect': { changed: { redirect_uri: undefined }, http: 400, code: 'redirect_uri_mismatch' },
    'a token instead of a code': { changed: { response_type: 'token' }, http: 400, code: 'invalid_request' },
    'no scope': { changed: { scope: undefined }, http: 400, code: 'invalid_request' },
    'an unknown scope': { changed: { scope: 'openid everything' }, http: 400, code: 'invalid_request' },
    'no PKCE': {
      changed: { code_challenge: undefined, code_challenge_method: undefined },
      http: 400,
      code: 'invalid_request',
    },
    'plain PKCE': { changed: { code_challenge_method: 'plain' }, http: 400, code: 'invalid_request' },
    'PKCE without its method, which means plain': {
      changed: { code_challenge_method: undefined },
      http: 400,
      code: 'invalid_request',
    },
    'no account chooser': { changed: { prompt: 'none' }, http: 400, code: 'invalid_request' },
    'a refresh token': { changed: { access_type: 'offline' }, http: 400, code: 'invalid_request' },
  },
  async ({ changed, http, code }) => {
    const { url } = await authorization(oauthClient(google), changed)
    const answer = await fetch(url, { redirect: 'manual' })
    assert.is(answer.status, http)
    assert.match(await answer.text(), `Error ${http}: ${code}`)
    assert.throws(() => google.signIn(url, { account: 'mo@example.com' }), new RegExp(code))
  },
)

test('a parameter given twice is refused', async () => {
  const { url } = await authorization(oauthClient(google))
  const answer = await fetch(`${url}&redirect_uri=https%3A%2F%2Fevil.example`, { redirect: 'manual' })
  assert.is(answer.status, 400)
})

// What a browser does: read the form, press one button.
async function pressed(html: string, fields: Record<string, string>): Promise<Response> {
  const login = /name="login" value="([^"]+)"/.exec(html)?.[1] ?? ''
  const action = /action="([^"]+)"/.exec(html)?.[1] ?? ''
  const body = new URLSearchParams({ login, ...fields })
  return fetch(google.url + action, { method: 'POST', body, redirect: 'manual' })
}

test('the page offers every account without a script, the hinted one first, and sends the browser back', async () => {
  const client = oauthClient(google)
  const { url, codeVerifier } = await authorization(client, { login_hint: 'Ana@example.com', state: 'a&b' })
  const html = await (await fetch(url)).text()
  assert.match(html, 'Choose an account to continue to Hallpass')
  assert.not.match(html, '<script')
  const offered = [...html.matchAll(/name="account" value="([^"]+)"/g)].map(([, email]) => email)
  assert.is(offered[0], 'ana@example.com')
  assert.is(offered.length, google.seeds.people.length)
  const answer = await pressed(html, { account: 'ana@example.com', scope: cloudPlatform })
  const back = new URL(answer.headers.get('location') ?? '')
  assert.equal([answer.status, back.origin + back.pathname], [302, google.seeds.client.redirectUris[0]])
  assert.is(back.searchParams.get('state'), 'a&b')
  const { tokens } = await client.getToken({ code: back.searchParams.get('code') ?? '', codeVerifier })
  assert.is(decodeJwt(tokens.id_token ?? '')['email'], 'ana@example.com')
  assert.match(tokens.scope ?? '', cloudPlatform)
})

test('on the page, unticking takes the scope away, and Cancel sends access_denied with the state', async () => {
  const { url } = await authorization(oauthClient(google), { state: 'mine' })
  const html = await (await fetch(url)).text()
  assert.match(html, /<input type="checkbox" name="scope" value="[^"]+cloud-platform" checked>/)
  const unticked = new URL((await pressed(html, { account: 'mo@example.com' })).headers.get('location') ?? '')
  assert.is(unticked.searchParams.get('scope'), 'openid email')
  const cancelled = new URL((await pressed(html, { cancel: 'yes' })).headers.get('location') ?? '')
  assert.equal(Object.fromEntries(cancelled.searchParams), { state: 'mine', error: 'access_denied' })
})

test('no code for an account that does not exist, nor for a sign-in that nobody began', async () => {
  const { url } = await authorization(oauthClient(google))
  const html = await (await fetch(url)).text()
  assert.is((await pressed(html, { account: 'eve@example.com' })).status, 400)
  assert.is(
    (await pressed(html.replace(/value="[^"]+"/, 'value="guessed"'), { account: 'mo@example.com' })).status,
    400,
  )
})

test('an internal application keeps private accounts out', async () => {
  const seeds = defaultGoogleSeeds()
  const internal = await startGoogle({ seeds: { ...seeds, client: { ...seeds.client, internalTo: ['example.com'] } } })
  try {
    const { url } = await authorization(oauthClient(internal))
    assert.throws(() => internal.signIn(url, { account: 'mo@gmail.com' }), /org_internal/)
    assert.ok(internal.signIn(url, { account: 'mo@example.com' }).searchParams.get('code'))
  } finally {
    await internal.close()
  }
})

type Exchange = { secret?: string; verifier?: string; redirectUri?: string; afterSeconds?: number }
table<Exchange & { refused?: [number, string] }>(
  test,
  {
    'a code is taken in its minute': { afterSeconds: 50 },
    'a code ends after a minute': { afterSeconds: 60, refused: [400, 'invalid_grant'] },
    'another PKCE verifier': { verifier: 'b'.repeat(43), refused: [400, 'invalid_grant'] },
    'no PKCE verifier': { verifier: '', refused: [400, 'invalid_grant'] },
    'a wrong client secret': { secret: 'guessed', refused: [401, 'invalid_client'] },
    'another redirect than at the sign-in': {
      redirectUri: 'http://127.0.0.1/',
      refused: [400, 'redirect_uri_mismatch'],
    },
  },
  async ({ verifier, afterSeconds = 0, refused, ...other }) => {
    const { url, codeVerifier } = await authorization(oauthClient(google))
    const code = google.signIn(url, { account: 'mo@example.com' }).searchParams.get('code') ?? ''
    clock.forward(afterSeconds)
    const used = verifier ?? codeVerifier
    const exchange = oauthClient(google, other).getToken({ code, ...(used && { codeVerifier: used }) })
    const outcome = await exchange.then(
      () => undefined,
      (error: { response?: { status: number; data: { error: string } } }) => [
        error.response?.status,
        error.response?.data.error,
      ],
    )
    clock.forward(-afterSeconds)
    assert.equal(outcome, refused)
  },
)

test('a code serves once, and a failed try uses it up', async () => {
  const client = oauthClient(google)
  const codeOf = async (): Promise<{ code: string; codeVerifier: string }> => {
    const { url, codeVerifier } = await authorization(client)
    return { code: google.signIn(url, { account: 'mo@example.com' }).searchParams.get('code') ?? '', codeVerifier }
  }
  const once = await codeOf()
  await client.getToken(once)
  assert.match((await refusalOf(client.getToken(once))).message, /invalid_grant/)
  const guessed = await codeOf()
  await refusalOf(client.getToken({ ...guessed, codeVerifier: 'c'.repeat(43) }))
  assert.match((await refusalOf(client.getToken(guessed))).message, /invalid_grant/)
})

test('revoking one token ends all that this person gave to the application, and nobody else’s', async () => {
  const [first, second, ana] = [
    await signedIn('mo@example.com'),
    await signedIn('mo@example.com'),
    await signedIn('ana@example.com'),
  ]
  const reads = async ({ access_token: token }: Tokens): Promise<unknown> =>
    resourceManager(google, token ?? '').projects.getIamPolicy({ resource })
  await oauthClient(google).revokeToken(first.access_token ?? '')
  for (const dead of [first, second]) assert.is((await refusalOf(reads(dead))).status, 401)
  await reads(ana)
  assert.is((await refusalOf(oauthClient(google).revokeToken(first.access_token ?? ''))).status, 400)
})

test('a revoked token may go on for a while', async () => {
  const { access_token: token } = await signedIn('mo@example.com')
  const client = resourceManager(google, token ?? '')
  google.tokens.revocationLagSeconds = 60
  await oauthClient(google).revokeToken(token ?? '')
  google.tokens.revocationLagSeconds = 0
  await client.projects.getIamPolicy({ resource })
  clock.forward(60)
  const refusal = await refusalOf(client.projects.getIamPolicy({ resource }))
  clock.forward(-60)
  assert.is(refusal.status, 401)
})

test('a revocation that lags does not bring an expired token back', async () => {
  const { access_token: token } = await signedIn('mo@example.com')
  clock.forward(3600)
  google.tokens.revocationLagSeconds = 60
  google.tokens.revokeAllOf('mo@example.com')
  google.tokens.revocationLagSeconds = 0
  const refusal = await refusalOf(resourceManager(google, token ?? '').projects.getIamPolicy({ resource }))
  clock.forward(-3600)
  assert.is(refusal.status, 401)
})

test('closing an account ends its tokens', async () => {
  const ana = as(google, 'ana@example.com')
  await ana.projects.getIamPolicy({ resource })
  google.tokens.revokeAllOf('ana@example.com')
  assert.is((await refusalOf(ana.projects.getIamPolicy({ resource }))).status, 401)
})

test.run()
