// How large a stored object can become: every part is limited, and a whole request stays under 114 KiB, so that a leader
// can keep many; one that five people must approve stays under 126 KiB.
import * as assert from 'uvu/assert'
import { documentsOf } from '../cluster.ts'
import { suite } from '../suite.ts'
import { largest, type Schema } from './largest.ts'

const test = suite('the size of stored objects')

const [requestLimit, mappingLimit] = [114 * 1024, 110 * 1024]
/** Names, uid, versions, times and Hallpass's finalizer; the API server's own managedFields come on top. */
const metadataLength = JSON.stringify({
  apiVersion: 'hallpass.dev/v1alpha1',
  kind: 'AccessRequest',
  metadata: {
    name: 'm'.repeat(53),
    namespace: 'n'.repeat(63),
    uid: 'u'.repeat(36),
    resourceVersion: '9'.repeat(20),
    generation: 1,
    creationTimestamp: '2026-11-24T10:00:00Z',
    deletionTimestamp: '2026-11-24T10:00:00Z',
    finalizers: ['hallpass.dev/account'],
  },
}).length

async function schemaOf(plural: string): Promise<Schema> {
  const [crd] = await documentsOf(`crds/${plural}.yaml`)
  const { versions } = (crd as { spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } }).spec
  const { properties = {}, ...schema } = versions[0]?.schema.openAPIV3Schema ?? {}
  const own = Object.entries(properties).filter(([name]) => ['spec', 'status'].includes(name))
  return { ...schema, properties: Object.fromEntries(own) }
}

/** The sum that the schema's own rule allows for all texts of the outbox. */
function outboxSum(schema: Schema): number {
  const rule = schema.properties?.['status']?.properties?.['audit']?.['x-kubernetes-validations']?.[0]?.rule
  return Number(/\.sum\(\) <= (\d+)$/.exec(rule ?? '')?.[1])
}

/** The same for conditions. */
function conditionsSum(schema: Schema): number {
  const { conditions } = schema.properties?.['status']?.properties ?? {}
  const rule = /^self\.map\(c, size\(c\.type\) \+ size\(c\.reason\) \+ size\(c\.message\)\)\.sum\(\) <= (\d+)$/
  return Number(rule.exec(conditions?.['x-kubernetes-validations']?.[0]?.rule ?? '')?.[1])
}

/** The schema with as many decisions as admission permits: as many approvals as the request needs. */
function withDecisions(schema: Schema, most: number): Schema {
  const copy = structuredClone(schema)
  const decisions = copy.properties?.['status']?.properties?.['decisions']
  assert.is(decisions?.maxItems, 6)
  if (decisions) decisions.maxItems = most
  return copy
}

test('a request at its maxima stays under 114 KiB', async () => {
  const schema = await schemaOf('accessrequests')
  const sum = outboxSum(schema)
  assert.is(sum, 12_000)
  const sums = { 'object.status.audit': sum, 'object.status.conditions': conditionsSum(schema) }
  const lengthOf = (approvals: number): number =>
    metadataLength + largest(withDecisions(schema, approvals), 'object', sums)
  const length = lengthOf(1)
  assert.ok(length < requestLimit, `${length} characters`)
  assert.ok(length > requestLimit * 0.9, `${length} characters: the limits could be wider`)
  assert.ok(lengthOf(5) < 126 * 1024, `${lengthOf(5)} characters with five approvals`)
})

test('a mapping at its maxima stays under 110 KiB', async () => {
  assert.ok(metadataLength + largest(await schemaOf('rolemappings'), 'object') < mappingLimit)
})

test('a part without a bound is noticed', () => {
  assert.throws(() => largest({ type: 'string' }, 'part'), /part has no maxLength/)
  assert.throws(() => largest({ type: 'array', items: { type: 'integer' } }, 'part'), /part has no maxItems/)
  assert.throws(() => largest({ type: 'object', additionalProperties: { type: 'string' } }, 'part'), /part is open/)
})

test.run()
