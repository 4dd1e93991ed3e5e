// What an approved request was promised: its times and its grants, as stored or as they follow from the approval. What is
// stored is never believed when it does not follow.
import type { AccessRequest } from '../api/kinds.ts'
import { promise, refuseTimes, type Times } from '../domain/expiry.ts'
import { grantsLeft } from '../domain/narrowing.ts'
import { refusal } from '../domain/outcome.ts'
import type { Failing } from './close.ts'
import type { Proof } from './prove.ts'
import type { World } from './world.ts'

/** The stored times, or the ones that follow from the approval when none are stored. */
export function timesOf({ clock }: World, { spec, status = {} }: AccessRequest, { approver, decision }: Proof): Times {
  // Google's clock may be ahead of ours; access never begins before the sign-in.
  const now = clock.now() > approver.issuedAt ? clock.now() : approver.issuedAt
  const computed = promise(spec, decision.narrowing, now)
  return {
    startsAt: status.startsAt ? new Date(status.startsAt) : computed.startsAt,
    expiresAt: status.expiresAt ? new Date(status.expiresAt) : computed.expiresAt,
  }
}

/** Why what is stored about times and grants does not follow from the approval. */
export function refuseStored(
  { spec, status = {} }: AccessRequest,
  { approver, decision }: Proof,
  times: Times,
): Failing | undefined {
  const wanted = grantsLeft(spec, decision.narrowing)
  const { grants, startsAt } = status
  const isOther =
    startsAt !== undefined &&
    grants !== undefined &&
    !(
      grants.length === wanted.length &&
      grants.every(({ resource, role }, i) => resource === wanted[i]?.resource && role === wanted[i].role)
    )
  const no = isOther
    ? refusal(
        'GrantsNotAuthentic',
        'The stored grants are not the approved ones; somebody changed them. Please ask again.',
      )
    : refuseTimes(times, spec, decision.narrowing, approver.issuedAt)
  return no && { refusal: no, isTampering: true }
}
