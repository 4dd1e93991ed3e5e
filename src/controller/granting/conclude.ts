// The conclusion of an approved request when no more writes follow: granted, in doubt, or failed without access in
// force.
import type { AccessRequest, GrantRecord, Narrowing, RequestSpec } from '../../api/kinds.ts'
import type { Condition } from '../../api/meta.ts'
import { detailsOfGrant } from '../../domain/audit/audit.ts'
import { instant, sayDuration } from '../../domain/asking/duration.ts'
import { grantedSeconds } from '../../domain/granting/expiry.ts'
import { withRefusal } from '../../domain/granting/grant-records.ts'
import { grantSummary } from '../../domain/granting/grant-summary.ts'
import { isPlausible, mayHold } from '../../domain/granting/approved-record.ts'
import { grantsLeft } from '../../domain/approval/narrowing.ts'
import { type Refusal, refusal } from '../../domain/outcome.ts'
import { approvedNarrowing } from '../../domain/approval/quorum.ts'
import { auditedAs, isReason } from '../../domain/refusals.ts'
import { type Failing, fail, failure } from '../ending/close.ts'
import type { Dependencies } from '../dependencies.ts'
import { type Change, conditionsWith, transition, type Written } from './write.ts'

/** The inputs of a conclusion, in addition to the request. */
export type Concluding = {
  /** Why everything was undone, if not because of a refused grant. */
  no?: Refusal | undefined
  /** Digest of the mapping's rules at the judgement. */
  rules?: string | undefined
}

/** Writes the conclusion from the states of the grants. */
export async function conclude(deps: Dependencies, request: AccessRequest, more: Concluding): Promise<Written> {
  return put(deps, request, conclusion(deps, request, more))
}

/** The conclusion from the states of the grants. None may be Pending or Writing unless a grant was refused. */
export function conclusion(deps: Dependencies, request: AccessRequest, { no, rules }: Concluding): Change {
  const grants = request.status?.grants ?? []
  if (grants.length > 0 && grants.every(({ state }) => state === 'Written')) return provisioned(deps, request, rules)
  const refused = grants.find(isTakenOut) ?? grants.find(({ state }) => state === 'Refused')
  const unknown = grants.find(({ state }) => state === 'Unknown')
  const recorded = recordedRefusal(request)
  const why =
    no?.message ?? refused?.why ?? unknown?.why ?? recorded?.message ?? 'Google did not say whether access was granted.'
  // Tampering that cannot be undone is audited as such.
  const doubt = no && auditedAs(no.reason) ? no : refusal('InDoubt', why)
  if (grants.some(({ state }) => mayHold(state))) return inDoubt(deps, request, { refusal: doubt })
  const message = refused ? `Cannot grant ${rolesLike(refused, grants)} on "${refused.resource}": ${why}` : why
  return failure(deps, request, { refusal: no ?? refusal(recorded?.reason ?? 'GrantRefused', message) })
}

/** The roles that were refused in the same write for the same reason; the first two by name. */
function rolesLike({ resource, state, why }: GrantRecord, grants: readonly GrantRecord[]): string {
  const [first, second, ...others] = grants
    .filter(grant => grant.resource === resource && grant.state === state && grant.why === why)
    .map(({ role }) => `"${role}"`)
  if (others.length > 0) return `${first} and ${others.length + 1} more roles`
  return second ? `${first} and ${second}` : `${first}`
}

/** Why the grants of an approved request are removed again, if that was recorded. */
export function recordedRefusal({ status }: AccessRequest): Refusal | undefined {
  const said = status?.conditions?.find(({ type, status: is }) => type === 'Provisioned' && is === 'False')
  return isReason(said?.reason) ? refusal(said.reason, said.message) : undefined
}

/** The condition that records it. Whatever changes later, the first cause is the one that people are told. */
export function refusedCondition(
  deps: Dependencies,
  request: AccessRequest,
  { reason, message }: Refusal,
): Condition[] {
  return conditionsWith(deps, request, { type: 'Provisioned', status: 'False', reason, message })
}

// A grant that is undone because of another grant does not have its own reason.
function isTakenOut({ state, why }: GrantRecord): boolean {
  return state === 'Removed' && why !== undefined
}

/**
 * Stops writing because the approval can no longer be used. Access that may be in force is reported; without any, the
 * request fails.
 */
export async function abandon(deps: Dependencies, request: AccessRequest, failing: Failing): Promise<Written> {
  if (!isPlausible(request)) return fail(deps, request, failing)
  const now = deps.clock.now()
  const known = withRefusal(request.status?.grants ?? [], failing.refusal.message, now).map((grant): GrantRecord =>
    mayHold(grant.state)
      ? {
          ...grant,
          state: 'Unknown',
          at: instant(now),
          why: 'It could not be written, read or removed completely.',
        }
      : grant,
  )
  const after = { ...request, status: { ...request.status, grants: known } }
  return put(deps, request, inDoubt(deps, after, failing))
}

/** For a granted request whose record of grants somebody changed: everything that was approved may be in force. */
export async function markUnknown(deps: Dependencies, request: AccessRequest): Promise<Written> {
  const { spec, status = {} } = request
  const at = instant(deps.clock.now())
  const why = 'Somebody changed the record of what was granted. Please tell the platform team.'
  const grants = grantsLeft(spec, approvedNarrowing(request)).map(({ resource, role }): GrantRecord => ({
    resource,
    role,
    state: 'Unknown',
    at,
    why,
  }))
  const failing = { refusal: refusal('GrantsNotAuthentic', why) }
  return put(deps, request, inDoubt(deps, { ...request, status: { ...status, grants } }, failing))
}

function provisioned(deps: Dependencies, request: AccessRequest, rules: string | undefined): Change {
  const { spec, status = {} } = request
  const who = spec.requester.email
  const noted = status.grants?.find(({ why }) => why)?.why
  const message = `${who} has been granted ${sayGranted(spec, approvedNarrowing(request))}.${noted ? ` ${noted}` : ''}`
  return {
    patch: {
      phase: 'Provisioned',
      conditions: conditionsWith(
        deps,
        request,
        { type: 'Provisioned', status: 'True', reason: 'Granted', message },
        { type: 'Complete', status: 'True', reason: 'AllWritten', message: 'Google confirmed every grant.' },
      ),
    },
    happened: [{ event: 'Granted', actor: status.approvedBy, message, details: { ...detailsOfGrant(status), rules } }],
  }
}

/** The mapping, and what of it was granted if the approver chose less than was asked. */
function sayGranted(spec: RequestSpec, narrowing: Narrowing | undefined): string {
  const shorter = narrowing?.duration ? ` for ${sayDuration(grantedSeconds(spec, narrowing))}` : ''
  if (!narrowing?.grants) return `"${spec.roleMapping}"${shorter}`
  return `part of "${spec.roleMapping}"${shorter}: ${grantSummary(grantsLeft(spec, narrowing), spec).roles}`
}

/** The status of a request that stays granted, although not all of it is known to be in force. */
export function inDoubt(deps: Dependencies, request: AccessRequest, { refusal }: Failing): Change {
  const { reason, message: why } = refusal
  const audit = auditedAs(reason)
  const { spec, status = {} } = request
  const doubtful = (status.grants ?? []).filter(({ state }) => mayHold(state)).map(({ resource }) => `"${resource}"`)
  const message = `${spec.requester.email} may hold part of "${spec.roleMapping}" on ${[...new Set(doubtful)].join(', ')} until it expires: ${why}`
  return {
    patch: {
      phase: 'Provisioned',
      grants: status.grants ?? [],
      conditions: conditionsWith(
        deps,
        request,
        { type: 'Provisioned', status: 'True', reason: 'InDoubt', message },
        { type: 'Complete', status: 'False', reason: 'InDoubt', message },
      ),
    },
    happened: [
      ...(audit ? [{ event: audit, message: why, details: { reason } }] : []),
      { event: 'GrantInDoubt', actor: status.approvedBy, message, details: detailsOfGrant(status) },
    ],
  }
}

function put(deps: Dependencies, request: AccessRequest, { patch, happened }: Change): Promise<Written> {
  return transition(deps, request, patch, ...happened)
}
