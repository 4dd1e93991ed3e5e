// Puts a refused attempt, which gateway or auth has counted in the status, into the audit log.
import type { AccessRequest } from '../../api/kinds.ts'
import { attemptRefused, attemptsDue } from '../../domain/audit/refused-attempts.ts'
import type { Dependencies } from '../dependencies.ts'
import { transition, type Written } from '../granting/write.ts'

/** Writes the event, and how many attempts are in the log with it. */
export async function noteAttempt(deps: Dependencies, request: AccessRequest): Promise<Written> {
  const attemptsLogged = attemptsDue(request.status ?? {}) ?? null
  return transition(deps, request, { attemptsLogged }, attemptRefused(request))
}
