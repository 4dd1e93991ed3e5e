// An attack counts only when it was seen to end as declared: every way to count without that is tried and must fail.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { attacksOf, judge, lineOf, type Tried } from '../attack/account.ts'
import { toldVariable } from '../attacks.ts'
import { suite, table } from '../suite.ts'

const test = suite('attacks that are counted')
const folder = mkdtempSync(join(import.meta.dirname, 'tmp-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

function run(body: string): { status: number | null; output: string; tried: Tried[] } {
  const file = join(folder, `case-${Math.random().toString(36).slice(2)}.ts`)
  const head = `import { suite } from '../../suite.ts'\nimport { attack, attacks, attacksTogether } from '../../attacks.ts'\n`
  writeFileSync(file, `${head}const test = suite('inner', { timeoutMs: 200 })\n${body}\ntest.run()\n`)
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
    encoding: 'utf8',
    timeout: 20_000,
    env: { ...process.env, [toldVariable]: '1' },
  })
  return { status, output: stdout + stderr, tried: attacksOf(stdout) }
}

table(
  test,
  {
    'another end than the declared one': `attack(test, 'a … 403', () => '200')`,
    'an end that nobody looked at': `attack(test, 'a … 403', () => undefined)`,
    'a failed assertion': `attack(test, 'a … 403', () => { throw new Error('it was written') })`,
    'an attack that hangs': `attack(test, 'a … 403', () => new Promise(() => setTimeout(() => {}, 5_000)))`,
    'a process that dies in between': `attack(test, 'a … 403', () => process.exit(0))`,
    'a row of a table with another end': `attacks(test, { 'a … 403': 200 }, code => String(code))`,
    'one of those begun together': `attacksTogether(test, { 'a … 403': 200 }, async code => String(code))`,
    'a hook that fails': `test.before(() => { throw new Error('x') }); attack(test, 'a … 403', () => '403')`,
  },
  body => {
    const { tried, output } = run(body)
    assert.equal(
      tried.map(({ isRepelled }) => isRepelled),
      [false],
      output,
    )
    assert.match(lineOf(tried[0] as Tried), /^NOT REPELLED: a … 403: /)
  },
)

table(
  test,
  {
    'without an end': `attack(test, 'a', () => '403')`,
    'with two ends': `attack(test, 'a … b … c', () => 'c')`,
    'with an empty end': `attack(test, 'a …  ', () => ' ')`,
  },
  body => assert.is(run(body).status, 1),
)

test('a repelled attack is told with its end', () => {
  const { status, tried } = run(`attack(test, 'a … 403', () => '403'); test('b', () => {})`)
  assert.is(status, 0)
  assert.equal(tried, [{ sentence: 'a … 403', isRepelled: true }])
})

test('an attack on what is not here is neither counted nor missed', () => {
  const { status, tried } = run(
    `const absent = Object.assign(name => test.skip(name), { isSkipped: true }); attack(absent, 'a … 403', () => '403'); test('b', () => {})`,
  )
  assert.is(status, 0)
  assert.equal(tried, [])
})

test('the same attack told twice, and too few of them, are faults', () => {
  const one = { sentence: 'a … 403', isRepelled: true }
  assert.equal(judge([one], 1), { repelled: 1, faults: [] })
  assert.is(judge([one, one], 1).faults.length, 1)
  assert.equal(judge([one], 2).faults, ['Fewer than 2 attacks were tried.'])
})

test.run()
