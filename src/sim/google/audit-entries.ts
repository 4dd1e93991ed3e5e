// The entries that Google itself writes to Cloud Audit Logs: one for each policy write that succeeded. Refused writes, which
// Google records too, and the difference of the policies are left out.
import { randomUUID } from 'node:crypto'
import type { Incoming } from './api.ts'
import type { LogEntry } from './logging.ts'
import type { PolicyApi } from './policy-apis.ts'

/** The entry of a setIamPolicy (google/cloud/audit/audit_log.proto, google/rpc/context/attribute_context.proto). */
export function auditEntryOf(
  { caller, resource, at, reason }: Incoming,
  { service, auditMethod }: Pick<PolicyApi, 'service' | 'auditMethod'>,
): LogEntry {
  const time = at.toISOString()
  return {
    logName: `${resource.startsWith('projects/_/') ? 'projects/unknown' : resource.split('/').slice(0, 2).join('/')}/logs/cloudaudit.googleapis.com%2Factivity`,
    resource: { type: /^projects\/[^/]+$/.test(resource) ? 'project' : 'audited_resource', labels: {} },
    timestamp: time,
    receiveTimestamp: time,
    insertId: randomUUID(),
    severity: 'NOTICE',
    protoPayload: {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      serviceName: service,
      methodName: auditMethod,
      resourceName: resource,
      authenticationInfo: { principalEmail: caller.email },
      requestMetadata: { requestAttributes: { time, ...(reason && { reason }) } },
      status: {},
    },
  }
}
