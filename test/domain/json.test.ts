import * as assert from 'uvu/assert'
import { canonicalJson, parseJson, parseObject } from '../../src/domain/json.ts'
import { suite } from '../suite.ts'

const test = suite('JSON as text')

test('canonical JSON sorts keys at every depth, keeps lists, and leaves absent fields out', () => {
  assert.is(canonicalJson({ b: [{ d: 1, c: 2 }], a: undefined, e: null }), '{"b":[{"c":2,"d":1}],"e":null}')
})

const odd: unknown[] = [
  { 10: 'a', 9: 'b', x: { 2: 1, '01': 2 } },
  { at: new Date(0), 'b"\n': '\u2028\uD800', toJSON: 1 },
  { n: [Number.NaN, -0, 1e21, Infinity, undefined, () => 1], f: () => 1, s: Symbol('s') },
  [undefined, null, [], {}, { __proto__: null, a: 1 }],
  'text',
  1,
  null,
  true,
]

test('canonical JSON is what JSON.stringify writes of the same fields in order', () => {
  const inOrder = (_key: string, part: unknown): unknown =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part
  for (const value of odd) assert.is(canonicalJson(value), JSON.stringify(value, inOrder))
})

test('what is not JSON is read as nothing, without an error', () => {
  assert.is(parseJson('{'), undefined)
  assert.is(parseJson(''), undefined)
  assert.equal(parseJson('[1]'), [1])
})

test('only an object is read as an object', () => {
  for (const text of ['[1]', 'null', '"a"', '1', '{']) assert.is(parseObject(text), undefined)
  assert.equal(parseObject('{"a":1}'), { a: 1 })
})

test.run()
