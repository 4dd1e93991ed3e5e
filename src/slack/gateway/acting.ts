// Who acts: from Slack's id to a person who may take part, or to the reason why not. Closed unless proved open.
import { mayAsk, type Requester } from '../../domain/asking.ts'
import type { DisplayName } from '../../domain/display-name.ts'
import { isSamePerson, parseEmail, type Email, type People } from '../../domain/identity.ts'
import type { Mapping } from '../../domain/mapping.ts'
import { Refused, type Refusal } from '../../domain/outcome.ts'
import type { Directory } from '../../domain/ports.ts'
import { noEmail, notOurs, unfit, unknownPerson } from './answers.ts'
import type { Actor } from './payload.ts'

/** The workspaces and the organisation that Hallpass is installed in. */
export type Installed = { teamIDs: readonly string[]; enterpriseID?: string }

/** A person who may take part. */
export type Acting = { email: Email; slackUserID: string; name?: DisplayName }

type ActingOptions = {
  directory: Directory
  installed: Installed
  /** Addresses that belong together; the first of each row is the person's Google address. */
  people: People
}

/** Finds out who acts. Throws Refused with a sentence for the person. */
export function whoActs({ directory, installed, people }: ActingOptions): (actor: Actor) => Promise<Acting> {
  return async actor => {
    if (!isOurs(actor, installed)) throw no(notOurs())
    const person = await directory.byId(actor.slackUserID)
    if (!person || person.slackUserID !== actor.slackUserID) throw no(unknownPerson())
    if (person.unfit) throw no(unfit(person.unfit))
    const email = parseEmail(person.email)
    if (!email) throw no(noEmail())
    const { slackUserID, name } = person
    return { email: googleAddress(email, people), slackUserID, ...(name && { name }) }
  }
}

function isOurs({ teamID, userTeamID, enterpriseID }: Actor, installed: Installed): boolean {
  const isOurOrganisation = installed.enterpriseID !== undefined && enterpriseID === installed.enterpriseID
  const isKnown = (team: string): boolean => installed.teamIDs.includes(team) || team === installed.enterpriseID
  // In a channel shared with a partner the delivery names our workspace, and the person's own is another one. Within our
  // own organisation the person may be at home in a workspace we need not know; the directory judges them.
  return (
    (isKnown(teamID) || isOurOrganisation) && (userTeamID === undefined || isKnown(userTeamID) || isOurOrganisation)
  )
}

function googleAddress(email: Email, people: People): Email {
  const row = people.find(addresses => addresses.some(address => isSamePerson({ email: address }, { email })))
  return parseEmail(row?.[0]) ?? email
}

/** What the rules of asking look at: the person with those user groups that these mappings name. */
export async function asRequester(
  person: Acting,
  mappings: readonly Mapping[],
  directory: Directory,
): Promise<Requester> {
  // Whom the mappings name by e-mail needs no group, so that a silent Slack keeps fewest people waiting.
  const open = mappings.filter(mapping => !mayAsk(mapping, { email: person.email, userGroups: [] }))
  const groups = [...new Set(open.flatMap(mapping => mapping.requesters.slackUserGroups))]
  const members = await Promise.all(groups.map(group => directory.membersOf(group)))
  return { ...person, userGroups: groups.filter((_, i) => members[i]?.includes(person.slackUserID)) }
}

/** A refusal on its way to the person. */
export function no({ reason, message }: Refusal): Refused {
  return new Refused(reason, message)
}
