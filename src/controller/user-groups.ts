// What Slack says of the user groups that a mapping names: whether they exist, and how many belong to them.
import type { RoleMapping } from '../api/kinds.ts'
import { Broken, type Refusal, refusal, Refused, Waiting } from '../domain/outcome.ts'
import type { Directory } from '../domain/ports.ts'
import { groupsOf, type NamedGroup, refuseGroup } from '../domain/user-groups.ts'

/** The faults of a mapping's user groups; `silence` when Slack says nothing of one, which is no fault of the mapping. */
export type GroupsFound = { faults: Refusal[]; silence?: Refusal }

/** Where the sizes of groups come from: nobody waits for them. */
export type GroupLists = Pick<Directory['unhurried'], 'membersOf'>

/** Slack did not answer: that may pass, and nothing is said of it but in the condition. */
const slackSilent = refusal(
  'SlackSilent',
  'Slack does not tell who is in the user groups of this mapping, so it is not known whether they can be used. It is asked again.',
)

/** Looks at one group after another. */
export async function judgeUserGroups(mapping: RoleMapping, lists: GroupLists): Promise<GroupsFound> {
  const found: GroupsFound = { faults: [] }
  for (const group of groupsOf(mapping)) {
    const fault = await faultOf(group, lists)
    if (fault === slackSilent) return { ...found, silence: slackSilent }
    if (fault) found.faults.push(fault)
  }
  return found
}

async function faultOf(group: NamedGroup, lists: GroupLists): Promise<Refusal | undefined> {
  try {
    return refuseGroup(group, (await lists.membersOf(group.id))?.length)
  } catch (error) {
    if (error instanceof Broken || error instanceof Waiting) return slackSilent
    if (error instanceof Refused) return error.refusal
    throw error
  }
}
