import * as assert from 'uvu/assert'
import { type Asks, countedSince, limitReached, type Reached } from '../../../src/domain/asking/limits.ts'
import { suite, table } from '../../suite.ts'

const test = suite('limits of asking')

const limits = {
  openPerPerson: 2,
  openPerMapping: 4,
  hourlyPerPerson: 3,
  hourlyPerMapping: 5,
  hourlyEmergenciesPerPerson: 1,
}
const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 23, 14, minute))
const minutes = (...all: number[]): Date[] => all.map(at)
const quiet: Asks = { openOfPerson: 0, openForMapping: 0, ofPerson: [], forMapping: [] }

table<{ asks: Partial<Asks>; reached: Reached | undefined }>(
  test,
  {
    'who has asked nothing may ask': { asks: {}, reached: undefined },
    'one below every limit may ask': {
      asks: { openOfPerson: 1, openForMapping: 3, ofPerson: minutes(1, 2), forMapping: minutes(1, 2, 3, 4) },
      reached: undefined,
    },
    'as many as may wait of one person': {
      asks: { openOfPerson: 2 },
      reached: { limit: 'openPerPerson', most: 2 },
    },
    'as many as may wait for one mapping': {
      asks: { openForMapping: 4 },
      reached: { limit: 'openPerMapping', most: 4 },
    },
    'as often as one person may ask within an hour: again when the first has left it': {
      asks: { ofPerson: minutes(20, 10, 30) },
      reached: { limit: 'hourlyPerPerson', most: 3, againAt: at(70) },
    },
    'more often than allowed, by other ways: again when enough have left the hour': {
      asks: { ofPerson: minutes(10, 20, 30, 40) },
      reached: { limit: 'hourlyPerPerson', most: 3, againAt: at(80) },
    },
    'as often as one mapping may be asked for': {
      asks: { forMapping: minutes(1, 2, 3, 4, 5) },
      reached: { limit: 'hourlyPerMapping', most: 5, againAt: at(61) },
    },
    'as often as one person may ask as an emergency': {
      asks: { ofPerson: minutes(10), emergencies: minutes(10) },
      reached: { limit: 'hourlyEmergenciesPerPerson', most: 1, againAt: at(70) },
    },
    'emergencies before do not keep anybody from asking without': {
      asks: { ofPerson: minutes(10) },
      reached: undefined,
    },
    'an emergency counts towards the other limits, too': {
      asks: { ofPerson: minutes(10, 20, 30), emergencies: [] },
      reached: { limit: 'hourlyPerPerson', most: 3, againAt: at(70) },
    },
    'what waits is said before what was asked': {
      asks: { openOfPerson: 2, ofPerson: minutes(1, 2, 3) },
      reached: { limit: 'openPerPerson', most: 2 },
    },
  },
  ({ asks, reached }) => assert.equal(limitReached(limits, { ...quiet, ...asks }), reached),
)

test('an ask counts for an hour', () => assert.equal(countedSince(at(60)), at(0)))

test.run()
