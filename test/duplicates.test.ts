// What auth and controller both decide is in the domain: no six lines in a row are the same in both.
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from './suite.ts'

const test = suite('what two parts share')
const root = resolve(import.meta.dirname, '../src')
const mostShared = 5

type Line = { at: string; text: string }

/** Lines of code: imports, comments, blank lines and lone punctuation say nothing by themselves. */
function codeOf(text: string, file: string): Line[] {
  const withoutImports = text.replace(/^import [^;]*? from '[^']*'$/gm, found => found.replace(/[^\n]/g, ''))
  return withoutImports
    .split('\n')
    .map((line, index) => ({ at: `${file}:${index + 1}`, text: line.trim().replace(/\s+/g, ' ') }))
    .filter(({ text }) => /\w/.test(text) && !/^(\/\/|\/?\*)/.test(text))
}

/** Every run of `mostShared + 1` lines of a folder, and where it begins. */
function runsIn(folder: string): Map<string, string> {
  const runs = new Map<string, string>()
  for (const file of globSync(`${folder}/**/*.ts`, { cwd: root })) {
    const lines = codeOf(readFileSync(join(root, file), 'utf8'), file)
    for (let from = 0; from + mostShared < lines.length; from++) {
      const run = lines.slice(from, from + mostShared + 1)
      runs.set(run.map(({ text }) => text).join('\n'), run[0]?.at ?? '')
    }
  }
  return runs
}

for (const [one, other] of [
  ['auth', 'controller'],
  ['auth', 'slack/gateway'],
  ['controller', 'slack/gateway'],
] as const)
  test(`${one} and ${other} share no run of ${mostShared + 1} lines`, () => {
    const theirs = runsIn(other)
    assert.ok(theirs.size > 500, 'the folder was read')
    const shared = [...runsIn(one)].flatMap(([run, at]) =>
      theirs.has(run) ? [`${at} = ${theirs.get(run)}\n${run}`] : [],
    )
    assert.equal(shared, [])
  })

test('a shared run would be found', () => {
  const lines = ['import {', '  a,', "} from 'b'", '// why', 'const a = 1', '', '}', '  const b  = 2']
  assert.equal(
    codeOf(lines.join('\n'), 'f').map(({ at, text }) => `${at} ${text}`),
    ['f:5 const a = 1', 'f:8 const b = 2'],
  )
})

test.run()
