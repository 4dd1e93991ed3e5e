// Reading the log back: the events of Hallpass among log entries. Anybody with the right to write logs can write to this
// log, so every entry is checked before it is used.
import { z } from 'zod'
import type { GrantSpec } from '../api/kinds.ts'
import { entriesIn } from './entries.ts'

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
  actor: z.string().default(''),
  message: z.string().default(''),
  previous: z.string().default(''),
  roleMapping: z.string().default(''),
  reason: z.string().default(''),
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
const other = z.object({ schema: z.string().regex(/^hallpass\/(evidence|mapping)\//) })
const states = /^(Pending|Writing|Written|Removed|Unknown|Refused) /

/** The event in a log entry's jsonPayload; undefined when it is not an event of Hallpass. */
function eventOf(jsonPayload: unknown): LoggedEvent | undefined {
  if (!isMarked(jsonPayload)) return undefined
  const { success, data } = payload.safeParse(jsonPayload)
  if (!success) return undefined
  const { event, seq, at, actor, message, previous, roleMapping, reason, requester, emergency, request, details } = data
  const isKnown = Object.entries(details).every(([key, value]) => !key.startsWith('grant.') || states.test(value))
  if (!isKnown) return undefined
  return {
    uid: request.uid,
    namespace: request.namespace,
    request: request.name,
    person: requester,
    ...(emergency && { isEmergency: emergency }),
    mapping: roleMapping,
    reason,
    seq,
    event,
    at,
    actor,
    message,
    previous,
    grants: data.grants.map(({ resource, role, condition }) => ({ resource, role, ...(condition && { condition }) })),
    details,
  }
}

// Most entries of a log may be of other programs, and are not worth a closer look.
function isMarked(jsonPayload: unknown): boolean {
  return (jsonPayload as { schema?: unknown } | undefined | null)?.schema === 'hallpass/audit/v1'
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
    const jsonPayload = payloadOf(entry)
    const event = eventOf(jsonPayload)
    if (event) yield event
    else if (!isOtherOfOurs(jsonPayload)) skipped.count++
  }
}

function payloadOf(entry: unknown): unknown {
  return entry !== null && typeof entry === 'object' && 'jsonPayload' in entry ? entry.jsonPayload : undefined
}

// The log holds evidence and the rules of mappings too, which say nothing about who had access.
function isOtherOfOurs(jsonPayload: unknown): boolean {
  return other.safeParse(jsonPayload).success
}
