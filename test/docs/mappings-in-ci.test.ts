// docs/mappings-in-ci.md: what it shows is what the commands print, and the published schema of tests accepts and refuses
// what the command does.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { z } from 'zod'
import { readSentence } from '../../src/cli/mapping-tests/sentence.ts'
import { hallpass } from '../cli/terminal.ts'
import { suite } from '../suite.ts'

const test = suite('docs/mappings-in-ci.md')
const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const page = read('docs/mappings-in-ci.md')
const folder = mkdtempSync(join(tmpdir(), 'hallpass-page-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

/** The samples with one text of one of them replaced. */
function samplesWith(name: string, from: string, to: string): string {
  const copy = mkdtempSync(join(folder, 'samples-'))
  cpSync(join(root, 'deploy/samples'), copy, { recursive: true })
  const text = read(`deploy/samples/${name}`)
  assert.ok(text.includes(from))
  writeFileSync(join(copy, name), text.replace(from, to))
  return copy
}

test('it shows what lint prints', async () => {
  const { out } = await hallpass([
    'lint',
    join(samplesWith('prod-db.yaml', 'sql.client', 'sql.clinet'), 'prod-db.yaml'),
  ])
  const [finding = '', remedy = '', counts = ''] = out.split('\n')
  const shown = [finding.replace(/^.*prod-db\.yaml:\d+:\d+/, 'mappings/prod-db.yaml:13:7'), remedy, counts]
  assert.ok(page.includes(`\`\`\`\n${shown.join('\n')}\n\`\`\``), shown.join('\n'))
})

test('it shows the tests of the samples, and every sentence that it names is understood', () => {
  const file = read('deploy/samples/samples.test.yaml')
  assert.ok(page.includes(`\`\`\`yaml\n${file}\`\`\``), 'the page must have deploy/samples/samples.test.yaml')
  const rows = [...page.matchAll(/^\| `([^`]* may [^`]*)`/gm)]
    .map(([, text = '']) => text)
    .filter(text => !text.includes('…'))
  assert.is(rows.length, 5)
  for (const text of rows) readSentence(text)
  for (const more of ['for 2h', 'as an emergency', 'at 2026-11-24T22:00:00Z', 'because REASON', '(TooLong)']) {
    assert.ok(page.includes(`\`${more}\``), more)
    readSentence(`dana may not ask prod-db ${more}`)
  }
})

test('it shows what plan prints', async () => {
  const after = samplesWith('prod-schema.yaml', 'required: 2', 'required: 1')
  const { out } = await hallpass(['plan', join(root, 'deploy/samples'), after])
  assert.ok(page.includes(`\`\`\`markdown\n${out}\`\`\``), out)
})

test('the schema of tests accepts the sample, and refuses what is not a test', () => {
  const schema = z.fromJSONSchema(JSON.parse(read('docs/reference/mapping-tests.schema.json')) as never)
  const sample = parse(read('deploy/samples/samples.test.yaml')) as { tests: string[] }
  assert.is(schema.safeParse(sample).error, undefined)
  for (const wrong of [
    { ...sample, tests: [] },
    { ...sample, test: [] },
    { ...sample, tests: ['dana asks'] },
    { ...sample, facts: { onDuty: {} } },
  ])
    assert.is(schema.safeParse(wrong).success, false, JSON.stringify(wrong))
})

test.run()
