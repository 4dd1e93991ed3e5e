// Google's own log of policy writes, in the places of the resources. A place that cannot be read is named, and the others are
// still read.
import { isUnreadable, policyWriteIn, type PolicyWrite } from '../../audit/around.ts'
import type { Unread } from '../../audit/drift/drift.ts'
import { counted } from '../../audit/columns.ts'
import { Broken } from '../../domain/outcome.ts'
import type { LogReader } from '../../domain/ports.ts'

/** Logging takes this many places in one call. */
const placesAtOnce = 100

export type Logged = { writes: PolicyWrite[]; unread: Unread[] }

/** Reads the entries of these places that match. */
export async function writesIn(reader: LogReader, places: readonly string[], filter: string): Promise<Logged> {
  if (places.length === 0) return { writes: [], unread: [] }
  const [first, rest] = [places.slice(0, placesAtOnce), places.slice(placesAtOnce)]
  const [some, more] = [await together(reader, first, filter), await writesIn(reader, rest, filter)]
  return { writes: [...some.writes, ...more.writes], unread: [...some.unread, ...more.unread] }
}

async function together(reader: LogReader, places: readonly string[], filter: string): Promise<Logged> {
  try {
    const entries = await Array.fromAsync(reader.entries({ in: places, filter }))
    return {
      writes: entries.flatMap(entry => policyWriteIn(entry) ?? []),
      unread: sayUnreadable(entries.filter(isUnreadable).length),
    }
  } catch (error) {
    if (!(error instanceof Broken)) throw error
    const [only] = places
    if (places.length === 1) return { writes: [], unread: [{ what: `Google's log of ${only}`, why: error.message }] }
    const each = []
    for (const place of places) each.push(await together(reader, [place], filter))
    return { writes: each.flatMap(one => one.writes), unread: each.flatMap(one => one.unread) }
  }
}

/** Policy writes that do not say what they changed, as things that could not be read. */
export function sayUnreadable(count: number): Unread[] {
  if (count === 0) return []
  return [{ what: counted(count, 'policy write'), why: 'it is not said what was changed: read it in the log.' }]
}
