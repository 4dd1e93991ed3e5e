// Which grants were made around Hallpass: policy writes in Cloud Audit Logs, compared with Hallpass's own log.
import * as assert from 'uvu/assert'
import { addedIn, grantsAround, isUnreadable } from '../../src/audit/around.ts'
import { eventsIn } from '../../src/audit/log-entries.ts'
import { expressionOf, titleOf } from '../../src/domain/granting/policy.ts'
import { resourceOf } from '../../src/domain/mapping/resources.ts'
import { attacks } from '../attacks.ts'
import { samples } from '../builders/resources.ts'
import { suite, table } from '../suite.ts'
import { at, lived, noon, record, request, streamOf } from '../builders/history.ts'

const test = suite('grants around Hallpass')

const { now, log } = lived(request({ phase: 'Approved', grants: [record(0, 'Pending')] }), [
  ['GrantStarted', 0, {}],
  ['Granted', 5, { phase: 'Provisioned', grants: [record(0, 'Written')] }],
])
const title = titleOf(now.metadata.uid)
const expression = expressionOf({ startsAt: noon, expiresAt: new Date(noon.getTime() + 1800_000) })
const ours = {
  action: 'ADD',
  role: 'roles/cloudsql.client',
  member: 'user:dana@example.com',
  condition: { title, expression },
}

/** A policy write as `gcloud logging read` prints it. */
const written = (delta: object, by = 'mo@example.com', more: object = {}): object => ({
  logName: 'projects/prod-eu/logs/cloudaudit.googleapis.com%2Factivity',
  timestamp: at(2),
  protoPayload: {
    '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
    methodName: 'SetIamPolicy',
    resourceName: 'projects/prod-eu',
    authenticationInfo: { principalEmail: by },
    requestMetadata: { requestAttributes: { reason: title } },
    serviceData: { policyDelta: { bindingDeltas: [{ ...ours, ...delta }] } },
    ...more,
  },
})

test('of several approvers, only the one who approved last may have written it', async () => {
  const two = lived(request({ phase: 'Approved', grants: [record(0, 'Pending')] }), [
    ['GrantStarted', 0, { approvedBy: 'ana@example.com, mo@example.com' }],
    ['Granted', 5, { phase: 'Provisioned', grants: [record(0, 'Written')] }],
  ])
  const events = await Array.fromAsync(eventsIn(streamOf(JSON.stringify(two.log)), { count: 0 }))
  const whyOf = (by: string): string | undefined => grantsAround(addedIn(written({}, by)), events)[0]?.why
  assert.equal([whyOf('mo@example.com'), whyOf('ana@example.com')], [undefined, 'it was not written by the approver'])
})

const facts: Record<string, { entry: object; why: string | undefined }> = {
  'the grant of an approved request, written by its approver, is Hallpass’s': { entry: written({}), why: undefined },
  "the approver's address in other letters is the same": { entry: written({}, 'Mo@Example.com'), why: undefined },
  'a grant without a title went around': {
    entry: written({ condition: undefined }),
    why: 'it does not name a request of Hallpass',
  },
  'a header of Hallpass does not prove anything': {
    entry: written({ condition: { title: 'mine', expression } }),
    why: 'it does not name a request of Hallpass',
  },
  'a title of Hallpass with a uid that nobody approved': {
    entry: written({ condition: { title: titleOf('11111111-0000-4000-8000-000000000001'), expression } }),
    why: 'no approved request has this uid',
  },
  'an approved request, written by somebody else': {
    entry: written({}, 'otto@example.com'),
    why: 'it was not written by the approver',
  },
  'another role under an approved title': {
    entry: written({ role: 'roles/owner' }),
    why: 'it gives something else than what was approved',
  },
  'another person under an approved title': {
    entry: written({ member: 'user:otto@example.com' }),
    why: 'it gives something else than what was approved',
  },
  'another resource under an approved title': {
    entry: written({}, 'mo@example.com', { resourceName: 'projects/prod-us' }),
    why: 'it gives something else than what was approved',
  },
  'a longer time under an approved title': {
    entry: written({ condition: { title, expression: expression.replace('12:30', '23:30') } }),
    why: 'it gives something else than what was approved',
  },
  'a condition that always holds before the approved one': {
    entry: written({ condition: { title, expression: `(true) || (true) && ${expression}` } }),
    why: 'it gives something else than what was approved',
  },
}
table(test, facts, async ({ entry, why }) => {
  const events = await Array.fromAsync(eventsIn(streamOf(JSON.stringify(log)), { count: 0 }))
  const added = addedIn(entry)
  assert.is(added.length, 1)
  assert.is(grantsAround(added, events)[0]?.why, why)
})

test('a write on any type of resource is compared under the name that mappings use', () => {
  const methods: Partial<Record<keyof typeof samples, string>> = {
    bucket: 'storage.setIamPermissions',
    secret: 'google.cloud.secretmanager.v1.SecretManagerService.SetIamPolicy',
    instance: 'v1.compute.instances.setIamPolicy',
    'service account': 'google.iam.admin.v1.SetIAMPolicy',
  }
  for (const [noun, { name }] of Object.entries(samples)) {
    const { service = '', relative = '' } = resourceOf(name) ?? {}
    const methodName = methods[noun as keyof typeof samples] ?? 'SetIamPolicy'
    const entry = written({}, 'mo@example.com', { serviceName: service, methodName, resourceName: relative })
    assert.equal(
      addedIn(entry).map(({ resource }) => resource),
      [name],
    )
  }
})

attacks(
  test,
  {
    'a grant is hidden next to a change of an unknown form … told as unreadable': written({ member: 7 }),
    'a grant is in a write whose changes the log leaves out … told as unreadable': written({}, 'mo@example.com', {
      serviceData: {},
      status: {},
    }),
    'a grant that failed is in such a write … nothing to tell': written({}, 'mo@example.com', {
      serviceData: {},
      status: { code: 7 },
    }),
    'a grant is written as usual … nothing to tell': written({}),
  },
  entry => (isUnreadable(entry) ? 'told as unreadable' : 'nothing to tell'),
)

test('what a write took away, a write that failed, and other entries add nothing', () => {
  assert.equal(addedIn(written({ action: 'REMOVE' })), [])
  assert.equal(addedIn(written({}, 'mo@example.com', { status: { code: 7 } })), [])
  assert.equal(addedIn(written({}, 'mo@example.com', { methodName: 'GetIamPolicy' })), [])
  assert.equal(addedIn(log[0]), [])
  assert.equal(addedIn(null), [])
})

test.run()
