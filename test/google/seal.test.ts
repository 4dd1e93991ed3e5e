// The sealing adapters when KMS is slow, damaged, misconfigured or forbidden.
import { crc32c } from '@aws-crypto/crc32c'
import * as assert from 'uvu/assert'
import type { Sealer, Unsealer } from '../../src/domain/ports.ts'
import { createSealer, createUnsealer } from '../../src/google/seal.ts'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import { defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import { foreignAnswer, foreignBodies, googleAnswer } from '../sim/google/answers.ts'
import type { Fault } from '../../src/sim/serve.ts'
import { suite, table } from '../suite.ts'
import { identity, openGoogle, outcomeOf, refusedIdentity, slowIdentity } from './fixture.ts'

const test = suite('sealing adapter')
const secretText = 'ya29.plaintext-of-a-token'
const { auth, controller, gateway } = defaultIdentities
let google: GoogleSim

test.before.each(async () => {
  ;({ google } = await openGoogle())
})
test.after.each(async () => google.close())

const sealer = (token = auth.token, timeoutMs = 5000): Sealer =>
  createSealer({
    key: defaultKeys.token,
    authClient: identity(token),
    clock: google.clock,
    rootUrl: google.url,
    timeoutMs,
  })
const unsealer = (token = controller.token, timeoutMs = 5000): Unsealer =>
  createUnsealer({
    key: defaultKeys.token,
    authClient: identity(token),
    clock: google.clock,
    rootUrl: google.url,
    timeoutMs,
  })
const calls = (method: string): number => google.calls.filter(call => call.method === method).length
const no = (code: number, status: string): Partial<Fault> => ({
  status: code,
  body: { error: { code, status, message: secretText } },
})

table<{ fault: Partial<Fault>; outcome: RegExp }>(
  test,
  {
    'a server error twice is Broken': { fault: { ...no(503, 'UNAVAILABLE'), times: 2 }, outcome: /^Broken answered/ },
    'a limit is reached': { fault: no(429, 'RESOURCE_EXHAUSTED'), outcome: /^Waiting 2026-11-23T14:02:20/ },
    'a connection that breaks twice is Broken': { fault: { reset: 'before', times: 2 }, outcome: /^Broken unanswered/ },
    'silence twice is Broken': { fault: { hang: true, times: 2 }, outcome: /^Broken unanswered/ },
    'a page twice is Broken': { fault: { status: 200, body: '<html>', times: 2 }, outcome: /^Broken/ },
    'an empty answer twice is Broken': { fault: { status: 200, body: {}, times: 2 }, outcome: /^Broken/ },
  },
  async ({ fault, outcome }) => {
    const timeoutMs = fault.hang ? 200 : 5000
    const sealed = await sealer().seal(secretText, 'aad')
    google.faults.add({ route: 'POST /v1/*:decrypt', ...fault })
    assert.match(
      await outcomeOf(unsealer(controller.token, timeoutMs).unseal(sealed, 'aad'), secretText, sealed),
      outcome,
    )
    google.faults.add({ route: 'POST /v1/*:encrypt', ...fault })
    assert.match(await outcomeOf(sealer(auth.token, timeoutMs).seal(secretText, 'aad'), secretText), outcome)
  },
)

const key = defaultKeys.token
type End = { decrypt: RegExp; encrypt: RegExp }
const both = (outcome: RegExp): End => ({ decrypt: outcome, encrypt: outcome })

table<{ answer: Partial<Fault> } & End>(
  test,
  {
    'what KMS finds not authentic': {
      answer: googleAnswer('INVALID_ARGUMENT'),
      decrypt: /^Refused NotAuthentic/,
      encrypt: /^Refused SealNotAccepted/,
    },
    'a version that is disabled': {
      answer: googleAnswer('FAILED_PRECONDITION'),
      ...both(/^Refused KeyDisabled: .*Enable or restore/),
    },
    'an identity that is not accepted now': {
      answer: googleAnswer('UNAUTHENTICATED'),
      ...both(/^Broken answered: .*identity/),
    },
    'a missing right': {
      answer: googleAnswer('PERMISSION_DENIED', { reason: 'IAM_PERMISSION_DENIED' }),
      decrypt: /^Refused KeyDenied: .*cryptoKeyDecrypter/,
      encrypt: /^Refused KeyDenied: .*cryptoKeyEncrypter/,
    },
    'an API that is off': {
      answer: googleAnswer('PERMISSION_DENIED', { reason: 'SERVICE_DISABLED' }),
      ...both(/^Refused ApiDisabled: .*"cloudkms\.googleapis\.com" is off in "projects\/hallpass-ops"/),
    },
    'billing that is off': {
      answer: googleAnswer('PERMISSION_DENIED', { reason: 'BILLING_DISABLED' }),
      ...both(/^Refused BillingDisabled/),
    },
    'a perimeter': {
      answer: googleAnswer('PERMISSION_DENIED', { reason: 'SECURITY_POLICY_VIOLATED' }),
      ...both(/^Refused PerimeterDenied: .*cryptoKeys\/token/),
    },
    'a key that is not there, or in another location': {
      answer: googleAnswer('NOT_FOUND'),
      ...both(/^Refused KeyUnknown: .*"projects/),
    },
    'a quota that is used up': {
      answer: googleAnswer('RESOURCE_EXHAUSTED'),
      ...both(/^Waiting .*Cloud KMS asked to wait/),
    },
    'a status that KMS does not document': {
      answer: googleAnswer('ABORTED'),
      ...both(/^Broken answered: .*\(it answered 409\)/),
    },
    'a body that tells another status than HTTP does': {
      answer: { ...googleAnswer('INVALID_ARGUMENT'), status: 413 },
      ...both(/^Broken answered: Something between .* 413/),
    },
  },
  async ({ answer, decrypt, encrypt }) => {
    const sealed = await sealer().seal(secretText, 'aad')
    google.faults.add({ route: 'POST /v1/*:decrypt', ...answer })
    assert.match(await outcomeOf(unsealer().unseal(sealed, 'aad'), secretText, sealed), decrypt)
    google.faults.add({ route: 'POST /v1/*:encrypt', ...answer })
    assert.match(await outcomeOf(sealer().seal(secretText, 'aad'), secretText), encrypt)
    assert.is(google.faults.left, 0)
    assert.equal([calls('Encrypt'), calls('Decrypt')], [1, 0], 'it was tried again')
  },
)

for (const body of foreignBodies)
  test(`a 4xx with ${body}, which is not Google's, says nothing about a seal`, async () => {
    const sealed = await sealer().seal(secretText, 'aad')
    for (const status of [400, 401, 403, 404, 407, 408, 409, 413, 421, 451]) {
      const outcome = new RegExp(
        `^Broken answered: Something between Hallpass and Google, such as a proxy, answered ${status}`,
      )
      google.faults.add({ route: 'POST /v1/*:decrypt', ...foreignAnswer(status, body) })
      assert.match(await outcomeOf(unsealer().unseal(sealed, 'aad'), sealed), outcome)
      google.faults.add({ route: 'POST /v1/*:encrypt', ...foreignAnswer(status, body) })
      assert.match(await outcomeOf(sealer().seal(secretText, 'aad'), secretText), outcome)
    }
  })

test('a redirect is not followed', async () => {
  const location = `/v1/${defaultKeys.ticket}:encrypt`
  google.faults.add({ route: `POST /v1/${key}:encrypt`, status: 307, headers: { location }, times: 2 })
  assert.match(await outcomeOf(sealer().seal('x', 'aad')), /^Broken unanswered/)
  assert.is(calls('Encrypt'), 0)
})

test('what was sealed with another key is known without asking, and is no tampering', async () => {
  const options = {
    key: defaultKeys.ticket,
    authClient: identity(auth.token),
    clock: google.clock,
    rootUrl: google.url,
  }
  const sealed = await sealer().seal(secretText, 'aad')
  assert.match(
    await outcomeOf(createUnsealer(options).unseal(sealed, 'aad'), sealed),
    /^Refused KeyDiffers: .*cryptoKeys\/ticket".*google\.tokenKey/,
  )
  assert.is(calls('Decrypt'), 0)
})

test('a failure that passes is not noticed', async () => {
  google.faults.add(
    { route: 'POST /v1/*:encrypt', ...no(503, 'UNAVAILABLE') },
    { route: 'POST /v1/*:decrypt', reset: 'before' },
  )
  assert.is(await unsealer().unseal(await sealer().seal(secretText, 'aad'), 'aad'), secretText)
})

test('what is not authentic is asked about once', async () => {
  const sealed = await sealer().seal(secretText, 'aad')
  assert.match(await outcomeOf(unsealer().unseal(sealed, 'other'), sealed), /^Refused NotAuthentic/)
  assert.is(calls('Decrypt'), 1)
})

test('a process that may only seal cannot unseal, and the role is named', async () => {
  const sealed = await sealer().seal(secretText, 'aad')
  assert.match(await outcomeOf(unsealer(auth.token).unseal(sealed, 'aad')), /^Refused KeyDenied: .*cryptoKeyDecrypter/)
  assert.match(await outcomeOf(sealer(gateway.token).seal('x', 'aad')), /^Refused KeyDenied: .*cryptoKeyEncrypter/)
})

test('an identity that is not accepted now may be later', async () => {
  assert.match(await outcomeOf(sealer('no-such-token').seal('x', 'aad'), 'no-such-token'), /^Broken answered/)
})

test('a key that is disabled is no tampering', async () => {
  const sealed = await sealer().seal(secretText, 'aad')
  google.keys.rotate(defaultKeys.token)
  google.keys.setEnabled(defaultKeys.token, 1, false)
  assert.match(await outcomeOf(unsealer().unseal(sealed, 'aad')), /^Refused KeyDisabled/)
})

test('a rotated key opens what the one before sealed', async () => {
  const sealed = await sealer().seal(secretText, 'aad')
  google.keys.rotate(defaultKeys.token)
  assert.is(await unsealer().unseal(sealed, 'aad'), secretText)
})

test('an answer with a wrong checksum, or without one, is not believed', async () => {
  const sealed = await sealer().seal(secretText, 'aad')
  const plaintext = Buffer.from('something else').toString('base64')
  for (const body of [{ plaintext, plaintextCrc32c: '1' }, { plaintext }]) {
    google.faults.add({ route: 'POST /v1/*:decrypt', status: 200, body, times: 2 })
    assert.match(await outcomeOf(unsealer().unseal(sealed, 'aad')), /^Broken answered: .*damaged/)
  }
  const forged = { name: `${defaultKeys.token}/cryptoKeyVersions/1`, ciphertext: plaintext, ciphertextCrc32c: '1' }
  const flags = { verifiedPlaintextCrc32c: true, verifiedAdditionalAuthenticatedDataCrc32c: true }
  const intact = { ...forged, ciphertextCrc32c: String(crc32c(Buffer.from('something else'))) }
  const elsewhere = { ...intact, ...flags, name: `${defaultKeys.ticket}/cryptoKeyVersions/1` }
  for (const body of [{ ...forged, ...flags }, intact, elsewhere]) {
    google.faults.add({ route: 'POST /v1/*:encrypt', status: 200, body, times: 2 })
    assert.match(await outcomeOf(sealer().seal('x', 'aad')), /^Broken answered: .*damaged/)
  }
})

test('an identity whose token comes too late is Broken in time, and ends nothing else', async () => {
  const authClient = slowIdentity(auth.token, 1500)
  const slow = createSealer({
    key: defaultKeys.token,
    authClient,
    clock: google.clock,
    rootUrl: google.url,
    timeoutMs: 100,
  })
  const began = performance.now()
  assert.match(await outcomeOf(slow.seal('x', 'aad'), auth.token), /^Broken unanswered/)
  assert.ok(performance.now() - began < 1400, 'waited for the token')
  // The token arrives now, long after the call was given up; the process must outlive it.
  await new Promise(resolve => setTimeout(resolve, 1700))
  assert.is(calls('Encrypt'), 0)
})

test('an identity that gets no token is not a missing right', async () => {
  const port = createSealer({
    key: defaultKeys.token,
    authClient: refusedIdentity(),
    clock: google.clock,
    rootUrl: google.url,
  })
  assert.match(await outcomeOf(port.seal('x', 'aad')), /^Broken answered: Google gave no token/)
  assert.is(calls('Encrypt'), 0)
})

test.run()
