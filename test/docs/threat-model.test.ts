// The threat model names a test for each threat. This test fails when such a test is renamed or removed.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite, table } from '../suite.ts'

const test = suite('docs/threat-model.md')
const root = join(import.meta.dirname, '..')
const text = readFileSync(join(root, '../docs/threat-model.md'), 'utf8')

/** Rows of three cells, of which the last names a file and a sentence in it. */
const rows = text
  .split('\n')
  .filter(line => line.startsWith('| ') && line.includes('.test.ts'))
  .map(line => line.split('|').map(cell => cell.trim()))
const named = Object.fromEntries(rows.map(([, threat = '', control = '', cell = '']) => [threat, { control, cell }]))

test('there are threats, each once, in rows of threat, control and test', () => {
  assert.ok(rows.length >= 35)
  assert.is(Object.keys(named).length, rows.length, 'no threat is listed twice')
  assert.ok(rows.every(cells => cells.length === 5))
})

table(test, named, ({ control, cell }) => {
  assert.ok(control)
  const [, file = '', sentence = ''] = /^`([\w/.-]+\.test\.ts)`: "(.+)"$/.exec(cell) ?? []
  assert.ok(existsSync(join(root, file)), `${cell} names no file`)
  // The end of an attack may be said once for a whole table, so the file need only hold what is tried.
  const [tried = ''] = sentence.split(' … ')
  const source = readFileSync(join(root, file), 'utf8')
  assert.ok(tried && ["'", '"', '`'].some(quote => source.includes(`${quote}${tried}`)), `${file} has no "${tried}"`)
})

const trusted = [
  'mapping',
  'ConfigMap',
  'webhook',
  'CRDs',
  'Lease',
  'client certificate',
  'impersonate',
  'etcd',
  'node',
]
const outside = ['Slack workspace administrators', 'PagerDuty', 'Google Workspace', 'OAuth client']
table(
  test,
  Object.fromEntries([...trusted, ...outside].map(word => [`the trust base speaks of: ${word}`, word])),
  word => {
    const [, base = ''] = /## Who is trusted(.*?)\n## /s.exec(text) ?? []
    assert.ok(base.includes(word))
  },
)

test.run()
