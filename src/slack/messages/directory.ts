// What Slack knows of people: implements the directory port. It says who cannot take part, and proves nothing.
import type { WebClient } from '@slack/web-api'
import { displayName } from '../../domain/display-name.ts'
import { after } from '../../domain/duration.ts'
import { parseEmail } from '../../domain/identity.ts'
import type { Clock, Directory, SlackPerson } from '../../domain/ports.ts'
import { codeOf, outcomeOf } from './outcome.ts'

type DirectoryOptions = {
  client: WebClient
  clock: Clock
  /** Ids of the workspaces (T…) and the organisation (E…) that Hallpass is installed in. */
  installedTeams: readonly string[]
}

const knownSeconds = 600
/** Somebody who is not found may have been added just now. */
const unknownSeconds = 60
const cacheSize = 5000

/** The directory port, cached: 10 minutes what is known, 1 minute what is not. */
export function createDirectory({ client, clock, installedTeams }: DirectoryOptions): Directory {
  const people = cached<SlackPerson | undefined>(clock, person => (person ? knownSeconds : unknownSeconds))
  const groups = cached<string[]>(clock, members => (members.length > 0 ? knownSeconds : unknownSeconds))

  const ask = async <T>(doing: string, work: () => Promise<T>, otherwise: Record<string, T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      const code = codeOf(error) ?? ''
      if (code in otherwise) return otherwise[code] as T
      throw outcomeOf(error, { now: clock.now(), doing })
    }
  }
  const person = (user: SlackUser | undefined): SlackPerson | undefined => user && readPerson(user, installedTeams)

  return {
    byEmail: email =>
      people(`email ${email}`, () =>
        ask(
          'find a person by e-mail',
          async () => {
            const found = person((await client.users.lookupByEmail({ email })).user)
            // An answer about another address, or one never confirmed, must not let that person decide.
            const address = parseEmail(found?.email)
            return address && address === parseEmail(email) ? found : undefined
          },
          { users_not_found: undefined },
        ),
      ),
    byId: slackUserID =>
      people(`id ${slackUserID}`, () =>
        ask('look up a person', async () => person((await client.users.info({ user: slackUserID })).user), {
          user_not_found: undefined,
          user_not_visible: undefined,
        }),
      ),
    membersOf: userGroup =>
      groups(userGroup, () =>
        ask(
          'list a user group',
          async () => (await client.usergroups.users.list({ usergroup: userGroup })).users ?? [],
          {
            no_such_subteam: [],
          },
        ),
      ),
  }
}

/** The part of Slack's user object that is looked at (https://docs.slack.dev/reference/objects/user-object/). */
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
  profile?: { email?: string; real_name?: string; display_name?: string }
  enterprise_user?: { enterprise_id?: string; teams?: string[] }
}

/** Reads a user. An address that the person never confirmed counts as none. */
export function readPerson(user: SlackUser, installedTeams: readonly string[]): SlackPerson | undefined {
  if (!user.id) return undefined
  const email = user.is_email_confirmed === false ? undefined : user.profile?.email
  const unfit = unfitOf(user, installedTeams)
  return {
    slackUserID: user.id,
    teamID: user.team_id ?? '',
    ...(email && { email }),
    ...named(user),
    ...(unfit && { unfit }),
  }
}

// The first of their names that reads as one.
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

/** Remembers answers, and asks once when several ask at the same time. Failures are not remembered. */
function cached<T>(
  clock: Clock,
  secondsFor: (answer: T) => number,
): (key: string, ask: () => Promise<T>) => Promise<T> {
  const known = new Map<string, { until: Date; answer: T }>()
  const asking = new Map<string, Promise<T>>()
  return async (key, ask) => {
    const hit = known.get(key)
    if (hit && hit.until > clock.now()) return hit.answer
    const flying = asking.get(key)
    if (flying) return flying
    const flight = ask()
      .then(answer => {
        known.delete(key)
        const [oldest] = known.keys()
        if (known.size >= cacheSize && oldest !== undefined) known.delete(oldest)
        known.set(key, { until: after(clock.now(), secondsFor(answer)), answer })
        return answer
      })
      .finally(() => asking.delete(key))
    asking.set(key, flight)
    return flight
  }
}
