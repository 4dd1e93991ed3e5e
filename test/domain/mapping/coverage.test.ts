// Gaps between people's turns, and what counts as one.
import * as assert from 'uvu/assert'
import { type Gap, nextGap, type Turn } from '../../../src/domain/mapping/coverage.ts'
import { suite, table } from '../../suite.ts'

const test = suite('gaps in who is on call')
const since = new Date('2026-11-23T14:02:00Z')
const hour = (n: number): Date => new Date(since.getTime() + n * 3_600_000)
const until = hour(100)
const turn = (start?: number, end?: number): Turn => ({
  start: start === undefined ? undefined : hour(start),
  end: end === undefined ? undefined : hour(end),
})

table<{ turns: Turn[]; gap: Gap | undefined }>(
  test,
  {
    'a turn without limits leaves no gap': { turns: [turn()], gap: undefined },
    'turns that follow each other leave no gap, in any order': {
      turns: [turn(50, 100), turn(-5, 10), turn(10, 50)],
      gap: undefined,
    },
    'turns that overlap leave no gap': { turns: [turn(-1, 90), turn(0, 5), turn(80, 200)], gap: undefined },
    'a pause between two turns is a gap': {
      turns: [turn(-1, 10), turn(12)],
      gap: { from: hour(10), until: hour(12) },
    },
    'the first of several gaps is named': {
      turns: [turn(-1, 10), turn(12, 20), turn(30)],
      gap: { from: hour(10), until: hour(12) },
    },
    'a gap that has begun has only an end': { turns: [turn(3)], gap: { until: hour(3) } },
    'a turn that is over counts for nothing': { turns: [turn(-5, -1), turn(3)], gap: { until: hour(3) } },
    'a gap that does not end within the window has only a beginning': {
      turns: [turn(-1, 10)],
      gap: { from: hour(10) },
    },
    'a turn after the window does not end a gap': { turns: [turn(-1, 10), turn(101)], gap: { from: hour(10) } },
    'nobody at all is a gap without beginning and end': { turns: [], gap: {} },
    'seconds between two turns are not a gap': { turns: [turn(0.01, 10), turn(10.01)], gap: undefined },
    'a turn that is cut to the window leaves no gap at its end': { turns: [turn(-1, 99.999)], gap: undefined },
  },
  ({ turns, gap }) => assert.equal(nextGap(turns, { since, until }), gap),
)

test.run()
