// Sealing with Cloud KMS: implements the two sealing ports over one key each. Checks every byte both ways by CRC32C, and
// never tries again what KMS found not authentic.
import { crc32c } from '@aws-crypto/crc32c'
import { KeyManagementServiceClient } from '@google-cloud/kms'
import type { AuthClient } from 'google-auth-library'
import { Broken, Refused } from '../domain/outcome.ts'
import type { Sealer, Unsealer } from '../domain/ports.ts'
import { failedGaxAnswer } from './answer.ts'
import { guardIdentity, inTime } from './transport.ts'

type SealOptions = {
  /** `projects/P/locations/L/keyRings/R/cryptoKeys/K`. */
  key: string
  /** The process's own identity. */
  authClient: AuthClient
  /** Another place than Google's, for the sandbox and tests. Whoever sets it has checked that it is a loopback address. */
  rootUrl?: string
  timeoutMs?: number
}

/** KMS answers in tens of milliseconds; a person may be waiting. */
const kmsTimeoutMs = 2500

/** Encrypts with the key; needs no right to decrypt. */
export function createSealer(options: SealOptions): Sealer {
  const client = createClient(options)
  const { key: name } = options
  return {
    seal: async (plaintext, aad) => {
      const [bytes, bound] = [Buffer.from(plaintext, 'utf8'), Buffer.from(aad, 'utf8')]
      const request = { name, ...summed('plaintext', bytes), ...summed('additionalAuthenticatedData', bound) }
      return twice(async () => {
        const [answer] = await call(client.encrypt(request, callOptions(options)), options, 'encrypt')
        const ciphertext = bytesOf(answer.ciphertext)
        const isVerified = answer.verifiedPlaintextCrc32c && answer.verifiedAdditionalAuthenticatedDataCrc32c
        if (!isVerified || !isIntact(ciphertext, answer.ciphertextCrc32c) || !answer.name?.startsWith(`${name}/`))
          throw damaged()
        return ciphertext.toString('base64url')
      })
    },
  }
}

/** Decrypts with the key; needs no right to encrypt. */
export function createUnsealer(options: SealOptions): Unsealer {
  const client = createClient(options)
  const { key: name } = options
  return {
    unseal: async (sealed, aad) => {
      if (!/^[A-Za-z0-9_-]{1,100000}$/.test(sealed)) throw notAuthentic()
      const [bytes, bound] = [Buffer.from(sealed, 'base64url'), Buffer.from(aad, 'utf8')]
      const request = { name, ...summed('ciphertext', bytes), ...summed('additionalAuthenticatedData', bound) }
      return twice(async () => {
        const [answer] = await call(client.decrypt(request, callOptions(options)), options, 'decrypt')
        const plaintext = bytesOf(answer.plaintext)
        if (!isIntact(plaintext, answer.plaintextCrc32c)) throw damaged()
        return plaintext.toString('utf8')
      })
    },
  }
}

// REST everywhere, so that what tests and the sandbox run is what production runs.
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

/** Both calls change nothing, so a failure that may pass gets a second try at once. */
async function twice<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Broken)) throw error
    return work()
  }
}

type Verb = 'encrypt' | 'decrypt'

async function call<T>(flight: Promise<T>, { key, timeoutMs = kmsTimeoutMs }: SealOptions, verb: Verb): Promise<T> {
  try {
    return await inTime(flight, timeoutMs, 'Cloud KMS')
  } catch (error) {
    throw error instanceof Broken ? error : outcomeOf(error, key, verb)
  }
}

function outcomeOf(error: unknown, key: string, verb: Verb): Refused | Broken {
  const { status, rpc } = failedGaxAnswer(error)
  switch (rpc ?? '') {
    case 'INVALID_ARGUMENT':
      return verb === 'decrypt'
        ? notAuthentic()
        : new Refused('SealNotAccepted', `Cloud KMS did not accept what was to be sealed with "${key}".`)
    case 'UNAUTHENTICATED':
      return new Broken(`Cloud KMS does not accept the identity with which Hallpass would ${verb}.`)
    case 'PERMISSION_DENIED':
      return new Refused(
        'KeyDenied',
        `Cloud KMS does not let Hallpass ${verb} with "${key}". Grant this process roles/cloudkms.cryptoKey${verb === 'encrypt' ? 'Encrypter' : 'Decrypter'} on it.`,
      )
    case 'NOT_FOUND':
      return new Refused('KeyUnknown', `Cloud KMS knows no key "${key}". Correct the key's name in the configuration.`)
    case 'FAILED_PRECONDITION':
      return new Refused('KeyDisabled', `The version of the KMS key "${key}" that is needed is disabled or destroyed.`)
    default:
      return new Broken(`Cloud KMS did not ${verb}${status === undefined ? '' : ` (it answered ${status})`}.`, {
        answered: status !== undefined,
      })
  }
}

function notAuthentic(): Refused {
  return new Refused('NotAuthentic', 'This was not sealed by Hallpass for this purpose, or was changed since.')
}

function damaged(): Broken {
  return new Broken('What Cloud KMS received or answered was damaged on the way.')
}

/** A field and its checksum, as KMS takes them (https://cloud.google.com/kms/docs/data-integrity-guidelines). */
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
