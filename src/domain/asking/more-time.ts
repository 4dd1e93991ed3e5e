// More time: which earlier request a new one continues, and when it begins. The link is information for people; no rule
// reads it. Pure.
import type { AccessRequest, NewAccessRequest } from '../../api/kinds.ts'
import { isSamePerson, type People, type Person } from '../people/identity.ts'

/** The request that is continued, and the end of its access: there the new one begins, so that there is no gap. */
export type Continued = { follows: NonNullable<NewAccessRequest['spec']['follows']>; endsAt: Date }

/** What this person continues by asking again; undefined when the request gives them no access now, or later. */
export function continuedBy(
  { metadata, spec, status }: AccessRequest,
  person: Person,
  { people, now }: { people: People; now: Date },
): Continued | undefined {
  if (status?.phase !== 'Provisioned' || !status.expiresAt || !isSamePerson(spec.requester, person, people))
    return undefined
  const endsAt = new Date(status.expiresAt)
  const { name, uid } = metadata
  return endsAt > now ? { follows: { name, uid }, endsAt } : undefined
}
