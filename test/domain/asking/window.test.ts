// Windows of several days: as people type them, the times that they mean, and what is granted, over the changes of the
// clocks.
import * as assert from 'uvu/assert'
import type { RequestSpec } from '../../../src/api/kinds.ts'
import { readCondition } from '../../../src/cel/condition.ts'
import { specDigest } from '../../../src/domain/approval/digest.ts'
import { instant } from '../../../src/domain/asking/duration.ts'
import { refuseSequence, wantedTime } from '../../../src/domain/asking/sequence.ts'
import { readAsked } from '../../../src/domain/asking/typed-duration.ts'
import {
  type Recurring,
  refuseWindow,
  secondsOfWindow,
  timesFrom,
  type Window,
  windowOf,
} from '../../../src/domain/asking/window.ts'
import { eachTime, sayWindow } from '../../../src/domain/asking/window-words.ts'
import { promise, refuseTimes } from '../../../src/domain/granting/expiry.ts'
import { expressionOf } from '../../../src/domain/granting/policy.ts'
import { hoursOfRequest, restrictionOf } from '../../../src/domain/granting/restriction.ts'
import { periodsIn } from '../../../src/domain/hours/opening.ts'
import type { Day, Hours } from '../../../src/domain/hours/span.ts'
import { faultOfHours } from '../../../src/domain/hours/fault.ts'
import { sayWorkingIn } from '../../../src/domain/view/working.ts'
import { readMapping } from '../../../src/domain/mapping/mapping.ts'
import { attack, attacks } from '../../attacks.ts'
import { changes, hoursAtRandom, nights as workNights } from '../../builders/hours.ts'
import { mapping } from '../../builders/mapping.ts'
import { numbers } from '../../builders/numbers.ts'
import { request } from '../../builders/request.ts'
import { suite, table } from '../../suite.ts'

const test = suite('windows of several days')

// Monday 23 November 2026, 20:00 in Zurich.
const evening = new Date('2026-11-23T19:00:00Z')
const weekly = readMapping(mapping({ spec: { duration: { max: '8h', recurring: { maxDays: 5 } } } }))

function typed(
  text: string,
  now = evening,
  zone: string | undefined = 'Europe/Zurich',
  hours?: Hours,
): Window | string {
  const read = readAsked(text)
  if ('unclear' in read) return `unclear: ${read.unclear}`
  if (!read.window) return `reason: ${read.reason}`
  const window = windowOf(read.window, { now, zone, hours })
  return 'fault' in window ? window.fault : window
}

const weekdays: Day[] = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri']

const sayTyped = (read: Window | string): string => (typeof read === 'string' ? read : JSON.stringify(read))

const nights: Window = { zone: 'Europe/Zurich', from: '22:00', to: '02:00', until: '2026-11-27T01:00:00Z' }

table<[string, Window]>(
  test,
  {
    'as the sample says': ['22:00-02:00 until Friday INC-1 migration', nights],
    'with a long dash': ['22:00\u201302:00 until Friday INC-1', nights],
    'in several words': ['from 22:00 to 02:00 each night until Friday INC-1', nights],
    'with am and pm': ['10pm - 2am until Friday: INC-1', nights],
    'until a date': ['22:00-02:00 until 2026-11-27 INC-1', nights],
    'a place at the end': ['22:00-02:00 until Friday Europe/Zurich INC-1', nights],
    'another zone': ['22:00-02:00 UTC until Friday INC-1', { ...nights, zone: 'UTC', until: '2026-11-27T02:00:00Z' }],
    'by day': [
      '09:00-17:00 until Wednesday INC-1',
      { ...nights, from: '09:00', to: '17:00', until: '2026-11-25T16:00:00Z' },
    ],
    'until midnight, which belongs to the day before': [
      '20:30-00:00 until Friday INC-1',
      { ...nights, from: '20:30', to: '00:00', until: '2026-11-27T23:00:00Z' },
    ],
    'until tomorrow': ['22:00-02:00 until tomorrow INC-1', { ...nights, until: '2026-11-24T01:00:00Z' }],
  },
  ([text, window]) => assert.equal(typed(text), window),
)

table<[string, RegExp]>(
  test,
  {
    'no last day': ['22:00-02:00 INC-1', /^unclear: 22:00-02:00/],
    'the same time twice': ['22:00-22:00 until Friday INC-1', /^unclear/],
    'an hour that no clock has': ['22:00-25:00 until Friday INC-1', /^unclear/],
    'a last day that is no day': ['22:00-02:00 until later INC-1', /^unclear/],
    'letters for a zone': ['22:00-02:00 until Friday CET INC-1', /^unclear/],
    'the weekday of today': [
      '22:00-02:00 until Monday INC-1',
      /^Today is Monday 23 November 2026: write the last day as a date, such as 2026-11-30/,
    ],
    'a last day that is over': [
      '22:00-02:00 until 2026-11-22 INC-1',
      /^No time from 22:00 to 02:00 ends by Sunday 22 November 2026/,
    ],
    'today, and it ends tomorrow': ['22:00-02:00 until today INC-1', /^No time from 22:00 to 02:00 ends by Monday/],
    'more than a week': ['22:00-02:00 until 2026-12-20 INC-1', /at most 7 days/],
    'a day that the calendar does not have': ['22:00-02:00 until 2026-11-31 INC-1', /no day 2026-11-31/],
    'numbers that are no times': ['10-12 pods are stuck', /^reason: 10-12 pods are stuck/],
    'not in front': ['INC-1 backups from 22:00 to 02:00 and later', /^reason/],
  },
  ([text, says]) => assert.match(sayTyped(typed(text)), says),
)

test('a person without a zone is asked for it', () =>
  assert.match(sayTyped(typed('22:00-02:00 until Friday', evening, '')), 'Your time zone is not known'))

test('each night is said, as it is now', () => {
  assert.is(
    sayWindow({ window: nights }, evening),
    'tonight and the next 3 nights, 22:00\u201302:00 (Europe/Zurich), the last until Friday 27 November 2026, 02:00',
  )
  assert.match(
    sayWindow({ window: nights }, new Date('2026-11-23T22:00:00Z')),
    'the rest of this night and the next 3 nights,',
  )
  assert.match(sayWindow({ window: nights }, new Date('2026-11-26T12:00:00Z')), /^tonight, 22:00/)
  assert.match(
    sayWindow({ window: { ...nights, from: '09:00', to: '17:00', until: '2026-11-25T16:00:00Z' } }, evening),
    /^tomorrow and the next day,/,
  )
  assert.equal(eachTime({ window: nights }, evening)[0], {
    from: 'Monday 23 November 2026, 22:00 (Europe/Zurich)',
    until: '02:00',
  })
})

const spec = (window?: Window): RequestSpec => ({
  ...request(mapping()).spec,
  duration: '4h',
  ...(window && { window }),
})

test('the end is that of the last night, whenever it is approved, and stored times must say so', () => {
  const approvedAt = new Date('2026-11-24T09:00:00Z')
  const times = promise(spec(nights), undefined, approvedAt)
  assert.equal([times.startsAt, instant(times.expiresAt)], [approvedAt, nights.until])
  assert.is(refuseTimes(times, spec(nights), undefined, approvedAt), undefined)
  const longer = { ...times, expiresAt: new Date('2026-11-28T01:00:00Z') }
  assert.is(refuseTimes(longer, spec(nights), undefined, approvedAt)?.reason, 'TimesNotAuthentic')
  const late = new Date('2026-11-27T01:00:00Z')
  assert.is(refuseTimes(promise(spec(nights), undefined, late), spec(nights), undefined, late)?.reason, 'WindowOver')
})

test('a window is part of what the approver signs, and a request without one keeps its digest', () => {
  const digests = [
    undefined,
    nights,
    { ...nights, zone: 'UTC' },
    { ...nights, from: '21:00' },
    { ...nights, to: '03:00' },
    { ...nights, until: '2026-11-28T01:00:00Z' },
  ].map(window => specDigest(spec(window)))
  assert.is(new Set(digests).size, digests.length)
})

table<[Partial<Window>, Date, string | undefined]>(
  test,
  {
    'within the limits of the mapping': [{}, evening, undefined],
    over: [{}, new Date('2026-11-27T01:00:00Z'), 'WindowOver'],
    'on more days than the mapping allows': [{ until: '2026-11-29T01:00:00Z' }, evening, 'BadWindow'],
    'further than a week': [{ until: '2026-12-01T01:00:00Z' }, evening, 'BadWindow'],
    'in a zone that does not exist': [{ zone: 'Mars/Olympus' }, evening, 'BadWindow'],
    'in a zone of letters': [{ zone: 'EST' }, evening, 'BadWindow'],
    'always open': [{ from: '00:00', to: '00:00' }, evening, 'BadWindow'],
  },
  ([change, now, reason]) => assert.is(refuseWindow({ ...nights, ...change }, weekly, now)?.reason, reason),
)

test('only a mapping that declares it offers windows', () =>
  assert.is(refuseWindow(nights, readMapping(mapping()), evening)?.reason, 'NoWindow'))

const late: Hours = { zone: 'Europe/Berlin', spans: [{ days: weekdays, from: '23:00', to: '06:00' }] }
const thursday = new Date('2026-11-26T19:00:00Z')
const weekend: Hours = {
  ...workNights,
  spans: [...workNights.spans, { days: ['Sat', 'Sun'], from: '00:00', to: '24:00' }],
}

type Within = { hours: Hours; typed: string; now?: Date; window: string; works: string; times: string[] }
table<Within>(
  test,
  {
    'every night is within the hours': {
      hours: workNights,
      typed: '22:00-02:00 until Friday INC-1',
      window:
        'tonight and the next 3 nights, 22:00\u201302:00 (Europe/Zurich), the last until Friday 27 November 2026, 02:00',
      works: 'It works only Monday to Friday 22:00 to 06:00 the next day (Europe/Berlin).',
      times: ['Mon 22:00-02:00', 'Tue 22:00-02:00', 'Wed 22:00-02:00', 'Thu 22:00-02:00'],
    },
    'the hours open later in each night': {
      hours: late,
      typed: '22:00-02:00 until Friday INC-1',
      window:
        'tonight and the next 3 nights, 22:00\u201302:00 (Europe/Zurich), the last until Friday 27 November 2026, 02:00',
      works:
        'It works only Monday to Friday 23:00 to 06:00 the next day (Europe/Berlin): in these times from Monday 23 November 2026, 23:00 until Tuesday 24 November 2026, 02:00, and 3 more times.',
      times: ['Mon 23:00-02:00', 'Tue 23:00-02:00', 'Wed 23:00-02:00', 'Thu 23:00-02:00'],
    },
    'the last nights are outside: it ends with the last one within': {
      hours: workNights,
      typed: '22:00-02:00 until Sunday INC-1',
      window:
        'tonight and the next 4 nights, 22:00\u201302:00 (Europe/Zurich), the last until Saturday 28 November 2026, 02:00',
      works: 'It works only Monday to Friday 22:00 to 06:00 the next day (Europe/Berlin).',
      times: ['Mon 22:00-02:00', 'Tue 22:00-02:00', 'Wed 22:00-02:00', 'Thu 22:00-02:00', 'Fri 22:00-02:00'],
    },
    'nights in the middle are outside': {
      hours: workNights,
      typed: '22:00-02:00 until Tuesday INC-1',
      now: thursday,
      window:
        'tonight and 2 more nights, 22:00\u201302:00 (Europe/Zurich), the last until Tuesday 1 December 2026, 02:00',
      works: 'It works only Monday to Friday 22:00 to 06:00 the next day (Europe/Berlin).',
      times: ['Thu 22:00-02:00', 'Fri 22:00-02:00', 'Mon 22:00-02:00'],
    },
    'the window is in another zone, and only the end of each time is within': {
      hours: workNights,
      typed: '12:00-17:00 America/New_York until Wednesday INC-1',
      window:
        'the rest of this day and the next 2 days, 12:00\u201317:00 (America/New_York), the last until Wednesday 25 November 2026, 17:00',
      works:
        'It works only Monday to Friday 22:00 to 06:00 the next day (Europe/Berlin): in these times from Monday 23 November 2026, 22:00 until Monday 23 November 2026, 23:00, and 2 more times.',
      times: ['Mon 16:00-17:00', 'Tue 16:00-17:00', 'Wed 16:00-17:00'],
    },
  },
  ({ hours, typed: text, now = evening, ...says }) => {
    const window = typed(text, now, 'Europe/Zurich', hours)
    if (typeof window === 'string') return assert.unreachable(window)
    const asked = { ...spec(window), hours }
    assert.is(refuseWindow(window, { ...weekly, hours }, now), undefined)
    assert.is(sayWindow(asked as Recurring, now), says.window)
    assert.is(sayWorkingIn(asked, promise(asked, undefined, now)), says.works)
    const times = eachTime({ window, hours }, now).map(
      ({ from, until }) => `${from.slice(0, 3)} ${from.slice(from.indexOf(',') + 2, from.indexOf(' ('))}-${until}`,
    )
    assert.equal(times, says.times)
  },
)

table<{ hours: Hours; window?: Partial<Window>; own?: string; reason: string; says: string }>(
  test,
  {
    'all of its times are outside of the hours': {
      hours: workNights,
      window: { from: '09:00', to: '12:00', until: '2026-11-27T11:00:00Z' },
      reason: 'OutsideHours',
      says: '*prod-db* works only Monday to Friday 22:00 to 06:00 the next day (Europe/Berlin), and all of the time that was asked for is outside of these hours. It opens next on Monday 23 November 2026, 22:00 (Europe/Berlin). Ask for times within them.',
    },
    'more operators than IAM takes, with half hours': {
      hours: weekend,
      window: { from: '22:30', to: '01:30', until: '2026-11-27T00:30:00Z' },
      reason: 'BadWindow',
      says: 'Together the window 22:30-01:30 and the hours of *prod-db*, which are Monday to Friday 22:00 to 06:00 the next day, and Saturday and Sunday all day (Europe/Berlin) have 14 logical operators, and IAM takes 12 in one condition. Write whole hours, such as 22:00-02:00, or ask for one time at once: "3h at opening".',
    },
    'more operators than IAM takes, with a condition of the mapping': {
      hours: weekend,
      own: "resource.type == 'a' || resource.type == 'b' || resource.type == 'c'",
      reason: 'BadWindow',
      says: 'Together the window 22:00-02:00, the hours of *prod-db*, which are Monday to Friday 22:00 to 06:00 the next day, and Saturday and Sunday all day (Europe/Berlin) and the condition of "roles/cloudsql.client" have 13 logical operators, and IAM takes 12 in one condition. Ask for one time at once: "4h at opening".',
    },
  },
  ({ hours, window, own, reason, says }) => {
    const grants = weekly.grants.map(grant => ({ ...grant, ...(own && { condition: own }) }))
    const refused = refuseWindow({ ...nights, ...window }, { ...weekly, grants, hours }, evening)
    assert.equal([refused?.reason, refused?.message], [reason, says])
  },
)

test('only times within the hours count against the days that the mapping allows', () => {
  const week = { ...nights, until: '2026-11-30T01:00:00Z' }
  assert.is(refuseWindow(week, weekly, evening)?.reason, 'BadWindow', 'seven nights without hours')
  assert.is(refuseWindow(week, { ...weekly, hours: workNights }, evening), undefined, 'five of them are within')
})

test('only times within the hours count as access in sequence', () => {
  const week = { ...nights, until: '2026-11-30T01:00:00Z' }
  const saturday = { from: new Date('2026-11-28T12:00:00Z'), until: new Date('2026-11-28T16:00:00Z') }
  const rule = { name: 'prod-db', maxConsecutiveSeconds: 4 * 3600 }
  const wanted = promise(spec(week), undefined, evening)
  const judge = (hours?: Hours): string | undefined =>
    refuseSequence(rule, [saturday], wantedTime(wanted, evening, { window: week, hours }))?.reason
  // The night of Friday ends 10 hours before, the next one within the hours is that of Monday.
  assert.is(judge(), 'MaxConsecutive')
  assert.is(judge(workNights), 'MaxConsecutive')
  const sunday = { from: new Date('2026-11-29T12:00:00Z'), until: new Date('2026-11-29T16:00:00Z') }
  const onSunday = (hours?: Hours): string | undefined =>
    refuseSequence(rule, [sunday], wantedTime(wanted, evening, { window: week, hours }))?.reason
  assert.equal([onSunday(), onSunday(workNights)], ['MaxConsecutive', undefined])
})

test('a window with a condition of the mapping that IAM would refuse together is refused when it is asked', () => {
  const many = (count: number): string =>
    Array.from({ length: count }, (_, n) => `resource.type == 'a.googleapis.com/T${n}'`).join(' || ')
  const grantsOf = (count: number): typeof weekly.grants =>
    weekly.grants.map(grant => ({ ...grant, condition: many(count + 1) }))
  // Start and end, two joins, and the one of the window leave eight.
  assert.is(refuseWindow(nights, { ...weekly, grants: grantsOf(8) }, evening), undefined)
  assert.match(
    refuseWindow(nights, { ...weekly, grants: grantsOf(9) }, evening)?.message ?? '',
    'IAM takes 12 in one condition',
  )
  assert.is(
    refuseWindow({ ...nights, from: '22:15' }, { ...weekly, grants: grantsOf(8) }, evening)?.reason,
    'BadWindow',
  )
})

test('what one person can have in sequence counts each night', () => {
  const wanted = wantedTime(promise(spec(nights), undefined, evening), evening, { window: nights })
  const rule = (most: number): Parameters<typeof refuseSequence>[0] => ({
    name: 'prod-db',
    maxConsecutiveSeconds: most * 3600,
  })
  assert.is(refuseSequence(rule(4), [], wanted), undefined)
  assert.is(refuseSequence(rule(3), [], wanted)?.reason, 'MaxConsecutive')
  const noon = { from: new Date('2026-11-25T11:00:00Z'), until: new Date('2026-11-25T12:00:00Z') }
  assert.is(refuseSequence(rule(4), [noon], wanted)?.reason, 'MaxConsecutive')
})

const minuteMs = 60_000
for (const { zone, at } of changes)
  test(`around ${at} in ${zone} the binding holds exactly in the times that are said and counted`, () => {
    const next = numbers(Date.parse(at) / 1000)
    const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T
    const clock = (): string => `${pick(['00', '01', '02', '03', '09', '22', '23'])}:${pick(['00', '15', '30'])}`
    for (let i = 0; i < 4; i++) {
      const [from, to] = [clock(), clock()]
      if (from === to) continue
      const now = new Date(Date.parse(at) - Math.floor(1 + next() * 60) * 60 * minuteMs)
      const local = { hour: Number(from.slice(0, 2)), minute: Number(from.slice(3)) }
      const end = { hour: Number(to.slice(0, 2)), minute: Number(to.slice(3)) }
      const day = new Date(now.getTime() + pick([2, 3, 4, 5]) * 1440 * minuteMs).toISOString().slice(0, 10)
      const window = windowOf({ from: local, to: end, until: { date: day }, zone }, { now, zone: undefined })
      assert.ok('from' in window, JSON.stringify(window))
      const [hours] = hoursAtRandom(i % 2 ? zone : 'Asia/Tokyo', 1, Date.parse(at) / 1000 + i)
      for (const asked of [{ window }, { window, hours }].filter(one => !one.hours || !faultOfHours(one.hours))) {
        const { startsAt, expiresAt } = promise(spec(window), undefined, now)
        const condition = readCondition(expressionOf({ condition: restrictionOf(asked, {}), startsAt, expiresAt }))
        assert.equal(condition.faults, [])
        const times = periodsIn(hoursOfRequest(asked), { from: startsAt, until: expiresAt })
        for (let n = -20; n < 300; n++) {
          const when = new Date(now.getTime() + n * 29 * minuteMs)
          const inside = times.some(time => time.from <= when && when < time.until)
          const what = `${JSON.stringify(asked)} at ${when.toISOString()}`
          assert.is(condition.evaluate({ at: when, attributes: {} }), inside, what)
        }
        const nightsLeft = timesFrom(asked, startsAt)
        assert.ok(times.every(time => nightsLeft.some(night => night.from <= time.from && time.until <= night.until)))
        assert.is(
          nightsLeft.filter(night => !times.some(time => night.from <= time.from && time.until <= night.until)).length,
          0,
        )
        if (!('hours' in asked))
          assert.equal(times.at(-1)?.until, expiresAt, 'the end of the last time is the end of the binding')
      }
    }
  })

attacks(
  test,
  {
    'a stored window names a zone that would end the condition … BadWindow': { zone: 'UTC") || true || ("' },
    'a stored window names a time that is no time … BadWindow': { from: '22:00") || (true' },
    'a stored window is open all day and night … BadWindow': { from: '00:00', to: '24:00' },
    'a stored window ends in the year 9999 … BadWindow': { until: '9999-12-31T23:59:59Z' },
    'a stored window was over before it was asked for … WindowOver': { until: '1970-01-01T00:00:00Z' },
  } as Record<string, Partial<Window>>,
  async change => refuseWindow({ ...nights, ...change }, weekly, evening)?.reason ?? 'taken',
)

attack(test, 'a window of one minute less than a day counts as a short time … 23h59m', () => {
  const seconds = secondsOfWindow({ ...nights, from: '22:00', to: '21:59' })
  return `${Math.floor(seconds / 3600)}h${(seconds % 3600) / 60}m`
})

test.run()
