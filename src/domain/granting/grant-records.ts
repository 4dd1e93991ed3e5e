// The record of a request's grants: which of them share a policy, how far each has come, and what an edit adds to it.
import type { GrantRecord } from '../../api/kinds.ts'
import { instant } from '../asking/duration.ts'
import type { Earlier } from './edit-knowledge.ts'
import type { Edited } from './edited.ts'
import { shortLine } from '../text.ts'

/** The grants on one policy, by their positions in the record. They are written together, in one write. */
export type PolicyGrants = { resource: string; positions: readonly number[] }

/** The policies in the order in which they are written. */
export function policiesOf(grants: readonly GrantRecord[]): PolicyGrants[] {
  const resources = [...new Set(grants.map(({ resource }) => resource))]
  return resources.map(resource => ({
    resource,
    positions: grants.flatMap((grant, i) => (grant.resource === resource ? [i] : [])),
  }))
}

/** The record with these grants marked as being written, as far as they were not touched yet. */
export function withWriting(grants: readonly GrantRecord[], positions: readonly number[], now: Date): GrantRecord[] {
  return grants.map((grant, i) =>
    positions.includes(i) && grant.state === 'Pending' ? { ...grant, state: 'Writing', at: instant(now) } : grant,
  )
}

/** The record with the results of an edit of these grants. */
export function withResults(
  grants: readonly GrantRecord[],
  { positions, edited }: { positions: readonly number[]; edited: readonly Edited[] },
  now: Date,
): GrantRecord[] {
  return grants.map((grant, i) => {
    const result = edited[positions.indexOf(i)]
    return result && positions.includes(i) ? recordOf(grant, result, now) : grant
  })
}

function recordOf({ resource, role }: GrantRecord, { state, ...more }: Edited, now: Date): GrantRecord {
  const { etag, why }: { etag?: string; why?: string } = more
  return {
    resource,
    role,
    state,
    at: instant(now),
    ...(etag && { etag: etag.slice(0, 64) }),
    ...(why && { why: shortLine(why, 300) }),
  }
}

/** The record when no more writes follow: grants that were not begun are refused. */
export function withRefusal(grants: readonly GrantRecord[], why: string, now: Date): GrantRecord[] {
  const refused = { state: 'Refused', at: instant(now), why: shortLine(why, 300) } as const
  return grants.map(grant => (grant.state === 'Pending' ? { ...grant, ...refused } : grant))
}

/** Whether one of the grants was refused, or what was begun is being undone: no more writes follow. */
export function isStopped(grants: readonly GrantRecord[]): boolean {
  return grants.some(({ state }) => state === 'Refused' || state === 'Removed')
}

/** How far an edit had come that this record tells of. */
export function earlierOf({ state, etag }: GrantRecord): Earlier {
  if (state === 'Written') return { write: 'confirmed' }
  if (state === 'Writing') return { write: 'unanswered' }
  return state === 'Unknown' ? { write: 'unanswered', etag } : { write: 'none' }
}
