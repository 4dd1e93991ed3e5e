// Access on several days, typed in a command and in the form: stored as one window, and repeated with each night.
import * as assert from 'uvu/assert'
import { mapping } from '../../builders/mapping.ts'
import { suite, table } from '../../suite.ts'
import { Office } from '../delivery.ts'

const test = suite('several days in a command')

const nightly = mapping({ spec: { duration: { min: '5m', default: '30m', max: '4h', recurring: { maxDays: 5 } } } })

async function inOffice<T>(work: (office: Office) => Promise<T>, declared = nightly): Promise<T> {
  const office = await new Office([declared]).open()
  try {
    return await work(office)
  } finally {
    await office.close()
  }
}

test('it is stored as one window in the zone of the person, and the answer says each night', () =>
  inOffice(async office => {
    const { text } = await office.command('/prod-db 22:00-02:00 until Friday INC-1 migration')
    assert.match(
      text,
      'Asked for *prod-db*, tonight and the next 3 nights, 22:00\u201302:00 (Europe/Zurich), the last until Friday 27 November 2026, 02:00. The manager on call',
    )
    const { window, duration, reason, notBefore } = office.requests.all()[0]?.spec ?? {}
    assert.equal(
      { window, duration, reason, notBefore },
      {
        window: { zone: 'Europe/Zurich', from: '22:00', to: '02:00', until: '2026-11-27T01:00:00Z' },
        duration: '4h',
        reason: 'INC-1 migration',
        notBefore: undefined,
      },
    )
    assert.match(
      (await office.command('/access mine')).text,
      /\*prod-db\*, 22:00\u201302:00 \(Europe\/Zurich\), the last until/,
    )
  }))

table<[string, RegExp]>(
  test,
  {
    'more hours than the mapping allows': [
      '22:00-03:00 until Friday INC-1',
      /lasts at most 4 hours; you asked for 5 hours/,
    ],
    'more days than the mapping allows': [
      '22:00-02:00 until 2026-11-30 INC-1',
      /on at most 5 days at once; this would be 7/,
    ],
    'more than a week': ['22:00-02:00 until 2026-12-02 INC-1', /at most 7 days after it was asked for/],
    'no last day': ['22:00-02:00 INC-1', /^"22:00-02:00" may say when access should begin.*"22:00-02:00 until Friday"/],
    'the weekday of today': [
      '22:00-02:00 until Monday INC-1',
      /^Today is Monday 23 November 2026: write the last day as a date/,
    ],
    'as an emergency, which the mapping does not offer': [
      'emergency 22:00-02:00 until Friday INC-1',
      /cannot be asked for as an emergency/,
    ],
    'without a reason': ['22:00-02:00 until Friday', /needs a reason/],
  },
  async ([typed, says]) =>
    inOffice(async office => {
      assert.match((await office.command(`/prod-db ${typed}`)).text, says)
      assert.is(office.requests.all().length, 0)
    }),
)

const workNightly = mapping({
  spec: {
    duration: { min: '5m', default: '30m', max: '4h', recurring: { maxDays: 5 } },
    hours: {
      zone: 'Europe/Berlin',
      spans: [{ days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'], from: '23:00', to: '06:00' }],
    },
  },
})

test('within the hours of the mapping: only those times are meant, and the answer says which work', () =>
  inOffice(async office => {
    const { text } = await office.command('/prod-db 22:00-02:00 until Sunday INC-1 migration')
    assert.match(
      text,
      'Asked for *prod-db*, tonight and the next 4 nights, 22:00\u201302:00 (Europe/Zurich), the last until Saturday 28 November 2026, 02:00. It works only Monday to Friday 23:00 to 06:00 the next day (Europe/Berlin): in these times from Monday 23 November 2026, 23:00 until Tuesday 24 November 2026, 02:00, and 4 more times. The manager on call',
    )
    const { window, hours } = office.requests.all()[0]?.spec ?? {}
    assert.equal([window?.until, hours], ['2026-11-28T01:00:00Z', workNightly.spec.hours])
  }, workNightly))

test('wholly outside of the hours of the mapping, nothing is stored, and the answer says what to ask', () =>
  inOffice(async office => {
    const { text } = await office.command('/prod-db 09:00-12:00 until Friday INC-1')
    assert.match(
      text,
      /works only Monday to Friday 23:00 to 06:00 .* outside of these hours\. It opens next on Monday 23 November 2026, 23:00 \(Europe\/Berlin\)\. Ask for times within them\./,
    )
    assert.is(office.requests.all().length, 0)
  }, workNightly))

test('a mapping that does not declare it says so, and what can be asked for', () =>
  inOffice(async office => {
    const { text } = await office.command('/prod-db 22:00-02:00 until Friday INC-1')
    assert.match(text, /cannot be asked for on several days at once\. Ask for one time: "4h at 22:00"/)
    assert.is(office.requests.all().length, 0)
  }, mapping()))

test.run()
