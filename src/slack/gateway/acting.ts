// Finds the person behind a Slack id, or the reason why they may not take part. Closed unless proved open.
import { mayAsk, type Requester } from '../../domain/asking/asking.ts'
import { isListed, type Organisation } from '../../domain/people/belonging.ts'
import type { DisplayName } from '../../domain/people/display-name.ts'
import { googleAddressOf, parseEmail, type Email, type People } from '../../domain/people/identity.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { Refused, type Refusal } from '../../domain/outcome.ts'
import { groupsOfRequester } from '../../domain/people/google-groups.ts'
import type { Directory } from '../../domain/ports.ts'
import type { GoogleGroups } from '../../domain/people/group-reader.ts'
import { noEmail, notOurs, unfit, unknownPerson } from './answers.ts'
import type { Actor } from './payload.ts'

/** The workspaces and the organisation that Hallpass is installed in. */
export type Installed = { teamIDs: readonly string[]; enterpriseID?: string }

/** A person who may take part. `isGuest`: a guest of the workspace, who is listed in the settings. */
export type Acting = { email: Email; slackUserID: string; name?: DisplayName; zone?: string; isGuest: boolean }

type ActingOptions = {
  directory: Directory
  installed: Installed
  /** Addresses that belong together; the first of each row is the person's Google address. */
  people: People
  organisation: Organisation
}

/** Identifies the person who acts. Throws Refused with a sentence for them. */
export function whoActs(options: ActingOptions): (actor: Actor) => Promise<Acting> {
  const { directory, installed, people, organisation } = options
  return async actor => {
    if (!isOurs(actor, installed)) throw no(notOurs())
    const person = await directory.byId(actor.slackUserID)
    if (!person || person.slackUserID !== actor.slackUserID) throw no(unknownPerson())
    const isGuest = person.unfit === 'guest'
    if (person.unfit && !isGuest) throw no(unfit(person.unfit))
    const address = parseEmail(person.email)
    const email = address && googleAddressOf(address, people)
    if (isGuest && !(email && isListed(email, organisation))) throw no(unfit('guest'))
    if (!email) throw no(noEmail())
    const { slackUserID, name, zone } = person
    return { email, slackUserID, isGuest, ...(name && { name }), ...(zone && { zone }) }
  }
}

function isOurs({ teamID, userTeamID, enterpriseID }: Actor, installed: Installed): boolean {
  const isOurOrganisation = installed.enterpriseID !== undefined && enterpriseID === installed.enterpriseID
  const isKnown = (team: string): boolean => installed.teamIDs.includes(team) || team === installed.enterpriseID
  // In a channel shared with a partner the delivery names our workspace, but the person belongs to another one. Within
  // the own organisation the person may belong to a workspace that is not listed; the directory decides about them.
  return (
    (isKnown(teamID) || isOurOrganisation) && (userTeamID === undefined || isKnown(userTeamID) || isOurOrganisation)
  )
}

/** The services that say who belongs to a group, and what to do when Google does not say it of a mapping's groups. */
export type Groups = {
  directory: Pick<Directory, 'membersOf'>
  googleGroups: GoogleGroups
  onUnknown: (error: unknown) => void
}

/**
 * The facts for the rules of asking: the person, with those of the mappings' groups that let them in. Google is asked
 * only about mappings that nothing else lets the person ask for, each group once.
 */
export async function asRequester(
  person: Acting,
  mappings: readonly Mapping[],
  { directory, googleGroups: reader, onUnknown }: Groups,
): Promise<Requester> {
  // People listed by e-mail need no group look-up, so fewer people have to wait when Slack does not answer.
  const open = mappings.filter(mapping => !mayAsk(mapping, { email: person.email, userGroups: [] }))
  const groups = [...new Set(open.flatMap(mapping => mapping.requesters.slackUserGroups))]
  const members = await Promise.all(groups.map(group => directory.membersOf(group).catch(withoutGroups)))
  const userGroups = groups.filter((_, i) => members[i]?.includes(person.slackUserID))
  const closed = open.filter(mapping => !mayAsk(mapping, { email: person.email, userGroups }))
  const lists = closed.map(mapping => mapping.requesters.googleGroups)
  return {
    ...person,
    userGroups,
    googleGroups: await groupsOfRequester(reader, { lists, email: person.email }, onUnknown),
  }
}

// Slack may refuse all group calls because of its plan. Then nobody is a member, and only mappings without groups can
// be requested.
function withoutGroups(error: unknown): undefined {
  if (!(error instanceof Refused)) throw error
}

/** A refusal that is thrown, to be shown to the person. */
export function no({ reason, message }: Refusal): Refused {
  return new Refused(reason, message)
}
