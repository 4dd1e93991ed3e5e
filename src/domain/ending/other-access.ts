// Access of the same person to the same mapping by other requests: ending one of them leaves it. Pure.
import type { AccessRequest } from '../../api/kinds.ts'
import { isSamePerson, type People } from '../people/identity.ts'

/** Access that runs, or that is promised for later. */
export type OtherAccess = { from?: Date; until: Date }

/** The access of this person by the other requests for the mapping, the one that ends first before the others. */
export function otherAccess(
  { metadata, spec }: AccessRequest,
  forMapping: readonly AccessRequest[],
  { people, now }: { people: People; now: Date },
): OtherAccess[] {
  return forMapping
    .filter(other => other.metadata.uid !== metadata.uid && isSamePerson(other.spec.requester, spec.requester, people))
    .flatMap(({ status: { phase, startsAt, expiresAt } = {} }) => {
      const isPromised = phase === 'Approved' || phase === 'Provisioned'
      if (!isPromised || !startsAt || !expiresAt || now >= new Date(expiresAt)) return []
      const from = new Date(startsAt)
      return [{ ...(from > now && { from }), until: new Date(expiresAt) }]
    })
    .sort((a, b) => Number(a.until) - Number(b.until))
}
