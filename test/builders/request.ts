// Builds stored requests for tests.
import type { AccessRequest, Approver, RoleMapping } from '../../src/api/kinds.ts'
import { team } from './organisation.ts'
import { start } from '../fakes/clock.ts'

/** Dana's request for `of`, tagged to Mo, in the state in which Mo reads it. */
export function request(
  of: RoleMapping,
  more: { approvers?: Approver[]; status?: AccessRequest['status'] } = {},
): AccessRequest {
  return {
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'AccessRequest',
    metadata: {
      name: `${of.metadata.name}-aaaabbbbcccc`,
      namespace: of.metadata.namespace,
      uid: '22222222-0000-4000-8000-000000000001',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: start.toISOString(),
    },
    spec: {
      roleMapping: of.metadata.name,
      requester: { email: 'dana@example.com', slackUserID: 'U0DANA', name: 'Dana Engineer' },
      origin: 'slack',
      duration: '30m',
      reason: 'INC-1234 replaying the failed payout batch',
      slack: { teamID: team, channelID: 'C0PRODACCESS', triggerDigest: 'a'.repeat(64) },
      grants: of.spec.grants,
      approval: {
        required: 1,
        window: '30m',
        escalateAfter: '10m',
        onCall: { escalationPolicy: 'PABC123', level: 1 },
        onlyOnCall: false,
      },
    },
    status: {
      phase: 'Pending',
      approvers: more.approvers ?? [
        {
          email: 'mo@example.com',
          slackUserID: 'U0MO',
          name: 'Mo Manager',
          level: 1,
          why: 'on call',
          at: start.toISOString(),
        },
      ],
      ...more.status,
    },
  }
}
