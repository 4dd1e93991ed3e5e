// What a cache keeps of a received object: all fields that are read, in as little memory as possible.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as assert from 'uvu/assert'
import { createCompactor } from '../../src/kube/compact.ts'
import type { Stored } from '../../src/kube/resource.ts'
import { suite } from '../suite.ts'

const test = suite('a compact object')
type Thing = Stored & { spec: Record<string, unknown> }

const received = (n: number, more: object = {}): Thing =>
  JSON.parse(
    JSON.stringify({
      apiVersion: 'test.dev/v1',
      metadata: {
        name: `thing-${n}`,
        managedFields: [{ manager: 'kubectl' }],
        uid: `u${n}`,
        resourceVersion: `${n}`,
        ...more,
      },
      spec: {
        note: `the note of ${n}`,
        owner: 'mo@example.com',
        grants: [{ role: 'viewer', on: ['projects/prod-eu', null] }],
      },
    }),
  ) as Thing

test('it equals the received object without managedFields', () => {
  const compact = createCompactor<Thing>()
  for (let n = 0; n < 5; n++) {
    const { metadata, ...rest } = received(n)
    const { managedFields: _, ...kept } = metadata as Thing['metadata'] & { managedFields: unknown }
    assert.equal(compact(received(n)), { ...rest, metadata: kept })
  }
})

test('labels, annotations and owners are removed, the metadata that is read stays', () => {
  const read = { generation: 1, creationTimestamp: '2026-11-23T14:02:00Z', finalizers: ['test.dev/kept'] }
  const hung = {
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', note: 'x'.repeat(9_999) },
    labels: { team: 'db' },
    ownerReferences: [{ uid: 'u0' }],
  }
  for (const [name, value] of Object.entries(hung)) {
    const { metadata } = createCompactor<Thing>()(received(1, { ...read, managedFields: undefined, [name]: value }))
    assert.equal(metadata, { name: 'thing-1', uid: 'u1', resourceVersion: '1', ...read }, name)
  }
})

test('it is frozen at every depth, and a frozen object stays the same', () => {
  const compact = createCompactor<Thing>()
  const thing = compact(received(1))
  const depths: unknown[] = [thing, thing.metadata, thing.spec, thing.spec['grants']]
  assert.ok(depths.every(part => Object.isFrozen(part)))
  assert.is(compact(thing), thing)
})

test('similar strings are not confused', () => {
  const compact = createCompactor<Thing>()
  // The same length, first, middle and last character.
  for (const note of ['a-1-2-b-3-4-c', 'a-5-6-b-7-8-c', 'a-1-2-b-3-4-c', '', 'ü', 'x'.repeat(300), 'x'.repeat(256)])
    assert.is(compact({ ...received(1), spec: { note } }).spec['note'], note)
})

test('a field named like a part of every object is a field', () => {
  const thing = JSON.parse(
    '{"metadata":{"name":"x","uid":"u","resourceVersion":"1"},"spec":{"__proto__":{"a":"b"}}}',
  ) as Thing
  const { spec } = createCompactor<Thing>()(thing)
  assert.equal(Object.keys(spec), ['__proto__'])
  assert.is(Object.getPrototypeOf(spec), Object.prototype)
})

test('repeated strings are stored once, which takes less memory', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const used = (): number => (collect(), process.memoryUsage().heapUsed)
  const bytesEach = (take: (thing: Thing) => Thing): number => {
    const before = used()
    const all = Array.from({ length: 5_000 }, (_, n) => take(received(n)))
    return (used() - before) / all.length
  }
  const [plain, compact] = [bytesEach(thing => thing), bytesEach(createCompactor<Thing>())]
  assert.ok(compact < plain * 0.8, `${compact.toFixed(0)} bytes instead of ${plain.toFixed(0)}`)
})

test.run()
