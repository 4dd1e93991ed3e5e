// From a typed start to an instant: in the person's zone, over the changes of the clocks, and never a guess.
import * as assert from 'uvu/assert'
import { instant } from '../../../src/domain/asking/duration.ts'
import { clockIn, instantsOf, sayMoment, skipOf } from '../../../src/domain/hours/local-time.ts'
import { beginOf } from '../../../src/domain/asking/start.ts'
import { readStartAlone } from '../../../src/domain/asking/typed-duration.ts'
import { attack } from '../../attacks.ts'
import { dice } from '../../dice.ts'
import { suite, table } from '../../suite.ts'

const test = suite('when access begins')

function begins(text: string, now: string, zone?: string): ReturnType<typeof beginOf> {
  const read = readStartAlone(text)
  if ('unclear' in read) throw new Error(read.unclear)
  return beginOf(read.start, { now: new Date(now), zone })
}

const nightly = { zone: 'Europe/Zurich', spans: [{ from: '22:00', to: '06:00' }] }

test('at opening is when the hours open next; now while they are open; and nothing without hours', () => {
  const at = (now: string, hours?: typeof nightly): ReturnType<typeof beginOf> =>
    beginOf('opening', { now: new Date(now), zone: undefined, hours })
  const zone = 'Europe/Zurich'
  assert.equal(at('2026-11-23T19:00:00Z', nightly), { at: new Date('2026-11-23T21:00:00Z'), zone })
  assert.equal(at('2026-11-23T21:30:00Z', nightly), { at: new Date('2026-11-23T21:30:00Z'), zone, isNow: true })
  assert.match(JSON.stringify(at('2026-11-23T21:30:00Z')), /has no hours.*If it belongs to the reason/)
})

test('an opening is more than a week away when clocks go back in between, and cannot be asked for yet', () => {
  const hours = { zone: 'Europe/Zurich', spans: [{ days: ['Sat' as const], from: '22:00', to: '22:20' }] }
  const begin = beginOf('opening', { now: new Date('2026-10-24T20:20:30Z'), zone: undefined, hours })
  assert.equal(begin, {
    fault:
      'It opens on Saturday 31 October 2026, 22:00 (Europe/Zurich), which is more than 7 days ahead. Ask for it later.',
  })
})

// Monday 23 November 2026; Zurich is an hour ahead of UTC then.
const evening = '2026-11-23T19:00:00Z'

table<[string, string, string, object?]>(
  test,
  {
    'the next such time, today': ['at 22:00', evening, '2026-11-23T21:00:00Z'],
    'the next such time, tomorrow': ['at 08:00', evening, '2026-11-24T07:00:00Z', { isNextDay: true }],
    'just over, tomorrow': ['at 19:54', evening, '2026-11-24T18:54:00Z', { isNextDay: true }],
    'over by less than five minutes, now': ['at 19:58', evening, '2026-11-23T18:58:00Z', { isNow: true }],
    'a minute that has just begun, now': ['at 20:00', evening, '2026-11-23T19:00:00Z', { isNow: true }],
    today: ['at 22:00 today', evening, '2026-11-23T21:00:00Z'],
    tonight: ['at 22:00 tonight', evening, '2026-11-23T21:00:00Z'],
    tomorrow: ['at 22:00 tomorrow', evening, '2026-11-24T21:00:00Z'],
    'a weekday': ['at Friday 22:00', evening, '2026-11-27T21:00:00Z'],
    'the weekday of today, ahead': ['at Monday 22:00', evening, '2026-11-23T21:00:00Z'],
    'the weekday of today, over': ['at Monday 08:00', evening, '2026-11-30T07:00:00Z', { isNextDay: true }],
    'a date': ['at 2026-11-29 22:00', evening, '2026-11-29T21:00:00Z'],
    'another zone': ['at 22:00 UTC', evening, '2026-11-23T22:00:00Z'],
    'another zone, where it is tomorrow already': ['at 22:00 Asia/Tokyo', evening, '2026-11-24T13:00:00Z'],
    'seven days ahead': ['at 2026-11-30 20:00', evening, '2026-11-30T19:00:00Z'],
    'the half hour that comes twice, once the first is over': [
      'at 02:30',
      '2026-10-25T01:00:00Z',
      '2026-10-25T01:30:00Z',
    ],
    'the time that was skipped, once it is over': [
      'at 02:30',
      '2027-03-28T02:00:00Z',
      '2027-03-29T00:30:00Z',
      { isNextDay: true },
    ],
  },
  ([text, now, at, more = {}]) => {
    const begin = begins(text, now, 'Europe/Zurich')
    assert.ok('at' in begin, JSON.stringify(begin))
    const { at: found, zone: _, ...rest } = begin
    assert.equal([instant(found), rest], [at, more])
  },
)

table<[string, string, RegExp]>(
  test,
  {
    'today, and over': [
      'at 08:00 today',
      evening,
      /^08:00 on Monday 23 November 2026 is over in Europe\/Zurich\. Write it as/,
    ],
    'tonight in the morning': ['at 02:00 tonight', evening, /^"tonight" and 02:00 may mean two days/],
    'a date that is over': ['at 2026-11-22 08:00', evening, /^08:00 on Sunday 22 November 2026 is over/],
    'a date that the calendar does not have': ['at 2026-11-31 08:00', evening, /^There is no day 2026-11-31/],
    'more than seven days ahead': [
      'at 2026-11-30 20:01',
      evening,
      /^20:01 on Monday 30 November 2026 is more than 7 days ahead/,
    ],
    'a far year': ['at 9999-12-31 23:59', evening, /more than 7 days ahead/],
    'a time that clocks skip': [
      'at 02:30 tomorrow',
      '2027-03-27T12:00:00Z',
      /^There is no 02:30 then: clocks in Europe\/Zurich go from 02:00 to 03:00 on Sunday 28 March 2027/,
    ],
    'a time that comes twice': [
      'at 02:30 tomorrow',
      '2026-10-24T12:00:00Z',
      /^02:30 comes twice, because clocks in Europe\/Zurich go back on Sunday 25 October 2026\. Write "at 2026-10-25 00:30 UTC" or "at 2026-10-25 01:30 UTC"/,
    ],
  },
  ([text, now, fault]) => {
    const begin = begins(text, now, 'Europe/Zurich')
    assert.ok('fault' in begin, JSON.stringify(begin))
    assert.match(begin.fault, fault)
  },
)

test('without a zone the person is asked for it, unless they wrote one', () => {
  const unknown = begins('at 22:00', evening)
  assert.ok('fault' in unknown && unknown.fault.startsWith('Your time zone is not known. Write it too: "at 22:00 UTC"'))
  assert.ok('at' in begins('at 22:00 UTC', evening))
})

test('the way out of a time that comes twice is understood', () => {
  const begin = begins('at 2026-10-25 01:30 UTC', '2026-10-24T12:00:00Z', 'Europe/Zurich')
  assert.ok('at' in begin)
  assert.is(instant(begin.at), '2026-10-25T01:30:00Z')
})

test('an instant is said with day, time and zone', () =>
  assert.is(
    sayMoment(new Date('2026-11-27T21:00:00Z'), 'Europe/Zurich'),
    'Friday 27 November 2026, 22:00 (Europe/Zurich)',
  ))

const places = [
  'Europe/Zurich',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'America/St_Johns',
  'Pacific/Chatham',
  'Africa/Cairo',
  'UTC',
] as const

test('over two years of clocks: what is found shows that time, nothing is missed, and what is skipped is said', () => {
  const roll = dice(20_261_025)
  const [from, minutes] = [Date.UTC(2026, 0, 1), 2 * 365 * 24 * 60]
  for (let i = 0; i < 3000; i++) {
    const zone = places[roll(places.length)] ?? 'UTC'
    const at = new Date(from + roll(minutes) * 60_000)
    const wall = clockIn(zone, at)
    const [day, time] = [
      { year: wall.getUTCFullYear(), month: wall.getUTCMonth() + 1, day: wall.getUTCDate() },
      { hour: wall.getUTCHours(), minute: wall.getUTCMinutes() },
    ]
    const found = instantsOf(day, time, zone)
    assert.ok(
      found.some(one => one.getTime() === at.getTime()),
      `${zone} ${instant(at)}`,
    )
    for (const one of found) assert.is(clockIn(zone, one).getTime(), wall.getTime(), `${zone} ${instant(one)}`)
  }
})

test('around every change of the clocks each time of day comes once, twice or not at all, as the clocks show it', () => {
  const changes = [
    ['Europe/Zurich', '2027-03-28T01:00:00Z'],
    ['Europe/Zurich', '2026-10-25T01:00:00Z'],
    ['America/New_York', '2026-11-01T06:00:00Z'],
    ['America/New_York', '2027-03-14T07:00:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
    ['Australia/Lord_Howe', '2027-04-03T15:00:00Z'],
  ] as const
  for (const [zone, change] of changes) {
    const shown = new Map<number, number>()
    for (let minute = -300; minute < 300; minute++) {
      const wall = clockIn(zone, new Date(Date.parse(change) + minute * 60_000)).getTime()
      shown.set(wall, (shown.get(wall) ?? 0) + 1)
    }
    const [first, last] = [Math.min(...shown.keys()), Math.max(...shown.keys())]
    for (let wall = first + 120 * 60_000; wall <= last - 120 * 60_000; wall += 60_000) {
      const local = new Date(wall)
      const day = { year: local.getUTCFullYear(), month: local.getUTCMonth() + 1, day: local.getUTCDate() }
      const time = { hour: local.getUTCHours(), minute: local.getUTCMinutes() }
      assert.is(instantsOf(day, time, zone).length, shown.get(wall) ?? 0, `${zone} ${local.toISOString()}`)
      if (!shown.has(wall)) assert.is(instant(skipOf(day, time, zone).at), change, zone)
    }
  }
})

attack(test, 'a zone that Slack does not know reaches the clocks … RangeError, never another zone', () => {
  try {
    beginOf({ clock: { hour: 22, minute: 0 } }, { now: new Date(evening), zone: 'Mars/Olympus"); drop' })
    return 'a time'
  } catch (error) {
    return `${error instanceof Error ? error.name : 'unknown'}, never another zone`
  }
})

test.run()
