// Which of a mapping's Google groups let a person in, and why a group cannot be used. Google is asked at every call: an
// earlier answer never counts, and who cannot be looked up is not let in.
import { domainOf, type Email, parseEmail } from './identity.ts'
import { Broken, type Refusal, refusal, Refused, Waiting } from '../outcome.ts'
import type { GoogleGroup, GoogleGroups } from './group-reader.ts'

/** The groups of an installation without a reader: nothing is known about them. */
export const noGoogleGroups: GoogleGroups = {
  includes: async () => thrown(groupsOff),
  hasMember: async () => thrown(groupsOff),
  describe: async () => thrown(groupsOff),
}

/** Why mappings of an installation without a reader cannot name Google groups. */
export const groupsOff = refusal(
  'GoogleGroupsOff',
  'This mapping names Google groups, and no account is set up to read them. Set google.groupsReader as docs/groups.md says, or name people in another way.',
)

function thrown({ reason, message }: Refusal): never {
  throw new Refused(reason, message)
}

/**
 * The first of these groups that includes the person now, itself or through groups in it: such people may ask. Rejects
 * when none is known to include them, and at least one could not be asked about.
 */
export async function groupOfRequester(
  reader: GoogleGroups,
  groups: readonly string[],
  email: string,
): Promise<string | undefined> {
  return firstOf(groups, group => reader.includes(group, email))
}

/**
 * One group of each of these lists, if one includes the person now; each group is asked about once. `onUnknown` gets what
 * is not known of a list, and may reject.
 */
export async function groupsOfRequester(
  reader: GoogleGroups,
  { lists, email }: { lists: readonly (readonly string[])[]; email: string },
  onUnknown: (error: unknown) => void,
): Promise<string[]> {
  const once = askedOnce(reader)
  const found = await Promise.all(
    lists
      .filter(groups => groups.length > 0)
      .map(async groups => groupOfRequester(once, groups, email).catch((error: unknown) => onUnknown(error))),
  )
  return [...new Set(found.filter(group => typeof group === 'string'))]
}

/** A reader for one look at several mappings, which asks Google each question once. Its answers must not be kept. */
export function askedOnce(reader: GoogleGroups): GoogleGroups {
  const once = <Answer>(ask: (group: string, email: string) => Promise<Answer>): typeof ask => {
    const asked = new Map<string, Promise<Answer>>()
    return async (group, email) => {
      const question = JSON.stringify([group, email])
      const answer = asked.get(question) ?? ask(group, email)
      asked.set(question, answer)
      return answer
    }
  }
  const describe = once(async group => reader.describe(group))
  return {
    includes: once(async (group, email) => reader.includes(group, email)),
    hasMember: once(async (group, email) => reader.hasMember(group, email)),
    describe: async group => describe(group, ''),
  }
}

/** What a person reads when it is not known whether a group lets them ask. It names no group. */
export function sayUnknown(error: unknown): Refusal {
  if (error instanceof Refused)
    return refusal(
      error.refusal.reason,
      'It cannot be checked whether you may ask for this, because Hallpass cannot read a Google group. Nothing has changed.',
    )
  return refusal(
    'GoogleGroupsSilent',
    'Google did not say whether you belong to a group that may ask for this, so nothing has changed. Please try again in a minute.',
  )
}

/** Whether an error says that something about a group is not known. */
export function isUnknown(error: unknown): error is Broken | Waiting | Refused {
  return error instanceof Broken || error instanceof Waiting || error instanceof Refused
}

/** What a process can see of a group: only its label, or also who can join it. */
export type Sight = 'label' | 'joining'

/**
 * The first of these groups of which the person is a member now, by name and not through another group, and which is fit
 * for approvers. Rejects as above, and with the refusal of a group that is not fit.
 */
export async function groupOfApprover(
  reader: GoogleGroups,
  { groups, sight }: { groups: readonly string[]; sight: Sight },
  email: string,
): Promise<string | undefined> {
  return firstOf(groups, async group => {
    const [isMember, seen] = await Promise.all([reader.hasMember(group, email), reader.describe(group)])
    const unfit = isMember ? refuseForApprovers(group, seen, sight) : undefined
    if (unfit) thrown(unfit)
    return isMember
  })
}

async function firstOf(
  groups: readonly string[],
  isIn: (group: string) => Promise<boolean>,
): Promise<string | undefined> {
  const asked = await Promise.allSettled(groups.map(isIn))
  const found = asked.findIndex(one => one.status === 'fulfilled' && one.value)
  if (found >= 0) return groups[found]
  const unknown = asked.find(one => one.status === 'rejected')
  if (unknown) throw unknown.reason
  return undefined
}

/** Why nobody can be let in by this group, whatever it is for; undefined when somebody can. */
export function refuseGoogleGroup(group: string, seen: GoogleGroup | undefined): Refusal | undefined {
  if (!seen)
    return refusal(
      'UnknownGoogleGroup',
      `The Google group "${group}" does not exist. Correct its address in the mapping, or remove it.`,
    )
  if (seen.address !== group)
    return refusal(
      'GoogleGroupRenamed',
      `"${group}" is now another address of the Google group "${seen.address}". Write that address into the mapping if this group is meant.`,
    )
  return undefined
}

/** Why the members of this group cannot approve; undefined when they can, as far as this process sees. */
export function refuseForApprovers(group: string, seen: GoogleGroup | undefined, sight: Sight): Refusal | undefined {
  const refused = refuseGoogleGroup(group, seen)
  if (refused || !seen) return refused
  if (!seen.isSecurity)
    return refusal(
      'GoogleGroupNotSecurity',
      `The Google group "${group}" is not a security group, so its members cannot approve. Give it the label Security in the Admin console, or name approvers by address.`,
    )
  if (sight === 'label' || seen.joining === 'closed') return undefined
  return seen.joining === 'open' ? open(group) : joiningUnknown(group)
}

function open(group: string): Refusal {
  return refusal(
    'GoogleGroupOpen',
    `People can join the Google group "${group}" by themselves, so its members cannot approve. Set "Who can join the group" to "Only invited users", or name approvers by address.`,
  )
}

function joiningUnknown(group: string): Refusal {
  return refusal(
    'GoogleGroupJoinUnknown',
    `It is not known who can join the Google group "${group}", so its members cannot approve. Set google.readGroupSettings and let the account of google.groupsReader read the settings of groups, as docs/groups.md says, or name approvers by address.`,
  )
}

/** A mapping's group and its use. */
export type NamedGoogleGroup = {
  group: string
  field: 'requesters.googleGroups' | 'approval.allowed.googleGroups' | 'emergency.allowed.googleGroups'
}

type Names = { googleGroups?: readonly string[] }
type Naming = { requesters: Names; approval: { allowed?: Names }; emergency?: { allowed?: Names } }

/** The groups that a mapping names, each once for each use. */
export function googleGroupsOf({ requesters, approval, emergency }: Naming): NamedGoogleGroup[] {
  return [
    ...namedIn(requesters, 'requesters.googleGroups'),
    ...namedIn(approval.allowed, 'approval.allowed.googleGroups'),
    ...namedIn(emergency?.allowed, 'emergency.allowed.googleGroups'),
  ]
}

function namedIn(names: Names | undefined, field: NamedGoogleGroup['field']): NamedGoogleGroup[] {
  return (names?.googleGroups ?? []).map(group => ({ group, field }))
}

/** Whether the group lets people approve, and not only ask. */
export function isForApprovers({ field }: NamedGoogleGroup): boolean {
  return field !== 'requesters.googleGroups'
}

/** Why a mapping must not name this group, by its address alone; undefined when it may. */
export function refuseAddress(
  { group, field }: NamedGoogleGroup,
  { hostedDomains, persons }: { hostedDomains: readonly string[]; persons: readonly string[] },
): Refusal | undefined {
  const address = parseEmail(group)
  if (!address || !hostedDomains.includes(domainOf(address)))
    return refusal(
      'GoogleGroupForeign',
      `The Google group "${group}" (${field}) is in none of hostedDomains (${hostedDomains.join(', ')}), so others decide who belongs to it. Name a group of the own organisation.`,
    )
  if (persons.some(person => isSameAddress(person, address)))
    return refusal(
      'GoogleGroupIsPerson',
      `"${group}" (${field}) is named as a group and, in this mapping or in the setting people, as an address of a person. Remove it from one of the two.`,
    )
  return undefined
}

function isSameAddress(person: string, group: Email): boolean {
  return parseEmail(person) === group
}
