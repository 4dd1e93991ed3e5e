// The entries that Google itself writes to Cloud Audit Logs: one for each policy write that was judged, with what it
// changed. A write that was refused for a missing right is recorded as well; one with wrong arguments is not.
import { createHash, randomUUID } from 'node:crypto'
import type { Incoming } from './api.ts'
import type { LogEntry } from './log-buckets.ts'
import type { PolicyApi } from './policy-apis.ts'
import type { Binding, Policy } from './types.ts'

type Api = Pick<PolicyApi, 'service' | 'auditMethod' | 'collection'>
/** The resource and what it is in, by name. */
type Place = { ancestry: readonly string[] }
/** The policy before and after a write; absent when the write was refused. */
export type Change = { before: Pick<Policy, 'bindings'>; after: Pick<Policy, 'bindings'> }

/** The entry of a setIamPolicy (google/cloud/audit/audit_log.proto, google/iam/v1/logging/audit_data.proto). */
export function auditEntryOf(incoming: Incoming, api: Api & Place, change?: Change): LogEntry {
  const { caller, resource, at, reason } = incoming
  const time = at.toISOString()
  return {
    logName: `${placeOf(api.ancestry)}/logs/cloudaudit.googleapis.com%2Factivity`,
    resource: { type: /^projects\/[^/]+$/.test(resource) ? 'project' : 'audited_resource', labels: {} },
    timestamp: time,
    receiveTimestamp: time,
    insertId: createHash('sha256').update(randomUUID()).digest('hex').slice(0, 13),
    severity: change ? 'NOTICE' : 'ERROR',
    protoPayload: {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      serviceName: api.service,
      methodName: api.auditMethod,
      resourceName: resource,
      authenticationInfo: { principalEmail: caller.email },
      authorizationInfo: [{ resource, permission: `${api.collection}.setIamPolicy`, ...(change && { granted: true }) }],
      requestMetadata: { requestAttributes: { time, ...(reason && { reason }) }, destinationAttributes: {} },
      ...(change ? { status: {}, serviceData: auditData(change) } : { status: denied }),
    },
  }
}

const denied = { code: 7, message: 'PERMISSION_DENIED' }

// The project, folder or organisation that the resource is or is in.
function placeOf(ancestry: readonly string[]): string {
  return ancestry.find(name => /^[a-z]+\/[^/]+$/.test(name)) ?? ancestry[0]?.split('/').slice(0, 2).join('/') ?? ''
}

function auditData({ before, after }: Change): object {
  const bindingDeltas = deltasBetween(before.bindings, after.bindings)
  return {
    '@type': 'type.googleapis.com/google.iam.v1.logging.AuditData',
    policyDelta: bindingDeltas.length > 0 ? { bindingDeltas } : {},
  }
}

// One delta for each member of each role and condition (google/iam/v1/policy.proto, BindingDelta).
function deltasBetween(before: readonly Binding[], after: readonly Binding[]): object[] {
  const [old, next] = [membersOf(before), membersOf(after)]
  const removed = [...old].filter(([key]) => !next.has(key)).map(([, one]) => ({ action: 'REMOVE', ...one }))
  const added = [...next].filter(([key]) => !old.has(key)).map(([, one]) => ({ action: 'ADD', ...one }))
  return [...removed, ...added]
}

function membersOf(bindings: readonly Binding[]): Map<string, object> {
  return new Map(
    bindings.flatMap(({ role, members, condition }) =>
      members.map((member): [string, object] => {
        const one = { role, member, ...(condition && { condition }) }
        return [JSON.stringify([role, member, condition ?? null]), one]
      }),
    ),
  )
}
