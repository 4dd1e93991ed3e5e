import * as assert from 'uvu/assert'
import { canonicalJson, parseJson, parseObject } from '../../src/domain/json.ts'
import { suite } from '../suite.ts'

const test = suite('JSON as text')

test('canonical JSON sorts keys at every depth, keeps lists, and leaves absent fields out', () => {
  assert.is(canonicalJson({ b: [{ d: 1, c: 2 }], a: undefined, e: null }), '{"b":[{"c":2,"d":1}],"e":null}')
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
