// How full each IAM policy was when this process last saw one, and how many expired entries of Hallpass it had, in memory. Ports that are watched stay as they are.
import { LRUCache } from 'lru-cache'
import type { Policy } from './policy.ts'
import { mostOf, type PolicyLimit, policyLimits, type PolicyUse, useOf } from './policy-limits.ts'
import type { Clock, PolicyService } from '../ports.ts'

/** How full a policy was, and when. */
export type PolicySeen = PolicyUse & { at: Date }

/** The policies that this process has seen. */
export type PoliciesSeen = {
  /** The same port; each policy that it returns is seen. */
  watch<Port extends Partial<Pick<PolicyService, 'read' | 'write'>>>(port: Port): Port
  /** How full the policy of a resource was; undefined when this process has not seen it. */
  of(resource: string): PolicySeen | undefined
}

/** Resources are those of mappings. A process that sees more of them forgets the oldest. */
const mostResources = 500

/** Roles with expired entries that are told of one resource, so that metrics stay few. */
const mostRoles = 10

/** Told each time a policy is seen. */
export type Told = {
  /** How much of a limit it uses, from 0 to 1. */
  use(labels: { resource: string; limit: PolicyLimit }, part: number): void
  /** How many expired entries of Hallpass a role has in it; 0 when it had some before. */
  leftovers(labels: { resource: string; role: string }, count: number): void
}

/** Remembers what is seen. Only the first 500 resources are told, so that metrics stay few. */
export function createPoliciesSeen({ clock, told }: { clock: Clock; told: Told }): PoliciesSeen {
  const seen = new LRUCache<string, PolicySeen>({ max: mostResources })
  const toldOf = new Map<string, Set<string>>()
  const see = (resource: string, policy: Policy): void => {
    const at = clock.now()
    const use = useOf(policy, at)
    seen.set(resource, { ...use, at })
    if (toldOf.size < mostResources && !toldOf.has(resource)) toldOf.set(resource, new Set())
    const roles = toldOf.get(resource)
    if (!roles) return
    for (const limit of policyLimits) told.use({ resource, limit }, use[limit] / mostOf[limit])
    const counts = new Map(use.leftoversByRole.map(({ role, count }) => [role, count]))
    for (const role of counts.keys()) if (roles.size < mostRoles) roles.add(role)
    for (const role of roles) told.leftovers({ resource, role }, counts.get(role) ?? 0)
  }
  return {
    of: resource => seen.get(resource),
    watch: port =>
      new Proxy(port, {
        get: (target, property) => {
          const value: unknown = Reflect.get(target, property)
          if (typeof value !== 'function' || (property !== 'read' && property !== 'write')) return value
          return async (resource: string, ...rest: unknown[]): Promise<unknown> => {
            const answer: unknown = await Reflect.apply(value, target, [resource, ...rest])
            if (typeof answer === 'object' && answer !== null) see(resource, answer as Policy)
            return answer
          }
        },
      }),
  }
}
