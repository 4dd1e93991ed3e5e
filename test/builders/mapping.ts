// Builds mappings for tests.
import type { RoleMapping } from '../../src/api/kinds.ts'

type MappingFacts = { name?: string; namespace?: string; isReady?: boolean; spec?: Partial<RoleMapping['spec']> }
let serial = 0

/** A stored mapping: `prod-db`, for everyone at example.com, 30 minutes unless said otherwise, 4 hours at most. */
export function mapping({
  name = 'prod-db',
  namespace = 'hallpass',
  isReady = true,
  spec,
}: MappingFacts = {}): RoleMapping {
  return {
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'RoleMapping',
    metadata: {
      name,
      namespace,
      uid: `11111111-0000-4000-8000-${String(++serial).padStart(12, '0')}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-11-01T00:00:00Z',
    },
    spec: {
      command: `/${name}`,
      description: 'The payments database',
      grants: [
        { resource: 'projects/prod-eu', role: 'roles/cloudsql.client' },
        { resource: 'projects/prod-eu', role: 'roles/logging.viewer' },
      ],
      duration: { default: '30m', max: '4h', min: '5m' },
      requesters: { domains: ['example.com'] },
      approval: { window: '30m', onCall: { escalationPolicy: 'PABC123' } },
      reason: { required: true, pattern: 'INC-[0-9]+', hint: 'a ticket such as INC-1234' },
      channel: 'C0PRODACCESS',
      ...spec,
    },
    status: {
      conditions: [
        {
          type: 'Ready',
          status: isReady ? 'True' : 'False',
          observedGeneration: 1,
          lastTransitionTime: '2026-11-01T00:00:00Z',
          reason: 'Checked',
          message: 'Checked.',
        },
      ],
    },
  }
}
