// Parses PagerDuty's answers, on-call entries and names, from unknown JSON into the few fields that are needed.
import { type DisplayName, displayName } from '../domain/people/display-name.ts'
import { parseEmail } from '../domain/people/identity.ts'
import type { OnCallPerson } from '../domain/ports.ts'
import { shortLine } from '../domain/text.ts'
import { at, instantAt, labelAt, listAt, textAt } from './json.ts'

/** A user. The address is absent in a reference, which PagerDuty also gives where the whole user is asked for. */
export type User = { userID: string; email?: string; name?: DisplayName }

/** One entry of `GET /oncalls`. Without start or end it has no limit on that side. */
export type Entry = User & {
  level: number | undefined
  policyID: string | undefined
  policyName: string | undefined
  scheduleID: string | undefined
  scheduleName: string | undefined
  start: Date | undefined
  end: Date | undefined
}

/** The entries of a page. Anything that is not an entry with a user is left out. */
export function readEntries(data: unknown): Entry[] {
  return listAt(data, 'oncalls').flatMap(entry => {
    const user = readUser(at(entry, 'user'))
    if (!user) return []
    const [policy, schedule, level] = [
      at(entry, 'escalation_policy'),
      at(entry, 'schedule'),
      at(entry, 'escalation_level'),
    ]
    return {
      ...user,
      level: typeof level === 'number' ? level : undefined,
      policyID: textAt(policy, 'id'),
      policyName: labelAt(policy, 'summary'),
      scheduleID: textAt(schedule, 'id'),
      scheduleName: labelAt(schedule, 'summary'),
      start: instantAt(entry, 'start'),
      end: instantAt(entry, 'end'),
    }
  })
}

/** The users of `GET /schedules/{id}/users`. */
export function readUsers(data: unknown): User[] {
  return listAt(data, 'users').flatMap(user => readUser(user) ?? [])
}

/** The user, if it is one. An address that Hallpass cannot parse is kept, so that routing can leave it out and say so. */
export function readUser(user: unknown): User | undefined {
  const [userID, email] = [textAt(user, 'id'), textAt(user, 'email')]
  if (userID === undefined) return undefined
  const name = displayName(textAt(user, 'name')) ?? displayName(textAt(user, 'summary'))
  return { userID, ...(email && { email: parseEmail(email) ?? shortLine(email, 128) }), ...(name && { name }) }
}

/** Whether a page says that more pages follow. */
export function hasMore(data: unknown): boolean {
  return at(data, 'more') === true
}

/** The name of the object under `key`. */
export function readName(data: unknown, key: string): string | undefined {
  const object = at(data, key)
  return labelAt(object, 'name') ?? labelAt(object, 'summary')
}

/** Each person once, by PagerDuty's id and by address. */
export function eachOnce(people: readonly (User & { email: string; source: string })[]): OnCallPerson[] {
  const [ids, emails] = [new Set<string>(), new Set<string>()]
  return people.flatMap(({ userID, email, name, source }) => {
    if (ids.has(userID) || emails.has(email)) return []
    ids.add(userID)
    emails.add(email)
    return { email, ...(name && { name }), source }
  })
}
