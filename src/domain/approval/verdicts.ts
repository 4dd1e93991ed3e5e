// Which verdict can be recorded on a request, and by whom: one table. The admission policy hallpass-request-status has
// the same table, and test/deploy/admission-verdicts.test.ts compares the two cell by cell.
import type { AccessRequest, Decision, Ending, Phase, RequestStatus } from '../../api/kinds.ts'
import { openRevocation } from '../ending/endings.ts'
import { standingDecision } from './quorum.ts'
import { reviewPhases } from '../review/reviews.ts'

export type Verdict = Decision['verdict']
export type EndingVerdict = Ending['verdict']

/**
 * Who records a verdict, and in which phases. `New` is a request that the controller has not read yet. What gives nobody
 * access is recorded by both doors: the gateway names the Slack account, auth the Google account that signed in.
 */
type Row = { writers: readonly ('gateway' | 'auth')[]; phases: readonly (Phase | 'New')[] }

const bothDoors = ['gateway', 'auth'] as const

/** An ended request stays ended. */
export const verdicts: Readonly<Record<Verdict, Row>> = {
  Approved: { writers: ['auth'], phases: ['New', 'Pending'] },
  Denied: { writers: bothDoors, phases: ['New', 'Pending'] },
  Withdrawn: { writers: bothDoors, phases: ['New', 'Pending'] },
}

/** The verdicts of `status.endings`. */
export const endingVerdicts: Readonly<Record<EndingVerdict, Row>> = {
  Revoked: { writers: ['auth'], phases: ['Approved', 'Provisioned'] },
  Done: { writers: bothDoors, phases: ['Provisioned'] },
}

/** An entry of `status.reviews`. Which requests take one: `takesReview`. */
export const reviews: Row = { writers: ['auth'], phases: reviewPhases }

/** Whether a request in this state accepts this verdict as its next decision: none of those before has decided it. */
export function takes(request: Pick<AccessRequest, 'spec' | 'status'>, verdict: Verdict): boolean {
  const { phase, settled } = request.status ?? {}
  return !standingDecision(request) && !settled && verdicts[verdict].phases.includes(phase ?? 'New')
}

/** Whether a request in this state accepts this ending: the wish of the holder once, one open revocation at a time. */
export function takesEnding(status: RequestStatus, verdict: EndingVerdict): boolean {
  const { phase, settled, endings = [] } = status
  if (settled || !endingVerdicts[verdict].phases.includes(phase ?? 'New')) return false
  return verdict === 'Done' ? !endings.some(ending => ending.verdict === 'Done') : !openRevocation(status)
}
