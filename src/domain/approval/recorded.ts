// Whether a stored decision or ending is the one that auth stored: it must agree with what Google signed. Pure.
import type { Decision, Evidence } from '../../api/kinds.ts'
import type { VerifiedApprover } from './evidence.ts'
import { canonicalJson } from '../json.ts'
import type { Refusal } from '../outcome.ts'

/** What was stored with evidence: who, when, and Google's claims. */
export type Recorded = Pick<Decision, 'who' | 'at'> & { evidence: Evidence }

/** The refusal of a record that somebody changed, from a clause that says how that was seen. */
export type NotAuthentic = (why: string) => Refusal

/** Why the stored record cannot be the one that was stored for this person's sign-in. */
export function refuseRecord(
  { who, evidence, at }: Recorded,
  approver: VerifiedApprover,
  notAuthentic: NotAuthentic,
): Refusal | undefined {
  const isSame =
    canonicalJson(approver.claims) === canonicalJson(evidence.claims) &&
    who.email === approver.email &&
    (who.googleSubject === undefined || who.googleSubject === approver.googleSubject)
  if (!isSame) return notAuthentic('it names a different person than Google')
  return isDatedWithin(at, approver) ? undefined : notAuthentic('its time differs from that of the sign-in')
}

/** Clocks may differ by this much. */
const skewSeconds = 60

// The stored instant decides whether it was in time, so it must be within the life of the sign-in.
function isDatedWithin(at: string, { issuedAt, claims }: VerifiedApprover): boolean {
  const seconds = new Date(at).getTime() / 1000
  return seconds >= issuedAt.getTime() / 1000 - skewSeconds && seconds <= claims.exp
}

/** Google's sign-ins last an hour. */
const lifeSeconds = 3600

/**
 * Whether the sign-in of a record has ended, whatever end is stored with it: nobody waits any longer for what could prove
 * it. Its time is the API server's own, up to five minutes.
 */
export function isLongOver(at: string, now: Date): boolean {
  return !(now.getTime() / 1000 < new Date(at).getTime() / 1000 + lifeSeconds + skewSeconds)
}

/** Auth had proved it before it was stored, so evidence that no longer agrees was changed since. */
export function asChanged(refused: Refusal, notAuthentic: NotAuthentic): Refusal {
  if (refused.reason === 'EvidenceForAnother')
    return notAuthentic('Google signed it for another request or other terms')
  if (refused.reason === 'EvidenceNotAuthentic') return notAuthentic('Google did not sign it for Hallpass')
  return refused
}
