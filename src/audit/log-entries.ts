// Reading the log back: Cloud Logging entries as `gcloud logging read --format=json` prints them or a sink's storage
// bucket keeps them. Anybody with the right to write logs can write to this log, so every entry is checked before it is
// used.
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { GrantSpec } from '../api/kinds.ts'

/** One event of one request, from the log. */
export type LoggedEvent = {
  uid: string
  namespace: string
  request: string
  person: string
  isEmergency?: true
  seq: number
  event: string
  at: string
  /** The requested roles and resources. */
  grants: Pick<GrantSpec, 'resource' | 'role' | 'condition'>[]
  details: Record<string, string>
}

const instant = z.iso.datetime()
const payload = z.object({
  schema: z.literal('hallpass/audit/v1'),
  event: z.string().max(40),
  seq: z.int().min(1).max(10_000),
  at: instant,
  requester: z.string().max(254),
  emergency: z.literal(true).optional(),
  request: z.object({ namespace: z.string().max(63), name: z.string().max(253), uid: z.string().max(64) }),
  grants: z
    .array(z.object({ resource: z.string(), role: z.string(), condition: z.string().optional() }))
    .max(10)
    .default([]),
  details: z
    .record(z.string(), z.string())
    .refine(({ startsAt, expiresAt, endedAt }) =>
      [startsAt, expiresAt, endedAt].every(at => at === undefined || instant.safeParse(at).success),
    ),
})
const states = /^(Pending|Writing|Written|Removed|Unknown|Refused) /

/** The event in a log entry's jsonPayload; undefined when it is not an event of Hallpass. */
function eventOf(jsonPayload: unknown): LoggedEvent | undefined {
  const { success, data } = payload.safeParse(jsonPayload)
  if (!success) return undefined
  const { event, seq, at, requester, emergency, request, grants, details } = data
  const isKnown = Object.entries(details).every(([key, value]) => !key.startsWith('grant.') || states.test(value))
  if (!isKnown) return undefined
  return {
    uid: request.uid,
    namespace: request.namespace,
    request: request.name,
    person: requester,
    ...(emergency && { isEmergency: emergency }),
    seq,
    event,
    at,
    grants: grants.map(({ resource, role, condition }) => ({ resource, role, ...(condition && { condition }) })),
    details,
  }
}

/** What was skipped while reading. */
export type Skipped = { count: number }

/**
 * The events in a text of log entries: one JSON array, or one entry on each line. Entries that are not from Hallpass
 * are counted in `skipped`. Text that is not JSON rejects, and the error names the line.
 */
export async function* eventsIn(text: NodeJS.ReadableStream, skipped: Skipped): AsyncGenerator<LoggedEvent> {
  for await (const entry of entriesIn(text)) {
    const event = eventOf(payloadOf(entry))
    if (event) yield event
    else skipped.count++
  }
}

function payloadOf(entry: unknown): unknown {
  return entry !== null && typeof entry === 'object' && 'jsonPayload' in entry ? entry.jsonPayload : undefined
}

/**
 * The entries in a text. A JSON array is read as a whole. The lines of a bucket, which may be many, are read one at a
 * time. Text that is not JSON rejects, and the error names the line. Nothing at all rejects too: the command that
 * should have printed the entries failed.
 */
export async function* entriesIn(text: NodeJS.ReadableStream): AsyncGenerator<unknown> {
  const array: string[] = []
  let number = 0
  let isEmpty = true
  for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++
    if (line.trim() !== '') isEmpty = false
    if (array.length > 0 || line.trimStart().startsWith('[')) array.push(line)
    else if (line.trim() !== '') yield parse(line, `line ${number}`)
  }
  if (isEmpty) throw unreadable('there is nothing to read, not even an empty list')
  const whole = array.length > 0 ? parse(array.join('\n'), 'the list') : []
  if (Array.isArray(whole)) yield* whole
}

function parse(json: string, where: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw unreadable(`${where} is not JSON`)
  }
}

function unreadable(why: string): Error {
  return new Error(
    `The log entries cannot be read: ${why}. Give them as gcloud logging read --format=json prints them, or one a line.`,
  )
}
