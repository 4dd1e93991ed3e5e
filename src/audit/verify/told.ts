// An entry of the log as a check reads it. Nothing is believed: a form that is not known is no entry of Hallpass.
import { z } from 'zod'
import type { AuditRecord } from '../../api/kinds.ts'
import { purposes } from '../../domain/approval/digest.ts'
import { parseDuration } from '../../domain/asking/duration.ts'
import { recordHash } from '../../domain/audit/audit.ts'
import { rulesHash } from '../../domain/audit/mapping-entry.ts'
import { isUsualPlace, isUsualStep } from './step-form.ts'
import { loggedHours } from '../logged-hours.ts'
import { loggedWindow } from '../logged-window.ts'

/** An instant as Hallpass writes it. */
export const toldInstant = z.iso.datetime()
const named = z.object({ namespace: z.string().max(63), name: z.string().max(253), uid: z.string().max(64) })
/** What is granted. */
export const toldGrants = z
  .array(z.object({ resource: z.string(), role: z.string(), condition: z.string().exactOptional() }))
  .max(10)
const placedAt = z.iso.datetime({ offset: true })
const envelope = z.object({ insertId: z.string(), timestamp: placedAt, receiveTimestamp: placedAt.optional() })
/** A text that is a duration. */
export const toldDuration = z.string().refine(text => text === '0s' || parseDuration(text) !== undefined)
// A time that nobody can read would end the whole check.
const details = z
  .record(z.string(), z.string())
  .refine(({ startsAt, expiresAt, endedAt, reviewBy }) =>
    [startsAt, expiresAt, endedAt, reviewBy].every(at => at === undefined || toldInstant.safeParse(at).success),
  )
const installation = z.string().max(300).optional()

const step = z.object({
  schema: z.literal('hallpass/audit/v1'),
  schemaVersion: z.int().min(1).default(1),
  installation,
  event: z.string().max(40),
  seq: z.int().min(1).max(10_000),
  at: toldInstant,
  message: z.string(),
  actor: z.string(),
  previous: z.string(),
  hash: z.string().optional(),
  request: named,
  roleMapping: z.string(),
  requester: z.string().max(254),
  duration: z.string(),
  reason: z.string(),
  emergency: z.literal(true).optional(),
  hours: loggedHours.exactOptional(),
  window: loggedWindow.exactOptional(),
  grants: toldGrants,
  approval: z.looseObject({ window: toldDuration.optional() }),
  details,
})

const evidence = z.object({
  schema: z.literal('hallpass/evidence/v1'),
  installation,
  actor: z.string(),
  request: named,
  roleMapping: z.string(),
  requester: z.string(),
  purpose: z.enum(purposes),
  recordedAt: toldInstant,
  evidence: z.string().max(64),
  idToken: z.string().max(20_000),
  salt: z.string().max(64),
  spec: z.string().max(100_000),
  narrowing: z.string().max(1_000).optional(),
  comment: z.string().max(1_000).optional(),
  approvalsBefore: z.string().max(64).optional(),
})

const mapping = z.object({
  schema: z.literal('hallpass/mapping/v1'),
  installation,
  schemaVersion: z.int().min(1).default(1),
  at: toldInstant,
  message: z.string().default(''),
  previous: z.string().optional(),
  hash: z.string().optional(),
  mapping: named.extend({ generation: z.int(), follows: z.int().optional() }),
  roleMapping: z.string().default(''),
  rules: z.string().max(64),
  grants: toldGrants.default([]),
})

/** `receiveTimestamp`: when the log bucket received it, which nobody who writes entries can choose. */
type Placed<T> = T & z.infer<typeof envelope>
/** One step of a request. */
export type ToldStep = Placed<z.infer<typeof step>>
/** The evidence of a sign-in. */
export type ToldEvidence = Placed<z.infer<typeof evidence>>
/** The rules of one generation of a mapping. */
export type ToldMapping = Placed<z.infer<typeof mapping>>
/** Any entry of Hallpass. */
export type Told = ToldStep | ToldEvidence | ToldMapping

const forms = { 'hallpass/audit/v1': step, 'hallpass/evidence/v1': evidence, 'hallpass/mapping/v1': mapping } as const

/** The entry; undefined when it is of another system; `unreadable` when it claims to be of Hallpass and has no known form. */
export function toldIn(entry: unknown): Told | undefined | 'unreadable' {
  const { jsonPayload } = (entry ?? {}) as { jsonPayload?: { schema?: unknown } | null }
  const schema = jsonPayload?.schema
  if (typeof schema !== 'string' || !Object.hasOwn(forms, schema)) return undefined
  const usual = usualStepIn(entry as Fields, jsonPayload as Fields)
  return usual ?? toldBySchema(entry, schema as keyof typeof forms)
}
/** The same by the schema alone, which decides about every form. */
export function toldBySchema(entry: unknown, schema: keyof typeof forms): Told | 'unreadable' {
  const place = envelope.safeParse(entry)
  const told = forms[schema].safeParse((entry as { jsonPayload: unknown }).jsonPayload)
  if (!place.success || !told.success) return 'unreadable'
  return { ...told.data, ...place.data }
}

type Fields = Readonly<Record<string, unknown>>

function usualStepIn(entry: Fields, payload: Fields): ToldStep | undefined {
  if (payload['schema'] !== 'hallpass/audit/v1' || !isUsualPlace(entry) || !isUsualStep(payload)) return undefined
  const { insertId, timestamp, receiveTimestamp } = entry as ToldStep
  const { schema, installation, event, seq, at, message, actor, previous, hash, request, roleMapping, requester } =
    payload as ToldStep
  const { duration, reason, emergency, grants, approval, details } = payload as ToldStep
  return {
    schema,
    schemaVersion: (payload['schemaVersion'] as number | undefined) ?? 1,
    installation,
    event,
    seq,
    at,
    message,
    actor,
    previous,
    hash,
    request: { namespace: request.namespace, name: request.name, uid: request.uid },
    roleMapping,
    requester,
    duration,
    reason,
    emergency,
    grants: grants.map(({ resource, role, condition }) => ({
      resource,
      role,
      ...(condition !== undefined && { condition }),
    })),
    approval,
    details,
    insertId,
    timestamp,
    receiveTimestamp,
  }
}

/** The hash of a step, computed from what it says now. */
export function hashOf({ seq, event, at, actor, message, previous, details }: ToldStep): string {
  const record: AuditRecord = {
    seq,
    event,
    at,
    ...(actor && { actor }),
    message,
    ...(previous && { previous }),
    ...(Object.keys(details).length > 0 && { details }),
  }
  return recordHash(record)
}

/** The hash of the rules of a mapping, computed from what the entry says now. */
export function hashOfRules(told: ToldMapping): string {
  const { installation, at, message, previous, roleMapping, rules, grants } = told
  return rulesHash({ installation, at, message, previous, mapping: told.mapping, roleMapping, rules, grants })
}

/** Names a mapping for a person. */
export function nameOfMapping({ mapping: { namespace, name } }: Pick<ToldMapping, 'mapping'>): string {
  return `mapping ${namespace}/${name}`
}

/** Names a request for a person. */
export function nameOf({ request: { namespace, name, uid } }: Pick<ToldStep, 'request'>): string {
  return `request ${namespace}/${name} (${uid})`
}
