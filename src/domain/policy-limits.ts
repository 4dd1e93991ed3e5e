// Google's limits on the size of one IAM policy. When Google refuses a policy without a code, this tells whether the policy
// is full or the entry is wrong (https://cloud.google.com/iam/quotas).
import type { Policy } from './policy.ts'

/** Members of all bindings and of audit exemptions, each as often as it occurs. */
const maxMembers = 1500
/** Bindings of one role and member with different conditions; expired ones count until they are removed. */
const maxConditions = 20

/** The limit that a policy exceeds, as a clause about it; undefined when it exceeds none that can be counted. */
export function exceededLimit(policy: Policy): string | undefined {
  const members = (policy.bindings ?? []).flatMap(binding => binding.members ?? []).length + exemptions(policy)
  if (members > maxMembers) return `it would have ${members} members, and Google's limit is ${maxMembers}`
  const counted = [...conditionsByGrant(policy)].find(([, conditions]) => conditions.size > maxConditions)
  return counted && `it would have ${counted[1].size} entries for ${counted[0]}, and Google's limit is ${maxConditions}`
}

function conditionsByGrant({ bindings = [] }: Policy): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const { role, members = [], condition } of bindings)
    for (const member of condition ? members : []) {
      const grant = `"${role}" to "${member.toLowerCase()}"`
      found.set(grant, (found.get(grant) ?? new Set()).add(JSON.stringify(condition)))
    }
  return found
}

type AuditConfig = { auditLogConfigs?: { exemptedMembers?: unknown[] }[] }

// They are outside of what Hallpass writes, so their type is not part of a policy.
function exemptions({ auditConfigs }: Policy): number {
  const configs = Array.isArray(auditConfigs) ? (auditConfigs as AuditConfig[]) : []
  return configs.flatMap(config => config.auditLogConfigs ?? []).flatMap(log => log.exemptedMembers ?? []).length
}
