// Parses PagerDuty's answers, on-call entries and names, from unknown JSON into the few fields that are needed.
import { type DisplayName, displayName } from '../domain/display-name.ts'
import { parseEmail } from '../domain/identity.ts'
import { Broken } from '../domain/outcome.ts'
import type { OnCallPerson } from '../domain/ports.ts'
import { shortLine } from '../domain/text.ts'

/** One entry of `GET /oncalls`, or a user on duty in a schedule. */
export type Entry = {
  userID: string
  email: string
  name?: DisplayName
  level: number | undefined
  policyID: string | undefined
  policyName: string | undefined
  scheduleID: string | undefined
  scheduleName: string | undefined
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
    }
  })
}

/** The users of `GET /schedules/{id}/users`. */
export function readUsers(data: unknown): Pick<Entry, 'userID' | 'email' | 'name'>[] {
  return listAt(data, 'users').flatMap(user => readUser(user) ?? [])
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
export function eachOnce(
  people: readonly (Pick<Entry, 'userID' | 'email' | 'name'> & { source: string })[],
): OnCallPerson[] {
  const [ids, emails] = [new Set<string>(), new Set<string>()]
  return people.flatMap(({ userID, email, name, source }) => {
    if (ids.has(userID) || emails.has(email)) return []
    ids.add(userID)
    emails.add(email)
    return { email, ...(name && { name }), source }
  })
}

// An address that Hallpass cannot parse is passed on unchanged, so that routing can leave it out and say so.
function readUser(user: unknown): Pick<Entry, 'userID' | 'email' | 'name'> | undefined {
  const [userID, email] = [textAt(user, 'id'), textAt(user, 'email')]
  if (userID === undefined || email === undefined) return undefined
  const name = displayName(textAt(user, 'name')) ?? displayName(textAt(user, 'summary'))
  return { userID, email: parseEmail(email) ?? shortLine(email, 128), ...(name && { name }) }
}

function at(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[key] : undefined
}

function textAt(object: unknown, key: string): string | undefined {
  const text = at(object, key)
  return typeof text === 'string' && text !== '' ? text : undefined
}

/** The name of a policy or schedule: one line of visible characters. */
function labelAt(object: unknown, key: string): string | undefined {
  return shortLine(textAt(object, key) ?? '', 80) || undefined
}

// A missing list is not an empty list: it must not be read as "nobody is on call".
function listAt(object: unknown, key: string): unknown[] {
  const list = at(object, key)
  if (!Array.isArray(list)) throw new Broken(`PagerDuty's answer holds no list of ${key}.`)
  return list
}
