// The promise of an approved request: its times and its grants, from the status or from the approval. Stored values
// that do not fit the approval are never used.
import type { AccessRequest, GrantRecord } from '../../api/kinds.ts'
import { detailsOfGrant } from '../../domain/audit/audit.ts'
import { instant } from '../../domain/asking/duration.ts'
import { askedTimes } from '../../domain/asking/window.ts'
import { promise, refuseTimes, type Times } from '../../domain/granting/expiry.ts'
import { policiesOf, withWriting } from '../../domain/granting/grant-records.ts'
import { refuseOutsideHours } from '../../domain/hours/outside.ts'
import { grantsLeft } from '../../domain/approval/narrowing.ts'
import { refusal } from '../../domain/outcome.ts'
import type { Failing } from '../ending/close.ts'
import type { Proof } from './prove.ts'
import type { Dependencies } from '../dependencies.ts'
import type { Change } from './write.ts'

/** The stored times, or, if not stored yet, those computed from the approval. */
export function timesOf(
  { clock }: Dependencies,
  { spec, status = {} }: AccessRequest,
  { approver, narrowing }: Proof,
): Times {
  // Google's clock may be ahead; access never begins before the sign-in.
  const now = clock.now() > approver.issuedAt ? clock.now() : approver.issuedAt
  const computed = promise(spec, narrowing, now)
  return {
    startsAt: status.startsAt ? new Date(status.startsAt) : computed.startsAt,
    expiresAt: status.expiresAt ? new Date(status.expiresAt) : computed.expiresAt,
  }
}

/** Why a changed record is not used. */
export const grantsChanged = refusal(
  'GrantsNotAuthentic',
  'The stored grants are not the approved ones; somebody changed them. Please ask again.',
)

/** Why the stored times and grants do not fit the approval. */
export function refuseStored(
  { spec, status = {} }: AccessRequest,
  { approver, narrowing }: Proof,
  times: Times,
): Failing | undefined {
  const wanted = grantsLeft(spec, narrowing)
  const { grants, startsAt } = status
  const isOther =
    startsAt !== undefined &&
    grants !== undefined &&
    !(
      grants.length === wanted.length &&
      grants.every(({ resource, role }, i) => resource === wanted[i]?.resource && role === wanted[i].role)
    )
  const no = isOther ? grantsChanged : refuseTimes(times, spec, narrowing, approver.issuedAt)
  return no && { refusal: no }
}

/** Why access in these times would never work: the hours may have ended since the approval. */
export function outsideHours(
  { clock }: Dependencies,
  { spec }: Pick<AccessRequest, 'spec'>,
  times: Times,
): Failing | undefined {
  const now = clock.now()
  const span = { from: times.startsAt > now ? times.startsAt : now, until: times.expiresAt }
  const no = refuseOutsideHours(spec.hours, askedTimes(spec, span), { what: `"${spec.roleMapping}"`, now })
  return no && { refusal: no }
}

/** The message when the token can no longer write. */
export const signInEnded = refusal(
  'EvidenceExpired',
  'The approver’s sign-in ended before access could be granted. Please ask again.',
)

/** The approved grants, none of them begun. */
export function untouched({ spec }: AccessRequest, { narrowing }: Proof): GrantRecord[] {
  return grantsLeft(spec, narrowing).map(({ resource, role }) => ({ resource, role, state: 'Pending' }))
}

/**
 * The status before the first write: the times, and the grants, of which those on the first policy are marked as begun.
 */
export function startOf(
  { clock }: Dependencies,
  { status = {} }: AccessRequest,
  { proof, times, before }: { proof: Proof; times: Times; before: readonly GrantRecord[] },
): Change {
  const [startsAt, expiresAt] = [instant(times.startsAt), instant(times.expiresAt)]
  const who = proof.approver.email
  const started = { startsAt, expiresAt, grants: [...before] }
  const details = detailsOfGrant({ ...status, ...started, approvedBy: status.approvedBy ?? proof.approvedBy })
  const grants = withWriting(before, policiesOf(before)[0]?.positions ?? [], clock.now())
  return {
    patch: { ...started, grants },
    happened: [
      {
        event: 'GrantStarted',
        actor: who,
        message: `Granting ${before.length === 1 ? 'one role' : `${before.length} roles`} as ${who}.`,
        details: { ...details, rules: proof.rules },
      },
    ],
  }
}
