// How full each IAM policy was when this process last saw one, in memory. Ports that are watched stay as they are.
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

/** Told each time how much of a limit a policy uses, from 0 to 1. */
export type ToldUse = (labels: { resource: string; limit: PolicyLimit }, part: number) => void

/** Remembers what is seen. Only the first 500 resources are told, so that metrics stay few. */
export function createPoliciesSeen({ clock, told }: { clock: Clock; told: ToldUse }): PoliciesSeen {
  const seen = new LRUCache<string, PolicySeen>({ max: mostResources })
  const toldOf = new Set<string>()
  const see = (resource: string, policy: Policy): void => {
    const at = clock.now()
    const use = useOf(policy, at)
    seen.set(resource, { ...use, at })
    if (toldOf.size < mostResources) toldOf.add(resource)
    if (!toldOf.has(resource)) return
    for (const limit of policyLimits) told({ resource, limit }, use[limit] / mostOf[limit])
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
