// Whether a stored revocation is what Google signed for exactly this request and this purpose. Pure; nothing is looked up,
// removed or stored here.
import type { AccessRequest } from '../api/kinds.ts'
import type { SignIn } from './approval.ts'
import { type Commitment, nonceOf, specDigest } from './digest.ts'
import type { Revocation } from './endings.ts'
import { isRefusal, type VerifiedApprover, verifyApprover } from './evidence.ts'
import { type Refusal, refusal } from './outcome.ts'
import { asChanged, refuseRecord } from './recorded.ts'

/** What the nonce of a sign-in for ending access binds: this request, the comment, and that it is for nothing else. */
function revocationOf(
  { metadata: { uid }, spec }: Pick<AccessRequest, 'metadata' | 'spec'>,
  { comment, salt }: { comment?: string | undefined; salt: string },
): Commitment {
  return { purpose: 'revoke', uid, specDigest: specDigest(spec), comment, salt }
}

/** The facts for carrying out a stored revocation. `now` is the instant of the judgement. */
export type RevocationFacts = {
  request: AccessRequest
  revocation: Revocation
  signIn: SignIn
  hostedDomains: readonly string[]
  now: Date
}

/**
 * The person who signed in to end exactly this access, or why the entry is not accepted. Whether this person may write
 * the policy is for Google to say. The rules against approving oneself do not apply: ending gives nobody access.
 */
export function judgeRevocation({
  request,
  revocation,
  signIn,
  hostedDomains,
  now,
}: RevocationFacts): VerifiedApprover | Refusal {
  const { comment, evidence } = revocation
  const person = verifyApprover(signIn.claims, {
    audience: signIn.audience,
    nonce: nonceOf(revocationOf(request, { comment, salt: evidence.salt })),
    accessToken: signIn.accessToken.reveal(),
    hostedDomains,
    now,
  })
  if (isRefusal(person)) return asChanged(person, endingNotAuthentic)
  return refuseRecord(revocation, person, endingNotAuthentic) ?? person
}

/** The stored entry is not the one that auth stored: somebody changed it. */
export function endingNotAuthentic(why: string): Refusal {
  return refusal(
    'EndingNotAuthentic',
    `The recorded early end was not accepted: ${why}. Nothing is removed on it. Please sign in again to end the access, and tell the platform team.`,
  )
}
