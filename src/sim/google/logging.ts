// Cloud Logging v2: entries.write with its limits, and the buckets (google/logging/v2/logging.proto).
import { randomUUID } from 'node:crypto'
import type { Express } from 'express'
import { z } from 'zod'
import { parseBody, serveDelete, serveMethods, type Api, type Incoming, type Method } from './api.ts'
import { denied, GoogleFailure, invalid } from './failure.ts'
import { entryShape, type Given, type LogBuckets, type LogEntry, projectOf, textFields } from './log-buckets.ts'
import { listEntries } from './log-listing.ts'
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

const writeBody = z.strictObject({
  logName: z.string().optional(),
  resource: entryShape.shape.resource,
  labels: textFields.optional(),
  entries: z.array(entryShape).default([]),
  partialSuccess: z.boolean().default(false),
  dryRun: z.boolean().default(false),
})
type Written = z.infer<typeof writeBody>
export type LoggingDependencies = { logs: LogBuckets; rights: Rights }

const readScopes = ['cloud-platform', 'cloud-platform.read-only', 'logging.admin', 'logging.read'].map(
  scope => `https://www.googleapis.com/auth/${scope}`,
)

/** Serves entries.write, entries.list and logs.delete. */
export function serveLogging(app: Express, api: Api, deps: LoggingDependencies): void {
  const methods = {
    write: methodOf('WriteLogEntries', incoming => write(incoming, deps)),
    list: { ...methodOf('ListLogEntries', incoming => listEntries(incoming, deps)), scopes: readScopes },
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

function requireRight(held: boolean, verb: 'create'): void {
  if (!held) throw denied(`logging.logEntries.${verb}`, 'resource', 'logging')
}

function severityOf(severity: string | number | undefined): string | undefined {
  if (severity === undefined) return 'DEFAULT'
  return Object.entries(severities).find(([number, name]) => severity === name || String(severity) === number)?.[1]
}

function decoded(log: string): string {
  try {
    return decodeURIComponent(log)
  } catch {
    return ''
  }
}
