// Proof of ID tokens: forged ones of every kind, key rotation, and what the verifier asks of Google for it.
import { createHash, createHmac, generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import * as assert from 'uvu/assert'
import type { SignatureVerifier } from '../../src/domain/ports.ts'
import { Secret } from '../../src/domain/secret.ts'
import { createSignatureVerifier } from '../../src/google/signature-verifier.ts'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import { type ManualClock, start } from '../fakes/clock.ts'
import { suite, table } from '../suite.ts'
import { openGoogle, outcomeOf } from './fixture.ts'

const test = suite('signature adapter')
const audience = 'hallpass-sim.apps.googleusercontent.com'
const certs = 'GET /oauth2/v1/certs'
const evil = generateKeyPairSync('rsa', { modulusLength: 2048 })
let google: GoogleSim
let clock: ManualClock
let verifier: SignatureVerifier

test.before.each(async () => {
  ;({ google, clock } = await openGoogle())
  verifier = createSignatureVerifier({ clock, rootUrl: google.url, timeoutMs: 1500 })
})
test.after.each(async () => google.close())

async function genuine(): Promise<string> {
  const person = google.seeds.people.find(({ email }) => email === 'mo@example.com')
  if (!person) throw new Error('Mo is missing')
  return google.signing.idToken({ person, clientID: audience, nonce: 'n', accessToken: 'ya29.x' })
}

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const parts = (token: string): [string, string, string] => token.split('.') as [string, string, string]
const payloadOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(parts(token)[1], 'base64url').toString()) as Record<string, unknown>
const kidOf = async (): Promise<string> => Object.keys(await google.signing.certs()).at(-1) ?? ''

/** Signs claims with the attacker's key, under a key id of Google's. */
async function forged(claims: Record<string, unknown>): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: await kidOf() }).sign(evil.privateKey)
}

test('a genuine token gives its claims, and nothing else', async () => {
  const claims = await verifier.verify(new Secret(await genuine()), audience, start)
  assert.equal(claims, {
    iss: 'https://accounts.google.com',
    aud: audience,
    sub: '100000000000000000002',
    email: 'mo@example.com',
    hd: 'example.com',
    iat: start.getTime() / 1000,
    exp: start.getTime() / 1000 + 3600,
    nonce: 'n',
    email_verified: true,
    at_hash: createHash('sha256').update('ya29.x').digest().subarray(0, 16).toString('base64url'),
  })
})

/** The header of a token whose key Google does not publish. */
const unpublished = base64({ alg: 'RS256', kid: '__proto__' })

table<(token: string) => string | Promise<string>>(
  test,
  {
    "a key of one's own under Google's key id": async token => forged(payloadOf(token)),
    'no signature at all (alg none)': async token =>
      `${base64({ alg: 'none', kid: await kidOf() })}.${parts(token)[1]}.`,
    'the public key as a shared secret (HS256)': async token => {
      const signed = `${base64({ alg: 'HS256', kid: await kidOf() })}.${parts(token)[1]}`
      const pem = (await google.signing.certs())[await kidOf()] ?? ''
      return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`
    },
    'another algorithm of the same key': async token =>
      `${base64({ alg: 'RS512', kid: await kidOf() })}.${parts(token)[1]}.${parts(token)[2]}`,
    'other claims under a genuine signature': async token =>
      `${parts(token)[0]}.${base64({ ...payloadOf(token), email: 'ana@example.com' })}.${parts(token)[2]}`,
    'an extension that must be understood': async token =>
      `${base64({ alg: 'RS256', kid: await kidOf(), crit: ['x'], x: 1 })}.${parts(token)[1]}.${parts(token)[2]}`,
    'a key that is brought along': async token => {
      const jwk = evil.publicKey.export({ format: 'jwk' })
      return new SignJWT(payloadOf(token)).setProtectedHeader({ alg: 'RS256', jwk }).sign(evil.privateKey)
    },
    'a key id from the prototype': token => `${unpublished}.${parts(token)[1]}.${parts(token)[2]}`,
    'too many parts': token => `${token}.x`,
    nothing: () => '',
  },
  async forge => {
    const token = await genuine()
    const forgery = await forge(token)
    const secrets = [token, ...(forgery ? [forgery, parts(token)[1]] : [])]
    assert.match(
      await outcomeOf(verifier.verify(new Secret(forgery), audience, start), ...secrets),
      forgery.startsWith(unpublished) ? /^Refused SigningKeyUnknown/ : /^Refused EvidenceNotAuthentic/,
    )
  },
)

table<{ claims: Record<string, unknown>; why: RegExp }>(
  test,
  {
    'genuine but by another issuer': { claims: { iss: 'https://evil.example' }, why: /one of its claims/ },
    "genuine except for Google's universe as issuer": { claims: { iss: 'googleapis.com' }, why: /one of its claims/ },
    'genuine except for another application': { claims: { aud: 'other' }, why: /another application/ },
    'genuine except for several applications': { claims: { aud: [audience, 'other'] }, why: /another application/ },
    'genuine but issued to another application': { claims: { azp: 'other' }, why: /another application/ },
    'genuine but without nonce': { claims: { nonce: undefined }, why: /claim that Hallpass needs is missing/ },
    'genuine but without e-mail': { claims: { email: undefined }, why: /claim that Hallpass needs is missing/ },
    'genuine but without expiry': { claims: { exp: undefined }, why: /claim that Hallpass needs is missing/ },
    'genuine but with an expiry that is no number': { claims: { exp: '9999999999' }, why: /one of its claims/ },
  },
  async ({ claims, why }) => {
    // Published in addition to Google's keys for this test, so that only the claims are in question.
    const pem = evil.publicKey.export({ format: 'pem', type: 'spki' }).toString()
    google.faults.add({ route: certs, status: 200, headers: { 'cache-control': 'max-age=60' }, body: { evil: pem } })
    const all = JSON.parse(JSON.stringify({ ...payloadOf(await genuine()), ...claims })) as Record<string, unknown>
    const token = await new SignJWT(all).setProtectedHeader({ alg: 'RS256', kid: 'evil' }).sign(evil.privateKey)
    const outcome = await outcomeOf(verifier.verify(new Secret(token), audience, start), token)
    assert.match(outcome, /^Refused EvidenceNotAuthentic/)
    assert.match(outcome, why)
  },
)

test('a genuine token that is too old is said to be too old, to the second', async () => {
  const token = new Secret(await genuine())
  const end = new Date(start.getTime() + 3600_000)
  assert.match(await outcomeOf(verifier.verify(token, audience, end), token), /^Refused EvidenceExpired/)
  assert.is((await verifier.verify(token, audience, new Date(end.getTime() - 1))).email, 'mo@example.com')
})

test('a forged token that is too old is not genuine', async () => {
  const token = new Secret(await forged({ ...payloadOf(await genuine()), exp: start.getTime() / 1000 - 1 }))
  assert.match(await outcomeOf(verifier.verify(token, audience, start), token), /^Refused EvidenceNotAuthentic/)
})

test('without an audience nothing is proved', async () => {
  assert.match(
    await outcomeOf(verifier.verify(new Secret(await genuine()), '', start)),
    /^Refused EvidenceNotAuthentic/,
  )
})

test('keys are kept as long as Google says, then fetched again', async () => {
  const token = new Secret(await genuine())
  const body = await google.signing.certs()
  google.faults.add({ route: certs, status: 200, headers: { 'cache-control': 'public, max-age=1800' }, body })
  await verifier.verify(token, audience, start)
  google.faults.add({ route: certs, status: 503, times: 9 })
  clock.forward(1799)
  await verifier.verify(token, audience, clock.now())
  clock.forward(1)
  assert.match(await outcomeOf(verifier.verify(token, audience, clock.now()), token), /^Broken/)
})

test('a new key of Google is found within ten seconds, and is no forgery until then', async () => {
  await verifier.verify(new Secret(await genuine()), audience, start)
  await google.signing.rotate()
  const token = new Secret(await genuine())
  assert.match(await outcomeOf(verifier.verify(token, audience, start), token), /^Waiting 2026-11-23T14:02:10/)
  clock.forward(10)
  await verifier.verify(token, audience, clock.now())
})

test('forged key ids do not cause many calls to Google', async () => {
  await verifier.verify(new Secret(await genuine()), audience, start)
  clock.forward(61)
  google.faults.add({
    route: certs,
    status: 200,
    headers: { 'cache-control': 'max-age=900' },
    body: await google.signing.certs(),
  })
  const unknown = async (kid: string): Promise<string> => {
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'RS256', kid }).sign(evil.privateKey)
    return outcomeOf(verifier.verify(new Secret(token), audience, clock.now()))
  }
  await Promise.all(['a', 'b', 'c'].map(unknown))
  // One more fetch would meet this, and say Broken.
  google.faults.add({ route: certs, status: 503, times: 99 })
  for (const kid of ['d', 'e', 'f']) assert.match(await unknown(kid), /^Waiting/)
  google.faults.clear()
  clock.forward(10)
  assert.match(await unknown('g'), /^Refused SigningKeyUnknown/)
})

test('without keys there is no proof and no refusal: it can be tried again', async () => {
  const token = new Secret(await genuine())
  for (const fault of [
    { status: 503 },
    { reset: 'before' as const },
    { hang: true },
    { status: 200, body: {} },
    { status: 200, body: '<html>' },
  ]) {
    google.faults.add({ route: certs, ...fault })
    assert.match(await outcomeOf(verifier.verify(token, audience, start), token), /^Broken/)
  }
  await verifier.verify(token, audience, start)
})

test.run()
