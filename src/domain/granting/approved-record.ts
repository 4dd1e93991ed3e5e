// Whether what is stored about the grants of a request is the record of its approval. Nothing is granted or removed on
// another one. Pure.
import type { AccessRequest, GrantRecord } from '../../api/kinds.ts'
import { grantsLeft } from '../approval/narrowing.ts'
import { approvalsOf, approvedNarrowing, sayApprovedBy, standingDecision } from '../approval/quorum.ts'
import { refuseTimes } from './expiry.ts'

/** Whether a request can have granted anything: nothing is written with other times or without an approval. */
export function isPlausible(request: AccessRequest): boolean {
  return isApproved(request) && (request.status?.grants?.some(({ state }) => mayHold(state)) ?? false)
}

/** Whether grants were begun, and the record does not name them any more: what it says cannot be believed. */
export function isRecordChanged(request: AccessRequest): boolean {
  return isApproved(request) && !hasApprovedGrants(request)
}

/** Whether the stored times and approvers are those of the approvals. */
export function isApproved(request: AccessRequest): boolean {
  const { spec, status = {} } = request
  const { startsAt, expiresAt, approvedBy } = status
  const decision = standingDecision(request)
  if (!startsAt || !expiresAt || !decision?.evidence || decision.verdict !== 'Approved') return false
  const times = { startsAt: new Date(startsAt), expiresAt: new Date(expiresAt) }
  const signedInAt = new Date(decision.evidence.claims.iat * 1000)
  const isByAll = approvedBy === sayApprovedBy(approvalsOf(request))
  return isByAll && !refuseTimes(times, spec, approvedNarrowing(request), signedInAt)
}

/** Whether the record of a granted request has every approved grant, each in a possible state. */
export function isWhole(request: AccessRequest): boolean {
  const grants = request.status?.grants ?? []
  const isUndone = grants.some(({ state }) => state === 'Refused' || state === 'Removed')
  const holding = grants.filter(({ state }) => mayHold(state)).length
  return hasApprovedGrants(request) && (isUndone ? holding > 0 : holding === grants.length)
}

/** Whether the record names exactly the approved grants. */
export function hasApprovedGrants(request: AccessRequest): boolean {
  const { grants = [] } = request.status ?? {}
  const approved = grantsLeft(request.spec, approvedNarrowing(request))
  const isSame = approved.every(({ resource, role }, i) => grants[i]?.resource === resource && grants[i].role === role)
  return isSame && grants.length === approved.length
}

/** Whether a grant in this state may be in force. */
export function mayHold(state: GrantRecord['state']): boolean {
  return state === 'Writing' || state === 'Written' || state === 'Unknown'
}
