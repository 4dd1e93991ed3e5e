// What an approved request comes to once nothing more can be written: granted, in doubt, or failed with nothing in force.
import type { AccessRequest, GrantRecord } from '../api/kinds.ts'
import { detailsOfGrant } from '../domain/audit.ts'
import { instant } from '../domain/duration.ts'
import { standingDecision } from '../domain/eligibility.ts'
import { isPlausible, mayHold } from '../domain/lifecycle.ts'
import { grantsLeft } from '../domain/narrowing.ts'
import { type Refusal, refusal } from '../domain/outcome.ts'
import type { StatusPatch } from '../domain/ports.ts'
import { isReason, type Reason } from '../domain/refusals.ts'
import { shortLine } from '../domain/text.ts'
import type { Edited } from './binding.ts'
import { type Failing, fail } from './close.ts'
import type { World } from './world.ts'
import { conditionsWith, transition, type Written } from './write.ts'

/**
 * Concludes from the states of the grants. Nothing may be left Pending or Writing unless a grant was refused. `no` is why
 * everything was undone, if not for a grant that was refused; `rules` the digest of the rules that were judged.
 */
export async function conclude(
  world: World,
  request: AccessRequest,
  { no, rules }: { no?: Refusal; rules?: string | undefined } = {},
): Promise<Written> {
  const grants = request.status?.grants ?? []
  if (grants.length > 0 && grants.every(({ state }) => state === 'Written')) return provisioned(world, request, rules)
  const refused = grants.find(isTakenOut) ?? grants.find(({ state }) => state === 'Refused')
  const doubted = grants.find(({ state }) => state === 'Unknown')
  const why = no?.message ?? refused?.why ?? doubted?.why ?? 'Google did not say whether access was granted.'
  if (grants.some(({ state }) => mayHold(state)))
    return inDoubt(world, request, { refusal: refusal('InDoubt', why), isTampering: false })
  const message = refused ? `Cannot grant "${refused.role}" on "${refused.resource}": ${why}` : why
  return fail(world, request, { refusal: no ?? refusal(reasonOf(request), message), isTampering: false })
}

/** What is recorded of an edit: the grants as they are with it, and with a `reason` that nothing more is to be written. */
export function recordOf(
  world: World,
  request: AccessRequest,
  { grants, edited }: { grants: GrantRecord[]; edited: Edited },
): StatusPatch {
  if (!('reason' in edited) || !edited.reason) return { grants }
  const { reason, why = '' } = edited
  const refused = { state: 'Refused', at: instant(world.clock.now()), why: shortLine(why, 300) } as const
  return {
    grants: grants.map(grant => (grant.state === 'Pending' ? { ...grant, ...refused } : grant)),
    conditions: conditionsWith(world, request, { type: 'Provisioned', status: 'False', reason, message: why }),
  }
}

function reasonOf({ status }: AccessRequest): Reason {
  const recorded = status?.conditions?.find(({ type, status: is }) => type === 'Provisioned' && is === 'False')
  return isReason(recorded?.reason) ? recorded.reason : 'GrantRefused'
}

// What is undone because of another grant has no reason of its own.
function isTakenOut({ state, why }: GrantRecord): boolean {
  return state === 'Removed' && why !== undefined
}

/**
 * Gives up writing because the approval cannot be acted on any more. What may be in force is said to be; if nothing is, the
 * request fails.
 */
export async function abandon(world: World, request: AccessRequest, failing: Failing): Promise<Written> {
  const { grants = [] } = request.status ?? {}
  if (!isPlausible(request)) return fail(world, request, failing)
  const at = instant(world.clock.now())
  const why = shortLine(failing.refusal.message, 300)
  const known = grants.map((grant): GrantRecord => {
    if (mayHold(grant.state))
      return { ...grant, state: 'Unknown', at, why: 'It could not be written, read or removed to the end.' }
    return grant.state === 'Pending' ? { ...grant, state: 'Refused', at, why } : grant
  })
  return inDoubt(world, { ...request, status: { ...request.status, grants: known } }, failing)
}

/** For a granted request whose record of grants somebody changed: all that was approved may hold, whatever it says now. */
export async function doubt(world: World, request: AccessRequest): Promise<Written> {
  const { spec, status = {} } = request
  const at = instant(world.clock.now())
  const why = 'Somebody changed the record of what was granted. Please tell the platform team.'
  const grants = grantsLeft(spec, standingDecision(status)?.narrowing).map(({ resource, role }): GrantRecord => ({
    resource,
    role,
    state: 'Unknown',
    at,
    why,
  }))
  const failing = { refusal: refusal('GrantsNotAuthentic', why), isTampering: true }
  return inDoubt(world, { ...request, status: { ...status, grants } }, failing)
}

async function provisioned(world: World, request: AccessRequest, rules: string | undefined): Promise<Written> {
  const { spec, status = {} } = request
  const who = spec.requester.email
  const noted = status.grants?.find(({ why }) => why)?.why
  const message = `${who} has been granted "${spec.roleMapping}".${noted ? ` ${noted}` : ''}`
  return transition(
    world,
    request,
    {
      phase: 'Provisioned',
      conditions: conditionsWith(
        world,
        request,
        { type: 'Provisioned', status: 'True', reason: 'Granted', message },
        { type: 'Complete', status: 'True', reason: 'AllWritten', message: 'Google confirmed every grant.' },
      ),
    },
    { event: 'Granted', actor: status.approvedBy, message, details: { ...detailsOfGrant(status), rules } },
  )
}

async function inDoubt(world: World, request: AccessRequest, { refusal, isTampering }: Failing): Promise<Written> {
  const { reason, message: why } = refusal
  const { spec, status = {} } = request
  const doubtful = (status.grants ?? []).filter(({ state }) => mayHold(state)).map(({ resource }) => `"${resource}"`)
  const message = `${spec.requester.email} may hold part of "${spec.roleMapping}" on ${[...new Set(doubtful)].join(', ')} until it expires: ${why}`
  return transition(
    world,
    request,
    {
      phase: 'Provisioned',
      grants: status.grants ?? [],
      conditions: conditionsWith(
        world,
        request,
        { type: 'Provisioned', status: 'True', reason: 'InDoubt', message },
        { type: 'Complete', status: 'False', reason: 'InDoubt', message },
      ),
    },
    ...(isTampering ? [{ event: 'TamperingSeen' as const, message: why, details: { reason } }] : []),
    { event: 'GrantInDoubt', actor: status.approvedBy, message, details: detailsOfGrant(status) },
  )
}
