// Assumptions about Cloud KMS, Cloud Logging and the token endpoint of Google's sign-in.
import { crc32c } from '@aws-crypto/crc32c'
import type { GoogleAnswer } from '../../app/trial.ts'
import { type Assumption, equal, field, holds, listIn, needed, type Trial } from './assumption.ts'
import { within } from './iam-in-time.ts'

const invalid = '400 INVALID_ARGUMENT'
const listedWithinSeconds = 120

function bytes(name: string, text: string, sum = crc32c(Buffer.from(text))): Record<string, string> {
  return { [name]: Buffer.from(text).toString('base64'), [`${name}Crc32c`]: String(sum) }
}

function encrypt({ services, places }: Trial, plaintext: Record<string, string>): Promise<GoogleAnswer> {
  const body = { ...plaintext, ...bytes('additionalAuthenticatedData', 'hallpass trial') }
  return services.google({ api: 'cloudkms', path: `v1/${places.key}:encrypt`, body })
}

function decrypt({ services, places }: Trial, ciphertext: unknown, aad: string): Promise<GoogleAnswer> {
  const body = { ciphertext, ...bytes('additionalAuthenticatedData', aad) }
  return services.google({ api: 'cloudkms', path: `v1/${places.key}:decrypt`, body })
}

/** Whether the checksum of a field is that of its bytes, as text. */
function isSummed(data: unknown, name: string): boolean {
  const [value, sum] = [field(data, name), field(data, `${name}Crc32c`)]
  return typeof value === 'string' && sum === String(crc32c(Buffer.from(value, 'base64')))
}

const kms: Assumption[] = [
  {
    id: 'kms-checksums',
    service: 'Cloud KMS',
    says: 'KMS confirms the checksums that it was sent, sends its own as text, names the key version, and refuses a wrong checksum with 400 INVALID_ARGUMENT.',
    check: async trial => {
      const sealed = needed('Encrypting', await encrypt(trial, bytes('plaintext', 'a text')))
      const isConfirmed = ['verifiedPlaintextCrc32c', 'verifiedAdditionalAuthenticatedDataCrc32c'].every(
        name => field(sealed, name) === true,
      )
      const version = String(field(sealed, 'name')).startsWith(`${trial.places.key}/cryptoKeyVersions/`)
      const opened = needed('Decrypting', await decrypt(trial, field(sealed, 'ciphertext'), 'hallpass trial'))
      const wrong = await encrypt(trial, bytes('plaintext', 'a text', 1))
      return [
        equal('both sums confirmed', 'yes', isConfirmed ? 'yes' : 'no'),
        equal(
          'sums of its answers',
          'right',
          isSummed(sealed, 'ciphertext') && isSummed(opened, 'plaintext') ? 'right' : 'wrong',
        ),
        equal('a version of the key named', 'yes', version ? 'yes' : 'no'),
        equal('a wrong checksum', invalid, wrong.code),
      ]
    },
  },
  {
    id: 'kms-other-data',
    service: 'Cloud KMS',
    says: 'Decrypting with other authenticated data than at encryption is refused with 400 INVALID_ARGUMENT.',
    check: async trial => {
      const sealed = needed('Encrypting', await encrypt(trial, bytes('plaintext', 'a text')))
      const { code } = await decrypt(trial, field(sealed, 'ciphertext'), 'other data')
      return [equal('decrypting', invalid, code)]
    },
  },
]

const logging: Assumption = {
  id: 'log-repeats',
  service: 'Cloud Logging',
  says: 'Two writes of an entry with the same time and insertId are answered with an empty object, and one entry is listed.',
  changes: 'writes an entry to a new log in the project, and deletes that log',
  check: async trial => {
    const { project } = trial.places
    const logName = `${project}/logs/hallpass-trial-${trial.id}`
    trial.undo(`the log "${logName}"`, () => deleteLog(trial, logName))
    const entry = { insertId: trial.id, timestamp: trial.now().toISOString(), jsonPayload: { trial: trial.id } }
    const body = { logName, resource: { type: 'global' }, entries: [entry], partialSuccess: false }
    const write = async (): Promise<string> => {
      const { code, data } = await trial.services.google({ api: 'logging', path: 'v2/entries:write', body })
      if (data === undefined) return code
      return JSON.stringify(data) === '{}' ? `${code} {}` : `${code} with something in it`
    }
    const answers = [await write(), await write()]
    const count = await within(trial, listedWithinSeconds, () => listed(trial, logName))
    return [
      equal('the first write', '200 {}', answers[0] ?? ''),
      equal('the same again', '200 {}', answers[1] ?? ''),
      holds('listed', '1', { came: `${count ?? 0}`, isSame: count === 1 }),
    ]
  },
}

/** How many entries of the log are listed; undefined when nothing is listed yet. */
async function listed({ services, places }: Trial, logName: string): Promise<number | undefined> {
  const body = { resourceNames: [places.project], filter: `logName="${logName}"` }
  const answer = await services.google({ api: 'logging', path: 'v2/entries:list', body })
  return listIn(needed('Listing entries', answer), 'entries').length || undefined
}

async function deleteLog({ services }: Trial, logName: string): Promise<void> {
  const { code } = await services.google({ api: 'logging', path: `v2/${logName}`, method: 'DELETE' })
  if (!/^(200|404)\b/.test(code)) throw new Error(`Logging answered ${code}.`)
}

const oauth: Assumption = {
  id: 'oauth-unknown-code',
  service: 'Google OAuth',
  says: 'A sign-in code that is unknown or used is refused with 400 invalid_grant.',
  check: async ({ services, id }) => [
    equal('exchanging it', '400 invalid_grant', await services.redeem(`4/0A${id.repeat(8)}`)),
  ],
}

export const googleAssumptions: Assumption[] = [...kms, logging, oauth]
