// The answers from a file or a stream of exported entries. It may hold Hallpass's log, Google's audit log, or both, and
// entries of other programs in between.
import type { AccessReport, Query } from './access-report.ts'
import { batchesIn } from './entries.ts'
import { eventIn } from './log-entries.ts'
import { NotCovered } from './not-covered.ts'
import { PolicyWrites } from './policy-writes.ts'
import { beginningNote, beginsLater } from './remote.ts'
import { LoggedGrants } from './who.ts'

/**
 * An answer from each log in the file, Hallpass's first, and how many entries belong to neither. Throws NotCovered when a
 * log begins after the instant.
 */
export async function fromFile(
  file: AsyncIterable<string | Uint8Array>,
  query: Query,
): Promise<{ reports: AccessReport[]; skipped: number }> {
  const policyWrites = new PolicyWrites(query, 'since a write of Hallpass')
  const events = new LoggedGrants(query)
  const skipped = { count: 0 }
  for await (const batch of batchesIn(file))
    for (const entry of batch) {
      const event = policyWrites.take(entry) ? undefined : eventIn(entry, skipped)
      if (event) events.take(event)
    }
  const [logged, google] = [events.report(), policyWrites.report()]
  const reports = [...(logged.requests > 0 ? [logged] : []), ...(google.requests > 0 ? [google] : [])]
  for (const { since } of reports)
    if (since && query.at < since) throw new NotCovered(beginsLater('The log', since, query))
  const told = reports.map(report => ({
    ...report,
    notes: [...beginningNote(query, report.since), ...(report.notes ?? [])],
  }))
  return { reports: told, skipped: skipped.count }
}
