// Reads people from Slack: implements the directory port. It says who cannot take part, and proves nothing.
import type { WebClient } from '@slack/web-api'
import { displayName } from '../../domain/people/display-name.ts'
import { isKnownZone } from '../../domain/asking/typed-zone.ts'
import { parseEmail } from '../../domain/people/identity.ts'
import { Broken, Waiting } from '../../domain/outcome.ts'
import type { Clock, Directory, LookedUp, SlackPerson } from '../../domain/ports.ts'
import { type Allowance, createAllowance } from './allowance.ts'
import { codeOf, outcomeOf } from './outcome.ts'
import { type Remembered, remembered } from './remembered.ts'
import { approvedWorkspaces } from './workspaces.ts'

type DirectoryOptions = {
  client: WebClient
  clock: Clock
  /** Ids of the workspaces (T…) and the organisation (E…) that Hallpass is installed in. */
  installedTeams: readonly string[]
}

const knownSeconds = 600
/** A person who was not found may be added at any moment. */
const unknownSeconds = 60
const mostPeople = 5000
const mostGroups = 500
/**
 * Of the at least 100 calls of users.info and 20 of usergroups.users.list that Slack allows in a minute (tiers 4, 2).
 */
const unhurriedPeople = 40
const unhurriedGroups = 10
/** How many are looked up at the same time when nobody waits for them. */
const atOnce = 5

/** The directory port. It caches found people for 10 minutes, and people that were not found for 1 minute. */
export function createDirectory(options: DirectoryOptions): Directory {
  const { clock } = options
  const secondsFor = (isKnown: boolean): number => (isKnown ? knownSeconds : unknownSeconds)
  const people = remembered<SlackPerson | undefined>({
    clock,
    secondsFor: person => secondsFor(person !== undefined),
    most: mostPeople,
  })
  const groups = remembered<readonly string[] | undefined>({
    clock,
    secondsFor: members => secondsFor(members !== undefined && members.length > 0),
    most: mostGroups,
  })
  const workspaces = remembered<readonly string[]>({ clock, secondsFor: () => knownSeconds, most: 1 })
  const list = async (): Promise<readonly string[]> => approvedWorkspaces(options.client, clock)
  const slack = asked(options, () => workspaces.get('all', list))
  const slackNow = asked(options, () => workspaces.renew('all', list))
  const [peopleAtEase, groupsAtEase] = [
    createAllowance({ clock, perMinute: unhurriedPeople }),
    createAllowance({ clock, perMinute: unhurriedGroups }),
  ]
  return {
    byEmail: email => people.get(`email ${email}`, () => slack.byEmail(email)),
    byId: id => people.get(`id ${id}`, () => slack.byId(id)),
    membersOf: group => groups.get(group, () => slack.membersOf(group)),
    fresh: {
      byId: id => people.renew(`id ${id}`, () => slackNow.byId(id)),
      membersOf: group => groups.renew(group, () => slack.membersOf(group)),
    },
    unhurried: {
      byIds: ids => lookUpAll(ids, id => atEase(people, peopleAtEase)(`id ${id}`, () => slack.byId(id))),
      membersOf: group => atEase(groups, groupsAtEase)(group, () => slack.membersOf(group)),
    },
  }
}

// Cached answers and calls under way need no further call. A person who waits for an answer never waits for the
// allowance.
function atEase<T>(memory: Remembered<T>, allowance: Allowance): Remembered<T>['get'] {
  return async (key, ask) => (memory.has(key) ? memory.get(key, ask) : allowance(() => memory.get(key, ask)))
}

/** Asks Slack at every call. `workspaces` is asked only about people who are at home elsewhere. */
function asked(
  { client, clock, installedTeams }: DirectoryOptions,
  workspaces: () => Promise<readonly string[]>,
): Pick<Directory, 'byEmail' | 'byId' | 'membersOf'> {
  const ask = async <T>(doing: string, work: () => Promise<T>, unknown: readonly string[]): Promise<T | undefined> => {
    try {
      return await work()
    } catch (error) {
      if (unknown.includes(codeOf(error) ?? '')) return undefined
      throw outcomeOf(error, { now: clock.now(), doing })
    }
  }
  const person = async (user: SlackUser | undefined): Promise<SlackPerson | undefined> => {
    if (!user || !isHomeUnsaid(user, installedTeams)) return user && readPerson(user, installedTeams)
    return readPerson(user, [...installedTeams, ...(await workspaces())])
  }
  const byEmail = async (email: string): Promise<SlackPerson | undefined> => {
    const found = await person((await client.users.lookupByEmail({ email })).user)
    // An answer about another address, or one never confirmed, must not let that person decide.
    const address = parseEmail(found?.email)
    if (!found || !address || address !== parseEmail(email)) return undefined
    // This method shows less of a colleague of another workspace than users.info.
    return found.unfit === 'stranger' && isOrganisation(installedTeams) ? byId(found.slackUserID) : found
  }
  const byId = async (user: string): Promise<SlackPerson | undefined> => {
    const found = await person((await client.users.info({ user })).user)
    return found?.slackUserID === user ? found : undefined
  }
  const membersIn = async (usergroup: string, team: { team_id?: string }): Promise<readonly string[]> =>
    (await client.usergroups.users.list({ usergroup, ...team })).users ?? []
  const membersOf = async (group: string): Promise<readonly string[] | undefined> => {
    for (const team of teamsToAsk(installedTeams)) {
      const members = await ask('list a user group', () => membersIn(group, team), ['no_such_subteam'])
      if (members) return members
    }
    return undefined
  }
  return {
    byEmail: email => ask('find a person by e-mail', () => byEmail(email), ['users_not_found']),
    byId: id => ask('look up a person', () => byId(id), ['user_not_found', 'user_not_visible']),
    membersOf,
  }
}

// The token of an organisation must name the workspace that a group belongs to; the token of a workspace always uses
// its own groups (https://docs.slack.dev/reference/methods/usergroups.users.list/).
function teamsToAsk(installedTeams: readonly string[]): { team_id?: string }[] {
  return isOrganisation(installedTeams)
    ? installedTeams.filter(id => id.startsWith('T')).map(id => ({ team_id: id }))
    : [{}]
}

// Only an organisation has colleagues in other workspaces. A stranger, and somebody of a named organisation, is said to be
// one.
function isHomeUnsaid(user: SlackUser, installedTeams: readonly string[]): boolean {
  return (
    isOrganisation(installedTeams) &&
    unfitOf(user, installedTeams) === 'stranger' &&
    !user.is_stranger &&
    !user.enterprise_user &&
    Boolean(user.team_id)
  )
}

function isOrganisation(installedTeams: readonly string[]): boolean {
  return installedTeams.some(id => id.startsWith('E'))
}

type LookUp = (id: string) => Promise<SlackPerson | undefined>

function failureOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Broken('A person could not be looked up.')
}

// People that Slack has returned are kept when it stops answering; one account that it cannot show does not stop the
// others.
async function lookUpAll(ids: readonly string[], lookUp: LookUp): Promise<LookedUp> {
  const looked: LookedUp = { people: [], missing: 0 }
  for (let i = 0; i < ids.length; i += atOnce) {
    const results = await Promise.allSettled(ids.slice(i, i + atOnce).map(lookUp))
    for (const result of results) if (result.status === 'fulfilled' && result.value) looked.people.push(result.value)
    const errors = results.flatMap(result => (result.status === 'rejected' ? [failureOf(result.reason)] : []))
    looked.missing += errors.length
    const [first] = errors
    if (first) looked.error ??= first
    if (errors.some(error => error instanceof Waiting || (error instanceof Broken && !error.answered)))
      return { ...looked, missing: looked.missing + Math.max(0, ids.length - i - atOnce) }
  }
  return looked
}

/** The part of Slack's user object that is used (https://docs.slack.dev/reference/objects/user-object/). */
export type SlackUser = {
  id?: string
  team_id?: string
  deleted?: boolean
  is_bot?: boolean
  is_restricted?: boolean
  is_ultra_restricted?: boolean
  is_stranger?: boolean
  is_email_confirmed?: boolean
  name?: string
  real_name?: string
  tz?: string
  profile?: { email?: string; real_name?: string; display_name?: string }
  enterprise_user?: { enterprise_id?: string; teams?: string[] }
}

/** Parses a user. An unconfirmed address counts as missing. */
export function readPerson(user: SlackUser, installedTeams: readonly string[]): SlackPerson | undefined {
  if (!user.id) return undefined
  const email = user.is_email_confirmed === false ? undefined : user.profile?.email
  const unfit = unfitOf(user, installedTeams)
  return {
    slackUserID: user.id,
    teamID: user.team_id ?? '',
    ...(email && { email }),
    ...named(user),
    ...(user.tz && isKnownZone(user.tz) && { zone: user.tz }),
    ...(unfit && { unfit }),
  }
}

// The first of their names that is valid.
function named({ name, real_name: realName, profile }: SlackUser): Pick<SlackPerson, 'name'> {
  const [found] = [profile?.real_name, realName, profile?.display_name, name].flatMap(given => displayName(given) ?? [])
  return found ? { name: found } : {}
}

function unfitOf(user: SlackUser, installedTeams: readonly string[]): SlackPerson['unfit'] {
  const homes = [user.team_id, user.enterprise_user?.enterprise_id, ...(user.enterprise_user?.teams ?? [])]
  if (user.deleted) return 'deactivated'
  if (user.is_bot || user.id === 'USLACKBOT') return 'bot'
  if (user.is_stranger || !homes.some(home => home && installedTeams.includes(home))) return 'stranger'
  return user.is_restricted || user.is_ultra_restricted ? 'guest' : undefined
}
