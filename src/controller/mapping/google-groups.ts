// Checks a mapping's Google groups: whether they can be read, and whether they are fit for what the mapping uses them for.
import type { RoleMapping } from '../../api/kinds.ts'
import { Broken, type Refusal, refusal, Refused, Waiting } from '../../domain/outcome.ts'
import {
  googleGroupsOf,
  isForApprovers,
  type NamedGoogleGroup,
  refuseForApprovers,
  refuseGoogleGroup,
} from '../../domain/people/google-groups.ts'
import type { GoogleGroup, GoogleGroups } from '../../domain/people/group-reader.ts'
import { isFaultOfCalling } from '../../domain/refusals.ts'

/**
 * The faults of a mapping's Google groups; `unread` are groups that cannot be read, which is no reason to refuse requests
 * that wait; `silence` when Google does not answer, which is not a fault of the mapping.
 */
export type GoogleGroupsFound = { faults: Refusal[]; unread: Refusal[]; remarks: string[]; silence?: Refusal }

type Judged = { seen?: GoogleGroup | undefined; fault?: Refusal | undefined; silence?: Refusal }

/** Checks one group after another. Never rejects because of Google's answer. */
export async function judgeGoogleGroups(
  { spec }: Pick<RoleMapping, 'spec'>,
  reader: GoogleGroups,
): Promise<GoogleGroupsFound> {
  const found: GoogleGroupsFound = { faults: [], unread: [], remarks: [] }
  const isEmpty: NamedGoogleGroup[] = []
  for (const named of googleGroupsOf(spec)) {
    const { seen, fault, silence } = await judgeGroup(named, reader)
    if (silence) return { ...found, silence }
    if (fault) (isFaultOfCalling(fault.reason) ? found.unread : found.faults).push(fault)
    if (seen && seen.member === undefined) isEmpty.push(named)
  }
  return withEmpty(found, isEmpty, spec)
}

async function judgeGroup(named: NamedGoogleGroup, reader: GoogleGroups): Promise<Judged> {
  const { group } = named
  try {
    const seen = await reader.describe(group)
    if (isForApprovers(named)) return { seen, fault: refuseForApprovers(group, seen, 'joining') }
    // Whether Google says who belongs to it is known only when it is asked, about somebody who does.
    if (seen?.member !== undefined) await reader.includes(group, seen.member)
    return { seen, fault: refuseGoogleGroup(group, seen) }
  } catch (error) {
    if (error instanceof Broken || error instanceof Waiting) return { silence: silent(error.message) }
    if (error instanceof Refused) return { fault: error.refusal }
    throw error
  }
}

function silent(why: string): Refusal {
  return refusal(
    'GoogleGroupsSilent',
    `Google does not say whether this mapping’s Google groups can be used: ${why} It is asked again.`,
  )
}

function withEmpty(
  found: GoogleGroupsFound,
  isEmpty: readonly NamedGoogleGroup[],
  { requesters: { emails, domains, slackUserGroups, googleGroups = [] } }: RoleMapping['spec'],
): GoogleGroupsFound {
  const empty = isEmpty.filter(named => !isForApprovers(named)).map(({ group }) => group)
  const others = [...(emails ?? []), ...(domains ?? []), ...(slackUserGroups ?? [])]
  const nobodyAsks = empty.length > 0 && empty.length === googleGroups.length && others.length === 0
  const remarks = isEmpty
    .filter(named => !nobodyAsks || isForApprovers(named))
    .map(({ group, field }) => `The Google group "${group}" (${field}) has no members.`)
  return { ...found, remarks, faults: [...found.faults, ...(nobodyAsks ? [nobody(empty)] : [])] }
}

function nobody(groups: readonly string[]): Refusal {
  const named = groups.map(group => `"${group}"`).join(', ')
  const [what, have] = groups.length === 1 ? ['the Google group', 'has'] : ['the Google groups', 'have']
  return refusal(
    'GoogleGroupEmpty',
    `Nobody can ask: ${what} ${named} (requesters.googleGroups) ${have} no members. Add people to the group, or name others in the mapping.`,
  )
}
