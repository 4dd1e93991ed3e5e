// What the login and signature ports promise, kept by the adapters over the simulated Google and by the fake in memory.
import * as assert from 'uvu/assert'
import { verifyApprover, isRefusal } from '../../src/domain/approval/evidence.ts'
import { Refused } from '../../src/domain/outcome.ts'
import type { Clock, Login, SignatureVerifier } from '../../src/domain/ports.ts'
import { Secret } from '../../src/domain/secret.ts'
import { createLogin } from '../../src/google/login.ts'
import { createSignatureVerifier } from '../../src/google/signature-verifier.ts'
import { ManualClock, start } from '../fakes/clock.ts'
import { MemoryLogin } from '../fakes/login.ts'
import { openGoogle, redirectUri } from '../google/fixture.ts'
import { suite } from '../suite.ts'
import { factsOf } from './facts.ts'

const test = suite('login contract')

type Fixture = {
  login: Login
  verifier: SignatureVerifier
  clientID: string
  clock: Clock & { forward(seconds: number): void }
  /** What a person does in the browser; `keeps` says whether the box for Google Cloud stays ticked. */
  signIn(url: string, email: string, keeps?: boolean): { code: string; state: string }
  close(): Promise<void>
}

const fixtures: Record<string, () => Promise<Fixture>> = {
  'in memory': async () => {
    const clock = new ManualClock()
    const login = new MemoryLogin(clock)
    return {
      login,
      verifier: login,
      clientID: login.clientID,
      clock,
      signIn: (url, email, keeps = true) =>
        login.signIn(url, { email, ...(!keeps && { scopes: ['openid', 'email'] }) }),
      close: async () => undefined,
    }
  },
  'over HTTP': async () => {
    const { google, clock } = await openGoogle()
    const { id: clientID, secret } = google.seeds.client
    const at = { clock, rootUrl: google.url }
    return {
      login: createLogin({ clientID, clientSecret: new Secret(secret), redirectUri, ...at }),
      verifier: createSignatureVerifier(at),
      clientID,
      clock,
      signIn: (url, account, keeps = true) => {
        const back = google.signIn(url, { account, withoutCloudPlatform: !keeps }).searchParams
        return { code: back.get('code') ?? '', state: back.get('state') ?? '' }
      },
      close: async () => google.close(),
    }
  },
}

const codeVerifier = 'v'.repeat(43)
const asked = { state: 'state-1', nonce: 'nonce-1', codeVerifier, access: 'cloud' } as const
const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform'

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return error instanceof Refused ? error.refusal.reason : String(error)
}

for (const [where, open] of Object.entries(fixtures)) {
  const fact = factsOf(test, where, open)

  fact('a sign-in gives a person confirmed by Google, bound to nonce and token', async fixture => {
    const { login, verifier, clientID } = fixture
    const { code, state } = fixture.signIn(login.authorizeUrl(asked), 'mo@example.com')
    assert.is(state, 'state-1')
    const { accessToken, idToken, scopes } = await login.exchange(code, codeVerifier)
    assert.ok(scopes.includes(cloudPlatform))
    const claims = await verifier.verify(idToken, clientID, start)
    const expected = {
      audience: clientID,
      nonce: 'nonce-1',
      accessToken: accessToken.reveal(),
      hostedDomains: ['example.com'],
      now: start,
    }
    const approver = verifyApprover(claims, expected)
    assert.is(isRefusal(approver) ? approver.reason : approver.email, 'mo@example.com')
    const other = verifyApprover(claims, { ...expected, nonce: 'nonce-2' })
    assert.is(isRefusal(other) && other.reason, 'EvidenceForAnother')
  })
  fact('what the person did not tick is not among the scopes', async fixture => {
    const { code } = fixture.signIn(fixture.login.authorizeUrl(asked), 'mo@example.com', false)
    assert.not.ok((await fixture.login.exchange(code, codeVerifier)).scopes.includes(cloudPlatform))
  })
  fact('a sign-in that asks only who the person is gives no access to Google Cloud', async fixture => {
    const { code } = fixture.signIn(fixture.login.authorizeUrl({ ...asked, access: 'identity' }), 'mo@example.com')
    const { accessToken, idToken, scopes } = await fixture.login.exchange(code, codeVerifier)
    assert.not.ok(scopes.includes(cloudPlatform))
    const claims = await fixture.verifier.verify(idToken, fixture.clientID, start)
    const { clientID: audience } = fixture
    const now = {
      audience,
      nonce: 'nonce-1',
      accessToken: accessToken.reveal(),
      hostedDomains: ['example.com'],
      now: start,
    }
    const person = verifyApprover(claims, now)
    assert.is(isRefusal(person) ? person.reason : person.email, 'mo@example.com')
  })
  fact('a code serves once', async fixture => {
    const { code } = fixture.signIn(fixture.login.authorizeUrl(asked), 'mo@example.com')
    await fixture.login.exchange(code, codeVerifier)
    assert.is(await refusalOf(fixture.login.exchange(code, codeVerifier)), 'CodeNotAccepted')
  })
  fact('a code without its verifier serves nobody', async fixture => {
    const { code } = fixture.signIn(fixture.login.authorizeUrl(asked), 'mo@example.com')
    assert.is(await refusalOf(fixture.login.exchange(code, 'w'.repeat(43))), 'CodeNotAccepted')
  })
  fact('a code that was made up is not accepted', async ({ login }) =>
    assert.is(await refusalOf(login.exchange('4/made-up', codeVerifier)), 'CodeNotAccepted'),
  )
  fact('proof is for one application, unchanged, and for its time', async fixture => {
    const { login, verifier, clientID, clock } = fixture
    const { code } = fixture.signIn(login.authorizeUrl(asked), 'mo@example.com')
    const { idToken } = await login.exchange(code, codeVerifier)
    const text = idToken.reveal()
    assert.is(await refusalOf(verifier.verify(idToken, 'another-client', start)), 'EvidenceNotAuthentic')
    assert.is(await refusalOf(verifier.verify(new Secret(`${text}A`), clientID, start)), 'EvidenceNotAuthentic')
    assert.is(await refusalOf(verifier.verify(new Secret('nonsense'), clientID, start)), 'EvidenceNotAuthentic')
    clock.forward(3600)
    assert.is(await refusalOf(verifier.verify(idToken, clientID, clock.now())), 'EvidenceExpired')
    assert.is(
      (await verifier.verify(idToken, clientID, new Date(clock.now().getTime() - 1000))).email,
      'mo@example.com',
    )
  })
}

test.run()
