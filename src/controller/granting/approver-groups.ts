// Through which Google groups the approvers of a request may approve, asked when the controller judges their approvals.
// What auth found out when they signed in does not count here.
import type { AccessRequest, Decision } from '../../api/kinds.ts'
import { groupsToAsk } from '../../domain/approval/eligibility.ts'
import { groupOfApprover } from '../../domain/people/google-groups.ts'
import { parseEmail } from '../../domain/people/identity.ts'
import type { Dependencies } from '../dependencies.ts'

/** The group that lets each of these approvers in, by the address that Google signed. */
export type ApproverGroups = ReadonlyMap<string, string>

/**
 * Asks about everybody whom nothing else permits to approve. Rejects with Refused, Waiting or Broken when it is not known
 * of somebody.
 */
export async function approverGroups(
  { googleGroups, people }: Pick<Dependencies, 'googleGroups' | 'people'>,
  request: AccessRequest,
  approvals: readonly Decision[],
): Promise<ApproverGroups> {
  const found = await Promise.all(
    approvals.map(async ({ evidence }) => {
      const email = parseEmail(evidence?.claims.email)
      const groups = email ? groupsToAsk(request, { email }, people) : []
      if (!email || groups.length === 0) return []
      const group = await groupOfApprover(googleGroups, { groups, sight: 'joining' }, email)
      return group ? [[email, group] as const] : []
    }),
  )
  return new Map(found.flat())
}
