// Roles that the requester has without a time limit already, outside Hallpass: a grant changes nothing there, and its end
// takes nothing away. Only the person's own entry is seen: what they have as a member of a group is not in the policy.
import type { GrantRecord } from '../../api/kinds.ts'

/** A role on a resource. */
export type Held = Pick<GrantRecord, 'resource' | 'role'>

/** As many are named. */
const mostNamed = 3

/** The grants that were written although the person has the role already: only such a record has a note. */
export function heldIn(grants: readonly GrantRecord[] = []): Held[] {
  return grants
    .filter(({ state, why }) => state === 'Written' && why !== undefined)
    .map(({ resource, role }) => ({ resource, role }))
}

/** The sentence about them; undefined without any. Roles and resources come from a mapping. */
export function sayHeld(held: readonly Held[] = []): string | undefined {
  const [first, ...others] = held.slice(0, mostNamed).map(({ resource, role }) => `${role} on ${resource}`)
  if (first === undefined) return undefined
  const more = held.length > mostNamed ? [`${held.length - mostNamed} more`] : []
  const named = [first, ...others, ...more]
  const last = named.length > 1 ? ` and ${named.at(-1)}` : ''
  const all = `${named.slice(0, Math.max(1, named.length - 1)).join(', ')}${last}`
  return `The requester already has ${all} without a time limit, outside Hallpass: that does not end with this access.`
}
