// Which mappings a person may approve as a member of a Google group: asked while they rehearse, and never kept.
import type { RoleMapping } from '../../api/kinds.ts'
import { approverGroupsOf } from '../../domain/approval/held-rights.ts'
import { fewAtOnce } from '../../domain/few-at-once.ts'
import { askedOnce, groupOfApprover } from '../../domain/people/google-groups.ts'
import type { Email } from '../../domain/people/identity.ts'
import { Refused } from '../../domain/outcome.ts'
import type { Dependencies } from '../dependencies.ts'
import { sayGroups } from './persons.ts'

/** `unread`: Hallpass cannot read a group, or it is not fit for approvers. `silent`: Google did not say. */
export type Membership = 'in' | 'out' | 'unread' | 'silent'

const atOnce = 3

/** What Google says of this person and the groups of each mapping. Mappings that are not reached in time are `silent`. */
export async function membershipsOf(
  { email, until }: { email: Email; until: Date },
  mappings: readonly RoleMapping[],
  deps: Pick<Dependencies, 'googleGroups' | 'clock' | 'log'>,
): Promise<Map<RoleMapping, Membership>> {
  const googleGroups = askedOnce(deps.googleGroups)
  const found = await fewAtOnce(mappings, atOnce, async mapping => {
    const isLate = deps.clock.now() >= until
    return [mapping, isLate ? 'silent' : await membershipIn(mapping, email, { ...deps, googleGroups })] as const
  })
  return new Map(found)
}

// A person who cannot be looked up is told neither to be in nor to be out.
async function membershipIn(
  mapping: RoleMapping,
  email: Email,
  { googleGroups, log }: Pick<Dependencies, 'googleGroups' | 'log'>,
): Promise<Membership> {
  try {
    const groups = approverGroupsOf(mapping)
    return (await groupOfApprover(googleGroups, { groups, sight: 'label' }, email)) === undefined ? 'out' : 'in'
  } catch (error) {
    sayGroups(error, { log })
    return error instanceof Refused ? 'unread' : 'silent'
  }
}
