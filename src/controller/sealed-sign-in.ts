// Opens a sealed sign-in: KMS and Google's signature, compared with the stored evidence. What is authentic and differs is
// tampering; everything else rejects, because it says nothing about the record.
import type { SignIn } from '../domain/approval.ts'
import type { SignedClaims } from '../domain/evidence.ts'
import { Broken, type Refusal, refusal, Refused, Waiting } from '../domain/outcome.ts'
import { isLongOver, type NotAuthentic, type Recorded } from '../domain/recorded.ts'
import type { Reason } from '../domain/refusals.ts'
import { decodeSealed, isContentOf, type SealedContent } from '../domain/sealed-token.ts'
import { Secret } from '../domain/secret.ts'
import type { Failing } from './close.ts'
import type { Dependencies } from './dependencies.ts'

/** A sealed token as stored, and the record that it must belong to. */
export type SealedSignIn = { sealed: string; aad: string; notAuthentic: NotAuthentic } & Pick<
  Recorded,
  'at' | 'evidence'
>

/** The sign-in with verified claims, or why it is not the one that was stored. */
export async function openSignIn(deps: Dependencies, stored: SealedSignIn, now: Date): Promise<SignIn | Failing> {
  try {
    return await opened(deps, stored, now)
  } catch (error) {
    // A stored end of the sign-in that is not Google's would keep it waiting without end.
    const isToWait = !isLongOver(stored.at, now) || !isOutcome(error)
    if (isToWait) throw error
    return failing(refusal('EvidenceExpired', 'The sign-in was too old before it could be checked.'))
  }
}

function isOutcome(error: unknown): boolean {
  return error instanceof Refused || error instanceof Waiting || error instanceof Broken
}

async function opened(deps: Dependencies, stored: SealedSignIn, now: Date): Promise<SignIn | Failing> {
  const content = await unsealed(deps, stored)
  if ('refusal' in content) return content
  const claims = await claimsIn(deps, { ...content, ...stored }, now)
  if ('refusal' in claims) return claims
  return { claims, accessToken: new Secret(content.accessToken), audience: deps.oauthClientID }
}

async function unsealed(
  { tokens }: Dependencies,
  { sealed, aad, evidence, notAuthentic }: SealedSignIn,
): Promise<SealedContent | Failing> {
  const text = await unless('NotAuthentic', tokens.unseal(sealed, aad))
  const content = text === undefined ? undefined : decodeSealed(text)
  if (!content) return failing(notAuthentic('the sealed sign-in is not one that Hallpass stored for it'))
  return isContentOf(content, evidence)
    ? content
    : failing(notAuthentic('the sealed sign-in belongs to another approval or early end'))
}

async function claimsIn(
  { verifier, oauthClientID }: Dependencies,
  { idToken, notAuthentic }: SealedContent & SealedSignIn,
  now: Date,
): Promise<SignedClaims | Failing> {
  const proved = verifier.verify(new Secret(idToken), oauthClientID, now).catch(orOtherEnd)
  const claims = await unless('EvidenceNotAuthentic', proved)
  if (claims === undefined) return failing(notAuthentic('Google did not sign it'))
  return claims === 'other end' ? failing(notAuthentic('its end of the sign-in differs from Google’s')) : claims
}

// By what is stored it had not ended at this instant, so the stored value was changed.
function orOtherEnd(error: unknown): 'other end' {
  if (error instanceof Refused && error.refusal.reason === 'EvidenceExpired') return 'other end'
  throw error
}

/** The value; undefined when it was refused for exactly this reason. Other errors are thrown. */
async function unless<T>(reason: Reason, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Refused && error.refusal.reason === reason) return undefined
    throw error
  }
}

function failing(refusal: Refusal): Failing {
  return { refusal }
}
