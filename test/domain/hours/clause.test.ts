import * as assert from 'uvu/assert'
import { readCondition } from '../../../src/cel/condition.ts'
import { clauseOf } from '../../../src/domain/hours/clause.ts'
import { type Day, days, type Hours, type Span } from '../../../src/domain/hours/span.ts'
import { suite, table } from '../../suite.ts'

const test = suite('hours as a part of an IAM condition')

const work: Day[] = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri']
const berlin = (...spans: Span[]): Hours => ({ zone: 'Europe/Berlin', spans })
const [D, H, M] = ['getDayOfWeek', 'getHours', 'getMinutes'].map(field => `request.time.${field}("Europe/Berlin")`)

/** Readers of the clock by one letter, so that a row is one line. */
const short = (text: string): string =>
  text
    .replaceAll(D ?? '', 'D')
    .replaceAll(H ?? '', 'H')
    .replaceAll(M ?? '', 'M')

table<{ hours: Hours; is: string; operators: number }>(
  test,
  {
    'working hours': {
      hours: berlin({ days: work, from: '09:00', to: '17:00' }),
      is: 'D >= 1 && D <= 5 && H >= 9 && H < 17',
      operators: 3,
    },
    'half hours': {
      hours: berlin({ days: work, from: '08:30', to: '17:15' }),
      is: 'D >= 1 && D <= 5 && (H > 8 || (H == 8 && M >= 30)) && (H < 17 || (H == 17 && M < 15))',
      operators: 7,
    },
    'nights, that end on Saturday morning': {
      hours: berlin({ days: work, from: '22:00', to: '06:00' }),
      is: '(D >= 1 && D <= 5 && H >= 22) || (D >= 2 && H < 6)',
      operators: 4,
    },
    'the night to Sunday': {
      hours: berlin({ days: ['Sat'], from: '22:30', to: '02:15' }),
      is: '(D == 6 && (H > 22 || (H == 22 && M >= 30))) || (D == 0 && (H < 2 || (H == 2 && M < 15)))',
      operators: 7,
    },
    'every night': { hours: berlin({ from: '22:00', to: '06:00' }), is: 'H >= 22 || H < 6', operators: 1 },
    'every night around midnight': {
      hours: berlin({ from: '23:30', to: '00:15' }),
      is: '(H == 23 && M >= 30) || (H == 0 && M < 15)',
      operators: 3,
    },
    'until midnight': { hours: berlin({ from: '22:00', to: '00:00' }), is: 'H >= 22', operators: 0 },
    'until the end of the day': { hours: berlin({ from: '22:00', to: '24:00' }), is: 'H >= 22', operators: 0 },
    'from midnight': { hours: berlin({ from: '00:00', to: '06:00' }), is: 'H < 6', operators: 0 },
    'one hour': { hours: berlin({ from: '09:00', to: '10:00' }), is: 'H == 9', operators: 0 },
    'half an hour': { hours: berlin({ from: '09:15', to: '09:45' }), is: 'H == 9 && M >= 15 && M < 45', operators: 2 },
    'two halves of hours': {
      hours: berlin({ from: '09:30', to: '10:30' }),
      is: '(H == 9 && M >= 30) || (H == 10 && M < 30)',
      operators: 3,
    },
    'an hour and a half': {
      hours: berlin({ from: '09:00', to: '10:30' }),
      is: 'H >= 9 && (H < 10 || (H == 10 && M < 30))',
      operators: 3,
    },
    'a weekend': {
      hours: berlin({ days: ['Sat', 'Sun'], from: '00:00', to: '24:00' }),
      is: 'D == 0 || D == 6',
      operators: 1,
    },
    'every day but one': {
      hours: berlin({ days: ['Mon', 'Tue', 'Wed', 'Thu', 'Sat', 'Sun'], from: '00:00', to: '24:00' }),
      is: 'D != 5',
      operators: 0,
    },
    'nights and weekends': {
      hours: berlin({ days: work, from: '22:00', to: '06:00' }, { days: ['Sat', 'Sun'], from: '00:00', to: '24:00' }),
      is: '(D >= 1 && D <= 5 && H >= 22) || (D >= 2 && H < 6) || D == 0 || D == 6',
      operators: 6,
    },
    'what is no time never opens': {
      hours: berlin({ from: '25:00', to: '06:00' }, { from: '09:00', to: '09:00' }),
      is: 'false',
      operators: 0,
    },
  },
  ({ hours, is, operators }) => {
    const clause = clauseOf(hours)
    assert.is(short(clause), is)
    const read = readCondition(clause)
    assert.equal(read.faults, [])
    assert.is(read.operators, operators)
  },
)

test('any days take at most two operators, and are the days that were named', () => {
  for (let set = 1; set < 128; set++) {
    const named = days.filter((_, n) => set & (1 << n))
    const read = readCondition(clauseOf({ zone: 'UTC', spans: [{ days: named, from: '00:00', to: '01:00' }] }))
    assert.ok(read.operators <= 3, `${named.join(', ')} take ${read.operators}`)
    for (const [n, day] of days.entries())
      assert.is(
        read.evaluate({ at: new Date(Date.UTC(2026, 10, 29 + n)), attributes: {} }),
        named.includes(day),
        `${named.join(', ')} on ${day}`,
      )
  }
})

test.run()
