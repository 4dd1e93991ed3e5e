// The record as the log has it: after the loss of a cluster, it alone knows which requests wrote the entries in the policies.
import { after } from '../../domain/asking/duration.ts'
import type { LogReader } from '../../domain/ports.ts'
import { entriesIn } from '../entries.ts'
import { eventsAmong, type LoggedEvent } from '../log-entries.ts'
import { grantEventsFilter } from '../log-filters.ts'
import { NotCovered } from '../not-covered.ts'
import { isUnreadable, policyWriteIn, type PolicyWrite } from '../around.ts'
import { emptyLog, firstEvent, histories, projectOf } from '../remote.ts'
import type { Coverage } from './coverage.ts'
import { isInForce, recordedBy, type Recorded, type Records } from './record.ts'

/** Requests, and how far the log reaches. */
export type LoggedRecord = { records: Records; coverage: Coverage }

/** An entry of a policy is older than this only if nobody has granted that role there for longer. */
const longestDays = 400
/** So old is what the log certainly has: the controller delivers within seconds. */
const deliveredSeconds = 60

/** The newest event of each request that says what was granted; of the others, any. */
class Newest {
  readonly #kept = new Map<string, { seq: number; recorded: Recorded }>()

  note(event: LoggedEvent): void {
    const recorded = recordedBy(event)
    const before = this.#kept.get(event.uid)
    const isBetter =
      !before || (recorded.times !== undefined && (before.recorded.times === undefined || event.seq > before.seq))
    if (isBetter) this.#kept.set(event.uid, { seq: event.seq, recorded })
  }

  records(): Map<string, Recorded> {
    return new Map([...this.#kept].map(([uid, { recorded }]) => [uid, recorded]))
  }
}

/**
 * Asks Cloud Logging for these requests, and for all by which access is in force. Throws NotCovered when the log has no event
 * of Hallpass.
 */
export async function recordFromLogging(
  reader: LogReader,
  auditLog: string,
  { uids, now }: { uids: ReadonlySet<string>; now: Date },
): Promise<LoggedRecord> {
  const since = await firstEvent(reader, auditLog)
  if (!since) throw new NotCovered(emptyLog(auditLog))
  const place = projectOf(auditLog)
  const candidates = new Newest()
  const filter = grantEventsFilter(auditLog, { at: now })
  for await (const event of eventsAmong(reader.entries({ in: [place], filter }), { count: 0 })) candidates.note(event)
  const open = [...candidates.records().values()].filter(one => isInForce(one, now)).map(({ uid }) => uid)
  const newest = new Newest()
  const at = after(now, -longestDays * 86_400)
  for await (const event of histories(reader, auditLog, { at }, [...new Set([...uids, ...open])])) newest.note(event)
  return { records: newest.records(), coverage: { since, until: after(now, -deliveredSeconds) } }
}

/** Everything in an export: the requests, and Google's policy writes, if it has them. */
export async function recordInFile(
  file: AsyncIterable<string | Uint8Array>,
): Promise<LoggedRecord & { writes: PolicyWrite[]; unreadable: number }> {
  const newest = new Newest()
  const writes: PolicyWrite[] = []
  let [since, until, unreadable] = [Infinity, -Infinity, 0]
  const others = async function* (): AsyncGenerator<unknown> {
    for await (const entry of entriesIn(file)) {
      const write = policyWriteIn(entry)
      if (write) writes.push(write)
      else if (isUnreadable(entry)) unreadable++
      else yield entry
    }
  }
  for await (const event of eventsAmong(others(), { count: 0 })) {
    since = Math.min(since, Date.parse(event.at))
    until = Math.max(until, Date.parse(event.at))
    newest.note(event)
  }
  if (!Number.isFinite(since))
    throw new NotCovered('The file has no events of Hallpass, so nothing can be compared with it.')
  return { records: newest.records(), coverage: { since: new Date(since), until: new Date(until) }, writes, unreadable }
}
