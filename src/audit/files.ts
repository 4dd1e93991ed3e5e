// The answers from a file or a stream of exported entries. It may hold Hallpass's log, Google's audit log, or both, and
// entries of other programs in between.
import type { AccessReport, Query } from './access-report.ts'
import { entriesIn } from './entries.ts'
import { eventsAmong } from './log-entries.ts'
import { NotCovered } from './not-covered.ts'
import { PolicyWrites } from './policy-writes.ts'
import { beginningNote, beginsLater } from './remote.ts'
import { grantsInForceFromEntries } from './who.ts'

/**
 * An answer from each log in the file, Hallpass's first, and how many entries belong to neither. Throws NotCovered when a
 * log begins after the instant.
 */
export async function fromFile(
  file: AsyncIterable<string | Uint8Array>,
  query: Query,
): Promise<{ reports: AccessReport[]; skipped: number }> {
  const policyWrites = new PolicyWrites(query, 'since a write of Hallpass')
  const skipped = { count: 0 }
  const events = eventsAmong(apart(entriesIn(file), policyWrites), skipped)
  const logged = await grantsInForceFromEntries(events, query)
  const google = policyWrites.report()
  const reports = [...(logged.requests > 0 ? [logged] : []), ...(google.requests > 0 ? [google] : [])]
  for (const { since } of reports)
    if (since && query.at < since) throw new NotCovered(beginsLater('The log', since, query))
  const told = reports.map(report => ({
    ...report,
    notes: [...beginningNote(query, report.since), ...(report.notes ?? [])],
  }))
  return { reports: told, skipped: skipped.count }
}

/** The entries without the policy writes of Hallpass's bindings, which are taken out. */
async function* apart(entries: AsyncIterable<unknown>, policyWrites: PolicyWrites): AsyncGenerator<unknown> {
  for await (const entry of entries) if (!policyWrites.take(entry)) yield entry
}
