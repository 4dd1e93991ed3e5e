// The log buckets: the shape of an entry, and what a query finds of what was written.
import { z } from 'zod'

/** Labels. */
export const textFields = z.record(z.string(), z.string())
/** An entry as a call writes it. */
export const entryShape = z.strictObject({
  logName: z.string().optional(),
  resource: z.strictObject({ type: z.string(), labels: textFields.optional() }).optional(),
  timestamp: z.iso.datetime({ offset: true }).optional(),
  severity: z.union([z.string(), z.number()]).optional(),
  insertId: z.string().optional(),
  labels: textFields.optional(),
  jsonPayload: z.record(z.string(), z.unknown()).optional(),
  textPayload: z.string().optional(),
  protoPayload: z.record(z.string(), z.unknown()).optional(),
  httpRequest: z.record(z.string(), z.unknown()).optional(),
  operation: z
    .strictObject({ id: z.string(), producer: z.string(), first: z.boolean(), last: z.boolean() })
    .partial()
    .optional(),
  trace: z.string().optional(),
  spanId: z.string().optional(),
  sourceLocation: z.record(z.string(), z.unknown()).optional(),
})
export type Given = z.infer<typeof entryShape>
/** An entry as it is stored and listed. */
export type LogEntry = Omit<Given, 'severity'> & {
  logName: string
  timestamp: string
  insertId: string
  severity: string
  receiveTimestamp: string
}

/** What a test can change about listing. */
export type Listing = {
  /** Calls in a minute of the clock, for the whole project (https://cloud.google.com/logging/quotas: 60). */
  perMinute: number
  /** So many pages come back without an entry and with a token, because the search was not finished in time. */
  emptyPages: number
}

/** The log buckets. */
export class LogBuckets {
  /** Everything that was accepted, repeats too, in the order of arrival. */
  readonly written: LogEntry[] = []
  /** The entries of Cloud Audit Logs, which Google writes itself. */
  readonly audited: LogEntry[] = []
  /** How entries.list behaves. */
  readonly listing: Listing = { perMinute: Infinity, emptyPages: 0 }
  /** The views of log buckets, each with the one log that it shows. */
  readonly views: Readonly<Record<string, string>>
  constructor(views: Readonly<Record<string, string>> = {}) {
    this.views = views
  }

  /** As a query returns them: of entries with the same project, time and insertId only the first; oldest first. */
  entries(): LogEntry[] {
    const first = new Map<string, LogEntry>()
    for (const entry of this.written) {
      const key = JSON.stringify([projectOf(entry.logName), Date.parse(entry.timestamp), entry.insertId])
      if (!first.has(key)) first.set(key, entry)
    }
    return [...first.values()].sort((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp))
  }

  /** Deletes all entries of a log; false when it has none. */
  delete(logName: string): boolean {
    const kept = this.written.filter(entry => entry.logName !== logName)
    const deleted = this.written.length - kept.length
    this.written.splice(0, this.written.length, ...kept)
    return deleted > 0
  }
}

/** The project, folder or organisation that a log is in. */
export function projectOf(logName: string): string {
  return logName.split('/').slice(0, 2).join('/')
}
