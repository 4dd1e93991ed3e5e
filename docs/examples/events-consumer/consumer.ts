// Judges what Pub/Sub pushes: who pushed it, whether it is an entry of Hallpass's log, and whether it has the published
// form. It decides nothing from what an unknown sender says, and never loses an entry that it does not understand.
import type { OAuth2Client } from 'google-auth-library'
import { z } from 'zod'
import type { EventTable } from './table.ts'

/** What this consumer expects. */
export type Expected = {
  /** The audience of the push subscription. */
  audience: string
  /** The service account that signs the pushes. */
  account: string
  /** `projects/P/subscriptions/S`. */
  subscription: string
  /** `projects/P/logs/hallpass`. */
  log: string
}
/** The published schema, docs/reference/events.schema.json. */
export type EventsSchema = { oneOf: Form[] }
type Form = { properties: Record<'schema' | 'schemaVersion' | 'event', { const?: unknown; enum?: unknown[] }> }

/** The result: an HTTP status, and why. Pub/Sub sends everything again that is not answered with 2xx. */
export type Answer = {
  status: 204 | 400 | 401 | 500
  what: 'taken' | 'repeated' | 'differs' | 'unread' | 'foreign' | 'malformed' | 'not from Pub/Sub' | 'not stored'
}
/** A push: the header `Authorization` and the body. */
export type Push = { authorization: string | undefined; body: string }

const envelope = z.object({ message: z.object({ data: z.string() }), subscription: z.string() })
const logEntry = z.object({
  insertId: z.string().min(1),
  logName: z.string(),
  timestamp: z.string(),
  jsonPayload: z.looseObject({ schema: z.string(), event: z.string(), schemaVersion: z.number().optional() }),
})
const foreignEntry = z.object({ logName: z.string() })

/** A consumer that keeps what it takes in `table`. */
export function createConsumer(
  expected: Expected,
  { google, schema, table }: { google: OAuth2Client; schema: EventsSchema; table: EventTable },
): (push: Push) => Promise<Answer> {
  const form = z.fromJSONSchema(schema as never)
  return async ({ authorization, body }) => {
    if (!(await isFromPubSub(google, expected, authorization))) return { status: 401, what: 'not from Pub/Sub' }
    const pushed = envelope.safeParse(jsonIn(body)).data
    if (pushed?.subscription !== expected.subscription) return malformed
    const sent = jsonIn(Buffer.from(pushed.message.data, 'base64').toString('utf8'))
    if (foreignEntry.safeParse(sent).data?.logName !== expected.log) return { status: 204, what: 'foreign' }
    const { data: entry } = logEntry.safeParse(sent)
    if (!entry) return malformed
    const isKnown = schema.oneOf.some(one => isOf(one, entry.jsonPayload))
    if (isKnown && !form.safeParse(entry.jsonPayload).success) return malformed
    try {
      // An entry of a newer release is kept too. Nothing is concluded from it before this program is updated.
      const what = table.take({ ...entry, isRead: isKnown })
      return { status: 204, what: what === 'taken' && !isKnown ? 'unread' : what }
    } catch {
      return { status: 500, what: 'not stored' }
    }
  }
}

/** Pub/Sub gives it up after some attempts and puts it into the topic for dead letters, where a person looks at it. */
const malformed: Answer = { status: 400, what: 'malformed' }

// Pub/Sub signs each push with the account of the subscription
// (https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions).
async function isFromPubSub(
  google: OAuth2Client,
  { audience, account }: Expected,
  authorization = '',
): Promise<boolean> {
  const idToken = /^Bearer ([\w.-]{1,8000})$/.exec(authorization)?.[1]
  if (idToken === undefined) return false
  try {
    const claims = (await google.verifyIdToken({ idToken, audience })).getPayload()
    return claims?.email === account && claims.email_verified === true
  } catch {
    return false
  }
}

function isOf({ properties }: Form, payload: Record<string, unknown>): boolean {
  return (['schema', 'schemaVersion', 'event'] as const).every(name => {
    const { const: only, enum: several = [only] } = properties[name]
    return several.includes(payload[name])
  })
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
