// Builds requests with their histories and log entries, for questions about the past.
import { Readable } from 'node:stream'
import type { AccessRequest, AuditRecord, GrantRecord, GrantSpec, RequestStatus } from '../../src/api/kinds.ts'
import type { AuditEvent } from '../../src/domain/audit/audit-events.ts'
import { detailsOfGrant, entryOf, withEvent } from '../../src/domain/audit/audit.ts'
import { after, instant } from '../../src/domain/asking/duration.ts'

export const noon = new Date('2026-11-23T12:00:00Z')
/** Seconds after noon, as stored. */
export const at = (seconds: number): string => instant(after(noon, seconds))

const grants: GrantSpec[] = [
  { resource: 'projects/prod-eu', role: 'roles/cloudsql.client' },
  { resource: 'projects/prod-us', role: 'roles/logging.viewer' },
]

/** A granted request from noon to half past, changed as given. */
export function request(
  status: Partial<RequestStatus> = {},
  of: { name?: string; email?: string } = {},
): AccessRequest {
  const { name = 'prod-db-7f3k2', email = 'dana@example.com' } = of
  return {
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'AccessRequest',
    metadata: { name, namespace: 'hallpass', uid: `uid-${name}`, creationTimestamp: at(-60), resourceVersion: '1' },
    spec: {
      roleMapping: 'prod-db',
      requester: { email },
      origin: 'slack',
      duration: '30m',
      reason: 'INC-1234',
      grants,
      approval: { required: 1, window: '30m', escalateAfter: '10m', onlyOnCall: false },
    },
    status: {
      phase: 'Provisioned',
      startsAt: at(0),
      expiresAt: at(1800),
      approvedBy: 'mo@example.com',
      grants: [record(0, 'Written')],
      ...status,
    },
  }
}

/** A grant's record, by its position in the spec. */
export function record(position: 0 | 1, state: GrantRecord['state'], seconds?: number): GrantRecord {
  const { resource, role } = grants[position] ?? { resource: '', role: '' }
  return { resource, role, state, ...(seconds !== undefined && { at: at(seconds) }) }
}

export async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}

/** A request that lives through changes of its status, and the log entries that they leave. */
export function lived(
  born: AccessRequest,
  steps: [AuditEvent, number, Partial<RequestStatus>][],
): { now: AccessRequest; log: object[] } {
  const log: object[] = []
  const now = steps.reduce((seen, [event, seconds, change]) => {
    const next = { ...seen.status, ...change }
    const joined = withEvent(next, { event, at: after(noon, seconds), message: event, details: detailsOfGrant(next) })
    const [newest] = (joined.audit ?? []).slice(-1) as [AuditRecord]
    log.push(logged(seen, newest))
    return { ...seen, status: { ...next, ...joined, audit: [] } }
  }, born)
  return { now, log }
}

/** The entry as the log gives it back. */
function logged(request: AccessRequest, newest: AuditRecord): object {
  const { insertId, at: timestamp, severity, payload } = entryOf(request, newest)
  return { insertId, timestamp: timestamp.toISOString(), severity, jsonPayload: payload }
}

/** Text as a stream. */
export function streamOf(text: string): NodeJS.ReadableStream {
  return Readable.from([text])
}
