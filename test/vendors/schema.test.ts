// The reader of published schemas finds what does not fit, and refuses a keyword that it does not understand.
import * as assert from 'uvu/assert'
import { suite, table } from '../suite.ts'
import { faultsOf, type Schema } from './schema.ts'

const test = suite('reader of published schemas')
const named: Schema = { type: 'object', required: ['id'], properties: { id: { type: 'string' } } }
const reading = { resolve: () => named, isClosed: true }

table<{ value: unknown; schema: Schema; faults: string[] }>(
  test,
  {
    'a value that fits has no fault': { value: { id: 'a' }, schema: named, faults: [] },
    'a missing field is named': { value: {}, schema: named, faults: ['it.id is missing'] },
    'a field that nobody published is named': {
      value: { id: 'a', extra: 1 },
      schema: named,
      faults: ['it.extra is not in the schema'],
    },
    'the fields of all parts count as published': {
      value: { id: 'a', more: true, extra: 1 },
      schema: { allOf: [{ $ref: '#/named' }, { type: 'object', properties: { more: { type: 'boolean' } } }] },
      faults: ['it.extra is not in the schema'],
    },
    'a field inside of a part is judged too': {
      value: { id: 'a', deep: { id: 'b', extra: 1 } },
      schema: { allOf: [named, { properties: { deep: { $ref: '#/named' } } }] },
      faults: ['it.deep.extra is not in the schema'],
    },
    'one of several forms is enough': {
      value: 'a',
      schema: { oneOf: [{ type: 'integer' }, { type: 'string', enum: ['a', 'b'] }] },
      faults: [],
    },
    'a word that is not in the list is a fault': {
      value: 'c',
      schema: { type: 'string', enum: ['a', 'b'] },
      faults: ['it is not one of a, b: "c"'],
    },
    'null is a value only where the schema says so': {
      value: [null],
      schema: { type: 'array', items: { type: 'string' } },
      faults: ['it[0] is no string: null'],
    },
    'an instant has its form': {
      value: 'yesterday',
      schema: { type: 'string', format: 'date-time' },
      faults: ['it is no date-time: "yesterday"'],
    },
    'a text that is too long is a fault': {
      value: 'abc',
      schema: { type: 'string', maxLength: 2 },
      faults: ['it is 3, more than 2'],
    },
    'a field that no pattern allows is a fault': {
      value: { a: 1 },
      schema: { type: 'object', properties: {}, additionalProperties: false },
      faults: ['it.a is not in the schema'],
    },
  },
  ({ value, schema, faults }) => assert.equal(faultsOf(value, schema, reading, 'it'), faults),
)

test('a keyword that is not understood is an error', () => {
  assert.throws(() => faultsOf(1, { multipleOf: 2 }, reading), /keyword "multipleOf"/)
})

test.run()
