// Encrypts and decrypts with Cloud KMS: implements the two sealing ports, with one key each. Every byte is checked in
// both directions by CRC32C. Data counts as not authentic only if KMS itself says so: a wrong right, key or proxy
// proves nothing about the data.
import { createHash } from 'node:crypto'
import { crc32c } from '@aws-crypto/crc32c'
import { KeyManagementServiceClient } from '@google-cloud/kms'
import type { AuthClient } from 'google-auth-library'
import { Broken, Refused, type Waiting } from '../domain/outcome.ts'
import type { Clock, Sealer, Unsealer } from '../domain/ports.ts'
import { type FailedAnswer, failedGaxAnswer } from './answer.ts'
import { callerFault, ownIdentityFault } from './caller.ts'
import { type Called, setupFault } from './forbidden.ts'
import { guardIdentity, renewed } from './identity.ts'
import { passingOutcome } from './passing.ts'
import { inTime } from './transport.ts'

type SealOptions = {
  /** `projects/P/locations/L/keyRings/R/cryptoKeys/K`. */
  key: string
  /** The process's own identity. */
  authClient: AuthClient
  clock: Clock
  /**
   * Another address than Google's, for the sandbox and tests. The configuration has checked that it is a loopback
   * address.
   */
  rootUrl?: string
  timeoutMs?: number
}

/** KMS answers in tens of milliseconds; a person may be waiting. */
const kmsTimeoutMs = 2500

/** Encrypts with the key; does not need the right to decrypt. */
export function createSealer(options: SealOptions): Sealer {
  const client = createClient(options)
  const { key: name } = options
  return {
    seal: async (plaintext, aad) => {
      const [bytes, bound] = [Buffer.from(plaintext, 'utf8'), Buffer.from(aad, 'utf8')]
      const request = { name, ...summed('plaintext', bytes), ...summed('additionalAuthenticatedData', bound) }
      return twice(async () => {
        const [answer] = await call(() => client.encrypt(request, callOptions(options)), options, 'encrypt')
        const ciphertext = bytesOf(answer.ciphertext)
        const isVerified = answer.verifiedPlaintextCrc32c && answer.verifiedAdditionalAuthenticatedDataCrc32c
        if (!isVerified || !isIntact(ciphertext, answer.ciphertextCrc32c) || !answer.name?.startsWith(`${name}/`))
          throw damaged()
        return markOf(name) + ciphertext.toString('base64url')
      })
    },
  }
}

/** Decrypts with the key; does not need the right to encrypt. */
export function createUnsealer(options: SealOptions): Unsealer {
  const client = createClient(options)
  const { key: name } = options
  return {
    unseal: async (sealed, aad) => {
      const [, mark, body = ''] = /^([A-Za-z0-9_-]{8})([A-Za-z0-9_-]{1,100000})$/.exec(sealed) ?? []
      if (mark === undefined) throw notAuthentic()
      if (mark !== markOf(name)) throw sealedElsewhere(name)
      const [bytes, bound] = [Buffer.from(body, 'base64url'), Buffer.from(aad, 'utf8')]
      const request = { name, ...summed('ciphertext', bytes), ...summed('additionalAuthenticatedData', bound) }
      return twice(async () => {
        const [answer] = await call(() => client.decrypt(request, callOptions(options)), options, 'decrypt')
        const plaintext = bytesOf(answer.plaintext)
        if (!isIntact(plaintext, answer.plaintextCrc32c)) throw damaged()
        return plaintext.toString('utf8')
      })
    },
  }
}

// REST everywhere, so that tests, sandbox and production use the same code.
function createClient({ authClient, rootUrl }: SealOptions): KeyManagementServiceClient {
  const place = rootUrl ? new URL(rootUrl) : undefined
  return new KeyManagementServiceClient({
    authClient: guardIdentity(authClient),
    fallback: true,
    ...(place && { protocol: place.protocol.replace(':', ''), apiEndpoint: place.hostname, port: Number(place.port) }),
  })
}

function callOptions({ timeoutMs = kmsTimeoutMs }: SealOptions): { timeout: number; retry: { retryCodes: number[] } } {
  return { timeout: timeoutMs, retry: { retryCodes: [] } }
}

/**
 * KMS also answers "not authentic" for data of another key, so a seal begins with eight characters that identify the
 * key.
 */
function markOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 8)
}

/** An answer that an immediate second try will not change, such as that of a proxy. */
class Settled extends Broken {}

/** Both calls change nothing, so after a short failure they are tried again immediately. */
async function twice<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Broken) || error instanceof Settled) throw error
    return work()
  }
}

type Verb = 'encrypt' | 'decrypt'

async function call<T>(ask: () => Promise<T>, options: SealOptions, verb: Verb): Promise<T> {
  try {
    return await inTime(renewed(options.authClient, ask), options.timeoutMs ?? kmsTimeoutMs, 'Cloud KMS')
  } catch (error) {
    throw brokenIn(error) ?? outcomeOf(error, options, verb)
  }
}

// The client wraps what its identity threw.
function brokenIn(error: unknown): Broken | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  return [error, cause].find(one => one instanceof Broken)
}

function outcomeOf(error: unknown, { key, clock }: SealOptions, verb: Verb): Refused | Waiting | Broken {
  const answer = failedGaxAnswer(error)
  const { status } = answer
  const passing = passingOutcome(answer, { whom: 'Cloud KMS', doing: verb, now: clock.now() })
  if (passing instanceof Broken && status !== undefined && status < 500) return new Settled(passing.message)
  if (passing) return passing
  const fault = setupFault(answer, calledWith(key)) ?? ownIdentityFault(answer, 'Cloud KMS')
  if (fault) return new Refused(fault.reason, fault.message)
  if (callerFault(answer))
    return new Settled(`Cloud KMS does not accept the identity with which Hallpass would ${verb} (${status}).`)
  return refusalOf(answer, key, verb) ?? new Settled(`Cloud KMS did not ${verb} (it answered ${status}).`)
}

function calledWith(key: string): Called {
  const project = `"${key.split('/').slice(0, 2).join('/')}"`
  return { service: 'cloudkms.googleapis.com', project, what: `"${key}"` }
}

/** Refusals that a person must resolve, or that the seal is not authentic: only if the answer is Google's own. */
function refusalOf({ status, rpc }: FailedAnswer, key: string, verb: Verb): Refused | undefined {
  if (status === 403) return denied(key, verb)
  if (status === 404)
    return new Refused(
      'KeyUnknown',
      `Cloud KMS does not know the key "${key}". Correct the key's name in the configuration.`,
    )
  if (status !== 400) return undefined
  if (rpc === 'FAILED_PRECONDITION')
    return new Refused(
      'KeyDisabled',
      `The version of the KMS key "${key}" that is needed is disabled or destroyed. Enable or restore that version.`,
    )
  if (rpc !== 'INVALID_ARGUMENT') return undefined
  return verb === 'decrypt'
    ? notAuthentic()
    : new Refused('SealNotAccepted', `Cloud KMS did not accept the data to encrypt with "${key}".`)
}

function denied(key: string, verb: Verb): Refused {
  const role = `roles/cloudkms.cryptoKey${verb === 'encrypt' ? 'Encrypter' : 'Decrypter'}`
  return new Refused(
    'KeyDenied',
    `Cloud KMS does not let Hallpass ${verb} with "${key}", or there is no such key. Grant this process ${role} on it, or correct the key's name in the configuration.`,
  )
}

/**
 * A sealed text for this key that KMS cannot open: KMS looks at the caller's right first, so the answer NotAuthentic shows
 * that this process may decrypt, and KeyDenied that it may not.
 */
export function neverSealed(key: string): string {
  return markOf(key) + Buffer.alloc(64).toString('base64url')
}

function sealedElsewhere(key: string): Refused {
  return new Refused(
    'KeyDiffers',
    `This was sealed with another KMS key than "${key}". All processes of Hallpass must be given the same google.ticketKey and google.tokenKey.`,
  )
}

function notAuthentic(): Refused {
  return new Refused('NotAuthentic', 'This was not sealed by Hallpass for this purpose, or was changed since.')
}

function damaged(): Broken {
  return new Broken('What Cloud KMS received or answered was damaged on the way.')
}

/** A field and its checksum, as KMS expects them (https://cloud.google.com/kms/docs/data-integrity-guidelines). */
function summed(field: string, bytes: Buffer): Record<string, Buffer | { value: number }> {
  return { [field]: bytes, [`${field}Crc32c`]: { value: crc32c(bytes) } }
}

// The checksum comes as number, text or Long; Number() reads all three.
function isIntact(bytes: Buffer, sum: { value?: unknown } | null | undefined): boolean {
  return sum?.value !== undefined && sum.value !== null && Number(sum.value) === crc32c(bytes)
}

function bytesOf(field: Uint8Array | string | null | undefined): Buffer {
  return typeof field === 'string' ? Buffer.from(field, 'base64') : Buffer.from(field ?? new Uint8Array())
}
