// Google's sign-in held to what is published: the answers of the token endpoint to RFC 6749 and OpenID Connect by a
// certified client, ID tokens and signing keys by Google's own client, and Hallpass's requests to Google's documentation.
import { createPublicKey, X509Certificate } from 'node:crypto'
import { OAuth2Client } from 'google-auth-library'
import * as oauth from 'oauth4webapi'
import * as assert from 'uvu/assert'
import { Secret } from '../../src/domain/secret.ts'
import { createLogin } from '../../src/google/login.ts'
import { SimClock } from '../../src/sim/clock.ts'
import { type GoogleSim, startGoogle } from '../../src/sim/google/google.ts'
import { type Exchange, watchTraffic } from '../../src/sim/traffic.ts'
import { suite, table } from '../suite.ts'

const test = suite('what is published about signing in with Google')
const codeVerifier = 'v'.repeat(43)
const asked = { state: 'state-1', nonce: 'nonce-1', codeVerifier, access: 'cloud' } as const

let google: GoogleSim
let calls: Exchange[]
let stop: () => void

test.before.each(async () => {
  google = await startGoogle({ clock: new SimClock() })
  calls = []
  stop = watchTraffic(call => void calls.push(call))
})
test.after.each(async () => {
  stop()
  await google.close()
})

/** Google's own document at accounts.google.com/.well-known/openid-configuration, as far as it matters to a client. */
const server: oauth.AuthorizationServer = {
  issuer: 'https://accounts.google.com',
  authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
  token_endpoint: 'https://oauth2.googleapis.com/token',
  revocation_endpoint: 'https://oauth2.googleapis.com/revoke',
  userinfo_endpoint: 'https://openidconnect.googleapis.com/v1/userinfo',
  jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
  response_types_supported: ['code', 'token', 'id_token', 'code token', 'code id_token', 'token id_token', 'none'],
  id_token_signing_alg_values_supported: ['RS256'],
  token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
  code_challenge_methods_supported: ['plain', 'S256'],
}
const client = (): oauth.Client => ({ client_id: google.seeds.client.id })

/** A sign-in of Mo as Hallpass asks for it; gives the redirect. */
async function signIn(): Promise<{ asking: URL; redirect: URL; token: Exchange }> {
  const { id, secret, redirectUris } = google.seeds.client
  const login = createLogin({
    clock: google.clock,
    clientID: id,
    clientSecret: new Secret(secret),
    redirectUri: redirectUris[0] ?? '',
    rootUrl: google.url,
  })
  const asking = new URL(login.authorizeUrl(asked))
  const redirect = google.signIn(asking.href, { account: 'mo@example.com' })
  await login.exchange(redirect.searchParams.get('code') ?? '', codeVerifier)
  const token = calls.find(({ url }) => url === '/token')
  if (!token) throw new Error('The token endpoint was not called.')
  return { asking, redirect, token }
}

const answered = ({ status, contentType, answer }: Exchange): Response =>
  new Response(answer, { status, headers: { 'content-type': contentType } })

/** https://developers.google.com/identity/protocols/oauth2/web-server, "HTTP/REST", and OpenID Connect's own. */
const documented = {
  authorize: [
    'client_id redirect_uri response_type scope access_type state include_granted_scopes login_hint prompt',
    'code_challenge code_challenge_method nonce hd',
  ].flatMap(words => words.split(' ')),
  token: 'client_id client_secret code code_verifier grant_type redirect_uri'.split(' '),
}

test('Hallpass asks for a sign-in and for tokens with documented parameters, at the published addresses', async () => {
  const { asking, token } = await signIn()
  assert.equal(
    [...asking.searchParams.keys()].filter(name => !documented.authorize.includes(name)),
    [],
  )
  const form = new URLSearchParams(token.request)
  assert.equal(
    [...form.keys()].filter(name => !documented.token.includes(name)),
    [],
  )
  assert.match(String(token.headers['content-type']), /^application\/x-www-form-urlencoded/)
  const paths = [asking.pathname, token.url]
  assert.equal(
    paths,
    [server.authorization_endpoint, server.token_endpoint].map(url => new URL(url ?? '').pathname),
  )
})

test('the redirect and the answer with the tokens are accepted by a certified client', async () => {
  const { redirect, token } = await signIn()
  const parameters = oauth.validateAuthResponse(server, client(), redirect, asked.state)
  assert.ok(parameters.get('code'))
  const tokens = await oauth.processAuthorizationCodeResponse(server, client(), answered(token), {
    expectedNonce: asked.nonce,
    requireIdToken: true,
  })
  assert.is(tokens.token_type, 'bearer')
  assert.equal(Object.keys(JSON.parse(token.answer) as object).sort(), [
    'access_token',
    'expires_in',
    'id_token',
    'scope',
    'token_type',
  ])
  assert.is(oauth.getValidatedIdTokenClaims(tokens)?.['email'], 'mo@example.com')
})

test('the ID token and the published keys are accepted by Google’s own client', async () => {
  const { token } = await signIn()
  const { id_token: idToken } = JSON.parse(token.answer) as { id_token: string }
  const published = await fetch(`${google.url}/oauth2/v1/certs`)
  assert.match(published.headers.get('cache-control') ?? '', /max-age=\d+/)
  const certs = (await published.json()) as Record<string, string>
  const ticket = await new OAuth2Client().verifySignedJwtWithCertsAsync(idToken, certs, google.seeds.client.id, [
    server.issuer,
  ])
  const claims = ticket.getPayload()
  assert.equal([claims?.hd, claims?.email_verified, claims?.nonce], ['example.com', true, asked.nonce])
  for (const pem of Object.values(certs)) {
    const certificate = new X509Certificate(pem)
    assert.is(certificate.subject, 'CN=federated-signon.system.gserviceaccount.com')
    assert.ok(certificate.validFromDate <= new Date() && new Date() < certificate.validToDate)
    assert.is(createPublicKey(pem).asymmetricKeyDetails?.modulusLength, 2048)
  }
})

test('whose token it is comes in the form of OpenID Connect', async () => {
  const { token } = await signIn()
  const { access_token: bearer } = JSON.parse(token.answer) as { access_token: string }
  const response = await fetch(`${google.url}/v1/userinfo`, { headers: { authorization: `Bearer ${bearer}` } })
  const { sub = '' } = google.seeds.people.find(({ email }) => email === 'mo@example.com') ?? {}
  const info = await oauth.processUserInfoResponse(server, client(), sub, response)
  assert.equal([info['email'], info['email_verified']], ['mo@example.com', true])
})

/** RFC 6749, 5.2, and the further words that Google documents. */
const tokenErrors = [
  'invalid_request invalid_client invalid_grant unauthorized_client unsupported_grant_type invalid_scope',
  'redirect_uri_mismatch admin_policy_enforced deleted_client org_internal',
].flatMap(words => words.split(' '))

table<Record<string, string>>(
  test,
  {
    'a code that nobody issued': { code: '4/0Anobody' },
    'another secret': { client_secret: 'another' },
    'another kind of grant': { grant_type: 'password' },
    'no code verifier': { code_verifier: '' },
  },
  async change => {
    const { id: client_id, secret: client_secret, redirectUris } = google.seeds.client
    const form = {
      client_id,
      client_secret,
      grant_type: 'authorization_code',
      code: 'c',
      code_verifier: codeVerifier,
      redirect_uri: redirectUris[0] ?? '',
    }
    const response = await fetch(`${google.url}/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...form, ...change }),
    })
    const error: unknown = await oauth
      .processAuthorizationCodeResponse(server, client(), response)
      .catch((thrown: unknown) => thrown)
    assert.instance(error, oauth.ResponseBodyError)
    assert.ok(tokenErrors.includes((error as oauth.ResponseBodyError).error))
    assert.ok((error as oauth.ResponseBodyError).error_description)
  },
)

test('a token that is given back is answered as RFC 7009 and Google say', async () => {
  const { token } = await signIn()
  const { access_token: bearer } = JSON.parse(token.answer) as { access_token: string }
  const revoke = async (value: string): Promise<Response> =>
    fetch(`${google.url}/revoke`, { method: 'POST', body: new URLSearchParams({ token: value }) })
  await oauth.processRevocationResponse(await revoke(bearer))
  const again: unknown = await oauth.processRevocationResponse(await revoke(bearer)).catch((thrown: unknown) => thrown)
  assert.is((again as oauth.ResponseBodyError).error, 'invalid_token')
})

test.run()
