// Starts of access as people type them: understood, or asked back; never another time, and never a word of the reason.
import * as assert from 'uvu/assert'
import { readAsked, readStartAlone } from '../../../src/domain/asking/typed-duration.ts'
import type { AnyStart, TypedStart } from '../../../src/domain/asking/typed-start.ts'
import { formatDuration } from '../../../src/domain/asking/duration.ts'
import { attack } from '../../attacks.ts'
import { dice } from '../../dice.ts'
import { suite, table } from '../../suite.ts'

const test = suite('starts as people type them')

const ten: TypedStart = { clock: { hour: 22, minute: 0 } }
const friday: TypedStart = { ...ten, day: { weekday: 5 } }

table<[string, number | undefined, AnyStart, string]>(
  test,
  {
    'after the time': ['2h at 22:00 INC-1 replay', 7200, ten, 'INC-1 replay'],
    'at the next opening': ['2h at opening INC-1 replay', 7200, 'opening', 'INC-1 replay'],
    'at the next opening, in more words': ['2h at the next opening: INC-1', 7200, 'opening', 'INC-1'],
    'at the next opening, first': ['at opening for 2h INC-1', 7200, 'opening', 'INC-1'],
    'with for before the time': ['for 2 hours at 22:00 INC-1', 7200, ten, 'INC-1'],
    'first, and no time': ['at 22:00 INC-1 replay', undefined, ten, 'INC-1 replay'],
    'first, and the time after it': ['at 22:00 for 2h INC-1', 7200, ten, 'INC-1'],
    'first, and the time without for': ['At 22:00, 2h, INC-1', 7200, ten, 'INC-1'],
    'first, and the time at the end': ['at 22:00 INC-1, 2h', 7200, ten, 'INC-1'],
    'after the time at the end of the reason': ['INC-1 replay, 2h at 22:00', 7200, ten, 'INC-1 replay'],
    'alone with the time': ['2h at 22:00', 7200, ten, ''],
    alone: ['at 22:00', undefined, ten, ''],
    'with a mark after it': ['2h at 22:00: INC-1', 7200, ten, 'INC-1'],
    'with a dash after it': ['2h at 22:00 \u2013 INC-1', 7200, ten, 'INC-1'],
    'in capitals': ['2H AT 22:00 INC-1', 7200, ten, 'INC-1'],
    'in quotation marks': ['\u201C2h at 22:00 INC-1\u201D', 7200, ten, 'INC-1'],
    'with blanks that do not break': ['2h\u00A0at\u00A022:00 INC-1', 7200, ten, 'INC-1'],
    'pm in one word': ['2h at 10pm INC-1', 7200, ten, 'INC-1'],
    'pm in two words': ['2h at 10 p.m. INC-1', 7200, ten, 'INC-1'],
    'pm with minutes': ['2h at 10:00PM INC-1', 7200, ten, 'INC-1'],
    'with a full stop, as in Zurich': ['2h at 22.00 INC-1', 7200, ten, 'INC-1'],
    'an hour of one digit': ['2h at 8:05 INC-1', 7200, { clock: { hour: 8, minute: 5 } }, 'INC-1'],
    noon: ['2h at noon INC-1', 7200, { clock: { hour: 12, minute: 0 } }, 'INC-1'],
    tomorrow: ['2h at 22:00 tomorrow INC-1', 7200, { ...ten, day: 'tomorrow' }, 'INC-1'],
    'tomorrow first': ['2h tomorrow at 22:00 INC-1', 7200, { ...ten, day: 'tomorrow' }, 'INC-1'],
    'tomorrow between': ['2h at tomorrow 22:00 INC-1', 7200, { ...ten, day: 'tomorrow' }, 'INC-1'],
    tonight: ['2h at 22:00 tonight, INC-1', 7200, { ...ten, day: 'tonight' }, 'INC-1'],
    'a weekday': ['2h at Friday 22:00 INC-1', 7200, friday, 'INC-1'],
    'a weekday after it': ['2h at 22:00 on Friday INC-1', 7200, friday, 'INC-1'],
    'a weekday before it': ['2h on Fri at 22:00 INC-1', 7200, friday, 'INC-1'],
    'a date': ['2h at 2026-11-27 22:00 INC-1', 7200, { ...ten, day: { date: '2026-11-27' } }, 'INC-1'],
    'a date and a time in one word': [
      '2h at 2026-11-27T22:00 INC-1',
      7200,
      { ...ten, day: { date: '2026-11-27' } },
      'INC-1',
    ],
    'an instant': [
      '2h at 2026-11-27T22:00:00Z INC-1',
      7200,
      { ...ten, day: { date: '2026-11-27' }, zone: 'UTC' },
      'INC-1',
    ],
    'a zone': ['2h at 22:00 UTC INC-1', 7200, { ...ten, zone: 'UTC' }, 'INC-1'],
    'a zone in one word': ['2h at 22:00Z INC-1', 7200, { ...ten, zone: 'UTC' }, 'INC-1'],
    'a place in any letters': ['2h at 22:00 europe/berlin INC-1', 7200, { ...ten, zone: 'Europe/Berlin' }, 'INC-1'],
    'a day and a place': [
      '2h at 22:00 tomorrow Asia/Tokyo INC-1',
      7200,
      { ...ten, day: 'tomorrow', zone: 'Asia/Tokyo' },
      'INC-1',
    ],
    'a place and a day': ['2h at 22:00 Asia/Tokyo on Friday INC-1', 7200, { ...friday, zone: 'Asia/Tokyo' }, 'INC-1'],
  },
  ([text, seconds, start, reason]) => {
    const read = readAsked(text)
    assert.ok('reason' in read, JSON.stringify(read))
    assert.equal([read.seconds, read.start, read.reason], [seconds, start, reason])
  },
)

table<[string, number | undefined, string]>(
  test,
  {
    'a time of day after the first word': ['30m errors began at 22:00', 1800, 'errors began at 22:00'],
    'a time of day without a duration': [
      'errors began at 22:00 and later',
      undefined,
      'errors began at 22:00 and later',
    ],
    'at something else': ['30m at the customer nothing works', 1800, 'at the customer nothing works'],
    'at a number of errors': ['30m at 500 errors per second', 1800, 'at 500 errors per second'],
    'at a version': ['30m at 1.30.2 the build broke', 1800, 'at 1.30.2 the build broke'],
    'at once': ['30m at once please', 1800, 'at once please'],
    'at night': ['30m at night the batch fails', 1800, 'at night the batch fails'],
    'a day without at': ['30m tomorrow is the release', 1800, 'tomorrow is the release'],
    'a day and at something else': ['30m Friday at risk', 1800, 'Friday at risk'],
    'after a mark': ['30m - at 22:00 errors began', 1800, 'at 22:00 errors began'],
    'after the reason began': ['30m INC-1 at 22:00', 1800, 'INC-1 at 22:00'],
  },
  ([text, seconds, reason]) => assert.equal(readAsked(text), { seconds, reason }),
)

table<[string, string, RegExp]>(
  test,
  {
    'an hour that no clock has': ['2h at 25:00 INC-1', 'at 25:00', /no such time of day/],
    'the end of a day': ['2h at 24:00 INC-1', 'at 24:00', /00 to 23/],
    'a minute that no clock has': ['2h at 22:60 INC-1', 'at 22:60', /00 to 59/],
    'a bare hour': ['2h at 8 INC-1', 'at 8', /08:00 or 20:00/],
    'a bare hour of the evening': ['2h at 22 INC-1', 'at 22', /22:00/],
    'an hour as in French': ['2h at 22h30 INC-1', 'at 22h30', /such as 22:00/],
    'four digits': ['2h at 2200 INC-1', 'at 2200', /such as 22:00/],
    'one digit and a full stop': ['2h at 8.30 INC-1', 'at 8.30', /such as 22:00/],
    seconds: ['2h at 22:00:30 INC-1', 'at 22:00:30', /hours and minutes/],
    'twelve in the afternoon': ['2h at 12pm INC-1', 'at 12pm', /12:00/],
    'an hour above twelve with pm': ['2h at 22pm INC-1', 'at 22pm', /without am or pm/],
    midnight: ['2h at midnight INC-1', 'at midnight', /00:00/],
    'an hour in words': ['2h at ten INC-1', 'at ten', /digits/],
    'a day without a time': ['2h at tomorrow INC-1', 'at tomorrow', /time of day/],
    'the next Friday': ['2h at 22:00 next Friday INC-1', 'at 22:00 next Friday', /a date/],
    'a date with slashes': ['2h at 22:00 11/12 INC-1', 'at 22:00 11/12', /2026-11-27/],
    'two days': ['2h tomorrow at 22:00 on Friday INC-1', 'tomorrow at 22:00 on Friday', /one day/],
    'letters for a zone': ['2h at 22:00 CET INC-1', 'at 22:00 CET', /Europe\/Berlin/],
    'an offset': ['2h at 22:00 UTC+1 INC-1', 'at 22:00 UTC+1', /UTC or as a place/],
    'a place that does not exist': ['2h at 22:00 Europe/Zuerich INC-1', 'at 22:00 Europe/Zuerich', /place/],
    'two zones': ['2h at 22:00 UTC Europe/Berlin INC-1', 'at 22:00 UTC Europe/Berlin', /one zone/],
    'two starts': ['2h at 22:00 or 23:00 INC-1', 'at 22:00 or 23:00', /one start/],
    'a start and another': ['2h at 22:00 at 23:00 INC-1', 'at 22:00 at 23:00', /one start/],
    'a start until a time': ['2h at 22:00 until 23:00 INC-1', 'at 22:00 until 23:00', /one start/],
    'a start to a time': ['2h at 22:00-23:00 INC-1', 'at 22:00-23:00', /hours and minutes/],
    'a bare hour after a time at the end': ['INC-1, 2h at 8', 'at 8', /08:00 or 20:00/],
    'a start before the time at the end': ['INC-1 replay at 22:00 for 2h', 'at 22:00 for 2h', /directly after/],
    'a time after both': ['2h at 22:00 30m INC-1', '2h at 22:00 30m', /one time/],
  },
  ([text, unclear, remedy]) => {
    const read = readAsked(text)
    assert.ok('unclear' in read, JSON.stringify(read))
    assert.is(read.unclear, unclear)
    assert.match(read.remedy ?? '', remedy)
  },
)

test('a field for the start alone needs no at', () => {
  for (const text of ['22:00 tomorrow', 'at 22:00 tomorrow', 'tomorrow 22:00', 'tomorrow at 10pm', 'Tomorrow, 22:00'])
    assert.equal(readStartAlone(text), { start: { ...ten, day: 'tomorrow' } }, text)
  for (const text of ['22', 'soon', '22:00 please', '25:00', 'at', 'tomorrow', '22:00 22:00', '2h at 22:00'])
    assert.ok('unclear' in readStartAlone(text), text)
})

const roll = dice(20_261_127)
const pick = <T>(of: readonly [T, ...T[]]): T => of[roll(of.length)] ?? of[0]
const two = (n: number): string => String(n).padStart(2, '0')

/** Every way to write a time of day that the grammar knows. */
function clockOf({ hour, minute }: { hour: number; minute: number }): string {
  const plain = [`${hour}:${two(minute)}`, `${two(hour)}:${two(minute)}`, `${two(hour)}.${two(minute)}`]
  const halves =
    hour % 12 === 0
      ? []
      : [
          `${hour % 12}:${two(minute)}${pick(['', ' '])}${hour < 12 ? pick(['am', 'AM', 'a.m.']) : pick(['pm', 'PM', 'p.m.'])}`,
        ]
  return pick([...plain, ...halves] as [string, ...string[]])
}

function startOf(): { typed: string; start: TypedStart } {
  const clock = { hour: roll(24), minute: roll(60) }
  const [word, day] = pick<[string, TypedStart['day']]>([
    ['', undefined],
    ['today', 'today'],
    ['tonight', 'tonight'],
    ['Tomorrow', 'tomorrow'],
    ['on Monday', { weekday: 1 }],
    ['thurs', { weekday: 4 }],
    ['2026-12-01', { date: '2026-12-01' }],
  ])
  const [place, zone] = pick<[string, string | undefined]>([
    ['', undefined],
    ['UTC', 'UTC'],
    ['America/New_York', 'America/New_York'],
    ['asia/kolkata', 'Asia/Kolkata'],
  ])
  const at = pick(['at', 'At', 'AT'])
  const said = [
    [word, at, clockOf(clock), place],
    [at, word, clockOf(clock), place],
    [at, clockOf(clock), word, place],
    [at, clockOf(clock), place, word],
  ]
  const typed = pick(said as [string[], ...string[][]])
    .filter(Boolean)
    .join(' ')
  return { typed, start: { clock, ...(day && { day }), ...(zone && { zone }) } }
}

// A time of day at the end of a text without a duration is asked back, with a start too.
const reasons = [
  'INC-1 replay',
  'INC-2',
  '500 errors on checkout',
  'the batch of 22:00 is stuck',
  'errors began at 21:40',
] as const

test('every way to write a start means that start, with the time before it, after it and at the end, and no word is lost', () => {
  for (let i = 0; i < 4000; i++) {
    const { typed, start } = startOf()
    const [seconds, why] = [60 * (1 + roll(600)), pick(reasons)]
    const long = formatDuration(seconds)
    assert.equal(readAsked(`${long} ${typed} ${why}`), { seconds, reason: why, start }, `${long} ${typed} ${why}`)
    assert.equal(
      readAsked(`${typed} for ${long} ${why}`),
      { seconds, reason: why, start },
      `${typed} for ${long} ${why}`,
    )
    if (!why.endsWith('21:40'))
      assert.equal(readAsked(`${typed}, ${why}`), { seconds: undefined, reason: why, start }, `${typed}, ${why}`)
    const last = readAsked(`${why}, ${long} ${typed}`)
    assert.equal(last, { seconds, reason: why, isAtEnd: true, start }, `${why}, ${long} ${typed}`)
    assert.equal(readStartAlone(typed), { start }, typed)
  }
})

test('a text without the word at is read as before: it never has a start', () => {
  const parts = [
    '22:00',
    'tomorrow',
    'UTC',
    '10pm',
    'Friday',
    'on',
    'INC-1',
    '30m',
    'for',
    '2026-12-01',
    'noon',
    'until',
  ] as const
  for (let i = 0; i < 8000; i++) {
    const text = Array.from({ length: 1 + roll(6) }, () => pick(parts)).join(' ')
    const read = readAsked(text)
    assert.not.ok('start' in read, text)
    assert.not.ok('remedy' in read, text)
  }
})

test('whatever is typed, a start is taken only with all its words, and what is left over is the reason', () => {
  const parts = [
    'at',
    'at',
    'on',
    '22:00',
    '8',
    '25:00',
    '10pm',
    'pm',
    'tomorrow',
    'Friday',
    'UTC',
    'CET',
    '2h',
    'for',
    'or',
    '-',
    'INC-1',
    'noon',
  ] as const
  for (let i = 0; i < 12_000; i++) {
    const words = Array.from({ length: 1 + roll(7) }, () => pick(parts))
    const read = readAsked(words.join(' '))
    if ('unclear' in read || !read.start || read.start === 'opening') continue
    const text = words.join(' ').toLowerCase()
    const { hour, minute } = read.start.clock
    assert.ok([12, 20, 22].includes(hour) && minute === 0, text)
    // The words of the start and the time are gone, and the others are there in their order.
    const kept = read.reason === '' ? [] : read.reason.toLowerCase().split(' ')
    let from = 0
    for (const word of kept) from = text.split(' ').indexOf(word, from) + 1
    assert.ok(kept.length < words.length && (kept.length === 0 || from > 0), text)
    assert.not.ok(/(?:^| )(?:25:00|cet)(?: |$)/.test(text.slice(0, text.length - read.reason.length)), text)
  }
})

attack(test, 'a start of 100,000 words and marks keeps the grammar busy … done within a second', () => {
  const long = ['at ', 'at 22:00 ', 'on at ', '2h at ', 'at 2', '22:', 'UTC ', 'tomorrow ', 'at "', 'p.m. '].flatMap(
    part => [part.repeat(100_000 / part.length), `30m at 22:00 ${part.repeat(100_000 / part.length)}`],
  )
  const before = performance.now()
  for (const text of long) readAsked(text)
  return performance.now() - before < 1000 * long.length ? 'done within a second' : 'not done'
})

test.run()
