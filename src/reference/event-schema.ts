// docs/reference/events.schema.json: the form of every entry in the audit log, for programs that read it.
import { z } from 'zod'
import { auditEvents } from '../domain/audit/audit-events.ts'
import { schemaVersion } from '../domain/audit/audit.ts'
import { purposes } from '../domain/approval/digest.ts'
import { days } from '../domain/hours/span.ts'

const instant = z.iso.datetime()
const digest = z.string().regex(/^[0-9a-f]{64}$/)
const named = { namespace: z.string(), name: z.string(), uid: z.string() }
const grants = z.array(z.object({ resource: z.string(), role: z.string(), condition: z.string().optional() }))
const time = z.string().regex(/^\d\d:\d\d$/)
const hours = z.object({
  zone: z.string(),
  spans: z.array(z.object({ days: z.array(z.enum(days)).optional(), from: time, to: time })),
})
const window = z.object({ zone: z.string(), from: time, to: time, until: instant })
const common = {
  schemaVersion: z.literal(schemaVersion),
  installation: z.string().describe('The public address of Hallpass.').optional(),
  at: instant,
  message: z.string(),
}

const step = z
  .object({
    ...common,
    schema: z.literal('hallpass/audit/v1'),
    event: z.enum(Object.keys(auditEvents)),
    seq: z.int().min(1).describe('The position in the history of the request, without gaps.'),
    actor: z.string().describe('Address of the person who did it; empty when nobody did.'),
    previous: z.string().describe('The hash of the event before; empty for the first.'),
    hash: digest.describe('SHA-256 of the canonical form of this event.'),
    request: z.object(named),
    roleMapping: z.string(),
    requester: z.string().describe('Address of the person who gets access.'),
    duration: z.string(),
    reason: z.string(),
    emergency: z.literal(true).optional(),
    hours: hours.describe('The hours in which the access works, if not at any time.').optional(),
    window: window.describe('The times of access on several days.').optional(),
    grants,
    approval: z.record(z.string(), z.unknown()).describe('The rules for approving, as the request keeps them.'),
    details: z.record(z.string(), z.string()).describe('The facts of the event: see events.md.'),
  })
  .describe('One step of a request.')

const evidence = z
  .object({
    ...common,
    schema: z.literal('hallpass/evidence/v1'),
    event: z.literal('Evidence'),
    actor: z.string(),
    request: z.object(named),
    roleMapping: z.string(),
    requester: z.string(),
    purpose: z.enum(purposes),
    entry: z.string().describe('Id of the decision, early end or review.'),
    recordedAt: instant,
    evidence: digest.describe('SHA-256 of idToken.'),
    idToken: z.string().describe("Google's signed ID token, which has expired."),
    salt: z.string(),
    spec: z.string().describe('The canonical form of the spec: its SHA-256 is in the nonce.'),
    narrowing: z.string().describe('The canonical form of what the approver chose, if not all.').optional(),
    comment: z.string().optional(),
    approvalsBefore: digest.optional(),
  })
  .describe('The evidence of one sign-in.')

const mapping = z
  .object({
    ...common,
    schema: z.literal('hallpass/mapping/v1'),
    event: z.literal('MappingChanged'),
    hash: digest.describe('SHA-256 of the canonical form of what the entry says.'),
    previous: digest.describe('The hash of the entry that this one follows.').optional(),
    mapping: z.object({ ...named, generation: z.int(), follows: z.int().optional() }),
    roleMapping: z.string(),
    rules: digest.describe('Digest of the rules that decide who gets what.'),
    grants,
  })
  .describe('The rules of one generation of a mapping.')

/** The form of a `jsonPayload`. */
export const eventSchema = z.discriminatedUnion('schema', [step, evidence, mapping])

/** The text of the file. Fields that it does not name are allowed, because later releases add some. */
export function eventSchemaText(): string {
  const schema = z.toJSONSchema(eventSchema, { target: 'draft-2020-12', io: 'input' })
  return `${JSON.stringify({ ...schema, title: 'An entry of the audit log of Hallpass (jsonPayload)' }, null, 2)}\n`
}
