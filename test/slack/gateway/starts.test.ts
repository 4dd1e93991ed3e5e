// Starts that are typed in a command: stored in UTC, and repeated with day, time and zone.
import * as assert from 'uvu/assert'
import { attack } from '../../attacks.ts'
import { mapping } from '../../builders/mapping.ts'
import { dana } from '../../builders/organisation.ts'
import { suite, table } from '../../suite.ts'
import { Office } from '../delivery.ts'

const test = suite('starts in a command')

async function inOffice<T>(work: (office: Office) => Promise<T>): Promise<T> {
  const office = await new Office([mapping()]).open()
  try {
    return await work(office)
  } finally {
    await office.close()
  }
}

// It is Monday 23 November 2026, 14:02 UTC, and 15:02 in Zurich, where Dana is.
table<[string, string | undefined, RegExp]>(
  test,
  {
    'in the zone of the person': [
      '/prod-db 2h at 22:00 INC-1 replay',
      '2026-11-23T21:00:00Z',
      /^Asked for \*prod-db\*, 2 hours, from Monday 23 November 2026, 22:00 \(Europe\/Zurich\)\. The manager on call/,
    ],
    'in another zone': [
      '/prod-db 2h at 22:00 UTC INC-1 replay',
      '2026-11-23T22:00:00Z',
      /from Monday 23 November 2026, 22:00 \(UTC\)\. The manager/,
    ],
    'the next day, and why': [
      '/prod-db 2h at 08:00 INC-1 replay',
      '2026-11-24T07:00:00Z',
      /from Tuesday 24 November 2026, 08:00 \(Europe\/Zurich\)\. It is the next one, because the 08:00 of today is over\. The manager/,
    ],
    'with the default time': [
      '/access prod-db at Friday 22:00 INC-1 replay',
      '2026-11-27T21:00:00Z',
      /30 minutes \(the default\), from Friday 27 November 2026, 22:00 \(Europe\/Zurich\)\./,
    ],
    'at this minute': [
      '/prod-db 2h at 15:02 INC-1 replay',
      undefined,
      /^Asked for \*prod-db\*, 2 hours\. Access begins as soon as it is approved\. The manager/,
    ],
    'a time of day in the reason': [
      '/prod-db 30m INC-1 errors began at 22:00',
      undefined,
      /^Asked for \*prod-db\*, 30 minutes\. Access begins as soon as it is approved\. The manager/,
    ],
    'a reason without a time of day': [
      '/prod-db 30m INC-1 replay',
      undefined,
      /^Asked for \*prod-db\*, 30 minutes\. The manager/,
    ],
  },
  async ([line, notBefore, says]) =>
    inOffice(async office => {
      const { text } = await office.command(line)
      assert.match(text, says)
      const [stored] = office.requests.all()
      assert.is(stored?.spec.notBefore, notBefore)
      assert.not.ok(JSON.stringify(stored).includes('Zurich'), 'the zone is not stored')
    }),
)

table<[string, RegExp]>(
  test,
  {
    'an hour that no clock has': [
      '2h at 25:00 INC-1',
      /^"at 25:00" may say when access should begin, and that is not clear\. There is no such time of day/,
    ],
    'a bare hour': [
      '2h at 8 INC-1',
      /Write hours and minutes, 08:00 or 20:00\. If it belongs to the reason, write another word before it\.$/,
    ],
    'letters for a zone': ['2h at 22:00 EST INC-1', /UTC or as a place such as Europe\/Berlin/],
    'today, and over': ['2h at 08:00 today INC-1', /^08:00 on Monday 23 November 2026 is over in Europe\/Zurich\./],
    'a time far ahead': ['2h at 2026-12-24 22:00 INC-1', /more than 7 days ahead/],
    'a start before the time at the end': [
      'INC-1 replay at 22:00 for 2h',
      /To begin then, write the start directly after the time/,
    ],
  },
  async ([typed, says]) =>
    inOffice(async office => {
      assert.match((await office.command(`/prod-db ${typed}`)).text, says)
      assert.is(office.requests.all().length, 0)
    }),
)

test('a person whose zone Slack does not say is asked for it', () =>
  inOffice(async office => {
    const { zone: _, ...placeless } = dana
    office.directory.people.splice(0, 1, placeless)
    assert.match(
      (await office.command('/prod-db 2h at 22:00 INC-1')).text,
      /^Your time zone is not known\. Write it too: "at 22:00 UTC"/,
    )
    assert.match((await office.command('/prod-db 2h at 22:00 Europe/Berlin INC-1')).text, /22:00 \(Europe\/Berlin\)/)
  }))

test('mine says from when access that is asked for later begins', () =>
  inOffice(async office => {
    await office.command('/prod-db 2h at 22:00 INC-1')
    assert.match((await office.command('/access mine')).text, /\*prod-db\*, 2 hours from <!date\^1795467600\^/)
  }))

attack(
  test,
  'a start has digits of another script and a hidden character … asked back or reason, never another start',
  () =>
    inOffice(async office => {
      const typed = [
        '2h at \uFF12\uFF12:00 INC-1',
        '2h at 2\u200B2:0\u200B0 INC-1 x',
        '2h \u0430t 22:00 INC-1',
        '2h at 22\uFF1A00 INC-1',
      ]
      for (const text of typed) await office.command(`/prod-db ${text}`)
      const starts = office.requests.all().map(({ spec }) => spec.notBefore)
      // A character without width is removed before anything is read, and the answer shows what is left.
      return starts.every(at => at === undefined || at === '2026-11-23T21:00:00Z')
        ? 'asked back or reason, never another start'
        : starts.join(' ')
    }),
)

test.run()
