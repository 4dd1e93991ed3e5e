// Reading the log back: the events of Hallpass among log entries. Anybody with the right to write logs can write to this
// log, so every entry is checked before it is used.
import type { GrantSpec } from '../api/kinds.ts'
import { entriesIn } from './entries.ts'
import type { Hours } from '../domain/hours/span.ts'
import type { Window } from '../domain/asking/window.ts'
import { readLoggedHours } from './logged-hours.ts'
import { readLoggedWindow } from './logged-window.ts'

/** One event of one request, from the log. */
export type LoggedEvent = {
  uid: string
  namespace: string
  request: string
  person: string
  isEmergency?: true
  mapping: string
  reason: string
  seq: number
  event: string
  at: string
  /** Who did it; empty when nobody did. */
  actor: string
  message: string
  /** The digest of the event before; empty for the first. */
  previous: string
  /** The public address of the Hallpass that wrote it; older entries do not have it. */
  installation?: string
  /** The requested roles and resources. */
  grants: Pick<GrantSpec, 'resource' | 'role' | 'condition'>[]
  /** The hours in which the access works; absent when at any time. */
  hours?: Hours
  /** The times of access on several days. */
  window?: Window
  details: Record<string, string>
}

const schema = 'hallpass/audit/v1'
const otherSchemas = /^hallpass\/(evidence|mapping)\//
const states = /^(Pending|Writing|Written|Removed|Unknown|Refused) /
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
const mostSeq = 10_000
const mostGrants = 10

type Fields = Readonly<Record<string, unknown>>

/**
 * The event in a log entry's jsonPayload; undefined when it is not an event of Hallpass. Checked by hand, because a log has
 * millions of them.
 */
function eventOf(jsonPayload: unknown): LoggedEvent | undefined {
  const payload = fieldsOf(jsonPayload)
  if (payload?.['schema'] !== schema) return undefined
  const request = fieldsOf(payload['request'])
  const details = detailsIn(payload['details'])
  const grants = grantsIn(payload['grants'] ?? [])
  const { seq, at, emergency } = payload
  const hours = readLoggedHours(payload['hours'])
  const window = readLoggedWindow(payload['window'])
  if (hours === 'odd' || window === 'odd') return undefined
  const installation = textOf(payload['installation'], 253)
  const [event, person] = [textOf(payload['event'], 40), textOf(payload['requester'], 254)]
  const [uid, name] = [textOf(request?.['uid'], 64), textOf(request?.['name'], 253)]
  const namespace = textOf(request?.['namespace'], 63)
  if (event === undefined || person === undefined || uid === undefined || name === undefined) return undefined
  if (namespace === undefined || details === undefined || grants === undefined) return undefined
  if (!isSeq(seq) || !isInstant(at) || !(emergency === undefined || emergency === true)) return undefined
  return {
    uid,
    namespace,
    request: name,
    person,
    ...(emergency && { isEmergency: emergency }),
    ...(installation !== undefined && { installation }),
    ...(hours && { hours }),
    ...(window && { window }),
    mapping: textOf(payload['roleMapping']) ?? '',
    reason: textOf(payload['reason']) ?? '',
    seq,
    event,
    at,
    actor: textOf(payload['actor']) ?? '',
    message: textOf(payload['message']) ?? '',
    previous: textOf(payload['previous']) ?? '',
    grants,
    details,
  }
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}

function textOf(value: unknown, most = Infinity): string | undefined {
  return typeof value === 'string' && value.length <= most ? value : undefined
}

function isSeq(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= mostSeq
}

function isInstant(value: unknown): value is string {
  return typeof value === 'string' && instant.test(value) && !Number.isNaN(Date.parse(value))
}

function detailsIn(value: unknown): Record<string, string> | undefined {
  const details = fieldsOf(value)
  for (const key in details) {
    const detail = details[key]
    if (typeof detail !== 'string' || (key.startsWith('grant.') && !states.test(detail))) return undefined
  }
  const times = [details?.['startsAt'], details?.['expiresAt'], details?.['endedAt']]
  return times.every(at => at === undefined || isInstant(at)) ? (details as Record<string, string>) : undefined
}

function grantsIn(value: unknown): LoggedEvent['grants'] | undefined {
  if (!Array.isArray(value) || value.length > mostGrants) return undefined
  const grants = value.map(fieldsOf).flatMap(grant => {
    const [resource, role] = [textOf(grant?.['resource']), textOf(grant?.['role'])]
    const condition = grant?.['condition']
    if (resource === undefined || role === undefined || !['string', 'undefined'].includes(typeof condition)) return []
    return [{ resource, role, ...(typeof condition === 'string' && condition !== '' && { condition }) }]
  })
  return grants.length === value.length ? grants : undefined
}

/** What was skipped while reading. */
export type Skipped = { count: number }

/** The events in a text of log entries, as `entriesIn` reads it. */
export function eventsIn(text: AsyncIterable<string | Uint8Array>, skipped: Skipped): AsyncGenerator<LoggedEvent> {
  return eventsAmong(entriesIn(text), skipped)
}

/** The events among log entries. Entries that are not from Hallpass are counted in `skipped`. */
export async function* eventsAmong(entries: AsyncIterable<unknown>, skipped: Skipped): AsyncGenerator<LoggedEvent> {
  for await (const entry of entries) {
    const event = eventIn(entry, skipped)
    if (event) yield event
  }
}

/** The event in a log entry; undefined in any other, which is counted in `skipped` if it is not from Hallpass. */
export function eventIn(entry: unknown, skipped: Skipped): LoggedEvent | undefined {
  const jsonPayload = payloadOf(entry)
  const event = eventOf(jsonPayload)
  if (!event && !isOtherOfOurs(jsonPayload)) skipped.count++
  return event
}

function payloadOf(entry: unknown): unknown {
  return entry !== null && typeof entry === 'object' && 'jsonPayload' in entry ? entry.jsonPayload : undefined
}

// The log holds evidence and the rules of mappings too, which say nothing about who had access.
function isOtherOfOurs(jsonPayload: unknown): boolean {
  return otherSchemas.test(textOf(fieldsOf(jsonPayload)?.['schema']) ?? '')
}
