// When hours open and close, also where clocks change: Berlin by an hour at two at night, New York by an hour at another
// date, Lord Howe by half an hour.
import * as assert from 'uvu/assert'
import { readCondition } from '../../../src/cel/condition.ts'
import { clauseOf } from '../../../src/domain/hours/clause.ts'
import { closesAt, isOpen, openSeconds, opensAt, periodsIn } from '../../../src/domain/hours/opening.ts'
import { type Day, days, type Hours, type Span } from '../../../src/domain/hours/span.ts'
import { changes, hoursAtRandom, nights } from '../../builders/hours.ts'
import { suite, table } from '../../suite.ts'

const test = suite('when hours open and close')

const hours = (from: string, to: string, zone = 'Europe/Berlin'): Hours => ({ zone, spans: [{ from, to }] })
table<{ hours: Hours; at: string; opens: string; closes: string }>(
  test,
  {
    'on a Monday afternoon, the night is next': {
      hours: nights,
      at: '2026-11-30T14:00:00Z',
      opens: '2026-11-30T21:00:00Z',
      closes: '2026-11-30T14:00:00Z',
    },
    'the night of Friday ends on Saturday': {
      hours: nights,
      at: '2026-12-04T23:30:00Z',
      opens: '2026-12-04T23:30:00Z',
      closes: '2026-12-05T05:00:00Z',
    },
    'on Saturday morning, the night of Monday is next': {
      hours: nights,
      at: '2026-12-05T05:00:00Z',
      opens: '2026-12-07T21:00:00Z',
      closes: '2026-12-05T05:00:00Z',
    },
    'the night in which the clocks go forward is an hour shorter': {
      hours: hours('22:00', '06:00'),
      at: '2027-03-27T21:00:00Z',
      opens: '2027-03-27T21:00:00Z',
      closes: '2027-03-28T04:00:00Z',
    },
    'the night in which the clocks go back is an hour longer': {
      hours: hours('22:00', '06:00'),
      at: '2026-10-24T20:00:00Z',
      opens: '2026-10-24T20:00:00Z',
      closes: '2026-10-25T05:00:00Z',
    },
    'a start that the clocks skip is the instant after the gap': {
      hours: hours('02:30', '05:00'),
      at: '2027-03-28T00:00:00Z',
      opens: '2027-03-28T01:00:00Z',
      closes: '2027-03-28T00:00:00Z',
    },
    'hours that the clocks skip once are open a day later': {
      hours: hours('02:15', '02:45'),
      at: '2027-03-28T00:00:00Z',
      opens: '2027-03-29T00:15:00Z',
      closes: '2027-03-28T00:00:00Z',
    },
    'hours that the clocks show twice are open twice': {
      hours: hours('02:15', '02:45'),
      at: '2026-10-25T00:45:00Z',
      opens: '2026-10-25T01:15:00Z',
      closes: '2026-10-25T00:45:00Z',
    },
    'clocks that go back by half an hour': {
      hours: hours('01:30', '02:00', 'Australia/Lord_Howe'),
      at: '2027-04-03T14:45:00Z',
      opens: '2027-04-03T14:45:00Z',
      closes: '2027-04-03T15:30:00Z',
    },
    'a part of a second is kept until the hours change': {
      hours: hours('09:00', '10:00', 'UTC'),
      at: '2026-11-30T08:59:59.999Z',
      opens: '2026-11-30T09:00:00Z',
      closes: '2026-11-30T08:59:59.999Z',
    },
  },
  fact => {
    const at = new Date(fact.at)
    assert.equal(opensAt([fact.hours], at), new Date(fact.opens))
    assert.equal(closesAt([fact.hours], at), new Date(fact.closes))
  },
)

test('a day that the calendar of a zone left out is a week away', () => {
  // Samoa went from Thursday 29 to Saturday 31 December 2011.
  const fridays: Hours = { zone: 'Pacific/Apia', spans: [{ days: ['Fri'], from: '08:00', to: '09:00' }] }
  assert.equal(opensAt([fridays], new Date('2011-12-29T12:00:00-10:00')), new Date('2012-01-06T08:00:00+14:00'))
})

test('hours that never open, and hours that never close, have no instant for it', () => {
  const at = new Date('2026-11-30T12:00:00Z')
  assert.is(opensAt([hours('09:00', '09:00')], at), undefined)
  assert.is(closesAt([hours('00:00', '24:00')], at), undefined)
})

test('the periods of a span of time are cut at its ends', () => {
  const span = { from: new Date('2026-12-04T22:00:00Z'), until: new Date('2026-12-07T22:00:00Z') }
  assert.equal(
    periodsIn([nights], span).map(({ from, until }) => [from.toISOString(), until.toISOString()]),
    [
      ['2026-12-04T22:00:00.000Z', '2026-12-05T05:00:00.000Z'],
      ['2026-12-07T21:00:00.000Z', '2026-12-07T22:00:00.000Z'],
    ],
  )
  assert.equal(periodsIn([hours('00:00', '24:00')], span), [span])
  assert.equal(periodsIn([], span), [span])
  assert.equal(periodsIn([hours('09:00', '09:00')], span), [])
})

test('the seconds of a span of time are those while they are open', () => {
  const span = { from: new Date('2026-12-04T22:00:00Z'), until: new Date('2026-12-07T22:00:00Z') }
  assert.is(openSeconds([nights], span), 8 * 3600)
  assert.is(openSeconds([], span), 72 * 3600)
  assert.is(openSeconds([hours('09:00', '09:00')], span), 0)
})

test('several hours are open while each of them is', () => {
  // Nights of the working days in Berlin, and every evening from 22:30 in Helsinki, which is 21:30 in Berlin.
  const evenings = hours('22:30', '00:30', 'Europe/Helsinki')
  const span = { from: new Date('2026-12-03T12:00:00Z'), until: new Date('2026-12-07T22:00:00Z') }
  const periods = [
    ['2026-12-03T21:00:00.000Z', '2026-12-03T22:30:00.000Z'],
    ['2026-12-04T21:00:00.000Z', '2026-12-04T22:30:00.000Z'],
    ['2026-12-07T21:00:00.000Z', '2026-12-07T22:00:00.000Z'],
  ]
  for (const all of [
    [nights, evenings],
    [evenings, nights],
  ])
    assert.equal(
      periodsIn(all, span).map(({ from, until }) => [from.toISOString(), until.toISOString()]),
      periods,
    )
  const saturday = new Date('2026-12-05T05:00:00Z')
  assert.equal(opensAt([nights, evenings], saturday), new Date('2026-12-07T21:00:00Z'))
  assert.equal(closesAt([nights, evenings], saturday), saturday)
  assert.is(opensAt([nights, hours('09:00', '10:00')], saturday), undefined, 'they never meet')
  assert.equal(periodsIn([nights, hours('22:00', '23:00', 'Mars/Olympus')], span), [])
})

const minuteMs = 60_000
/** Minutes looked at on both sides of a change of the clocks. */
const around = 28 * 60

for (const { zone, at } of changes)
  test(`hours at random are open when their condition holds, around ${at} in ${zone}`, () => {
    const first = Date.parse(at) - around * minuteMs
    const minutes = Array.from({ length: 2 * around }, (_, n) => new Date(first + n * minuteMs))
    const walls = minutes.map(minute => wallOf(zone, minute))
    for (const one of hoursAtRandom(zone, 5, Date.parse(at) / 1000)) {
      const condition = readCondition(clauseOf(one))
      const open = walls.map(wall => one.spans.some(span => isIn(span, wall)))
      for (let n = 0; n < minutes.length; n += 97) {
        assert.is(condition.evaluate({ at: minutes[n] as Date, attributes: {} }), open[n], `${clauseOf(one)} at ${n}`)
        requireSame(one, minutes, open, n)
      }
    }
  })

type Wall = { day: string; yesterday: string; time: string }

/** What a wall clock shows, in words. */
function wallOf(zone: string, at: Date): Wall {
  const say = (when: Date): string[] => formatOf(zone).format(when).replaceAll(',', '').split(' ')
  const [day = '', time = ''] = say(at)
  return { day, yesterday: days[(days.indexOf(day as Day) + 6) % 7] ?? '', time }
}

const formats = new Map<string, Intl.DateTimeFormat>()
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const clock = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-GB', { timeZone, ...clock })
  formats.set(timeZone, format)
  return format
}

/** Times of a day sort as texts. */
function isIn({ days: named = [...days], from, to }: Span, { day, yesterday, time }: Wall): boolean {
  const [isToday, isFromYesterday] = [day, yesterday].map(one => named.includes(one as Day))
  const end = to === '00:00' ? '24:00' : to
  if (from < end) return isToday === true && time >= from && time < end
  return (isToday === true && time >= from) || (isFromYesterday === true && time < end)
}

/** What the functions say at a minute, and what looking at every minute after it shows. */
function requireSame(one: Hours, minutes: readonly Date[], open: readonly boolean[], n: number): void {
  const at = minutes[n] as Date
  const what = `${JSON.stringify(one)} at ${at.toISOString()}`
  assert.is(isOpen(one, at), open[n], what)
  for (const [find, wanted] of [
    [opensAt, true],
    [closesAt, false],
  ] as const) {
    const seen = minutes[open.indexOf(wanted, n)]
    if (seen && open.indexOf(wanted, n) >= 0) assert.equal(find([one], at), seen, `${what}: ${wanted}`)
    else assert.ok(!((find([one], at) ?? Infinity) < (minutes.at(-1) as Date)), what)
  }
}

test.run()
