// The same answers straight from Cloud Logging: it is asked only for what the question is about, and what it does not have
// is said, so that an old instant is never answered with "nobody".
import { after, instant } from '../domain/asking/duration.ts'
import type { LogReader } from '../domain/ports.ts'
import { readDetailsOfGrant } from '../domain/audit/audit.ts'
import { type AccessReport, isAskedAbout, isAskedPerson, type Query } from './access-report.ts'
import { eventsAmong, type LoggedEvent } from './log-entries.ts'
import { all, grantEventsFilter, historyFilters, longestHours, policyWritesFilter, quoted } from './log-filters.ts'
import { grantsInForceFromPolicyWrites } from './policy-writes.ts'
import { NotCovered } from './not-covered.ts'
import { sayInstant } from './rendering.ts'
import { grantsInForceFromEntries } from './who.ts'

/** Google keeps Admin Activity logs for so long (https://cloud.google.com/logging/quotas). */
const activityDays = 400

/** The answer from Hallpass's log, `projects/P/logs/hallpass`. Throws NotCovered when the log begins after the instant. */
export async function grantsInForceFromLogging(
  reader: LogReader,
  auditLog: string,
  query: Query,
): Promise<AccessReport> {
  const place = projectOf(auditLog)
  const since = await firstEvent(reader, auditLog)
  if (!since) throw new NotCovered(emptyLog(auditLog))
  if (query.at < since) throw new NotCovered(beginsLater(`The log "${auditLog}"`, since, query))
  const candidates = reader.entries({ in: [place], filter: grantEventsFilter(auditLog, query) })
  const uids = await asked(eventsAmong(candidates, { count: 0 }), query)
  const answer = await grantsInForceFromEntries(histories(reader, auditLog, query, uids), query)
  const read = (answer.notes ?? []).filter(note => !note.startsWith('The newest event'))
  const notes = [...beginningNote(query, since), ...read]
  return { ...answer, source: 'logging', since, notes }
}

/** Requests that may have given access then. */
async function asked(events: AsyncIterable<LoggedEvent>, query: Query): Promise<string[]> {
  const uids = new Set<string>()
  for await (const { uid, person, details } of events) {
    const facts = readDetailsOfGrant(details)
    if (!facts || !isAskedPerson(query, person)) continue
    if (isAskedAbout(query, new Date(facts.startsAt), new Date(facts.expiresAt))) uids.add(uid)
  }
  return [...uids]
}

/** All events of these requests, from 45 days before the instant of the query on. */
export async function* histories(
  reader: LogReader,
  auditLog: string,
  query: Pick<Query, 'at'>,
  uids: readonly string[],
): AsyncGenerator<LoggedEvent> {
  for (const filter of historyFilters(auditLog, query, uids))
    yield* eventsAmong(reader.entries({ in: [projectOf(auditLog)], filter }), { count: 0 })
}

/** When the log begins; undefined for one without events of Hallpass. */
export async function firstEvent(reader: LogReader, auditLog: string): Promise<Date | undefined> {
  const begin = 'timestamp>="2020-01-01T00:00:00Z"'
  const filter = all([`logName=${quoted(auditLog)}`, begin, 'jsonPayload.schema="hallpass/audit/v1"'])
  for await (const { at } of eventsAmong(reader.entries({ in: [projectOf(auditLog)], filter, most: 10 }), { count: 0 }))
    return new Date(at)
  return undefined
}

/**
 * The answer from Google's own audit logs of these projects, folders, organisations or views. Throws NotCovered for an
 * instant that is older than Google keeps them.
 */
export async function grantsInForceFromGoogle(
  reader: LogReader,
  places: readonly string[],
  { query, now }: { query: Query; now: Date },
): Promise<AccessReport> {
  const since = new Date(now.getTime() - activityDays * 86_400_000)
  if (query.at < since) throw new NotCovered(beginsLater("Google's own audit log", since, query))
  const entries = reader.entries({ in: places, filter: policyWritesFilter(query) })
  const answer = await grantsInForceFromPolicyWrites(entries, query)
  const notes = [`Policy writes of ${places.join(', ')} only.`, ...(answer.notes ?? [])]
  return { ...answer, since, notes }
}

/** The project that has a log. */
export function projectOf(auditLog: string): string {
  return auditLog.split('/').slice(0, 2).join('/')
}

/** Why a log without events answers nothing. */
export function emptyLog(auditLog: string): string {
  return `The log "${auditLog}" has no events of Hallpass that you may read, so it does not say who had access. Check its name, your rights (roles/logging.viewer), and how long its bucket keeps entries.`
}

/** Why nobody can say what was before a log begins. */
export function beginsLater(what: string, since: Date, query: Query): string {
  return `${what} begins at ${sayInstant(since)} UTC, so it does not say who had access before.${askFrom(query, since)} Look in the archive of the log, with --source FILE.`
}

/** What to ask instead of a span that begins too early; empty for an instant. */
export function askFrom({ to }: Query, since: Date): string {
  return to && to > since ? ` Ask for the rest of the time with --from ${instant(after(since, 1))}.` : ''
}

/** What a log that begins shortly before the question may not have. */
export function beginningNote({ at }: Query, since: Date | undefined): string[] {
  if (!since || at >= after(since, longestHours * 3600)) return []
  return [
    `The log begins at ${sayInstant(since)}: access that was given before, and had not ended at the time of the question, is not in it.`,
  ]
}
