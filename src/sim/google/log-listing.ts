// entries.list: filter, order, pages and the quota (google/logging/v2/logging.proto, ListLogEntriesRequest).
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type Incoming, parseBody } from './api.ts'
import { denied, errorInfo, GoogleFailure, invalid } from './failure.ts'
import { matches, parseFilter } from './log-filter.ts'
import { type LogBuckets, type LogEntry, projectOf } from './log-buckets.ts'
import type { Rights } from './rights.ts'

const listBody = z.strictObject({
  resourceNames: z.array(z.string()).min(1).max(100),
  filter: z.string().default(''),
  orderBy: z.enum(['timestamp asc', 'timestamp desc']).default('timestamp asc'),
  pageSize: z.number().int().min(0).max(1000).default(50),
  pageToken: z.string().default(''),
})
type Asked = z.infer<typeof listBody>

/** The parents of logs, and views of buckets, that can be read. */
const parent =
  /^(projects|folders|organizations|billingAccounts)\/[^/]+(\/locations\/[^/]+\/buckets\/[^/]+\/views\/[^/]+)?$/
const taken = new WeakMap<LogBuckets, { minute: number; calls: number }>()

/** One page. */
export function listEntries(
  { caller, body, at }: Incoming,
  { logs, rights }: { logs: LogBuckets; rights: Rights },
): object {
  const asked = parseBody(listBody, body)
  const may = (permission: string, place: string): boolean => rights.may(caller.email, permission, place, { at })
  for (const name of asked.resourceNames) requireParent(name, may)
  takeQuota(logs, at)
  const filter = parseFilter(asked.filter)
  const { start, empty } = readToken(asked)
  if (empty < logs.listing.emptyPages) return { nextPageToken: tokenFor(asked, start, empty + 1) }
  const found = [...logs.entries(), ...logs.audited]
    .sort((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp))
    .filter(entry => asked.resourceNames.some(name => isIn(entry, name, logs)) && matches(entry, filter))
    .filter(({ logName }) => !isPrivate(logName) || may('logging.privateLogEntries.list', projectOf(logName)))
  if (asked.orderBy === 'timestamp desc') found.reverse()
  const end = start + (asked.pageSize || 50)
  const entries = found.slice(start, end)
  return {
    ...(entries.length > 0 && { entries }),
    ...(end < found.length && { nextPageToken: tokenFor(asked, end, empty) }),
  }
}

const list = 'logging.logEntries.list'
/** A view has its own right, and its own policy (https://cloud.google.com/logging/docs/logs-views). */
const access = 'logging.views.access'

function isView(name: string): boolean {
  return name.includes('/views/')
}

function requireParent(name: string, may: (permission: string, place: string) => boolean): void {
  if (!parent.test(name)) throw invalid(`Resource name is not valid: "${name}".`)
  const [needed, place] = isView(name) ? [access, name] : [list, projectOf(name)]
  if (!may(needed, place)) throw denied(needed, 'resource', 'logging')
}

// People who may not read them are not told that there are any
// (https://cloud.google.com/logging/docs/audit#access-control).
function isPrivate(logName: string): boolean {
  return logName.endsWith('/logs/cloudaudit.googleapis.com%2Fdata_access')
}

// The entries of what is in a folder or an organisation are not listed with it.
function isIn({ logName }: LogEntry, name: string, { views }: LogBuckets): boolean {
  return isView(name) ? logName === views[name] : projectOf(logName) === projectOf(name)
}

function takeQuota(logs: LogBuckets, at: Date): void {
  const minute = Math.floor(at.getTime() / 60_000)
  const before = taken.get(logs)
  const calls = before?.minute === minute ? before.calls : 0
  if (calls >= logs.listing.perMinute) throw exhausted(logs.listing.perMinute)
  taken.set(logs, { minute, calls: calls + 1 })
}

function exhausted(value: number): GoogleFailure {
  const service = 'logging.googleapis.com'
  const metadata = {
    consumer: 'projects/123',
    service,
    quota_metric: `${service}/read_requests`,
    quota_limit_value: String(value),
    quota_limit: 'ReadRequestsPerMinutePerProject',
  }
  return new GoogleFailure(
    'RESOURCE_EXHAUSTED',
    `Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service '${service}' for consumer 'project_number:123'.`,
    [errorInfo('RATE_LIMIT_EXCEEDED', 'googleapis.com', metadata)],
  )
}

// A token is opaque, and valid only for the same question.
function tokenFor(asked: Asked, start: number, empty: number): string {
  return Buffer.from(JSON.stringify([digestOf(asked), start, empty])).toString('base64url')
}

const token = z.tuple([z.string(), z.int().min(0), z.int().min(0)])

function readToken(asked: Asked): { start: number; empty: number } {
  if (asked.pageToken === '') return { start: 0, empty: 0 }
  const [digest, start, empty] = parsed(asked.pageToken) ?? []
  if (digest !== digestOf(asked) || start === undefined || empty === undefined)
    throw invalid('page_token doesn’t match arguments from the request')
  return { start, empty }
}

function parsed(text: string): z.infer<typeof token> | undefined {
  try {
    return token.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
  } catch {
    return undefined
  }
}

function digestOf({ resourceNames, filter, orderBy }: Asked): string {
  return createHash('sha256')
    .update(JSON.stringify([resourceNames, filter, orderBy]))
    .digest('base64url')
    .slice(0, 16)
}
