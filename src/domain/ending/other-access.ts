// Access of the same person to the same mapping by other requests: ending one of them leaves it. Pure.
import type { AccessRequest } from '../../api/kinds.ts'
import { hoursOfRequest } from '../granting/restriction.ts'
import { sayAllHours } from '../hours/words.ts'
import { isSamePerson, type People } from '../people/identity.ts'

/** Access that runs, or that is promised for later; `hours` in words, if it does not work at any time. */
export type OtherAccess = { from?: Date; until: Date; hours?: string }

/** The access of this person by the other requests for the mapping, the one that ends first before the others. */
export function otherAccess(
  { metadata, spec }: AccessRequest,
  forMapping: readonly AccessRequest[],
  { people, now }: { people: People; now: Date },
): OtherAccess[] {
  return forMapping
    .filter(other => other.metadata.uid !== metadata.uid && isSamePerson(other.spec.requester, spec.requester, people))
    .flatMap(({ spec: asked, status: { phase, startsAt, expiresAt } = {} }) => {
      const isPromised = phase === 'Approved' || phase === 'Provisioned'
      if (!isPromised || !startsAt || !expiresAt || now >= new Date(expiresAt)) return []
      const from = new Date(startsAt)
      const hours = sayAllHours(hoursOfRequest(asked))
      return [{ ...(from > now && { from }), until: new Date(expiresAt), ...(hours && { hours }) }]
    })
    .sort((a, b) => Number(a.until) - Number(b.until))
}
