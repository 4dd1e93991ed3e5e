// Hallpass's events for the commands that read its log: from Cloud Logging, from an exported file, or from stdin.
import { createReadStream } from 'node:fs'
import { readLogPlace } from '../app/log-place.ts'
import { entriesIn } from '../audit/entries.ts'
import { eventsAmong, type LoggedEvent } from '../audit/log-entries.ts'
import { all, quoted } from '../audit/log-filters.ts'
import { NotCovered } from '../audit/not-covered.ts'
import { projectOf } from '../audit/remote.ts'
import { type Terminal, withProgress } from './terminal.ts'
import { type Caller, openLogs } from './who/logs.ts'

export type LogSource = Caller & {
  /** `logging`, a file, or `-` for stdin. */
  source: string
  /** `projects/P/logs/hallpass`; the configuration's unless given. */
  log?: string | undefined
  /** What Cloud Logging is asked for. A file is read as a whole. */
  terms: readonly (string | undefined)[]
}

/** The events of the log. Throws NotCovered when it is not known which log to ask. */
export async function loggedEvents(
  { source, log, terms, ...caller }: LogSource,
  terminal: Terminal,
): Promise<AsyncIterable<LoggedEvent>> {
  if (source !== 'logging') {
    const file = source === '-' ? terminal.stdin : createReadStream(source)
    const read = withProgress(file, { terminal, what: 'Reading the log, in pieces of 64 KiB' })
    return eventsAmong(entriesIn(read), { count: 0 })
  }
  const name = log ?? readLogPlace(terminal.environment).auditLog
  if (name === undefined)
    throw new NotCovered('It is not known which log to ask. Name it with --log projects/PROJECT/logs/hallpass.')
  const reader = await openLogs(caller, terminal)
  const filter = all([`logName=${quoted(name)}`, ...terms])
  return eventsAmong(reader.entries({ in: [projectOf(name)], filter }), { count: 0 })
}
