// Finds the addresses of people whom PagerDuty names only by id. It asks about each of them once.
import { isUnknown, type Question } from './asking.ts'
import { readUser, type User } from './entries.ts'
import { at } from './json.ts'

/** A request asks 20 people at most, so further ones need no address. */
const mostAsked = 20

/** The people with their addresses, in order. A person whom PagerDuty does not know, or shows no address of, is left out. */
export async function withAddresses<T extends User>({
  of: people,
  ask,
  signal,
}: Question<readonly T[]>): Promise<(T & { email: string })[]> {
  const known = new Map<string, User>()
  for (const { userID } of people.filter(({ email }) => email === undefined)) {
    if (known.has(userID) || known.size >= mostAsked) continue
    const path = `/users/${encodeURIComponent(userID)}`
    const data = await ask({ path, doing: 'read a user', signal, unless: isUnknown })
    const user = readUser(at(data, 'user'))
    // An answer about another user says nothing about this one.
    known.set(userID, user?.userID === userID ? user : { userID })
  }
  return people.flatMap(person => {
    const { email = person.email, name = person.name } = known.get(person.userID) ?? {}
    return email === undefined ? [] : { ...person, email, ...(name && { name }) }
  })
}
