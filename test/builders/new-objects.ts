// Builds requests and mappings that are not stored yet, in the plainest form.
import type { AccessRequest, NewAccessRequest, RequestStatus } from '../../src/api/kinds.ts'

type Facts = { name: string; namespace?: string; email?: string; spec?: Partial<AccessRequest['spec']> }

/** A request to create. */
export function newRequest({
  name,
  namespace = 'hallpass',
  email = 'dana@example.com',
  spec,
}: Facts): NewAccessRequest {
  return {
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'AccessRequest',
    metadata: { name, namespace, finalizers: ['hallpass.dev/account'] },
    spec: {
      roleMapping: 'prod-db',
      requester: { email, slackUserID: 'U0DANA', name: 'Dana Engineer' },
      origin: 'slack',
      duration: '30m',
      reason: 'INC-1234 replaying the failed payout batch',
      grants: [{ resource: 'projects/prod-eu', role: 'roles/cloudsql.client' }],
      approval: { required: 1, window: '30m', escalateAfter: '10m', onlyOnCall: false },
      ...spec,
    },
  }
}

/** A request's end without remaining work. */
export const settled = (endedAt = '2026-11-23T15:00:00Z'): RequestStatus => ({
  phase: 'Withdrawn',
  endedAt,
  settled: true,
})

/** A mapping as a GitOps controller would apply it. */
export function newMapping(name: string, namespace = 'hallpass'): { metadata: { name: string; namespace: string } } {
  return {
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'RoleMapping',
    metadata: { name, namespace },
    spec: {
      grants: [{ resource: 'projects/prod-eu', role: 'roles/cloudsql.client' }],
      requesters: { domains: ['example.com'] },
      approval: { onCall: { escalationPolicy: 'PMANAGERS' } },
      channel: 'C0PRODACCESS',
    },
  } as { metadata: { name: string; namespace: string } }
}
