// `hallpass report`: what happened in a span of time, for people, spreadsheets, programs and paper. Reads only.
import { openCluster } from '../../app/cluster.ts'
import { readLogPlace } from '../../app/log-place.ts'
import type { LoggedEvent } from '../../audit/log-entries.ts'
import { quoted } from '../../audit/log-filters.ts'
import { firstEvent } from '../../audit/remote.ts'
import { sayInstant } from '../../audit/rendering.ts'
import { NotCovered } from '../../audit/not-covered.ts'
import { toReportPage } from '../../audit/report/page.ts'
import { allNotes, summaryOf, toReportCsv, toReportJson, toReportTable } from '../../audit/report/rendering.ts'
import { type Leftover, type Report, reportOn } from '../../audit/report/report.ts'
import { type Told, toldFromEvents, toldOf } from '../../audit/report/told.ts'
import { printedJson } from '../../domain/json.ts'
import { printable } from '../../domain/text.ts'
import { createRequests } from '../../store/requests.ts'
import { loggedEvents } from '../logged-events.ts'
import { lookForLeftovers } from '../leftovers/leftovers.ts'
import { answering, type Terminal, withProgress } from '../terminal.ts'
import { openLogs } from '../who/logs.ts'

export type ReportOptions = {
  from?: Date
  to?: Date
  /** `cluster`, `logging` or a file. */
  source: string
  log?: string
  tokenFile?: string
  namespace: readonly string[]
  output: 'table' | 'json' | 'csv' | 'html'
}

const usualDays = 30

/** Prints the report. */
export async function printReport(options: ReportOptions, terminal: Terminal): Promise<void> {
  const { to = terminal.now() } = options
  const from = options.from ?? new Date(to.getTime() - usualDays * 86_400_000)
  await answering(async () => {
    const { told, notes } = await toldBy({ ...options, from, to }, terminal)
    const leftovers = await leftoversFor(options, terminal)
    const report = reportOn(told, { from, to, source: options.source, notes, ...(leftovers && { leftovers }) })
    terminal.out(outputs[options.output](report))
    if (options.output === 'csv')
      for (const line of [summaryOf(report), ...allNotes(report)]) terminal.err(`${printable(line)}\n`)
  })
}

const outputs: Record<ReportOptions['output'], (report: Report) => string> = {
  table: report => printable(toReportTable(report)),
  json: report => printedJson(toReportJson(report)),
  csv: toReportCsv,
  html: toReportPage,
}

type Span = ReportOptions & { from: Date; to: Date }
type Read = { told: Told[]; notes: string[] }

async function toldBy(span: Span, terminal: Terminal): Promise<Read> {
  if (span.source === 'cluster') return fromCluster(span, terminal)
  const { source, log, tokenFile, from } = span
  const terms = [`timestamp>=${quoted(from.toISOString())}`]
  const first = { at: Infinity }
  const events = await loggedEvents({ source, log, tokenFile, terms }, terminal)
  const told = await toldFromEvents(noting(events, first), terminal.now())
  if (told.length === 0)
    throw new NotCovered('The log has no events of Hallpass in that time. Check its name and how far it reaches back.')
  // Of a request whose first event is missing it is not known when it was made.
  const whole = told.filter(({ isWhole }) => isWhole)
  const notes = whole.length < told.length ? [cutNote(told.length - whole.length)] : []
  return { told: whole, notes: [...lateNote(span, new Date(await beginOf(span, first.at, terminal))), ...notes] }
}

/** The same events; remembers the time of the oldest. */
async function* noting(events: AsyncIterable<LoggedEvent>, first: { at: number }): AsyncGenerator<LoggedEvent> {
  for await (const event of events) {
    first.at = Math.min(first.at, Date.parse(event.at))
    yield event
  }
}

// A file has only what was exported. Logging can be asked whether it has anything older than the time of the report.
async function beginOf({ source, from, ...span }: Span, read: number, terminal: Terminal): Promise<number> {
  const { log = readLogPlace(terminal.environment).auditLog, tokenFile } = span
  if (source !== 'logging' || log === undefined || read <= from.getTime()) return read
  const reader = await openLogs(tokenFile === undefined ? {} : { tokenFile }, terminal)
  return (await firstEvent(reader, log))?.getTime() ?? read
}

function lateNote({ from }: Span, begin: Date): string[] {
  if (begin <= from) return []
  return [
    `The oldest event in the log is of ${sayInstant(begin)} UTC: whatever happened between ${sayInstant(from)} and then is not in this report.`,
  ]
}

function cutNote(count: number): string {
  return `The log does not have the beginning of ${count === 1 ? '1 request, which is' : `${count} requests, which are`} left out: they were made before it begins.`
}

async function fromCluster({ namespace, from }: Span, terminal: Terminal): Promise<Read> {
  const { transport } = await openCluster(terminal.places)
  try {
    const told: Told[] = []
    const requests = createRequests({ transport, clock: terminal }).all(namespace)
    for await (const request of withProgress(requests, { terminal, what: 'Reading requests' }))
      told.push(toldOf(request, terminal.now()))
    const oldest = Math.min(...told.map(({ askedAt }) => askedAt.getTime()))
    const isShort = oldest > from.getTime()
    const notes = isShort
      ? ['The cluster has no request from before that time. Finished requests are deleted after retainFor.']
      : []
    return { told, notes }
  } finally {
    await transport.close()
  }
}

async function leftoversFor(options: ReportOptions, terminal: Terminal): Promise<Leftover[] | undefined> {
  const { tokenFile, source, namespace } = options
  if (tokenFile === undefined || source !== 'cluster') return undefined
  const { found } = await lookForLeftovers({ tokenFile, source, namespace }, terminal)
  return found.map(({ resource, role, member, endedAt, request, uid }) => {
    return { resource, role, member, endedAt, request: request?.name ?? uid }
  })
}
