// Google's signing keys: two at a time as the real ones are, published as certificates by key id, and the ID tokens they
// sign.
import { createHash, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { SignJWT } from 'jose'
import { makeCertificate } from '../certificate.ts'
import type { Clock } from '../clock.ts'
import type { Person } from './types.ts'

type Pair = { kid: string; pem: string; privateKey: KeyObject }

/** Who signed in to which client, with which access token. */
type SignedIn = { person: Person; clientID: string; nonce?: string; accessToken: string }

/** Seconds an ID token lives. */
const idTokenSeconds = 3600

/** Signs with the newest key and publishes the one before it as well. They are made when somebody first needs them. */
export class Signing {
  readonly #clock: Clock
  #made: Promise<Pair[]> | undefined
  constructor(clock: Clock) {
    this.#clock = clock
  }

  #pairs(): Promise<Pair[]> {
    return (this.#made ??= Promise.all([newPair(this.#clock), newPair(this.#clock)]))
  }

  /** Signs with a new key from now on and withdraws the oldest. */
  async rotate(): Promise<void> {
    const [pairs, next] = await Promise.all([this.#pairs(), newPair(this.#clock)])
    this.#made = Promise.resolve([...pairs.slice(-1), next])
  }

  /** `{kid: certificate}`, as at https://www.googleapis.com/oauth2/v1/certs. */
  async certs(): Promise<Record<string, string>> {
    return Object.fromEntries((await this.#pairs()).map(({ kid, pem }) => [kid, pem]))
  }

  /** An ID token for this sign-in, bound to its access token by at_hash. */
  async idToken({ person, clientID, nonce, accessToken }: SignedIn): Promise<string> {
    const pair = (await this.#pairs()).at(-1)
    if (!pair) throw new Error('There is no signing key')
    const iat = Math.floor(this.#clock.now().getTime() / 1000)
    const claims = {
      iss: 'https://accounts.google.com',
      azp: clientID,
      aud: clientID,
      sub: person.sub,
      ...(person.hd && { hd: person.hd }),
      email: person.email,
      email_verified: person.emailVerified ?? true,
      at_hash: createHash('sha256').update(accessToken, 'ascii').digest().subarray(0, 16).toString('base64url'),
      ...(nonce && { nonce }),
      iat,
      exp: iat + idTokenSeconds,
    }
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: pair.kid, typ: 'JWT' }).sign(pair.privateKey)
  }
}

/** How long a client may keep the published keys: some hours, as at Google. */
export const certsMaxAgeSeconds = 20_000

const newKeys = promisify(generateKeyPair)
/** A certificate of Google's is published some days before it is used, and for about two weeks. */
const [beforeMs, afterMs] = [2 * 86_400_000, 14 * 86_400_000]

async function newPair(clock: Clock): Promise<Pair> {
  const { privateKey } = await newKeys('rsa', { modulusLength: 2048 })
  const now = clock.now().getTime()
  const times = { from: new Date(now - beforeMs), to: new Date(now + afterMs) }
  const pem = makeCertificate({ name: 'federated-signon.system.gserviceaccount.com', key: privateKey, ...times })
  return { kid: createHash('sha1').update(pem).digest('hex'), pem, privateKey }
}
