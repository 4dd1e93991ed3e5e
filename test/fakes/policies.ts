// The policy port in memory: Resource Manager's etags, versions and refusals, and faults at the moments that matter.
import { Broken, Refused } from '../../src/domain/outcome.ts'
import type { Binding, Policy } from '../../src/domain/granting/policy.ts'
import type { PolicyService } from '../../src/domain/ports.ts'
import type { Secret } from '../../src/domain/secret.ts'

/**
 * What goes wrong with the next write: it conflicts, breaks before or after it took effect, is refused, or stays under way
 * without an answer until `land`.
 */
export type WriteFault = 'conflict' | 'lostBefore' | 'lostAfter' | 'unavailable' | 'refused' | 'late'

/** Policies by resource; `admins` are the access tokens that may write, per resource. */
export class MemoryPolicies implements PolicyService {
  readonly stored = new Map<string, Policy>()
  readonly admins = new Map<string, Set<string>>()
  /** Members by the other names that Google knows them under. What is written with one is kept with the primary. */
  readonly primary = new Map<string, string>()
  /** Every write that took effect, in order. */
  readonly written: { resource: string; policy: Policy; requestReason: string }[] = []
  /** Faults of the writes to come, first in first out. */
  faults: WriteFault[] = []
  /** Whether reads fail as if Google were down. */
  isDown = false
  readonly #underWay: { resource: string; policy: Policy; requestReason: string }[] = []
  #serial = 0

  /** Makes a resource known, with a policy and those who may write it. */
  seed(resource: string, tokens: readonly string[], policy: Policy = {}): void {
    this.admins.set(resource, new Set(tokens))
    this.#store(resource, policy)
  }

  /** The current policy. */
  policy(resource: string): Policy {
    return structuredClone(this.stored.get(resource) ?? {})
  }

  async read(resource: string, token: Secret): Promise<Policy> {
    if (this.isDown) throw new Broken('Google answered 503.')
    this.#admit(resource, token)
    return this.policy(resource)
  }

  async write(resource: string, policy: Policy, token: Secret, requestReason: string): Promise<Policy | 'conflict'> {
    const fault = this.faults.shift()
    if (fault === 'lostBefore') throw new Broken('Google did not answer.', { answered: false })
    if (fault === 'late') {
      this.#admit(resource, token)
      this.#underWay.push({ resource, policy: structuredClone(policy), requestReason })
      throw new Broken('Google did not answer.', { answered: false })
    }
    if (fault === 'unavailable') throw new Broken('Google answered 503.')
    if (fault === 'refused') throw new Refused('AccessDenied', `Google refused to write the policy of "${resource}".`)
    if (!policy.etag) throw new Refused('PolicyWithoutEtag', `The policy of "${resource}" has no etag.`)
    this.#admit(resource, token)
    if (fault === 'conflict' || policy.etag !== this.stored.get(resource)?.etag) return 'conflict'
    const isConditional = policy.bindings?.some(binding => binding.condition)
    if (isConditional && policy.version !== 3)
      throw new Refused('PolicyNotAccepted', 'Conditions need policy version 3.')
    this.#write(resource, policy, requestReason)
    if (fault === 'lostAfter') throw new Broken('Google did not answer.', { answered: false })
    return this.policy(resource)
  }

  /** What is still under way, admitted long ago, takes effect now, as far as it still can. */
  land(): void {
    for (const { resource, policy, requestReason } of this.#underWay.splice(0)) {
      if (policy.etag !== this.stored.get(resource)?.etag) continue
      this.#write(resource, policy, requestReason)
    }
  }

  async mayWrite(resource: string, token: Secret): Promise<boolean> {
    if (this.isDown) throw new Broken('Google answered 503.')
    return this.admins.get(resource)?.has(token.reveal()) ?? false
  }

  #write(resource: string, policy: Policy, requestReason: string): void {
    this.#store(resource, { ...policy, ...(policy.bindings && { bindings: this.#canonicalBindings(policy.bindings) }) })
    this.written.push({ resource, policy: this.policy(resource), requestReason })
  }

  /** As Google keeps bindings: under primary addresses, and one per role and condition. */
  #canonicalBindings(bindings: readonly Binding[]): Binding[] {
    const merged = new Map<string, Binding>()
    for (const binding of bindings) {
      const { members, ...rest } = binding
      const key = JSON.stringify(rest)
      const named = (members ?? []).map(member => this.primary.get(member) ?? member)
      const all = [...new Set([...(merged.get(key)?.members ?? []), ...named])]
      merged.set(key, members || merged.has(key) ? { ...binding, members: all } : binding)
    }
    return [...merged.values()]
  }

  #store(resource: string, policy: Policy): void {
    const version = policy.bindings?.some(binding => binding.condition) ? 3 : 1
    const etag = Buffer.from(`etag ${++this.#serial}`).toString('base64')
    this.stored.set(resource, { ...structuredClone(policy), version, etag })
  }

  #admit(resource: string, token: Secret): void {
    if (!this.admins.get(resource)?.has(token.reveal()))
      throw new Refused('AccessDenied', `You may not change the IAM policy of "${resource}".`)
  }
}
