// The order of test files, and how many run at the same time; and that the table names only files that exist.
import { globSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { Idleness, inOrder, mayStart, secondsOf, type Situation, staleness, usualSeconds } from '../schedule.ts'
import { suite, table } from '../suite.ts'

const test = suite('the order of test files')

test('the longest is first, and the longest beginning of a path counts', () => {
  const files = [
    'test/domain/a.test.ts',
    'test/fault/crash.test.ts',
    'test/fault/outage-a.test.ts',
    'test/api/b.test.ts',
  ]
  assert.equal(inOrder(files), [files[2], files[1], files[3], files[0]])
  assert.is(secondsOf('test/attack/limited-approver.test.ts'), usualSeconds['test/attack/limited-approver'])
})

const settled: Situation = { running: 2, cores: 2, idle: 0.5, freeBytes: 8e9, sinceMs: 6_000 }
const situations: Record<string, { situation: Partial<Situation>; may: boolean }> = {
  'fewer files than cores': { situation: { running: 1, idle: 0, freeBytes: 0, sinceMs: 0 }, may: true },
  'as many as cores, which wait': { situation: {}, may: true },
  'as many as cores, which work': { situation: { idle: 0.2 }, may: false },
  'one was started a moment ago': { situation: { sinceMs: 4_000 }, may: false },
  'little memory is left': { situation: { freeBytes: 1e9 }, may: false },
  'three for each core, although all wait': { situation: { running: 6, idle: 1 }, may: false },
}
table(test, situations, ({ situation, may }) => assert.is(mayStart({ ...settled, ...situation }), may))

test('how idle the machine is, is a part of its time', async () => {
  const idleness = new Idleness()
  const until = performance.now() + 100
  while (performance.now() < until);
  const { idle, freeBytes } = idleness.read()
  assert.ok(idle >= 0 && idle <= 1 && freeBytes > 0, `${idle}, ${freeBytes}`)
})

const told: Record<string, { file: string; seconds: number; why: string | undefined }> = {
  'about as long as its row says': { file: 'test/fault/crash.test.ts', seconds: 130, why: undefined },
  'far longer': { file: 'test/a.test.ts', seconds: 33, why: 'test/a.test.ts took 33 s, and its row says 2 s' },
  'far shorter': {
    file: 'test/soak/a.test.ts',
    seconds: 10,
    why: 'test/soak/a.test.ts took 10 s, and its row says 50 s',
  },
  'a little longer, though ten times as long': { file: 'test/a.test.ts', seconds: 20, why: undefined },
}
table(test, told, ({ file, seconds, why }) => assert.is(staleness(file, seconds), why))

test('each row is about files that exist', () => {
  const files = globSync('test/**/*.test.ts', { cwd: join(import.meta.dirname, '../..') })
  for (const beginning of Object.keys(usualSeconds))
    assert.ok(
      files.some(file => file.startsWith(beginning)),
      beginning,
    )
})

test.run()
