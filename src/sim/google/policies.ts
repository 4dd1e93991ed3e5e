// Every IAM policy of the simulated Google: its resource, its etag, and the forms in which it is shown and compared.
import { createHash } from 'node:crypto'
import type { Binding, Condition, Policy, Resource } from './types.ts'

/** Documented as the etag of a policy that was never written. */
const emptyEtag = 'ACAB'

/** The policies by resource. */
export class Policies {
  #resources = new Map<string, { parent?: string; isUniform: boolean; policy: Policy }>()
  #numbers = new Map<string, string>()
  #writes = 0n

  /** Adds a resource, or replaces its policy without any check. Seeds may hold what a call would refuse. */
  define({ name, parent, number, bindings, auditConfigs, isUniform = true }: Resource): void {
    const etag = bindings.length === 0 ? emptyEtag : this.#nextEtag()
    const policy = {
      version: versionOf(bindings),
      etag,
      bindings: canonicalBindings(bindings),
      ...(auditConfigs && { auditConfigs }),
    }
    this.#resources.set(name, { ...(parent && { parent }), isUniform, policy })
    if (number) this.#numbers.set(`projects/${number}`, name)
  }

  /**
   * The resource's own name; undefined when it does not exist. It may be called by its full name, with the host before it,
   * and a project by its number.
   */
  nameOf(resource: string): string | undefined {
    const relative = resource.replace(/^\/\/[^/]+\//, '')
    const name = relative.replace(/^projects\/\d+/, project => this.#numbers.get(project) ?? project)
    return this.#resources.has(name) ? name : undefined
  }

  /** The number of the project with this name, for names that conditions see. */
  numberOf(project: string): string | undefined {
    return [...this.#numbers].find(([, name]) => name === project)?.[0]
  }

  /** Whether a bucket has uniform access, so that its policy takes conditions; other resources always do. */
  isUniform(resource: string): boolean {
    return this.#resources.get(this.nameOf(resource) ?? '')?.isUniform ?? true
  }

  /** The policy as stored, a copy. */
  read(resource: string): Policy | undefined {
    const policy = this.#resources.get(this.nameOf(resource) ?? '')?.policy
    return policy && structuredClone(policy)
  }

  /** Stores the policy under a new etag and gives it back as stored. */
  replace(resource: string, { bindings, auditConfigs }: Pick<Policy, 'bindings' | 'auditConfigs'>): Policy {
    const name = this.nameOf(resource)
    const known = name === undefined ? undefined : this.#resources.get(name)
    if (!known) throw new Error(`No such resource: ${resource}`)
    known.policy = {
      version: versionOf(bindings),
      etag: this.#nextEtag(),
      bindings: canonicalBindings(bindings),
      ...(auditConfigs && { auditConfigs }),
    }
    return structuredClone(known.policy)
  }

  /** Shows a member under another name in every policy, as Google does with a deleted account. Etags stay. */
  rename(member: string, name: string): void {
    for (const { policy } of this.#resources.values())
      for (const binding of policy.bindings)
        binding.members = binding.members.map(one => (one === member ? name : one)).sort()
  }

  /** The resource and all its ancestors, whose policies apply here too. */
  ancestry(resource: string): string[] {
    const name = this.nameOf(resource)
    if (name === undefined) return []
    const parent = this.#resources.get(name)?.parent
    return [name, ...(parent ? this.ancestry(parent) : [])]
  }

  // Eight bytes, like Google's: 07 and a number that only grows.
  #nextEtag(): string {
    this.#writes += 1n
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE((7n << 56n) | (BigInt(Date.now()) * 1000n + this.#writes))
    return bytes.toString('base64')
  }
}

/** A policy without conditions comes back as version 1, whatever it was written as. */
function versionOf(bindings: readonly Binding[]): number {
  return bindings.some(binding => binding.condition) ? 3 : 1
}

/** As Google keeps bindings: one per role and condition, in its own order, members lower-case and once, none empty. */
export function canonicalBindings(bindings: readonly Binding[]): Binding[] {
  const merged = new Map<string, Binding>()
  for (const { role, members, condition } of bindings) {
    const key = JSON.stringify([role, conditionKey(condition)])
    const before = merged.get(key)?.members ?? []
    const all = [...new Set([...before, ...members.map(canonicalMember)])].sort()
    merged.set(key, { role, members: all, ...(condition && { condition }) })
  }
  return [...merged.entries()]
    .filter(([, { members }]) => members.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, binding]) => binding)
}

/** E-mails and domains come back in lower case; identifiers of other kinds are kept. */
export function canonicalMember(member: string): string {
  return /^(user|group|serviceAccount|domain):/.test(member)
    ? member.replace(/:.*$/, address => address.toLowerCase())
    : member
}

/** The policy as shown to a caller that did not ask for version 3: conditions hidden, their roles renamed. */
export function masked(policy: Policy): Policy {
  const bindings = policy.bindings.map(({ role, members, condition }) => ({
    role: condition ? `${role}_withcond_${fingerprint(condition)}` : role,
    members,
  }))
  return { ...policy, version: 1, bindings }
}

/** Roles whose bindings differ between two policies, in either direction. */
export function modifiedRoles(before: readonly Binding[], after: readonly Binding[]): string[] {
  const [old, next] = [grantsOf(before), grantsOf(after)]
  const changed = [...old.entries(), ...next.entries()].filter(([key]) => old.has(key) !== next.has(key))
  return [...new Set(changed.map(([, role]) => role))].sort()
}

function grantsOf(bindings: readonly Binding[]): Map<string, string> {
  return new Map(
    canonicalBindings(bindings).flatMap(({ role, members, condition }) =>
      members.map((member): [string, string] => [JSON.stringify([role, member, conditionKey(condition)]), role]),
    ),
  )
}

function conditionKey(condition: Condition | undefined): string {
  if (!condition) return ''
  return JSON.stringify([condition.title, condition.description, condition.expression])
}

function fingerprint(condition: Condition): string {
  return createHash('sha256').update(conditionKey(condition)).digest('hex').slice(0, 20)
}
