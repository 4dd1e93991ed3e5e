// Checks Google's ID token completely. `VerifiedApprover` is made only here, from claims with a verified signature.
import { createHash } from 'node:crypto'
import type { EvidenceClaims } from '../../api/kinds.ts'
import { type Email, parseEmail } from '../people/identity.ts'
import { type Refusal, refusal } from '../outcome.ts'

/**
 * Claims of an ID token whose signature, issuer, audience and time the adapter has proved. Nothing else is checked yet.
 */
export type SignedClaims = EvidenceClaims & { email_verified?: boolean; at_hash?: string }

declare const verifiedBrand: unique symbol
/** A person whose identity Google has just confirmed, for exactly one commitment. */
export type VerifiedApprover = {
  readonly [verifiedBrand]: true
  readonly email: Email
  readonly googleSubject: string
  readonly claims: EvidenceClaims
  readonly issuedAt: Date
}

export type Expected = {
  audience: string
  nonce: string
  /** Undefined only if it was dropped, because nothing is written with this sign-in. */
  accessToken: string | undefined
  /** Workspace domains that approvers must belong to; an empty list accepts nobody. */
  hostedDomains: readonly string[]
  now: Date
}

const issuers = ['https://accounts.google.com', 'accounts.google.com']
/** Clocks may differ by this much. */
const skewSeconds = 60

/**
 * The full check of an ID token's claims: issuer, audience, time, nonce, at_hash, verified e-mail, Workspace domain
 * (https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation, and 3.1.3.8 for at_hash).
 */
export function verifyApprover(claims: SignedClaims, expected: Expected): VerifiedApprover | Refusal {
  const email = parseEmail(claims.email)
  const seconds = expected.now.getTime() / 1000
  if (!issuers.includes(claims.iss)) return notGoogle('it was not issued by Google')
  if (claims.aud !== expected.audience) return notGoogle('it was issued for another application')
  if (!(seconds < claims.exp)) return refusal('EvidenceExpired', 'The sign-in is too old. Please sign in again.')
  // Google signed it, so the clock of Hallpass is wrong.
  if (!(claims.iat <= seconds + skewSeconds))
    return refusal(
      'EvidenceNotYet',
      'The sign-in is dated in the future: the clock of Hallpass is slow. Please tell the platform team.',
    )
  if (!claims.nonce || claims.nonce !== expected.nonce)
    return refusal(
      'EvidenceForAnother',
      'The sign-in does not belong to this request in its present form. Please open the link again.',
    )
  if (expected.accessToken !== undefined && claims.at_hash !== accessTokenHash(expected.accessToken))
    return notGoogle('its access token belongs to another sign-in')
  if (claims.email_verified !== true || !email)
    return refusal(
      'EmailNotVerified',
      'Google has not verified the e-mail address of this account, so it cannot be used here.',
    )
  if (!isInside(claims, expected.hostedDomains))
    return refusal(
      'OutsideOrganisation',
      `You signed in as ${email}, which is not an account of ${orList(expected.hostedDomains)}.`,
    )
  return {
    email,
    googleSubject: claims.sub,
    claims: kept(claims),
    issuedAt: new Date(claims.iat * 1000),
  } as VerifiedApprover
}

/** Whether Google says that the account belongs to one of these Workspace domains. */
export function isInside({ hd }: Pick<EvidenceClaims, 'hd'>, hostedDomains: readonly string[]): boolean {
  return hd !== undefined && hd !== '' && hostedDomains.includes(hd)
}

export function isRefusal(result: object): result is Refusal {
  return 'reason' in result && 'message' in result
}

/** Left half of SHA-256 of the access token, base64url: the at_hash of an RS256 ID token. */
export function accessTokenHash(accessToken: string): string {
  return createHash('sha256').update(accessToken, 'ascii').digest().subarray(0, 16).toString('base64url')
}

function kept({ iss, aud, sub, email, hd, iat, exp, nonce }: EvidenceClaims): EvidenceClaims {
  return { iss, aud, sub, email, ...(hd && { hd }), iat, exp, nonce }
}

function notGoogle(why: string): Refusal {
  return refusal(
    'EvidenceNotAuthentic',
    `Google's proof of who signed in was not accepted: ${why}. Please open the link again.`,
  )
}

function orList(names: readonly string[]): string {
  return names.length === 0 ? 'any permitted organisation' : names.join(' or ')
}
