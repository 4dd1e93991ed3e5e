// The sources that can say who had access, and what each of them needs: the cluster, Hallpass's log in Cloud Logging,
// Google's own audit log, and files with exported entries.
import { createReadStream } from 'node:fs'
import type { AccessReport, Query } from '../../audit/access-report.ts'
import type { Named } from '../../audit/compare.ts'
import { fromFile } from '../../audit/files.ts'
import { longestHours } from '../../audit/log-filters.ts'
import { NotCovered } from '../../audit/not-covered.ts'
import { sayInstant } from '../../audit/rendering.ts'
import { askFrom, grantsInForceFromGoogle, grantsInForceFromLogging } from '../../audit/remote.ts'
import { grantsInForce } from '../../audit/who.ts'
import { openCluster } from '../../app/cluster.ts'
import { ClusterUnreachable } from '../../app/cluster-unreachable.ts'
import { readLogPlace } from '../../app/log-place.ts'
import { after } from '../../domain/asking/duration.ts'
import type { LogReader } from '../../domain/ports.ts'
import { createRequests } from '../../store/requests.ts'
import { type Terminal, withProgress } from '../terminal.ts'
import { openLogs } from './logs.ts'
import { placesOf } from './places.ts'

export type SourceOptions = {
  /** Empty means all. */
  namespace: readonly string[]
  /** `projects/P/logs/hallpass`; the configuration's unless given. */
  log?: string
  /** Where Google's audit logs are read: projects, folders, organisations or views. */
  in: readonly string[]
  tokenFile?: string
}

/** Asks one source after the other. Each call rejects when the source cannot answer. */
export type Sources = {
  /** The cluster, and the log when the cluster does not reach to the time of the question. */
  standard(query: Query): Promise<AccessReport>
  /** One source. */
  only(name: string, query: Query): Promise<AccessReport>
  /** One source for comparing: a file may hold both logs. */
  each(name: string, query: Query): Promise<Named[]>
}

/** The sources of this terminal. Nothing is opened before it is asked. */
export function openSources(options: SourceOptions, terminal: Terminal): Sources {
  let reader: Promise<LogReader> | undefined
  const logs = async (): Promise<LogReader> => (reader ??= openLogs(options, terminal))
  const auditLog = (): string | undefined => options.log ?? readLogPlace(terminal.environment).auditLog
  const logging = async (query: Query): Promise<AccessReport> => {
    const log = auditLog()
    if (log === undefined) throw new NotCovered(`It is not known which log to ask. ${nameTheLog}`)
    return grantsInForceFromLogging(await logs(), log, query)
  }
  const google = async (query: Query): Promise<AccessReport> => {
    const places = options.in.length > 0 ? options.in : await placesOf(query, options, terminal)
    return grantsInForceFromGoogle(await logs(), places, { query, now: terminal.now() })
  }
  const cluster = async (query: Query): Promise<AccessReport> => fromCluster(query, options, terminal)
  const file = async (name: string, query: Query): ReturnType<typeof fromFile> => {
    const stream = name === '-' ? stdin(terminal) : createReadStream(name)
    return fromFile(withProgress(stream, { terminal, what: 'Reading the log, in pieces of 64 KiB' }), query)
  }
  const only = async (name: string, query: Query): Promise<AccessReport> => {
    if (name === 'cluster') return covered(await cluster(query), terminal, ask(auditLog()))
    if (name === 'logging') return logging(query)
    if (name === 'google') return google(query)
    const { skipped, reports } = await file(name, query)
    if (skipped > 0) terminal.err(`Entries skipped, because they are not audit events of Hallpass: ${skipped}.\n`)
    const [first] = reports
    if (!first) throw new NotCovered(emptyLog)
    return first
  }
  return {
    only,
    standard: async query => {
      const answer = await cluster(query).catch((error: unknown) => {
        throw withoutCluster(error, auditLog())
      })
      if (reaches(answer, terminal)) return answer
      const log = auditLog()
      if (log === undefined) return covered(answer, terminal, nameTheLog)
      const logged = await logging(query)
      const note = `The log was asked, because all requests in the cluster are newer than that.`
      return { ...logged, notes: [note, ...(logged.notes ?? [])] }
    },
    each: async (name, query) => {
      if (['cluster', 'logging', 'google'].includes(name)) return [{ name, report: await only(name, query) }]
      const { reports } = await file(name, query)
      if (reports.length === 0) throw new NotCovered(`"${name}": ${emptyLog}`)
      return reports.map(report => ({ name: reports.length > 1 ? `${name} (${report.source})` : name, report }))
    },
  }
}

const nameTheLog =
  'Name it with --log projects/PROJECT/logs/hallpass, or set HALLPASS_CONFIG to the configuration file.'
/** Nobody is in a log without events, which must not be read as "nobody had access". */
const emptyLog =
  'The log has no events of Hallpass, so it does not say who had access. Check the name of the log and --freshness.'

// After the loss of a cluster, the log still knows.
function withoutCluster(error: unknown, log: string | undefined): unknown {
  if (!(error instanceof ClusterUnreachable) || log === undefined) return error
  return new NotCovered(`${error.message} The log can answer too: --source logging.`)
}

function ask(log: string | undefined): string {
  return log === undefined ? nameTheLog : 'Ask the log: --source logging.'
}

/** As the settings have it unless they say otherwise. */
const usualRetentionSeconds = 90 * 86_400

// Finished requests are deleted from the cluster after a time, the youngest last. An older one may stay until everything
// about it is done. What is in force now is always there, and what ended within the last minute is not deleted yet.
function reaches({ query: { at }, since }: AccessReport, { now, environment }: Terminal): boolean {
  const { retainForSeconds = usualRetentionSeconds } = readLogPlace(environment)
  const isKept = at >= after(now(), -retainForSeconds)
  return (since !== undefined && at >= since && isKept) || at >= after(now(), -60)
}

function covered(answer: AccessReport, terminal: Terminal, remedy: string): AccessReport {
  if (reaches(answer, terminal)) return answer
  const why = answer.since
    ? `The oldest request in the cluster is of ${sayInstant(answer.since)} UTC, and finished ones are deleted after retainFor, so it does not say who had access before.${askFrom(answer.query, answer.since)}`
    : 'The cluster has no requests, so it does not say who had access then.'
  throw new NotCovered(`${why} ${remedy}`)
}

async function fromCluster(query: Query, { namespace }: SourceOptions, terminal: Terminal): Promise<AccessReport> {
  const { transport } = await openCluster(terminal.places)
  try {
    const requests = createRequests({ transport, clock: terminal }).all(namespace)
    const answer = await grantsInForce(withProgress(requests, { terminal, what: 'Reading requests' }), query)
    return { ...answer, notes: [...(answer.notes ?? []), ...replacedNote(answer)] }
  } finally {
    await transport.close()
  }
}

function stdin({ stdin: stream, err }: Terminal): Terminal['stdin'] {
  if (stream.isTTY) err('Reading log entries from this terminal; Ctrl-D ends them.\n')
  return stream
}

// A cluster that took the place of another one does not know what that one gave, and looks like one that gave nothing.
function replacedNote({ query: { at }, since }: AccessReport): string[] {
  if (since && since <= after(at, -longestHours * 3600)) return []
  const which = since
    ? `The oldest request in this cluster is of ${sayInstant(since)} UTC`
    : 'This cluster has no requests'
  return [`${which}: access that another one gave, which was lost, is only in the log (--source logging).`]
}
