// Calls that conditions are tried on: each shows other attributes, at an instant where clocks differ.
import type { ConditionContext } from '../../../src/cel/condition-context.ts'

const at = (text: string): Date => new Date(text)
const compute = {
  'resource.type': 'compute.googleapis.com/Instance',
  'resource.service': 'compute.googleapis.com',
} as const

/** An instance on a Wednesday morning; an object late on a Saturday in July; a project at the end of the year … */
export const calls = {
  instance: {
    at: at('2026-11-25T10:15:30.250Z'),
    attributes: { ...compute, 'resource.name': 'projects/prod-eu/zones/europe-west1-b/instances/prod-db-1' },
  },
  object: {
    at: at('2026-07-04T23:59:59.999Z'),
    attributes: {
      'resource.name': 'projects/_/buckets/acme-orders/objects/data/orders/order_date=2026-07-01/report.jpg',
      'resource.type': 'storage.googleapis.com/Object',
      'resource.service': 'storage.googleapis.com',
    },
    tags: [{ key: '123456789012/env', keyId: 'tagKeys/111', value: 'prod', valueId: 'tagValues/222' }],
  },
  // Google gives projects no resource.name.
  project: {
    at: at('2026-12-31T23:30:00Z'),
    attributes: {
      'resource.type': 'cloudresourcemanager.googleapis.com/Project',
      'resource.service': 'cloudresourcemanager.googleapis.com',
    },
    api: { 'iam.googleapis.com/modifiedGrantsByRole': ['roles/pubsub.editor'] },
  },
  // Half an hour after the clocks of Berlin went forward.
  tunnel: {
    at: at('2027-03-28T01:30:00Z'),
    attributes: {
      'resource.type': 'iap.googleapis.com/TunnelInstance',
      'resource.service': 'iap.googleapis.com',
      'request.auth.access_levels': ['accessPolicies/199923665455/accessLevels/CorpNet'],
      'request.host': 'hr.example.com',
      'request.path': '/admin/payroll.js',
      'destination.ip': '10.0.0.1',
      'destination.port': 22,
    },
  },
  rule: {
    at: at('2024-02-29T12:00:00Z'),
    attributes: {
      'resource.name': 'projects/prod-eu/regions/europe-west1/forwardingRules/public',
      'resource.type': 'compute.googleapis.com/ForwardingRule',
      'resource.service': 'compute.googleapis.com',
    },
    api: {
      'iam.googleapis.com/modifiedGrantsByRole': ['roles/pubsub.editor', 'roles/owner'],
      'aiplatform.googleapis.com/sessionUserId': 'team-a-7',
    },
    forwardingRule: 'EXTERNAL',
  },
  // Around access from 14:05 to 14:35.
  early: { at: at('2026-11-23T14:04:59.999Z'), attributes: compute },
  first: { at: at('2026-11-23T14:05:00Z'), attributes: compute },
  last: { at: at('2026-11-23T14:34:59.999Z'), attributes: compute },
  ended: { at: at('2026-11-23T14:35:00Z'), attributes: compute },
} as const satisfies Record<string, ConditionContext>

export type CallName = keyof typeof calls
