// Google's signing keys: two at a time as the real ones are, published as PEM by key id, and the ID tokens they sign.
import { createHash } from 'node:crypto'
import { exportSPKI, generateKeyPair, SignJWT } from 'jose'
import type { Clock } from '../clock.ts'
import type { Person } from './types.ts'

type Pair = { kid: string; pem: string; privateKey: CryptoKey }

/** Seconds an ID token lives. */
const idTokenSeconds = 3600

/** Signs with the newest key and publishes the one before it as well. They are made when somebody first needs them. */
export class Signing {
  #made: Promise<Pair[]> | undefined

  #pairs(): Promise<Pair[]> {
    return (this.#made ??= Promise.all([newPair(), newPair()]))
  }

  /** Signs with a new key from now on and withdraws the oldest. */
  async rotate(): Promise<void> {
    const [pairs, next] = await Promise.all([this.#pairs(), newPair()])
    this.#made = Promise.resolve([...pairs.slice(-1), next])
  }

  /** `{kid: PEM}`, as at https://www.googleapis.com/oauth2/v1/certs. */
  async certs(): Promise<Record<string, string>> {
    return Object.fromEntries((await this.#pairs()).map(({ kid, pem }) => [kid, pem]))
  }

  /** An ID token for this sign-in, bound to its access token by at_hash. */
  async idToken(
    { person, clientID, nonce, accessToken }: { person: Person; clientID: string; nonce?: string; accessToken: string },
    clock: Clock,
  ): Promise<string> {
    const pair = (await this.#pairs()).at(-1)
    if (!pair) throw new Error('There is no signing key')
    const iat = Math.floor(clock.now().getTime() / 1000)
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

async function newPair(): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { modulusLength: 2048 })
  const pem = await exportSPKI(publicKey)
  return { kid: createHash('sha1').update(pem).digest('hex'), pem, privateKey }
}
