// The guarding suite guards: each silent way for uvu to be green is tried and must be red.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite, table } from '../suite.ts'

const test = suite('a guarded suite')
const folder = mkdtempSync(join(import.meta.dirname, 'tmp-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

const run = (body: string): { status: number | null; output: string } => {
  const file = join(folder, `case-${Math.random().toString(36).slice(2)}.ts`)
  writeFileSync(
    file,
    `import { suite } from '../../suite.ts'\nconst test = suite('inner', { timeoutMs: 200 })\n${body}\ntest.run()\n`,
  )
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 20_000 })
  return { status, output: stdout + stderr }
}

table(
  test,
  {
    'a failing before hook is a failure': `test.before(() => { throw new Error('x') }); test('a', () => {})`,
    'a failing after.each hook is a failure': `test.after.each(() => { throw new Error('x') }); test('a', () => {})`,
    'a thrown string is a failure': `test('a', () => { throw 'x' }); test('b', () => {})`,
    'a test that hangs is a failure': `test('a', () => new Promise(() => setTimeout(() => {}, 5_000)))`,
    'a failing test is a failure': `test('a', () => { throw new Error('x') })`,
  },
  body => {
    const { status, output } = run(body)
    assert.is(status, 1, output)
  },
)

test('a passing test passes', () => {
  const { status, output } = run(`test('a', () => {})`)
  assert.is(status, 0, output)
  assert.match(output, /Passed:\s+1/)
})

test.run()
