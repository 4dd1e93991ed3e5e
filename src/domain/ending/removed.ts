// The result of an edit that only takes out, for the janitor's answer. Pure.
import { obstacle } from '../granting/edited.ts'
import { type Knowledge, mayBeInForce } from '../granting/edit-knowledge.ts'
import type { RemovalState } from './removal.ts'

/** One state for each entry, and why something is left. */
export type TakenOut = { states: RemovalState[]; why?: string }

/** The result at the end of an edit. `confirmed`: the entries whose removal Google has confirmed. */
export function takenOutOf(known: Knowledge, confirmed: ReadonlySet<number>): TakenOut {
  const states = known.entries.map((entry, i): RemovalState => {
    if (!mayBeInForce(known, entry)) return confirmed.has(i) ? 'Removed' : 'Gone'
    return known.openWrite === undefined ? 'Left' : 'Unknown'
  })
  const isAll = states.every(state => state === 'Removed' || state === 'Gone')
  return { states, ...(!isAll && { why: obstacle(known)?.message ?? changed }) }
}

const changed = 'The IAM policy has an entry of this request that is not as Hallpass wrote it. The janitor leaves it.'
