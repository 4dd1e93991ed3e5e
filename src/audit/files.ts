// The answers from a file or a stream of exported entries. It may hold Hallpass's log, Google's audit log, or both, and
// entries of other programs in between.
import type { AccessReport, Query } from './access-report.ts'
import { changesIn, isUnreadable } from './around.ts'
import { entriesIn } from './entries.ts'
import { eventsAmong } from './log-entries.ts'
import { NotCovered } from './not-covered.ts'
import { grantsInForceFromPolicyWrites } from './policy-writes.ts'
import { beginningNote, beginsLater } from './remote.ts'
import { isUidTitle } from '../domain/granting/policy.ts'
import { grantsInForceFromEntries } from './who.ts'

/**
 * An answer from each log in the file, Hallpass's first, and how many entries belong to neither. Throws NotCovered when a
 * log begins after the instant.
 */
export async function fromFile(
  file: AsyncIterable<string | Uint8Array>,
  query: Query,
): Promise<{ reports: AccessReport[]; skipped: number }> {
  const policyWrites: unknown[] = []
  const skipped = { count: 0 }
  const events = eventsAmong(apart(entriesIn(file), policyWrites), skipped)
  const logged = await grantsInForceFromEntries(events, query)
  const google = await grantsInForceFromPolicyWrites(each(policyWrites), query)
  const reports = [...(logged.requests > 0 ? [logged] : []), ...(google.requests > 0 ? [google] : [])]
  for (const { since } of reports)
    if (since && query.at < since) throw new NotCovered(beginsLater('The log', since, query))
  const told = reports.map(report => ({
    ...report,
    notes: [...beginningNote(query, report.since), ...(report.notes ?? [])],
  }))
  return { reports: told, skipped: skipped.count }
}

/** The entries without the policy writes of Hallpass's bindings, which are put aside. */
async function* apart(entries: AsyncIterable<unknown>, policyWrites: unknown[]): AsyncGenerator<unknown> {
  for await (const entry of entries)
    if (isAboutUs(entry)) policyWrites.push(entry)
    else yield entry
}

function isAboutUs(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null || !('protoPayload' in entry)) return false
  return isUnreadable(entry) || changesIn(entry).some(({ title }) => isUidTitle(title))
}

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}
