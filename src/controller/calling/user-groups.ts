// Checks a mapping's Slack user groups: whether they exist, and how many members they have.
import type { RoleMapping } from '../../api/kinds.ts'
import { Broken, type Refusal, refusal, Refused, Waiting } from '../../domain/outcome.ts'
import type { Directory } from '../../domain/ports.ts'
import { groupsOf, type NamedGroup, refuseEmpty, refuseGroup } from '../../domain/mapping/user-groups.ts'

/**
 * The faults of a mapping's user groups; `silence` when Slack does not answer about one, which is not a fault of the
 * mapping.
 */
export type GroupsFound = { faults: Refusal[]; silence?: Refusal }

/** The source for the sizes of groups; nobody waits for them. */
export type GroupLists = Pick<Directory['unhurried'], 'membersOf'>

/** Slack did not answer: this may be temporary and is reported only in the condition. */
const slackSilent = refusal(
  'SlackSilent',
  'Slack does not return the members of this mapping’s user groups, so it is not known whether they can be used. Slack is asked again.',
)

/** Checks one group after another. */
export async function judgeUserGroups(mapping: RoleMapping, lists: GroupLists): Promise<GroupsFound> {
  const found: GroupsFound = { faults: [] }
  const sizes = new Map<string, number | undefined>()
  for (const group of groupsOf(mapping)) {
    const { size, fault } = await judgeGroup(group, lists)
    if (fault === slackSilent) return { ...found, silence: slackSilent }
    if (fault) found.faults.push(fault)
    sizes.set(group.id, size)
  }
  return { faults: [...found.faults, ...refuseEmpty(mapping, sizes)] }
}

type JudgedGroup = { size?: number | undefined; fault?: Refusal | undefined }

async function judgeGroup(group: NamedGroup, lists: GroupLists): Promise<JudgedGroup> {
  try {
    const size = (await lists.membersOf(group.id))?.length
    return { size, fault: refuseGroup(group, size) }
  } catch (error) {
    if (error instanceof Broken || error instanceof Waiting) return { fault: slackSilent }
    if (error instanceof Refused) return { fault: error.refusal }
    throw error
  }
}
