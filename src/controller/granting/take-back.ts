// A record of grants that somebody changed while they were being written: what was written before is taken out with the
// approval's token, and only then the request ends. A changed record proves nothing about the policies.
import type { AccessRequest, GrantRecord } from '../../api/kinds.ts'
import { hasApprovedGrants } from '../../domain/granting/approved-record.ts'
import { type Refusal } from '../../domain/outcome.ts'
import { conclude, recordedRefusal, refusedCondition } from './conclude.ts'
import type { Dependencies } from '../dependencies.ts'
import { timesOf, untouched } from './promised.ts'
import type { Proof } from './prove.ts'
import { undoAll } from './write-grants.ts'
import { record, type Written } from './write.ts'

/**
 * Takes out whatever of the approved grants is there, and concludes. The cause is recorded first, so that after a crash
 * it goes on here and nothing more is granted.
 */
export async function takeBack(
  deps: Dependencies,
  request: AccessRequest,
  { proof, cause }: { proof: Proof; cause: Refusal },
): Promise<Written> {
  const stopped = await record(deps, request, fresh => ({
    grants: approvedGrants(fresh, proof),
    conditions: refusedCondition(deps, fresh, cause),
  }))
  const before = stopped.status?.grants ?? []
  const ready = { proof, times: timesOf(deps, request, proof), before, mapping: async () => undefined }
  return conclude(deps, await undoAll(deps, stopped, ready), { no: cause })
}

/** Every approved grant, which may be in force, or what this step has found out before a crash. */
function approvedGrants(request: AccessRequest, proof: Proof): GrantRecord[] {
  const { grants = [] } = request.status ?? {}
  if (isTakenBack(request) && hasApprovedGrants(request)) return grants
  return untouched(request, proof).map(grant => ({ ...grant, state: 'Unknown' }))
}

/** Whether this was begun before, by a process that crashed. */
export function isTakenBack(request: AccessRequest): boolean {
  return recordedRefusal(request)?.reason === 'GrantsNotAuthentic'
}
