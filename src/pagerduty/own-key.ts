// Whose a key of PagerDuty is: the account's, or a person's with that person's rights.
import { Broken } from '../domain/outcome.ts'
import type { Clock } from '../domain/ports.ts'
import type { Secret } from '../domain/secret.ts'
import { createAsk } from './asking.ts'
import { createGet } from './client.ts'
import { readName } from './entries.ts'
import { at, textAt } from './json.ts'
import { isPagerDutys } from './outcome.ts'

/** `isReader`: the person's role can change nothing. */
export type KeyOwner = { name: string; role: string; isReader: boolean }

/** Roles that can change nothing (https://support.pagerduty.com/main/docs/user-roles). */
const readers = ['observer', 'read_only_user', 'read_only_limited_user']

type Options = { token: Secret; rootUrl: string; clock: Clock; signal: AbortSignal }

/** The person whose key it is; undefined for a key of the account. Rejects with Refused, Waiting or Broken. */
export async function keyOwner({ token, rootUrl, clock, signal }: Options): Promise<KeyOwner | undefined> {
  const ask = createAsk({ get: createGet({ token, rootUrl }), clock })
  // Only a person's key has an owner to show; with a key of the account PagerDuty answers 400.
  const data = await ask({
    path: '/users/me',
    doing: 'show the owner of the API key',
    signal,
    unless: answer => answer.status === 400 && isPagerDutys(answer),
  })
  if (data === undefined) return undefined
  const role = textAt(at(data, 'user'), 'role')
  if (role === undefined || !/^[a-z_]{1,40}$/.test(role)) throw new Broken("PagerDuty's answer names no role.")
  return { name: readName(data, 'user') ?? 'a person', role, isReader: readers.includes(role) }
}
