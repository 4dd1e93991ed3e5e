// The audit log in memory: keeps what it was sent, repeats included, and shows it as a query would, each entry once.
import type { AuditEntry } from '../../src/domain/audit/audit.ts'
import { Broken } from '../../src/domain/outcome.ts'
import type { LogReadBack } from '../../src/domain/audit/log-read-back.ts'
import type { AuditLog, LogQuery } from '../../src/domain/ports.ts'

export class MemoryAuditLog implements AuditLog, LogReadBack {
  /** Everything that arrived, in order of arrival. */
  readonly arrived: AuditEntry[] = []
  /** How many of the next writes fail before anything is stored. */
  failsBefore = 0
  /** How many of the next writes store everything and lose the answer. */
  failsAfter = 0

  /** What was asked, and what the next question fails with. */
  readonly asked: LogQuery[] = []
  refusal: Error | undefined

  async read(query: LogQuery): Promise<readonly unknown[]> {
    this.asked.push(query)
    if (this.refusal) throw this.refusal
    const found = this.entries().filter(({ uid }) => query.filter.includes(uid))
    return found.slice(0, query.most).map(shown)
  }

  async write(entries: readonly AuditEntry[]): Promise<void> {
    if (this.failsBefore-- > 0) throw new Broken('Cloud Logging answered 503.')
    this.arrived.push(...structuredClone(entries))
    if (this.failsAfter-- > 0) throw new Broken('Cloud Logging did not answer.', { answered: false })
  }

  /** Entries of a request by time and insertId, each once. */
  entries(uid?: string): AuditEntry[] {
    const once = new Map(this.arrived.map(entry => [`${entry.at.toISOString()} ${entry.insertId}`, entry]))
    return [...once]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, entry]) => entry)
      .filter(entry => uid === undefined || entry.uid === uid)
  }
}

/** An entry as Logging shows it. */
function shown({ insertId, at, payload }: AuditEntry): object {
  return { insertId, timestamp: at.toISOString(), jsonPayload: payload }
}
