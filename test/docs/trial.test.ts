// docs/trial.md lists every assumption of `hallpass trial` with its sentence and what its check changes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { assumptions } from '../../src/cli/trial/list.ts'
import { suite } from '../suite.ts'

const test = suite('trial page')
const page = readFileSync(join(import.meta.dirname, '../../docs/trial.md'), 'utf8')
const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

test('the page lists every assumption and no other', () => {
  const rows = page.split('\n').filter(line => /^\| [a-z]+-[a-z0-9-]+ \|/.test(line))
  const expected = assumptions.map(({ id, service, says, changes = 'changes nothing', needsPerson }) => {
    const sentence = says.replaceAll(/[&<>]/g, sign => entities[sign] ?? sign)
    return `| ${id} | ${service} | ${sentence} | ${changes}${needsPerson ? '; asks you' : ''} |`
  })
  assert.equal(rows, expected)
})

test('an assumption is named after its service, once', () => {
  const ids = assumptions.map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length)
  for (const id of ids) assert.match(id, /^(iam|kms|log|oauth|groups|slack|pagerduty)-[a-z0-9-]+$/)
})

test.run()
