// Opens a sealed sign-in: KMS and Google's signature, compared with the stored evidence. What is authentic and differs is
// tampering; everything else rejects, because it says nothing about the record.
import type { AccessRequest } from '../../api/kinds.ts'
import {
  type Approved,
  type EarlierSignIn,
  notAuthentic as approvalNotAuthentic,
  type SignIn,
} from '../../domain/approval/approval.ts'
import type { Purpose } from '../../domain/approval/digest.ts'
import type { SignedClaims } from '../../domain/approval/evidence.ts'
import { Broken, type Refusal, refusal, Refused, Waiting } from '../../domain/outcome.ts'
import { isLongOver, type NotAuthentic, type Recorded } from '../../domain/approval/recorded.ts'
import type { Reason } from '../../domain/refusals.ts'
import {
  decodeSealed,
  isContentOf,
  type SealedContent,
  sealedTokenAad,
  sealedTokenName,
} from '../../domain/approval/sealed-token.ts'
import { Secret } from '../../domain/secret.ts'
import type { Failing } from '../ending/close.ts'
import type { Dependencies } from '../dependencies.ts'

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
  const { accessToken } = content
  if (accessToken === undefined) return failing(stored.notAuthentic('its access token was not stored'))
  const claims = await claimsIn(deps, { ...content, ...stored }, now)
  if ('refusal' in claims) return claims
  return { claims, accessToken: new Secret(accessToken), audience: deps.oauthClientID }
}

/** The sign-in of an approval that others came after, as it was at its recorded instant; it may have ended since. */
export async function openEarlier(
  deps: Dependencies,
  request: Pick<AccessRequest, 'metadata'>,
  { at, evidence }: Approved,
): Promise<EarlierSignIn | Failing> {
  const kind = { purpose: 'approve', notAuthentic: approvalNotAuthentic, missing: earlierMissing } as const
  return openEvidence(deps, request, { at, evidence, ...kind })
}

/** A record with evidence that nothing is written with. */
type EvidenceOnly = Pick<Recorded, 'at' | 'evidence'> & {
  purpose: Purpose
  notAuthentic: NotAuthentic
  /** When the sealed token is no longer there. */
  missing: Refusal
}

/**
 * A sign-in at its recorded instant, which its sealed token proves although it may have ended since. Its ID token is opened
 * once and remembered: it proves itself by Google's signature, which is checked each time.
 */
export async function openEvidence(
  deps: Dependencies,
  { metadata: { uid } }: Pick<AccessRequest, 'metadata'>,
  { at, evidence, purpose, notAuthentic, missing }: EvidenceOnly,
): Promise<EarlierSignIn | Failing> {
  const { hash } = evidence
  const stored = { at, evidence, notAuthentic, aad: sealedTokenAad(uid, hash, purpose) }
  const known = deps.idTokens.get(`${uid} ${hash}`)
  const sealed = known ? '' : await deps.sealedTokens.read(sealedTokenName(uid, hash))
  if (sealed === undefined) return failing(missing)
  const content = known ?? (await unsealed(deps, { ...stored, sealed }))
  if ('refusal' in content) return content
  const claims = await claimsIn(deps, { ...stored, sealed, ...content }, new Date(at))
  if ('refusal' in claims) return claims
  const { idToken, salt } = content
  deps.idTokens.set(`${uid} ${hash}`, { idToken, salt })
  return { claims, accessToken: undefined, audience: deps.oauthClientID }
}

const earlierMissing = refusal(
  'SealedTokenMissing',
  'The sign-in of an earlier approval is no longer there, so it cannot be verified. Please ask again.',
)

// While a sign-in is valid, Google publishes its key; after that it may not.
function keyGone({ claims: { email } }: Approved['evidence']): Refusal {
  return refusal(
    'SigningKeyGone',
    `Google no longer publishes the key that signed the approval of ${email}, so it cannot be verified any more. Please ask again.`,
  )
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
  { verifier, oauthClientID, clock }: Dependencies,
  { idToken, evidence, notAuthentic }: SealedContent & SealedSignIn,
  at: Date,
): Promise<SignedClaims | Failing> {
  const proved = verifier.verify(new Secret(idToken), oauthClientID, at).catch(orOtherEnd).catch(orKeyUnknown)
  const claims = await unless('EvidenceNotAuthentic', proved)
  if (claims === 'key unknown' && clock.now().getTime() / 1000 >= evidence.claims.exp) return failing(keyGone(evidence))
  if (claims === undefined || claims === 'key unknown') return failing(notAuthentic('Google did not sign it'))
  return claims === 'other end' ? failing(notAuthentic('its end of the sign-in differs from Google’s')) : claims
}

// By what is stored it had not ended at this instant, so the stored value was changed.
function orOtherEnd(error: unknown): 'other end' {
  if (error instanceof Refused && error.refusal.reason === 'EvidenceExpired') return 'other end'
  throw error
}

function orKeyUnknown(error: unknown): 'key unknown' {
  if (error instanceof Refused && error.refusal.reason === 'SigningKeyUnknown') return 'key unknown'
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
