// Google's login and ID tokens in memory: codes that serve once, PKCE, and signatures that only this instance can make.
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { accessTokenHash, type SignedClaims } from '../../src/domain/approval/evidence.ts'
import { Refused } from '../../src/domain/outcome.ts'
import type { Clock, Login, SignatureVerifier } from '../../src/domain/ports.ts'
import { Secret } from '../../src/domain/secret.ts'

const header = Buffer.from('{"alg":"memory"}').toString('base64url')

type Exchanged = Awaited<ReturnType<Login['exchange']>>
/** Who signs in, and what is odd about it. */
export type SignIn = { email: string; sub?: string; hd?: string; claims?: Partial<SignedClaims>; scopes?: string[] }

const identity = ['openid', 'https://www.googleapis.com/auth/userinfo.email']
const granted = { identity, cloud: [...identity, 'https://www.googleapis.com/auth/cloud-platform'] }

/** Both login ports, as one Google with one key. */
export class MemoryLogin implements Login, SignatureVerifier {
  readonly clientID: string
  readonly #clock: Clock
  readonly #key = randomBytes(32)
  readonly #codes = new Map<string, { challenge: string; answer: Exchanged }>()

  constructor(clock: Clock, clientID = 'hallpass-client') {
    this.#clock = clock
    this.clientID = clientID
  }

  authorizeUrl({ state, nonce, codeVerifier, access, loginHint }: Parameters<Login['authorizeUrl']>[0]): string {
    const url = new URL('http://127.0.0.1:1/o/oauth2/v2/auth')
    url.search = new URLSearchParams({
      state,
      nonce,
      access,
      code_challenge: challengeOf(codeVerifier),
      ...(loginHint && { login_hint: loginHint }),
    }).toString()
    return url.href
  }

  /** What the person does in the browser at `authorizeUrl`; what Google appends to the redirect comes back. */
  signIn(authorizeUrl: string, person: SignIn): { code: string; state: string } {
    const query = new URL(authorizeUrl).searchParams
    const code = randomBytes(16).toString('hex')
    const accessToken = `ya29.${randomBytes(16).toString('hex')}`
    const idToken = this.sign(this.#claims(person, accessToken, query.get('nonce') ?? ''))
    const answer = {
      accessToken: new Secret(accessToken),
      idToken: new Secret(idToken),
      scopes: person.scopes ?? granted[query.get('access') === 'cloud' ? 'cloud' : 'identity'],
    }
    this.#codes.set(code, { challenge: query.get('code_challenge') ?? '', answer })
    return { code, state: query.get('state') ?? '' }
  }

  async exchange(code: string, codeVerifier: string): Promise<Exchanged> {
    const known = this.#codes.get(code)
    this.#codes.delete(code)
    if (!known || known.challenge !== challengeOf(codeVerifier))
      throw new Refused(
        'CodeNotAccepted',
        'Google did not accept the sign-in: it was used a moment ago and may count already. Please open the link again.',
      )
    return known.answer
  }

  async verify(idToken: Secret, audience: string, now: Date): Promise<SignedClaims> {
    const [, body = '', signature] = idToken.reveal().split('.')
    const claims = signature === this.#signatureOf(body) ? read(body) : undefined
    const seconds = now.getTime() / 1000
    if (!claims || claims.aud !== audience)
      throw new Refused('EvidenceNotAuthentic', "Google's proof of who signed in was not accepted.")
    if (seconds >= claims.exp) throw new Refused('EvidenceExpired', 'The sign-in is too old. Please sign in again.')
    return claims
  }

  /** A token that `verify` accepts, with any claims. */
  sign(claims: SignedClaims): string {
    const body = Buffer.from(JSON.stringify(claims)).toString('base64url')
    return `${header}.${body}.${this.#signatureOf(body)}`
  }

  #signatureOf(body: string): string {
    return createHmac('sha256', this.#key).update(body).digest('base64url')
  }

  #claims({ email, sub, hd, claims }: SignIn, accessToken: string, nonce: string): SignedClaims {
    const iat = Math.floor(this.#clock.now().getTime() / 1000)
    return {
      iss: 'https://accounts.google.com',
      aud: this.clientID,
      sub: sub ?? `sub-${email}`,
      email,
      email_verified: true,
      hd: hd ?? email.slice(email.indexOf('@') + 1),
      iat,
      exp: iat + 3600,
      nonce,
      at_hash: accessTokenHash(accessToken),
      ...claims,
    }
  }
}

function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}

function read(body: string): SignedClaims | undefined {
  return JSON.parse(Buffer.from(body, 'base64url').toString()) as SignedClaims
}
