// An approval that others must follow: verified and recorded as soon as it is there, so that nobody relies on one that is
// not genuine. It grants nothing, and is verified again with the last one.
import type { AccessRequest, Decision } from '../../api/kinds.ts'
import { sayPerson } from '../../domain/people/display-name.ts'
import { formatDuration } from '../../domain/asking/duration.ts'
import type { VerifiedApprover } from '../../domain/approval/evidence.ts'
import { grantedSeconds } from '../../domain/granting/expiry.ts'
import {
  approvalsBefore,
  approvalsDigest,
  approvalsOf,
  needsSeveral,
  sayProgress,
} from '../../domain/approval/quorum.ts'
import type { ApproverGroups } from './approver-groups.ts'
import { dropTokens } from '../mapping/account.ts'
import { fail } from '../ending/close.ts'
import { delay } from './delay.ts'
import type { Dependencies } from '../dependencies.ts'
import { proveEarlier } from './prove.ts'
import { conditionsWith, type Happening, transition, type Written } from './write.ts'

/** Counts the next approval, or fails the request with the reason. */
export async function count(deps: Dependencies, request: AccessRequest, decision: Decision): Promise<Written> {
  const counted = await proveEarlier(deps, request, decision).catch(async error => delay(deps, request, error))
  if ('refusal' in counted) {
    const failed = await fail(deps, request, counted)
    if (failed !== 'conflict') await dropTokens(deps, failed)
    return failed
  }
  const before = approvalsBefore(request, decision)
  const progress = sayProgress({ ...request, status: { decisions: [...before, decision] } })
  const message = `${progress} approved: ${sayAll(request, [...before, decision])}. ${sayMissing(request)}`
  return transition(
    deps,
    request,
    {
      approvalsCounted: before.length + 1,
      decidedBy: progress,
      conditions: conditionsWith(deps, request, { type: 'Approved', status: 'Unknown', reason: 'Waiting', message }),
    },
    countedEvent(request, counted),
  )
}

type Proved = {
  approver: VerifiedApprover
  decision: Decision
  rules: string | undefined
  groups: ApproverGroups
}

/** The events of earlier approvals that were not counted before the last one came. */
export function uncounted(request: AccessRequest, proved: readonly Proved[]): Happening[] {
  return proved.slice(request.status?.approvalsCounted ?? 0).map(one => countedEvent(request, one))
}

function countedEvent(request: AccessRequest, proved: Proved): Happening {
  const { approver, decision } = proved
  const before = approvalsBefore(request, decision)
  const progress = sayProgress({ ...request, status: { decisions: [...before, decision] } })
  return {
    event: 'ApprovalCounted',
    actor: approver.email,
    message: `Approved by ${sayAll(request, [decision])}: ${progress}.`,
    details: detailsOfApproval(request, proved),
  }
}

/** The facts of one approval, with its own evidence and what its approver chose. */
export function detailsOfApproval(
  request: AccessRequest,
  { approver, decision, rules, groups }: Proved,
): NonNullable<Happening['details']> {
  const { narrowing, evidence } = decision
  return {
    decision: decision.id,
    at: decision.at,
    googleSubject: approver.googleSubject,
    evidence: evidence?.hash,
    nonce: approver.claims.nonce,
    salt: evidence?.salt,
    comment: decision.comment,
    duration: formatDuration(grantedSeconds(request.spec, narrowing)),
    grants: narrowing?.grants?.join(' '),
    rules,
    group: groups.get(approver.email),
    ...(needsSeveral(request) && { approvalsBefore: approvalsDigest(approvalsBefore(request, decision)) }),
  }
}

/** The approvers by name and address. */
export function sayAll({ status }: AccessRequest, approvals: readonly Decision[]): string {
  const named = approvals.map(({ who: { email } }) =>
    sayPerson({ name: status?.approvers?.find(approver => approver.email === email)?.name, email }),
  )
  return named.join(', ')
}

function sayMissing(request: AccessRequest): string {
  const left = request.spec.approval.required - approvalsOf(request).length
  return left === 1 ? 'One more person must approve.' : `${left} more people must approve.`
}
