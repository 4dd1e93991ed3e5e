// Cloud KMS v1: encrypt and decrypt with real AES-256-GCM keys that never leave this process (google/cloud/kms/v1/service.proto).
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { crc32c } from '@aws-crypto/crc32c'
import type { Express } from 'express'
import { z } from 'zod'
import { parseBody, serveMethods, type Api, type Incoming, type Method } from './api.ts'
import { denied, GoogleFailure, invalid } from './failure.ts'
import type { Rights } from './rights.ts'

const maxBytes = 64 * 1024
const [magic, ivBytes, tagBytes, idBytes] = [0x0a, 12, 16, 16]
const headBytes = 1 + idBytes + 4

const checksum = z.union([z.string().regex(/^\d+$/), z.number().int()])
const encryptBody = z.strictObject({
  name: z.string().optional(),
  plaintext: z.string().default(''),
  additionalAuthenticatedData: z.string().default(''),
  plaintextCrc32c: checksum.optional(),
  additionalAuthenticatedDataCrc32c: checksum.optional(),
})
const decryptBody = z.strictObject({
  name: z.string().optional(),
  ciphertext: z.string().default(''),
  additionalAuthenticatedData: z.string().default(''),
  ciphertextCrc32c: checksum.optional(),
  additionalAuthenticatedDataCrc32c: checksum.optional(),
})

type Version = { secret: Buffer; enabled: boolean }
type Key = { id: Buffer; versions: Version[] }

/** The key rings. */
export class Keys {
  #keys = new Map<string, Key>()
  constructor(names: readonly string[]) {
    for (const name of names) this.#keys.set(name, { id: randomBytes(idBytes), versions: [newVersion()] })
  }

  /** Adds a version and makes it primary; older ones can still decrypt. */
  rotate(name: string): void {
    this.find(name).versions.push(newVersion())
  }

  /** Disables or enables a version, counted from 1. */
  setEnabled(name: string, version: number, enabled: boolean): void {
    const found = this.find(name).versions[version - 1]
    if (!found) throw new Error(`No version ${version} of ${name}`)
    found.enabled = enabled
  }

  has(name: string): boolean {
    return this.#keys.has(name)
  }

  find(name: string): Key {
    const key = this.#keys.get(name)
    if (!key) throw new GoogleFailure('NOT_FOUND', `CryptoKey ${name} not found.`)
    return key
  }
}

export type KmsDependencies = { keys: Keys; rights: Rights }

/** Serves `:encrypt` (on a key or one of its versions) and `:decrypt` (on a key). */
export function serveKms(app: Express, api: Api, deps: KmsDependencies): void {
  const path =
    /^\/v1\/(projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/:]+(?:\/cryptoKeyVersions\/[^/:]+)?):(\w+)$/
  serveMethods(
    app,
    path,
    {
      encrypt: methodOf('Encrypt', incoming => encrypt(incoming, deps)),
      decrypt: methodOf('Decrypt', incoming => decrypt(incoming, deps)),
    },
    api,
  )
}

function methodOf(name: string, process: Method['process']): Method {
  const method = `google.cloud.kms.v1.KeyManagementService.${name}`
  return { name, service: 'cloudkms.googleapis.com', method, process }
}

function encrypt({ caller, resource, body, at, enumsAsInts }: Incoming, { keys, rights }: KmsDependencies): object {
  const [name = '', versionName] = resource.split('/cryptoKeyVersions/')
  if (!rights.may(caller.email, 'cloudkms.cryptoKeyVersions.useToEncrypt', placeOf(name, keys), { at }))
    throw denied('cloudkms.cryptoKeyVersions.useToEncrypt', resource, 'cloudkms')
  const asked = parseBody(encryptBody, body)
  const plaintext = bytesOf('plaintext', asked.plaintext, asked.plaintextCrc32c)
  const aad = aadOf(asked)
  const key = keys.find(name)
  const number = versionName === undefined ? key.versions.length : Number(versionName)
  const ciphertext = seal(key, number, versionOf(name, key, number), plaintext, aad)
  return {
    name: `${name}/cryptoKeyVersions/${number}`,
    ciphertext: ciphertext.toString('base64'),
    ciphertextCrc32c: String(crc32c(ciphertext)),
    ...(asked.plaintextCrc32c !== undefined && { verifiedPlaintextCrc32c: true }),
    ...(asked.additionalAuthenticatedDataCrc32c !== undefined && { verifiedAdditionalAuthenticatedDataCrc32c: true }),
    protectionLevel: enumsAsInts ? 1 : 'SOFTWARE',
  }
}

function decrypt(
  { caller, resource: name, body, at, enumsAsInts }: Incoming,
  { keys, rights }: KmsDependencies,
): object {
  if (name.includes('/cryptoKeyVersions/')) throw invalid(`Resource name '${name}' must be that of a CryptoKey.`)
  if (!rights.may(caller.email, 'cloudkms.cryptoKeyVersions.useToDecrypt', placeOf(name, keys), { at }))
    throw denied('cloudkms.cryptoKeyVersions.useToDecrypt', name, 'cloudkms')
  const asked = parseBody(decryptBody, body)
  const ciphertext = bytesOf('ciphertext', asked.ciphertext, asked.ciphertextCrc32c)
  const key = keys.find(name)
  const { plaintext, usedPrimary } = open(name, key, ciphertext, aadOf(asked))
  return {
    plaintext: plaintext.toString('base64'),
    plaintextCrc32c: String(crc32c(plaintext)),
    ...(usedPrimary && { usedPrimary }),
    protectionLevel: enumsAsInts ? 1 : 'SOFTWARE',
  }
}

// IAM is asked before the key is looked up. A key that does not exist has the rights of its project: who may use every
// key there reads 404, everybody else 403.
function placeOf(name: string, keys: Keys): string {
  return keys.has(name) ? name : name.split('/').slice(0, 2).join('/')
}

// Key id and version are a plain prefix. As in the real service, they distinguish a ciphertext of another key from a
// damaged one.
function seal(key: Key, number: number, { secret }: Version, plaintext: Buffer, aad: Buffer): Buffer {
  const head = Buffer.alloc(headBytes)
  head.writeUInt8(magic)
  key.id.copy(head, 1)
  head.writeUInt32BE(number, 1 + idBytes)
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', secret, iv).setAAD(aad)
  return Buffer.concat([head, iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

function open(name: string, key: Key, ciphertext: Buffer, aad: Buffer): { plaintext: Buffer; usedPrimary: boolean } {
  const isOurs =
    ciphertext.length >= headBytes + ivBytes + tagBytes && key.id.equals(ciphertext.subarray(1, 1 + idBytes))
  const number = isOurs ? ciphertext.readUInt32BE(1 + idBytes) : 0
  if (!isOurs || ciphertext[0] !== magic || !key.versions[number - 1])
    throw invalid("Decryption failed: verify that 'name' refers to the correct CryptoKey.")
  const { secret } = versionOf(name, key, number)
  try {
    const decipher = createDecipheriv('aes-256-gcm', secret, ciphertext.subarray(headBytes, headBytes + ivBytes))
    decipher.setAAD(aad).setAuthTag(ciphertext.subarray(-tagBytes))
    const sealed = ciphertext.subarray(headBytes + ivBytes, -tagBytes)
    return {
      plaintext: Buffer.concat([decipher.update(sealed), decipher.final()]),
      usedPrimary: number === key.versions.length,
    }
  } catch {
    throw invalid('Decryption failed: the ciphertext is invalid.')
  }
}

function versionOf(name: string, key: Key, number: number): Version {
  const version = key.versions[number - 1]
  const full = `${name}/cryptoKeyVersions/${number}`
  if (!version) throw new GoogleFailure('NOT_FOUND', `CryptoKeyVersion ${full} not found.`)
  if (!version.enabled)
    throw new GoogleFailure('FAILED_PRECONDITION', `${full} is not enabled, current state is: DISABLED.`)
  return version
}

function newVersion(): Version {
  return { secret: randomBytes(32), enabled: true }
}

type Checksum = z.infer<typeof checksum> | undefined

function aadOf(asked: { additionalAuthenticatedData: string; additionalAuthenticatedDataCrc32c?: Checksum }): Buffer {
  return bytesOf(
    'additional_authenticated_data',
    asked.additionalAuthenticatedData,
    asked.additionalAuthenticatedDataCrc32c,
  )
}

function bytesOf(field: string, base64: string, sum: Checksum): Buffer {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(base64))
    throw invalid(`Invalid value at '${field}' (TYPE_BYTES), Base64 decoding failed.`)
  const bytes = Buffer.from(base64, 'base64')
  // A ciphertext is longer than its plaintext by what seal() adds.
  const limit = field === 'ciphertext' ? maxBytes + headBytes + ivBytes + tagBytes : maxBytes
  if (bytes.length > limit) throw invalid(`The field ${field} must be at most ${limit} bytes, and has ${bytes.length}.`)
  if (sum !== undefined && Number(sum) !== crc32c(bytes))
    throw invalid(`The checksum in field ${field}_crc32c did not match the data in field ${field}.`)
  return bytes
}
