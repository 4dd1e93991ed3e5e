// Cloud KMS: each process may use each key in one direction, and is refused the other one. A text is encrypted and thrown
// away; what is decrypted was never encrypted.
import { Broken, Refused } from '../../domain/outcome.ts'
import { createSealer, createUnsealer, neverSealed } from '../../google/seal.ts'
import { ownIdentity } from '../google.ts'
import { type Check, type Found, type Installation, ok, type Process, seesYou, unknown, wrong } from './check.ts'
import { foundOf } from './failed.ts'

type Verb = 'encrypt' | 'decrypt'
type KeyName = 'ticketKey' | 'tokenKey'

/** Who may do what with each key. Nobody may do both, and the gateway has no identity at Google. */
const directions: Record<KeyName, Record<Verb, Process>> = {
  ticketKey: { encrypt: 'controller', decrypt: 'auth' },
  tokenKey: { encrypt: 'auth', decrypt: 'controller' },
}

const checkFor = (name: KeyName, id: string): Check[] => [
  {
    id: `${id}-use`,
    component: 'kms',
    of: ['auth', 'controller'],
    isOfEach: true,
    asks: `Does Cloud KMS let this process use google.${name} in its own direction?`,
    look: (installation, process) => asOwn(installation, process, () => used(installation, name, process)),
  },
  {
    id: `${id}-refused`,
    component: 'kms',
    of: ['auth', 'controller'],
    isOfEach: true,
    asks: `Does Cloud KMS refuse this process the other direction of google.${name}?`,
    look: (installation, process) => asOwn(installation, process, () => refused(installation, name, process)),
  },
]

// Google answers about the caller, so somebody else's answer says nothing about the process.
async function asOwn({ googleSees }: Installation, process: Process, look: () => Promise<Found>): Promise<Found> {
  if (googleSees === 'person') return seesYou(process)
  if (googleSees === 'process') return look()
  return unknown('All processes share one identity at Google here, so their rights cannot be distinguished.')
}

async function used(installation: Installation, name: KeyName, process: Process): Promise<Found> {
  const verb = directions[name].encrypt === process ? 'encrypt' : 'decrypt'
  const error = await tryTo(verb, installation, name)
  if (error === undefined) return ok(`Cloud KMS lets the ${process} ${verb} with google.${name}.`)
  return foundOf(error)
}

async function refused(installation: Installation, name: KeyName, process: Process): Promise<Found> {
  const verb = directions[name].encrypt === process ? 'decrypt' : 'encrypt'
  const error = await tryTo(verb, installation, name)
  if (error instanceof Refused && error.refusal.reason === 'KeyDenied')
    return ok(`Cloud KMS refuses the ${process} to ${verb} with google.${name}.`)
  if (error !== undefined) return error instanceof Refused ? unknown(error.message) : foundOf(error)
  const key = keyOf(installation, name)
  return wrong(
    `Cloud KMS lets the ${process} ${verb} with google.${name} ("${key}"), which only the ${directions[name][verb]} may.`,
    removal(key, verb, process),
  )
}

/** What Cloud KMS has against it; undefined when it is allowed. */
async function tryTo(verb: Verb, installation: Installation, name: KeyName): Promise<unknown> {
  const { config, clock, withinMs: timeoutMs } = installation
  const key = keyOf(installation, name)
  const rootUrl = config.sandbox?.google
  const options = { key, clock, timeoutMs, authClient: await ownIdentity(config.sandbox), ...(rootUrl && { rootUrl }) }
  const about = 'hallpass doctor'
  const trying =
    verb === 'encrypt'
      ? createSealer(options).seal(about, about)
      : createUnsealer(options).unseal(neverSealed(key), about)
  return trying.then(
    () => undefined,
    (error: unknown) => (error instanceof Refused && error.refusal.reason === 'NotAuthentic' ? undefined : error),
  )
}

function keyOf({ config }: Installation, name: KeyName): string {
  const key = (config.auth ?? config.controller)?.[name]
  if (key === undefined) throw new Broken(`This process has no google.${name}.`)
  return key
}

function removal(key: string, verb: Verb, process: Process): string {
  const [, project, , location, , keyring, , name] = key.split('/')
  const role = `roles/cloudkms.cryptoKey${verb === 'encrypt' ? 'Encrypter' : 'Decrypter'}`
  return (
    `gcloud kms keys remove-iam-policy-binding ${name} --keyring=${keyring} --location=${location} --project=${project} ` +
    `--role=${role} --member="$(principal ${process})", or where it is inherited from; principal is in deploy/README.md, step 1.`
  )
}

/** Cloud KMS. */
export const kmsChecks: readonly Check[] = [
  ...checkFor('ticketKey', 'kms-ticket'),
  ...checkFor('tokenKey', 'kms-token'),
]
