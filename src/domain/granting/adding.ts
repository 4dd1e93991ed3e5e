// The pure edit of an IAM policy that adds our bindings. Everything else stays the same, byte for byte and in the same order.
import {
  type Binding,
  type BindingWanted,
  expressionOf,
  isLeftover,
  isOwn,
  type Policy,
  requireEtag,
  standsAsWanted,
  titleOf,
} from './policy.ts'

/**
 * The policy with our bindings, at version 3; a binding that is already as wanted stays in its place. The same write
 * removes our expired bindings, only of the same roles: a limited admin's write must not touch other roles. Throws
 * Refused when the policy has no etag, because such a write would overwrite blindly.
 */
export function withBindings(policy: Policy, wanted: readonly BindingWanted[], now: Date): Policy {
  requireEtag(policy)
  const missing = wanted.filter(one => !standsAsWanted(policy, one))
  const kept = (policy.bindings ?? []).filter(
    other => !missing.some(one => isOwn(other, one) || (other.role === one.role && isLeftover(other, now))),
  )
  return { ...policy, version: 3, bindings: [...kept, ...missing.map(bindingOf)] }
}

function bindingOf(wanted: BindingWanted): Binding {
  const { uid, role, member, description } = wanted
  return {
    role,
    members: [member],
    condition: { title: titleOf(uid), description, expression: expressionOf(wanted) },
  }
}
