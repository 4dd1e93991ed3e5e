// KMS through Google's own client over REST: which identity may do what with which key, and the result of tampering.
import { crc32c } from '@aws-crypto/crc32c'
import * as assert from 'uvu/assert'
import { startGoogle, type GoogleSim } from '../../../src/sim/google/google.ts'
import { defaultIdentities as identities, defaultKeys as keys } from '../../../src/sim/google/seeds.ts'
import { suite, table } from '../../suite.ts'
import { kms } from './clients.ts'

const test = suite('simulated KMS')
let google: GoogleSim
test.before(async () => void (google = await startGoogle()))
test.after(async () => google.close())

type Who = keyof typeof identities
type Sum = { value: number }
const client = (who: Who): ReturnType<typeof kms> => kms(google, identities[who].token)
const bytes = (text: string): Buffer => Buffer.from(text)

async function seal(text: string, aad = '', who: Who = 'auth', name = keys.token): Promise<Buffer> {
  const [{ ciphertext }] = await client(who).encrypt({
    name,
    plaintext: bytes(text),
    additionalAuthenticatedData: bytes(aad),
  })
  return Buffer.from(ciphertext as Uint8Array)
}
async function unseal(ciphertext: Buffer, aad = '', who: Who = 'controller', name = keys.token): Promise<string> {
  const [{ plaintext }] = await client(who).decrypt({ name, ciphertext, additionalAuthenticatedData: bytes(aad) })
  return Buffer.from(plaintext as Uint8Array).toString()
}

async function post(path: string, body: object, who: Who = 'controller'): Promise<Response> {
  const headers = { authorization: `Bearer ${identities[who].token}`, 'content-type': 'application/json' }
  return fetch(google.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** google.rpc code and message of a refused call. */
async function refusalOf(call: Promise<unknown>): Promise<{ code?: number; message: string }> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown as { code?: number; message: string },
  )
  if (!error) throw new Error('The call went through')
  return error
}

test('what auth seals only the controller opens, with the same AAD', async () => {
  const sealed = await seal('a token', 'for uid-1')
  assert.is(await unseal(sealed, 'for uid-1'), 'a token')
  assert.not(sealed.includes('a token'))
  assert.not(sealed.equals(await seal('a token', 'for uid-1')))
})

table<{ tamper: (sealed: Buffer) => Buffer; aad?: string; name?: string; who?: Who; message: string }>(
  test,
  {
    'another AAD': {
      tamper: sealed => sealed,
      aad: 'for uid-2',
      message: 'Decryption failed: the ciphertext is invalid.',
    },
    'no AAD': { tamper: sealed => sealed, aad: '', message: 'Decryption failed: the ciphertext is invalid.' },
    'a flipped bit': {
      tamper: sealed => Buffer.concat([sealed.subarray(0, -1), Buffer.from([(sealed.at(-1) ?? 0) ^ 1])]),
      message: 'Decryption failed: the ciphertext is invalid.',
    },
    'a truncated ciphertext': {
      tamper: sealed => sealed.subarray(0, -1),
      message: 'Decryption failed: the ciphertext is invalid.',
    },
    'the wrong key': {
      tamper: sealed => sealed,
      name: keys.ticket,
      who: 'auth',
      message: "Decryption failed: verify that 'name' refers to the correct CryptoKey.",
    },
    garbage: {
      tamper: () => bytes('garbage'),
      message: "Decryption failed: verify that 'name' refers to the correct CryptoKey.",
    },
    nothing: {
      tamper: () => Buffer.alloc(0),
      message: "Decryption failed: verify that 'name' refers to the correct CryptoKey.",
    },
  },
  async ({ tamper, aad = 'for uid-1', name, who, message }) => {
    const refusal = await refusalOf(unseal(tamper(await seal('a token', 'for uid-1')), aad, who, name))
    assert.equal([refusal.code, refusal.message], [3, message])
  },
)

const rights: [Who, 'encrypt' | 'decrypt', keyof typeof keys, boolean][] = [
  ['controller', 'encrypt', 'ticket', true],
  ['auth', 'decrypt', 'ticket', true],
  ['auth', 'encrypt', 'token', true],
  ['controller', 'decrypt', 'token', true],
  ['auth', 'encrypt', 'ticket', false],
  ['controller', 'decrypt', 'ticket', false],
  ['controller', 'encrypt', 'token', false],
  ['auth', 'decrypt', 'token', false],
  ['gateway', 'encrypt', 'ticket', false],
  ['gateway', 'decrypt', 'ticket', false],
  ['gateway', 'encrypt', 'token', false],
  ['gateway', 'decrypt', 'token', false],
]
for (const [who, verb, key, may] of rights)
  test(`${who} ${may ? 'may' : 'may not'} ${verb} with the ${key} key`, async () => {
    const ready =
      verb === 'decrypt' ? await seal('x', '', key === 'ticket' ? 'controller' : 'auth', keys[key]) : undefined
    const call = ready ? unseal(ready, '', who, keys[key]) : seal('x', '', who, keys[key])
    if (may) return void (await call)
    const permission = `cloudkms.cryptoKeyVersions.useTo${verb === 'encrypt' ? 'Encrypt' : 'Decrypt'}`
    const refusal = await refusalOf(call)
    assert.is(refusal.code, 7)
    assert.match(refusal.message, `Permission '${permission}' denied on resource '${keys[key]}'`)
    const last = google.calls.at(-1)
    assert.equal([last?.principal, last?.resource, last?.status], [identities[who].email, keys[key], 403])
  })

test('a token that Google does not know is unauthenticated', async () => {
  const stranger = kms(google, 'guessed')
  assert.is((await refusalOf(stranger.encrypt({ name: keys.token, plaintext: bytes('x') }))).code, 16)
})

test('checksums: right ones are verified, wrong ones refused, and the answers carry their own', async () => {
  const [plaintext, aad] = [bytes('a token'), bytes('for uid-1')]
  const sum = (of: Uint8Array): Sum => ({ value: crc32c(of) })
  const asked = { name: keys.token, plaintext, additionalAuthenticatedData: aad }
  const [sealed] = await client('auth').encrypt({
    ...asked,
    plaintextCrc32c: sum(plaintext),
    additionalAuthenticatedDataCrc32c: sum(aad),
  })
  assert.equal([sealed.verifiedPlaintextCrc32c, sealed.verifiedAdditionalAuthenticatedDataCrc32c], [true, true])
  assert.is(sealed.name, `${keys.token}/cryptoKeyVersions/1`)
  assert.is(sealed.protectionLevel, 'SOFTWARE')
  const ciphertext = Buffer.from(sealed.ciphertext as Uint8Array)
  assert.is(Number(sealed.ciphertextCrc32c?.value), crc32c(ciphertext))
  const opening = { name: keys.token, ciphertext, additionalAuthenticatedData: aad }
  const [opened] = await client('controller').decrypt({ ...opening, ciphertextCrc32c: sum(ciphertext) })
  assert.is(Number(opened.plaintextCrc32c?.value), crc32c(plaintext))
  assert.is(opened.usedPrimary, true)
  for (const wrong of [{ plaintextCrc32c: { value: 1 } }, { additionalAuthenticatedDataCrc32c: { value: 1 } }])
    assert.match((await refusalOf(client('auth').encrypt({ ...asked, ...wrong }))).message, /^The checksum in field /)
  const damaged = client('controller').decrypt({ ...opening, ciphertextCrc32c: { value: 1 } })
  assert.is((await refusalOf(damaged)).code, 3)
})

test('a key that does not exist is not found by an owner of its project, and is denied to everybody else', async () => {
  const at = (who: Who, name: string): Promise<number | undefined> =>
    refusalOf(client(who).encrypt({ name, plaintext: bytes('x') })).then(({ code }) => code)
  const nowhere = keys.token.replace(/token$/, 'tokens')
  const [project = ''] = /^projects\/[^/]+/.exec(nowhere) ?? []
  const before = google.policies.read(project)?.bindings ?? []
  assert.equal([await at('auth', nowhere), await at('gateway', nowhere)], [7, 7])
  const owner = { role: 'roles/owner', members: [`serviceAccount:${identities.auth.email}`] }
  google.policies.replace(project, { bindings: [...before, owner] })
  assert.equal([await at('auth', nowhere), await at('gateway', nowhere)], [5, 7])
  assert.is(await at('auth', nowhere.replace(project, 'projects/nowhere')), 7)
  google.policies.replace(project, { bindings: before })
})

test('on the wire: enums as names unless asked as numbers, bytes in base64, unknown fields refused', async () => {
  const body = { plaintext: 'aGk=' }
  const named = (await (await post(`/v1/${keys.token}:encrypt`, body, 'auth')).json()) as { protectionLevel: unknown }
  assert.is(named.protectionLevel, 'SOFTWARE')
  const path = `/v1/${keys.token}:encrypt?$alt=json%3Benum-encoding=int`
  const numbered = (await (await post(path, body, 'auth')).json()) as { protectionLevel: unknown }
  assert.is(numbered.protectionLevel, 1)
  assert.is((await post(path, { plaintext: 'no base64!' }, 'auth')).status, 400)
  assert.is((await post(path, { ...body, aad: 'aGk=' }, 'auth')).status, 400)
})

test('64 KiB of plaintext and of AAD, and not a byte more', async () => {
  const most = 'x'.repeat(64 * 1024)
  assert.is(await unseal(await seal(most, most), most), most)
  assert.is((await refusalOf(seal(`${most}x`))).code, 3)
  assert.is((await refusalOf(seal('x', `${most}x`))).code, 3)
})

test('a version by name encrypts; decryption takes the key alone', async () => {
  const version = `${keys.token}/cryptoKeyVersions/1`
  assert.is(await unseal(await seal('x', '', 'auth', version)), 'x')
  // The official client refuses this by itself, so the wire is spoken without it.
  const body = { ciphertext: (await seal('x')).toString('base64') }
  assert.is((await post(`/v1/${version}:decrypt`, body)).status, 400)
  assert.is((await post(`/v1/${keys.token}:decrypt`, body)).status, 200)
  assert.is((await refusalOf(seal('x', '', 'auth', `${keys.token}/cryptoKeyVersions/9`))).code, 5)
})

test('after a rotation old ciphertexts still open, unless their version is disabled', async () => {
  const old = await seal('x')
  google.keys.rotate(keys.token)
  assert.is(await unseal(old), 'x')
  const [{ usedPrimary }] = await client('controller').decrypt({ name: keys.token, ciphertext: old })
  assert.is(usedPrimary, false)
  google.keys.setEnabled(keys.token, 1, false)
  assert.is((await refusalOf(unseal(old))).code, 9)
  assert.is(await unseal(await seal('y')), 'y')
})

test.run()
