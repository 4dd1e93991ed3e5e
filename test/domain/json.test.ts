// JSON as text: canonical, parsed without errors, and printed so that nobody is shown something else than what is in it.
import { readdirSync, readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { canonicalJson, parseJson, parseObject, printedJson } from '../../src/domain/json.ts'
import { invisible } from '../../src/domain/text.ts'
import { attacks, type Sentence } from '../attacks.ts'
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

const disguises: Record<Sentence, string> = {
  'an override of the direction … escaped': 'admin\u202Egnp.exe',
  'an isolate of the direction … escaped': '\u2066dana\u2069',
  'a control sequence in eight bits … escaped': '\u009B2K',
  'a command of the terminal … escaped': '\u001B]0;title\u0007',
  'a deleted character … escaped': 'a\u007Fb',
  'a space without width … escaped': 'ro\u200Bles/owner',
  'letters that no font shows … escaped': 'x\u{E0061}\u{E0062}',
  'a separator of lines … escaped': 'a\u2028b',
}
attacks(test, disguises, text => {
  const value = { [text]: [text, { text }], plain: 'Dänä ✓ \n\t' }
  const printed = printedJson(value)
  assert.equal(JSON.parse(printed), value, 'the value is the same')
  assert.is(printed.split('\n').length, JSON.stringify(value, null, 2).split('\n').length + 1, 'and its lines')
  assert.ok(printed.includes('Dänä ✓'), 'what can be seen stays')
  return printed.search(invisible) < 0 ? 'escaped' : 'as it was'
})

test('every answer of the command line as JSON is printed so', () => {
  const folder = new URL('../../src/cli/', import.meta.url)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'))
  // The archive of certificates is a file, and only checked certificates get into it.
  const others = files.filter(file =>
    /JSON\.stringify\(.*, null, 2\)/.test(readFileSync(new URL(file, folder), 'utf8')),
  )
  assert.equal(others, ['verify/archive.ts'])
})

test.run()
