// The data that people see of several approvals. Pure.
import type { AccessRequest } from '../../api/kinds.ts'
import { grantedSeconds } from '../granting/expiry.ts'
import { approvalsOf, approvedNarrowing } from '../approval/quorum.ts'

/** Several people must approve: how many, those who have, and how long the access would last. */
export type QuorumView = {
  required: number
  approved: { email: string; name?: string; slackUserID?: string; at: string; comment?: string }[]
  seconds: number
}

/** While more people are awaited, an approval is shown only after the controller has verified it. */
export function quorumOf(request: AccessRequest): QuorumView {
  const { spec, status = {} } = request
  const all = approvalsOf(request)
  const shown = status.approvedBy ? all : all.slice(0, status.approvalsCounted ?? 0)
  return {
    required: spec.approval.required,
    approved: shown.map(({ who: { email = '' }, at, comment }) => {
      const { name, slackUserID } = status.approvers?.find(approver => approver.email === email) ?? {}
      return { email, ...(name && { name }), ...(slackUserID && { slackUserID }), at, ...(comment && { comment }) }
    }),
    seconds: grantedSeconds(spec, approvedNarrowing(request)),
  }
}
