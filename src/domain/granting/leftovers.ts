// Expired entries of Hallpass that are still in IAM policies. They give nothing, and Google counts them until they are
// removed. A write removes those of its own roles; a person removes the rest. Pure.
import { type Condition, endOfOurs, isLeftover, type Policy, uidOfOurs } from './policy.ts'

/** How many expired entries of Hallpass a policy has of each role, the most first. */
export type LeftoversByRole = { role: string; count: number }[]

/** Counts them. */
export function leftoversByRole({ bindings = [] }: Policy, now: Date): LeftoversByRole {
  const roles = Map.groupBy(
    bindings.filter(binding => isLeftover(binding, now)),
    ({ role }) => role,
  )
  return [...roles]
    .map(([role, { length: count }]) => ({ role, count }))
    .sort((a, b) => b.count - a.count || (a.role < b.role ? -1 : 1))
}

/** One expired entry, exactly as it is in the policy. */
export type Leftover = {
  resource: string
  role: string
  member: string
  /** Of the request that its title names. */
  uid: string
  endedAt: Date
  condition: Condition
}

/** The expired entries in a policy, by their form alone: anybody who may change the policy can make one of this form. */
export function leftoversIn(resource: string, { bindings = [] }: Policy, now: Date): Leftover[] {
  return bindings.flatMap(binding => {
    const { role, members: [member] = [], condition } = binding
    const [uid, endedAt] = [uidOfOurs(binding), endOfOurs(binding)]
    if (uid === undefined || endedAt === undefined || endedAt > now || !member || !condition) return []
    return [{ resource, role, member, uid, endedAt, condition }]
  })
}

/** What one request had written into policies. Its entries are recognised by this. */
export type Written = {
  namespace: string
  request: string
  entries: readonly { resource: string; role: string; member: string; expression: string }[]
}

/**
 * Whose an entry is: `proved` when its request had exactly it written, `unknown` when the request is not known, because it is
 * of another cluster or was deleted a while after its end, `foreign` when its request had something else written.
 */
export type Whose = 'proved' | 'unknown' | 'foreign'

/** Judges an entry by its request, if that is known. */
export function whoseIs({ resource, role, member, condition }: Leftover, written: Written | undefined): Whose {
  if (!written) return 'unknown'
  const isWritten = written.entries.some(
    entry =>
      entry.resource === resource &&
      entry.role === role &&
      entry.expression === condition.expression &&
      isAccount(member, entry.member),
  )
  return isWritten ? 'proved' : 'foreign'
}

// Google shows a deleted account as `deleted:user:dana@example.com?uid=123`.
function accountOf(member: string): string {
  return /^deleted:(.+)\?uid=\d+$/.exec(member)?.[1] ?? member
}

/** Whether a member of a policy is this account, which may be deleted by now. */
export function isAccount(member: string, account: string): boolean {
  return accountOf(member).toLowerCase() === account.toLowerCase()
}
