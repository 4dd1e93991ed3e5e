// Access tokens: those of people have the granted scopes and live almost an hour; those of service identities are
// static.
import { randomBytes } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { unauthenticated, type Target } from './failure.ts'
import type { ServiceIdentity } from './types.ts'

/** The scope without which no API of Google Cloud answers. */
export const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform'
/** Seconds an access token lives, as Google says in `expires_in`. */
export const lifeSeconds = 3599

/** The identity behind a token, and its scopes. */
export type Bearer = { email: string; scopes: readonly string[] }
type Session = Bearer & { clientID: string; endsAt: number }

/** The issued tokens. */
export class Tokens {
  /** Seconds for which a revoked token still works; Google does not revoke immediately. */
  revocationLagSeconds = 0
  readonly #clock: Clock
  readonly #services: Map<string, Bearer>
  readonly #sessions = new Map<string, Session>()
  constructor(clock: Clock, identities: readonly ServiceIdentity[]) {
    this.#clock = clock
    this.#services = new Map(identities.map(({ token, email }) => [token, { email, scopes: [cloudPlatform] }]))
  }

  /** A fresh token of a person who signed in. */
  issue(email: string, scopes: readonly string[], clientID: string): string {
    const token = `ya29.a0${randomBytes(96).toString('base64url')}`
    const endsAt = this.#clock.now().getTime() + lifeSeconds * 1000
    this.#sessions.set(token, { email, scopes, clientID, endsAt })
    return token
  }

  /** Whether a token was issued and still works. */
  isLive(token: string): boolean {
    return (this.#sessions.get(token)?.endsAt ?? 0) > this.#clock.now().getTime()
  }

  /** Who calls, by the Authorization header; throws 401 otherwise. */
  bearer(authorization: string | undefined, target: Target): Bearer {
    if (!authorization) throw unauthenticated('CREDENTIALS_MISSING', target)
    const token = /^Bearer (\S+)$/i.exec(authorization)?.[1] ?? ''
    const bearer = this.#services.get(token) ?? this.#sessions.get(token)
    if (!bearer) throw unauthenticated('ACCESS_TOKEN_TYPE_UNSUPPORTED', target)
    if ('endsAt' in bearer && (bearer as Session).endsAt <= this.#clock.now().getTime())
      throw unauthenticated('ACCESS_TOKEN_EXPIRED', target)
    return bearer
  }

  /** Revoking one token ends every token that its person gave to the same client. False when the token is not live. */
  revoke(token: string): boolean {
    const session = this.#sessions.get(token)
    if (!session || session.endsAt <= this.#clock.now().getTime()) return false
    this.#end(other => other.email === session.email && other.clientID === session.clientID)
    return true
  }

  /** Ends every token of the person, as closing an account does. */
  revokeAllOf(email: string): void {
    this.#end(session => session.email === email)
  }

  #end(matches: (session: Session) => boolean): void {
    const endsAt = this.#clock.now().getTime() + this.revocationLagSeconds * 1000
    for (const session of this.#sessions.values())
      if (matches(session)) session.endsAt = Math.min(session.endsAt, endsAt)
  }
}
