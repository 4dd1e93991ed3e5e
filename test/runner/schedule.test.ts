// The order of test files, and how many run at the same time; and that the table of costs names only files that exist.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { costs } from '../costs.ts'
import { type Costs, inOrder, nextOf, staleness } from '../schedule.ts'
import { suite, table } from '../suite.ts'

const test = suite('the order of test files')
const some: Costs = {
  waits: { seconds: 100, load: 0.3 },
  'waits too': { seconds: 90, load: 0.3 },
  works: { seconds: 80, load: 1 },
  'works on both cores': { seconds: 70, load: 1.8 },
}

test('the longest is first, and a file without a row is short', () => {
  assert.equal(inOrder(['a', 'works', 'waits too', 'waits'], some), ['waits', 'waits too', 'works', 'a'])
})

const next: Record<string, { waiting: string[]; running: string[]; expected: string | undefined }> = {
  'the first one, when nothing runs': { waiting: ['waits', 'works'], running: [], expected: 'waits' },
  'one that works, next to one that waits': { waiting: ['works', 'a'], running: ['waits'], expected: 'works' },
  'two that wait leave room for one that works': {
    waiting: ['works'],
    running: ['waits', 'waits too'],
    expected: 'works',
  },
  'one that has no room is passed over': {
    waiting: ['works', 'waits'],
    running: ['a', 'waits too'],
    expected: 'waits',
  },
  'nothing, when none has room': { waiting: ['works', 'a'], running: ['b', 'c'], expected: undefined },
  'nothing, when none is left': { waiting: [], running: ['a'], expected: undefined },
  'two that work fill both cores': { waiting: ['a'], running: ['works'], expected: 'a' },
}
for (const [sentence, { waiting, running, expected }] of Object.entries(next))
  test(`next is ${sentence}`, () => {
    const at = nextOf(waiting, running, { costs: some, cores: 2 })
    assert.is(at === undefined ? undefined : waiting[at], expected)
  })

test('a file that needs more cores than there are runs alone', () => {
  assert.is(nextOf(['works on both cores'], [], { costs: some, cores: 1 }), 0)
  assert.is(nextOf(['works on both cores'], ['a'], { costs: some, cores: 1 }), undefined)
})

const told: Record<string, { file: string; seconds: number; why: string | undefined }> = {
  'as long as its row says': { file: 'works', seconds: 90, why: undefined },
  'far longer': { file: 'works', seconds: 250, why: 'works took 250 s, and its row says 80 s' },
  'far shorter': { file: 'works', seconds: 20, why: 'works took 20 s, and its row says 80 s' },
  'long, and without a row': { file: 'a', seconds: 16, why: 'a took 16 s and has no row' },
  'short, and without a row': { file: 'a', seconds: 14, why: undefined },
}
table(test, told, ({ file, seconds, why }) => assert.is(staleness(file, seconds, some), why))

test('each row is of a file that exists, with a load that two cores can carry', () => {
  for (const [file, { seconds, load }] of Object.entries(costs)) {
    assert.ok(existsSync(join(import.meta.dirname, '../..', file)), file)
    assert.ok(seconds > 0 && load > 0 && load <= 2, file)
  }
})

test.run()
