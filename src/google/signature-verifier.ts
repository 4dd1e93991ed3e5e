// Verifies an ID token with Google's published keys: implements the signature port. Errors never contain the token: the
// library's errors are read and dropped.
import type { KeyObject } from 'node:crypto'
import { errors, jwtVerify, type JWTPayload } from 'jose'
import type { SignedClaims } from '../domain/approval/evidence.ts'
import { Broken, Refused, Waiting } from '../domain/outcome.ts'
import type { Clock, SignatureVerifier } from '../domain/ports.ts'
import { createCertificates, googleCertificates } from './certificates.ts'
import { withoutSlash } from './transport.ts'

type VerifierOptions = {
  clock: Clock
  /**
   * Another address than Google's, for the sandbox and tests. The configuration has checked that it is a loopback
   * address.
   */
  rootUrl?: string
  timeoutMs?: number
}

const issuers = ['https://accounts.google.com', 'accounts.google.com']

/**
 * The signature port: RS256 by a published key, issuer, audience and expiry at `now`
 * (https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken).
 */
export function createSignatureVerifier({ clock, rootUrl, timeoutMs }: VerifierOptions): SignatureVerifier {
  const root = rootUrl ? withoutSlash(rootUrl) : googleCertificates
  const keyOf = createCertificates({ clock, url: `${root}/oauth2/v1/certs`, timeoutMs })
  return {
    verify: async (idToken, audience, now) => {
      if (!audience) throw notAuthentic('no audience is configured')
      const checks = { algorithms: ['RS256'], issuer: issuers, audience, currentDate: now }
      const key = async ({ kid }: { kid?: string }): Promise<KeyObject> => {
        const found = kid ? await keyOf(kid) : undefined
        if (!found) throw kid ? keyUnknown() : notAuthentic('it names no signing key')
        return found
      }
      try {
        return readClaims((await jwtVerify(idToken.reveal(), key, checks)).payload, audience)
      } catch (error) {
        if (error instanceof Refused || error instanceof Waiting || error instanceof Broken) throw error
        // The library checks the time last: signature, issuer and audience are valid.
        if (error instanceof errors.JWTExpired) throw expired()
        throw notAuthentic(whyOf(error))
      }
    },
  }
}

function readClaims(payload: JWTPayload, audience: string): SignedClaims {
  const { iss, aud, sub, exp, iat, email, hd, nonce, at_hash: atHash, email_verified: isVerified, azp } = payload
  // One audience, and no other party to which it was issued.
  if (aud !== audience || (azp !== undefined && azp !== audience))
    throw notAuthentic('it was issued for another application')
  if (!isText(iss) || !isText(sub) || !isText(email) || !isText(nonce) || exp === undefined || iat === undefined)
    throw notAuthentic('a claim that Hallpass needs is missing')
  return {
    iss,
    aud: audience,
    sub,
    email,
    ...(isText(hd) && { hd }),
    iat,
    exp,
    nonce,
    ...(typeof isVerified === 'boolean' && { email_verified: isVerified }),
    ...(isText(atHash) && { at_hash: atHash }),
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function whyOf(error: unknown): string {
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is not by Google'
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.claim === 'aud' ? 'it was issued for another application' : 'one of its claims is invalid'
  return 'it is not a signed token of Google'
}

function keyUnknown(): Refused {
  return new Refused(
    'SigningKeyUnknown',
    "Google's proof of who signed in was not accepted: Google does not publish its signing key. Please open the approval link again.",
  )
}

function expired(): Refused {
  return new Refused('EvidenceExpired', 'The sign-in is too old. Please sign in again.')
}

function notAuthentic(why: string): Refused {
  return new Refused(
    'EvidenceNotAuthentic',
    `Google's proof of who signed in was not accepted: ${why}. Please open the link again.`,
  )
}
