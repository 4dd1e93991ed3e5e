// Cloud Logging v2: entries.write with its limits, and a simple entries.list (google/logging/v2/logging.proto).
import { randomUUID } from 'node:crypto'
import type { Express } from 'express'
import { z } from 'zod'
import { parseBody, serveDelete, serveMethods, type Api, type Incoming, type Method } from './api.ts'
import { denied, GoogleFailure, invalid } from './failure.ts'
import { matches, parseFilter } from './log-filter.ts'
import type { Rights } from './rights.ts'

/** https://cloud.google.com/logging/quotas */
const maxEntryBytes = 256 * 1024
const maxRequestBytes = 10 * 1000 * 1000
const maxLabels = 64
/** Days that the _Default bucket keeps, and hours by which an entry may be ahead: others are dropped silently. */
const retentionDays = 30
const futureHours = 24

const severities = {
  0: 'DEFAULT',
  100: 'DEBUG',
  200: 'INFO',
  300: 'NOTICE',
  400: 'WARNING',
  500: 'ERROR',
  600: 'CRITICAL',
  700: 'ALERT',
  800: 'EMERGENCY',
} as const

const text = z.record(z.string(), z.string())
const entryShape = z.strictObject({
  logName: z.string().optional(),
  resource: z.strictObject({ type: z.string(), labels: text.optional() }).optional(),
  timestamp: z.iso.datetime({ offset: true }).optional(),
  severity: z.union([z.string(), z.number()]).optional(),
  insertId: z.string().optional(),
  labels: text.optional(),
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
const writeBody = z.strictObject({
  logName: z.string().optional(),
  resource: entryShape.shape.resource,
  labels: text.optional(),
  entries: z.array(entryShape).default([]),
  partialSuccess: z.boolean().default(false),
  dryRun: z.boolean().default(false),
})
const listBody = z.strictObject({
  resourceNames: z.array(z.string()).min(1),
  filter: z.string().default(''),
  orderBy: z.enum(['timestamp asc', 'timestamp desc']).default('timestamp asc'),
  pageSize: z.number().int().min(0).max(1000).default(50),
  pageToken: z.string().regex(/^\d*$/).default(''),
})

type Given = z.infer<typeof entryShape>
type Written = z.infer<typeof writeBody>
/** An entry as it is stored and listed. */
export type LogEntry = Omit<Given, 'severity'> & {
  logName: string
  timestamp: string
  insertId: string
  severity: string
  receiveTimestamp: string
}

/** The log buckets. */
export class LogBuckets {
  /** Everything that was accepted, repeats too, in the order of arrival. */
  readonly written: LogEntry[] = []
  /** The entries of Cloud Audit Logs, which Google writes itself. */
  readonly audited: LogEntry[] = []

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

export type LoggingDependencies = { logs: LogBuckets; rights: Rights }

/** Serves entries.write, entries.list and logs.delete. */
export function serveLogging(app: Express, api: Api, deps: LoggingDependencies): void {
  const methods = {
    write: methodOf('WriteLogEntries', incoming => write(incoming, deps)),
    list: methodOf('ListLogEntries', incoming => list(incoming, deps)),
  }
  serveMethods(app, /^\/v2\/(entries):(\w+)$/, methods, api)
  const deletion = methodOf('DeleteLog', incoming => deleteLog(incoming, deps))
  serveDelete(app, /^\/v2\/((?:projects|folders|organizations)\/[^/]+\/logs\/[^/]+)$/, deletion, api)
}

function methodOf(name: string, process: Method['process']): Method {
  const method = `google.logging.v2.LoggingServiceV2.${name}`
  return { name, service: 'logging.googleapis.com', method, process }
}

function write({ caller, body, at }: Incoming, { logs, rights }: LoggingDependencies): object {
  const asked = parseBody(writeBody, body)
  if (JSON.stringify(asked).length > maxRequestBytes) throw invalid('Request payload size exceeds the limit of 10 MB.')
  const judged = asked.entries.map(entry => ({ entry, fault: faultOf(entry, asked) }))
  const faults = judged.flatMap(({ fault }, index) => (fault ? [{ index, fault }] : []))
  const good = judged.filter(({ fault }) => !fault)
  for (const logName of new Set(good.map(({ entry }) => entry.logName ?? asked.logName ?? '')))
    requireRight(rights.may(caller.email, 'logging.logEntries.create', projectOf(logName), { at }), 'create')
  if (faults.length === 0 || asked.partialSuccess)
    keep(
      good.map(({ entry }) => complete(entry, asked, at)),
      asked,
      at,
      logs,
    )
  if (faults.length > 0) throw partialErrors(faults)
  return {}
}

function keep(entries: LogEntry[], { dryRun }: Written, at: Date, logs: LogBuckets): void {
  const oldest = at.getTime() - retentionDays * 86_400_000
  const newest = at.getTime() + futureHours * 3_600_000
  const kept = entries.filter(({ timestamp }) => Date.parse(timestamp) >= oldest && Date.parse(timestamp) <= newest)
  if (!dryRun) logs.written.push(...kept)
}

function faultOf(entry: Given, request: Written): string | undefined {
  const logName = entry.logName ?? request.logName ?? ''
  const log = /^(?:projects|folders|organizations|billingAccounts)\/[^/]+\/logs\/([^/]+)$/.exec(logName)?.[1]
  if (!log || log.length >= 512 || !/^[A-Za-z0-9/_.-]+$/.test(decoded(log))) return `Invalid log name: "${logName}".`
  const resource = entry.resource ?? request.resource
  if (!resource?.type) return 'A monitored resource must be specified.'
  const payloads = [entry.jsonPayload, entry.textPayload, entry.protoPayload].filter(payload => payload !== undefined)
  if (payloads.length !== 1) return 'Exactly one payload must be specified.'
  if (
    entry.protoPayload &&
    !/^type\.googleapis\.com\/google\.(cloud\.audit\.AuditLog|appengine\.logging\.v1\.RequestLog)$/.test(
      String(entry.protoPayload['@type']),
    )
  )
    return 'The protoPayload has an unsupported type.'
  if (severityOf(entry.severity) === undefined) return `Invalid severity: ${entry.severity}.`
  if (Object.keys({ ...request.labels, ...entry.labels }).length > maxLabels)
    return `At most ${maxLabels} labels are allowed.`
  const size = Buffer.byteLength(JSON.stringify(entry))
  if (size > maxEntryBytes)
    return `Log entry with size ${(size / 1024).toFixed(1)}K exceeds maximum size of ${(maxEntryBytes / 1024).toFixed(1)}K`
  return undefined
}

// The whole answer has the status of the first fault; the details name each entry by its index.
function partialErrors(faults: { index: number; fault: string }[]): GoogleFailure {
  const logEntryErrors = Object.fromEntries(faults.map(({ index, fault }) => [index, { code: 3, message: fault }]))
  return new GoogleFailure('INVALID_ARGUMENT', faults[0]?.fault ?? '', [
    { '@type': 'type.googleapis.com/google.logging.v2.WriteLogEntriesPartialErrors', logEntryErrors },
  ])
}

function complete(entry: Given, request: Written, at: Date): LogEntry {
  const resource = entry.resource ?? request.resource
  const labels = { ...request.labels, ...entry.labels }
  return {
    ...entry,
    logName: entry.logName ?? request.logName ?? '',
    ...(resource && { resource }),
    ...(Object.keys(labels).length > 0 && { labels }),
    timestamp: entry.timestamp ?? at.toISOString(),
    insertId: entry.insertId ?? randomUUID(),
    severity: severityOf(entry.severity) ?? 'DEFAULT',
    receiveTimestamp: at.toISOString(),
  }
}

function list({ caller, body, at }: Incoming, { logs, rights }: LoggingDependencies): object {
  const { resourceNames, filter, orderBy, pageSize, pageToken } = parseBody(listBody, body)
  for (const name of resourceNames)
    requireRight(rights.may(caller.email, 'logging.logEntries.list', name, { at }), 'list')
  const terms = parseFilter(filter)
  const found = [...logs.entries(), ...logs.audited].filter(
    entry => resourceNames.includes(projectOf(entry.logName)) && matches(entry, terms),
  )
  const ordered = orderBy === 'timestamp desc' ? found.reverse() : found
  const start = Number(pageToken)
  const end = start + (pageSize || 50)
  return { entries: ordered.slice(start, end), ...(end < ordered.length && { nextPageToken: String(end) }) }
}

// https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.logs/delete
function deleteLog({ caller, resource, at }: Incoming, { logs, rights }: LoggingDependencies): object {
  const parent = projectOf(resource)
  // The name as it was written: with its slashes encoded.
  const logName = `${parent}/logs/${encodeURIComponent(decoded(resource.slice(`${parent}/logs/`.length)))}`
  if (!rights.may(caller.email, 'logging.logs.delete', parent, { at }))
    throw denied('logging.logs.delete', 'resource', 'logging')
  if (!logs.delete(logName)) throw new GoogleFailure('NOT_FOUND', `Log ${logName} does not exist.`)
  return {}
}

function requireRight(held: boolean, verb: 'create' | 'list'): void {
  if (!held) throw denied(`logging.logEntries.${verb}`, 'resource', 'logging')
}

function severityOf(severity: string | number | undefined): string | undefined {
  if (severity === undefined) return 'DEFAULT'
  return Object.entries(severities).find(([number, name]) => severity === name || String(severity) === number)?.[1]
}

function projectOf(logName: string): string {
  return logName.split('/').slice(0, 2).join('/')
}

function decoded(log: string): string {
  try {
    return decodeURIComponent(log)
  } catch {
    return ''
  }
}
