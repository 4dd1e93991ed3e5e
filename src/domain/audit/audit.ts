// How an audit event is added to the request's outbox, and its entry in the log. Every transition is one event,
// appended in the transition's own write, so that no event can be lost between the two.
import type { AccessRequest, AuditRecord, GrantRecord, RequestStatus } from '../../api/kinds.ts'
import { type AuditEvent, factsOfEvent } from './audit-events.ts'
import { sha256 } from '../approval/digest.ts'
import { canonicalJson } from '../json.ts'
import { instant } from '../asking/duration.ts'
import { oneLine, shortLine } from '../text.ts'

export type NewEvent = {
  event: AuditEvent
  at: Date
  actor?: string | undefined
  message: string
  details?: Record<string, string | undefined>
}

/**
 * The status fields after the event has joined the outbox: next seq, chained to the digest of the event before. Every
 * text is one visible, well-formed line, so that it cannot hide anything and its digest is that of the text which the
 * API server stores.
 */
export function withEvent(
  status: RequestStatus,
  { event, at, actor, message, details }: NewEvent,
): Pick<RequestStatus, 'audit' | 'auditSeq' | 'auditHead'> {
  const facts = Object.fromEntries(
    Object.entries(details ?? {}).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, shortLine(value, 1024)] as const],
    ),
  )
  const record: AuditRecord = {
    seq: (status.auditSeq ?? 0) + 1,
    event,
    at: instant(at),
    ...(actor && { actor: oneLine(actor) }),
    message: shortLine(message, 600),
    ...(status.auditHead && { previous: status.auditHead }),
    ...(Object.keys(facts).length > 0 && { details: facts }),
  }
  return { audit: [...(status.audit ?? []), record], auditSeq: record.seq, auditHead: recordHash(record) }
}

/** SHA-256 (hex) of an event: what the next one says as `previous`. */
export function recordHash(record: AuditRecord): string {
  return sha256(canonicalJson(record))
}

/** One complete entry for the log: the event, and everything that "who had access" needs. */
export type AuditEntry = {
  /** The same for repeats: request uid and seq. */
  insertId: string
  at: Date
  severity: 'INFO' | 'NOTICE' | 'WARNING' | 'ERROR'
  uid: string
  payload: Record<string, unknown>
  isFirst: boolean
  isLast: boolean
}

/**
 * The version of the vocabulary that this release writes. Readers know every earlier one: fields are only ever added, and
 * entries without a number are of the first.
 */
export const schemaVersion = 3

/**
 * The log entry of an outbox record. A repeat gives exactly the same entry, because nothing in it depends on the time
 * of sending. `installation` is the public address of Hallpass, by which the entries of two clusters are distinguished.
 */
export function entryOf(request: AccessRequest, record: AuditRecord, installation?: string): AuditEntry {
  const { metadata, spec } = request
  return {
    insertId: `${metadata.uid}-${String(record.seq).padStart(4, '0')}`,
    at: new Date(record.at),
    severity: factsOfEvent(record.event)?.severity ?? 'INFO',
    uid: metadata.uid,
    isFirst: record.seq === 1,
    isLast: isLast(request, record),
    payload: {
      schema: 'hallpass/audit/v1',
      schemaVersion,
      ...(installation !== undefined && { installation }),
      event: record.event,
      seq: record.seq,
      at: record.at,
      message: record.message ?? '',
      actor: record.actor ?? '',
      previous: record.previous ?? '',
      hash: recordHash(record),
      request: { namespace: metadata.namespace, name: metadata.name, uid: metadata.uid },
      roleMapping: spec.roleMapping,
      requester: spec.requester.email,
      duration: spec.duration,
      ...(spec.window && { window: spec.window }),
      reason: spec.reason,
      ...(spec.emergency && { emergency: true }),
      grants: spec.grants.map(({ resource, role, condition }) => ({ resource, role, ...(condition && { condition }) })),
      ...(spec.hours && { hours: spec.hours }),
      approval: spec.approval,
      details: record.details ?? {},
    },
  }
}

// After the access of an emergency has ended, its review follows.
function isLast({ spec }: AccessRequest, { event }: AuditRecord): boolean {
  const isReviewed = spec.emergency === true && (event === 'Expired' || event === 'Revoked')
  return !isReviewed && (factsOfEvent(event)?.isLast ?? false)
}

/** A request's access: everything that "who had access" needs in addition to the person. */
export type GrantFacts = {
  startsAt: string
  expiresAt: string
  endedAt?: string | undefined
  approvedBy?: string | undefined
  grants: Pick<GrantRecord, 'resource' | 'role' | 'state' | 'at'>[]
}

/** The facts of a request's access; undefined before its times are stored. */
export function grantFactsOf({
  startsAt,
  expiresAt,
  endedAt,
  approvedBy,
  grants,
}: RequestStatus): GrantFacts | undefined {
  if (!startsAt || !expiresAt) return undefined
  return { startsAt, expiresAt, endedAt, approvedBy, grants: grants ?? [] }
}

/**
 * The instant until which a grant is held; undefined when it never was. A grant that Google did not confirm may continue
 * after an early end of the request, because nobody knows whether it was removed.
 */
export function heldUntil(
  { expiresAt, endedAt }: GrantFacts,
  { state, at }: Pick<GrantRecord, 'state' | 'at'>,
): Date | undefined {
  switch (state) {
    case 'Pending':
    case 'Refused':
      return undefined
    case 'Writing':
    case 'Unknown':
      return new Date(expiresAt)
    case 'Written':
      return earliest(expiresAt, endedAt)
    case 'Removed':
      return earliest(expiresAt, at ?? endedAt)
  }
}

function earliest(expiresAt: string, other: string | undefined): Date {
  const instants = [expiresAt, other ?? expiresAt].map(text => Date.parse(text))
  return new Date(Math.min(...instants))
}

/**
 * The same as details of an event, from the status as it is after the transition: for every event that changes what is
 * granted (GrantStarted, Granted, GrantInDoubt, GrantUndone, Failed, Revoked). One key for each grant, because a value
 * has a limited length.
 */
export function detailsOfGrant(status: RequestStatus): Record<string, string | undefined> {
  const facts = grantFactsOf(status)
  if (!facts) return {}
  const { startsAt, expiresAt, endedAt, approvedBy, grants } = facts
  const rows = grants.map(({ resource, role, state, at }, n) => {
    const since = state === 'Removed' && at ? ` ${at}` : ''
    return [`grant.${n}`, `${state} ${role} ${resource}${since}`]
  })
  return { startsAt, expiresAt, endedAt, approvedBy, ...Object.fromEntries(rows) }
}

/** The inverse of `detailsOfGrant`; undefined for the details of any other event. */
export function readDetailsOfGrant(details: Readonly<Record<string, string>>): GrantFacts | undefined {
  const { startsAt, expiresAt, endedAt, approvedBy } = details
  if (!startsAt || !expiresAt) return undefined
  const grants = Object.entries(details).flatMap(([key, value]) => {
    const [state, role, resource, at] = value.split(' ')
    if (!key.startsWith('grant.') || !role || !resource) return []
    return [{ resource, role, state: state as GrantRecord['state'], ...(at && { at }) }]
  })
  return { startsAt, expiresAt, endedAt, approvedBy, grants }
}
