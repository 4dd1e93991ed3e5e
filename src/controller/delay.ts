// An approval that cannot be looked into yet: a right of ours is missing, a key is disabled, Google or Slack is silent. That proves
// nothing against it, so it waits until the approver's sign-in ends, and says meanwhile what would help.
import type { AccessRequest } from '../api/kinds.ts'
import type { Condition } from '../api/meta.ts'
import { after } from '../domain/duration.ts'
import { Broken, type Refusal, refusal, Refused, Waiting } from '../domain/outcome.ts'
import type { World } from './world.ts'
import { conditionsWith, transition } from './write.ts'

/** What a person corrects takes effect this soon; a sign-in lives for an hour. */
const lookAgainSeconds = 30
/** A wait up to this long is not said; Google's quotas take 20 seconds. */
const routineSeconds = 10
/** A condition `Approved` or `Provisioned` is unknown for this reason as long as nothing is wrong. */
const undecided = 'Waiting'

/**
 * Says in the status and as an Event why the approval cannot be looked into, then throws: Waiting for what a person must
 * change, everything else as it is.
 */
export async function delay(world: World, request: AccessRequest, error: unknown): Promise<never> {
  if (isWorthSaying(error, world.clock.now())) await sayDelayed(world, request, refusalOf(error))
  throw error instanceof Refused ? new Waiting(after(world.clock.now(), lookAgainSeconds), error.message) : error
}

// A wait of seconds is part of every day: a mapping that was just edited, an API server that asks for a pause.
function isWorthSaying(error: unknown, now: Date): error is Refused | Broken | Waiting {
  if (error instanceof Waiting) return error.until > after(now, routineSeconds)
  return error instanceof Refused || error instanceof Broken
}

/** Whether the approval of this request had to wait for something that is not the people's. */
export function wasDelayed(request: AccessRequest): boolean {
  const standing = conditionOf(request)
  return standing?.status === 'Unknown' && standing.reason !== undecided
}

function refusalOf(error: Refused | Broken | Waiting): Refusal {
  return error instanceof Refused ? error.refusal : refusal('ProofDelayed', error.message)
}

/**
 * Says why an approval waits: once for each reason, so that words that change from try to try do not make the status flap.
 * Never rejects.
 */
export async function sayDelayed(world: World, request: AccessRequest, { reason, message }: Refusal): Promise<void> {
  const standing = conditionOf(request)
  // A grant that was refused is being undone; why it was must not be lost.
  if (standing?.status === 'False' || standing?.reason === reason || !world.mayAct()) return
  const said = `The approval cannot be looked into yet: ${message} It is tried again until the approver's sign-in ends.`
  const condition = { type: typeOf(request), status: 'Unknown' as const, reason, message: said }
  try {
    await transition(world, request, { conditions: conditionsWith(world, request, condition) })
    world.events.record(request, { type: 'Warning', reason, message: said })
  } catch (failure) {
    // The status may be silent for the same cause. The error that led here is reported in any case.
    world.log.warn('it could not be said why an approval waits', {
      reason: failure instanceof Error ? failure.name : 'unknown',
    })
  }
}

function conditionOf(request: AccessRequest): Condition | undefined {
  return request.status?.conditions?.find(({ type }) => type === typeOf(request))
}

function typeOf({ status }: AccessRequest): 'Approved' | 'Provisioned' {
  return status?.phase === 'Approved' ? 'Provisioned' : 'Approved'
}
