// The last check before a policy is written that may only have less in it.
import * as assert from 'uvu/assert'
import { isOnlyLess } from '../../../src/domain/granting/only-less.ts'
import type { Binding, Policy } from '../../../src/domain/granting/policy.ts'
import { attacks, ending } from '../../attacks.ts'
import { suite, table } from '../../suite.ts'

const test = suite('a policy with less in it')

const title = 'hallpass 0f0f0f0f-1111-4222-8333-444444444444'
const own: Binding = {
  role: 'roles/cloudsql.client',
  members: ['user:dana@example.com'],
  condition: { title, expression: 'request.time < timestamp("2026-11-23T14:30:00Z")' },
}
const standing: Binding = { role: 'roles/viewer', members: ['group:sre@example.com', 'user:mo@example.com'] }
const other: Binding = { ...own, condition: { ...own.condition, title: 'hallpass of another', expression: 'true' } }
const before: Policy = { version: 3, etag: 'a', bindings: [standing, own, other], auditConfigs: [{ service: 'all' }] }

table<Policy>(
  test,
  {
    'one entry of the request is missing': { ...before, bindings: [standing, other] },
    'nothing is missing': before,
    'a policy without conditions is written at version 3': { ...before, version: 3, bindings: [standing, other] },
  },
  after => assert.is(isOnlyLess(before, after, title), true),
)

attacks<Policy>(
  test,
  ending('nothing is sent', {
    'the janitor adds a binding': { ...before, bindings: [standing, own, other, { ...own, role: 'roles/owner' }] },
    'the janitor removes one and adds one': { ...before, bindings: [standing, { ...own, role: 'roles/owner' }, other] },
    'the janitor adds a member to a binding of somebody else': {
      ...before,
      bindings: [{ ...standing, members: [...(standing.members ?? []), 'user:eve@example.com'] }, other],
    },
    'the janitor removes a member of a standing binding': {
      ...before,
      bindings: [{ ...standing, members: ['user:mo@example.com'] }, other],
    },
    'the janitor makes a condition longer': {
      ...before,
      bindings: [standing, { ...own, condition: { title, expression: 'true' } }, other],
    },
    'the janitor removes a standing binding': { ...before, bindings: [own, other] },
    'the janitor removes the entry of another request': { ...before, bindings: [standing, own] },
    'the janitor moves a binding': { ...before, bindings: [other, standing] },
    'the janitor doubles a binding': { ...before, bindings: [standing, standing, other] },
    'the janitor changes what is audited': { ...before, bindings: [standing, other], auditConfigs: [] },
    'the janitor writes without the etag': {
      version: 3,
      bindings: [standing, other],
      auditConfigs: before['auditConfigs'],
    },
    'the janitor writes with another etag': { ...before, etag: 'b', bindings: [standing, other] },
    'the janitor writes at version 1': { ...before, version: 1, bindings: [standing, other] },
  }),
  after => (isOnlyLess(before, after, title) ? 'sent' : 'nothing is sent'),
)

test('an entry with our title for two people is not taken out', () => {
  const shared = { ...own, members: ['user:dana@example.com', 'user:eve@example.com'] }
  const policy = { ...before, bindings: [shared] }
  assert.is(isOnlyLess(policy, { ...policy, bindings: [] }, title), false)
})

test.run()
