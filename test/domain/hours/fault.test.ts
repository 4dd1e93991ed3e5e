import * as assert from 'uvu/assert'
import { faultOfHours } from '../../../src/domain/hours/fault.ts'
import type { Day, Hours, Span } from '../../../src/domain/hours/span.ts'
import { sayMoment } from '../../../src/domain/hours/local-time.ts'
import { sayHours } from '../../../src/domain/hours/words.ts'
import { suite, table } from '../../suite.ts'

const test = suite('which hours can be used, and how they are said')

const work: Day[] = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri']
const berlin = (...spans: Span[]): Hours => ({ zone: 'Europe/Berlin', spans })
const nights: Span = { from: '22:00', to: '06:00' }
const in_ = (zone: string): Hours => ({ zone, spans: [nights] })

table<[Hours, RegExp]>(
  test,
  {
    'a zone that does not exist': [
      in_('Europe/Berln'),
      /^the zone "Europe\/Berln" is not a time zone .*: write a place/,
    ],
    'a zone in other letters': [in_('europe/berlin'), /write "Europe\/Berlin", for letters count/],
    'an abbreviation': [in_('EST'), /^the zone "EST" need not have summer time.*: write a place/],
    'a fixed offset': [in_('+01:00'), /^the zone "\+01:00" need not have summer time/],
    'a zone that closes its quotes': [in_('UTC") == 1 || true || request.time.getHours("UTC'), /is not a time zone/],
    'no zone': [in_(''), /^the zone "" is not a time zone/],
    'no span': [berlin(), /no span.*never open/],
    'from equal to': [
      berlin({ from: '09:00', to: '09:00' }),
      /both "09:00", so they would never open: for a whole day/,
    ],
    'an hour without a leading 0': [berlin({ from: '9:00', to: '17:00' }), /^from "9:00" is not a time of a day/],
    'an hour that no clock shows': [berlin({ from: '09:00', to: '25:00' }), /^to "25:00" is not a time of a day/],
    'a start at the end of a day': [berlin({ from: '24:00', to: '06:00' }), /^from "24:00" is not a time of a day/],
    'a time that goes on': [berlin({ from: '09:00', to: '10:00 || true' }), /^to "10:00 \|\| true" is not a time/],
    'no day': [berlin({ ...nights, days: [] }), /names no day.*never open/],
    'an unknown day': [berlin({ ...nights, days: ['Mo' as Day] }), /^"Mo" is not a day: write Mon, Tue/],
    'a day twice': [berlin({ ...nights, days: ['Mon', 'Mon'] }), /names "Mon" twice: name it once/],
    'every minute of the week': [berlin({ from: '00:00', to: '24:00' }), /^they are always open/],
    'every minute, in two spans': [
      berlin({ from: '22:00', to: '06:00' }, { from: '06:00', to: '22:00' }),
      /^they are always open/,
    ],
    'more operators than IAM takes': [
      berlin(
        { days: ['Mon', 'Wed', 'Fri'], from: '08:30', to: '12:15' },
        { days: ['Tue', 'Thu'], from: '13:30', to: '17:45' },
      ),
      /^they take 16 logical operators of IAM, and 10 are the most/,
    ],
  },
  ([hours, says]) => assert.match(faultOfHours(hours) ?? 'no fault', says),
)

table<[Hours, string]>(
  test,
  {
    'every night': [berlin(nights), 'every day 22:00 to 06:00 the next day (Europe/Berlin)'],
    'working hours': [
      berlin({ days: work, from: '09:00', to: '17:00' }),
      'Monday to Friday 09:00 to 17:00 (Europe/Berlin)',
    ],
    'nights and weekends': [
      berlin({ ...nights, days: work }, { days: ['Sun', 'Sat'], from: '00:00', to: '24:00' }),
      'Monday to Friday 22:00 to 06:00 the next day, and Saturday and Sunday all day (Europe/Berlin)',
    ],
    'days apart': [
      berlin({ days: ['Wed', 'Mon', 'Fri', 'Sat', 'Sun'], from: '22:00', to: '00:00' }),
      'Monday, Wednesday and Friday to Sunday 22:00 to 00:00 (Europe/Berlin)',
    ],
    'two zones of one clock': [in_('UTC'), 'every day 22:00 to 06:00 the next day (UTC)'],
  },
  ([hours, words]) => {
    assert.is(faultOfHours(hours), undefined)
    assert.is(sayHours(hours), words)
  },
)

test('an instant is said with date, time and zone', () => {
  const at = new Date('2026-11-30T23:05:00Z')
  assert.is(sayMoment(at, 'Europe/Berlin'), 'Tuesday 1 December 2026, 00:05 (Europe/Berlin)')
  assert.is(sayMoment(at, 'America/New_York'), 'Monday 30 November 2026, 18:05 (America/New_York)')
})

test.run()
