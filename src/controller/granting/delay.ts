// An approval that cannot be checked yet, because a right of Hallpass is missing, a key is disabled, or Google or Slack
// does not answer. This proves nothing against it, so it waits until the approver's sign-in ends, and says meanwhile
// what would help.
import type { AccessRequest } from '../../api/kinds.ts'
import type { Condition } from '../../api/meta.ts'
import { after } from '../../domain/asking/duration.ts'
import { Broken, type Refusal, refusal, Refused, Waiting } from '../../domain/outcome.ts'
import type { Dependencies } from '../dependencies.ts'
import { conditionsWith, transition } from './write.ts'

/** A correction by a person takes effect this soon; a sign-in lasts an hour. */
const lookAgainSeconds = 30
/** A wait up to this long is not said; Google's quotas take 20 seconds. */
const routineSeconds = 10
/** The condition `Approved` or `Provisioned` is Unknown with this reason while an approval is not refused. */
const undecided = 'Waiting'

/**
 * Says in the status and as an Event why the approval cannot be checked, then throws: Waiting if a person must change
 * something, any other error unchanged.
 */
export async function delay(deps: Dependencies, request: AccessRequest, error: unknown): Promise<never> {
  if (isWorthSaying(error, deps.clock.now())) await sayDelayed(deps, request, refusalOf(error))
  throw error instanceof Refused ? new Waiting(after(deps.clock.now(), lookAgainSeconds), error.message) : error
}

// A wait of seconds is part of every day: a mapping that was just edited, an API server that asks for a pause.
function isWorthSaying(error: unknown, now: Date): error is Refused | Broken | Waiting {
  if (error instanceof Waiting) return error.until > after(now, routineSeconds)
  return error instanceof Refused || error instanceof Broken
}

/** Whether the approval of this request had to wait for something that neither requester nor approver could change. */
export function wasDelayed(request: AccessRequest): boolean {
  const standing = conditionOf(request)
  return standing?.status === 'Unknown' && standing.reason !== undecided
}

function refusalOf(error: Refused | Broken | Waiting): Refusal {
  return error instanceof Refused ? error.refusal : refusal('ProofDelayed', error.message)
}

/**
 * Says why an approval waits, once for each reason, so that changing texts do not change the status at each try. Never
 * rejects.
 */
export async function sayDelayed(
  deps: Dependencies,
  request: AccessRequest,
  { reason, message }: Refusal,
): Promise<void> {
  const standing = conditionOf(request)
  // A refused grant is being undone; its reason must not be lost.
  if (standing?.status === 'False' || standing?.reason === reason || !deps.mayAct()) return
  const said = `The approval cannot be checked yet: ${message} It is tried again until the approver's sign-in ends.`
  const condition = { type: typeOf(request), status: 'Unknown' as const, reason, message: said }
  try {
    await transition(deps, request, { conditions: conditionsWith(deps, request, condition) })
    deps.events.record(request, { type: 'Warning', reason, message: said })
  } catch (failure) {
    // The status write may fail for the same cause. The original error is reported in any case.
    deps.log.warn('controller: the reason why an approval waits could not be written; it is tried again', {
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
