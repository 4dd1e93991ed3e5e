// The Google group that lets a person decide, for both doors: asked when it is needed. The controller asks again before an
// approval counts, and also who can join the group.
import type { AccessRequest } from '../api/kinds.ts'
import { groupsToAsk } from '../domain/approval/eligibility.ts'
import { groupOfApprover } from '../domain/people/google-groups.ts'
import { parseEmail, type People, type Person } from '../domain/people/identity.ts'
import type { GoogleGroups } from '../domain/people/group-reader.ts'

/** The services that say whether a group lets somebody decide. */
export type Groups = { googleGroups: GoogleGroups; people: People }

/**
 * The group by the person's address, if nothing else lets them decide; undefined when no group does. Rejects when that is
 * not known. The address must be one that the door has checked.
 */
export async function approverGroup(
  request: AccessRequest,
  person: Person,
  { googleGroups, people }: Groups,
): Promise<ReadonlyMap<string, string> | undefined> {
  const email = parseEmail(person.email)
  const groups = email === undefined ? [] : groupsToAsk(request, { ...person, email }, people)
  if (email === undefined || groups.length === 0) return undefined
  const group = await groupOfApprover(googleGroups, { groups, sight: 'label' }, email)
  return group === undefined ? undefined : new Map([[email, group]])
}
