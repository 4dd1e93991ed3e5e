// Which verdict can be recorded on a request, and by whom: one table. The admission policy hallpass-request-status has
// the same table, and test/deploy/admission-verdicts.test.ts compares the two cell by cell.
import type { Decision, Phase, RequestStatus } from '../api/kinds.ts'

export type Verdict = Decision['verdict']

/** Who records a verdict, and in which phases. `New` is a request that the controller has not read yet. */
type Row = { writer: 'gateway' | 'auth'; phases: readonly (Phase | 'New')[] }

/** An ended request stays ended. A later purpose (done, revoke, review) gets its own row. */
export const verdicts: Readonly<Record<Verdict, Row>> = {
  Approved: { writer: 'auth', phases: ['New', 'Pending'] },
  Denied: { writer: 'gateway', phases: ['New', 'Pending'] },
  Withdrawn: { writer: 'gateway', phases: ['New', 'Pending'] },
}

/** Whether a request in this state accepts this verdict as its decision. */
export function takes({ phase, settled, decisions = [] }: RequestStatus, verdict: Verdict): boolean {
  return decisions.length === 0 && !settled && verdicts[verdict].phases.includes(phase ?? 'New')
}
