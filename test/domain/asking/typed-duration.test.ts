// Durations as people type them: understood, or asked back; never another time.
import * as assert from 'uvu/assert'
import { formatDuration, sayDuration } from '../../../src/domain/asking/duration.ts'
import { readAsked, readDuration } from '../../../src/domain/asking/typed-duration.ts'
import type { Asked } from '../../../src/domain/asking/typed-wish.ts'
import { attack } from '../../attacks.ts'
import { dice } from '../../dice.ts'
import { suite, table } from '../../suite.ts'

const test = suite('durations as people type them')

table<[string, number | undefined]>(
  test,
  {
    'as it is stored': ['1h30m', 5400],
    'with a blank': ['15 min', 900],
    'in words': ['2 hours', 7200],
    'in two words': ['1h 30m', 5400],
    'with the word and': ['1 hour and 30 minutes', 5400],
    'with a comma between': ['1 hour, 30 minutes', 5400],
    'after for': ['for 15m', 900],
    'with a comma after it': ['15m,', 900],
    'in capitals': ['30M', 1800],
    'with a capital': ['For 2 Hours', 7200],
    'in straight quotation marks': ['"15m"', 900],
    'in curly quotation marks': ['\u201C15m\u201D', 900],
    'in brackets': ['(15m)', 900],
    'with a full stop': ['15 min.', 900],
    'with a blank that does not break': ['15\u00A0min', 900],
    'with a narrow blank': ['15\u202Fmin', 900],
    'seconds in one word': ['1m30s', 90],
    'nothing is not a duration': ['', undefined],
    'a number is not a duration': ['30', undefined],
    'a word is not a duration': ['long', undefined],
    'for alone is not a duration': ['for', undefined],
    'zero is not a duration': ['0m', undefined],
    'a fraction is not a duration': ['1.5h', undefined],
    'a fraction with a comma is not a duration': ['1,5h', undefined],
    'a sign is not part of a duration': ['-30m', undefined],
    'days are not a duration': ['1 day', undefined],
    'milliseconds are not a duration': ['10ms', undefined],
    'the wrong order is not a duration': ['30m 1h', undefined],
    'two times are not a duration': ['1h 2h', undefined],
    'a range is not a duration': ['15-30m', undefined],
    'an exponent is not a duration': ['1e9h', undefined],
    'wide digits are not a duration': ['\uFF13\uFF10m', undefined],
    'a duration and more is not a duration': ['30m INC-1', undefined],
    'more digits than a number holds are not a duration': [`${'9'.repeat(400)}h`, undefined],
  },
  ([text, seconds]) => assert.is(readDuration(text), seconds),
)

table<[string, number | undefined, string]>(
  test,
  {
    'duration and reason': ['30m INC-1 replay', 1800, 'INC-1 replay'],
    'spaces are folded': ['  1h30m   INC-1 \n replay ', 5400, 'INC-1 replay'],
    'a duration alone': ['30m', 1800, ''],
    nothing: ['', undefined, ''],
    'a duration in words first': ['2 hours INC-1 replay', 7200, 'INC-1 replay'],
    'for and a duration first': ['for 1h 30m INC-1', 5400, 'INC-1'],
    'a capital and a comma': ['15M, INC-1 replay', 900, 'INC-1 replay'],
    'a dash after the duration': ['30m - INC-1 replay', 1800, 'INC-1 replay'],
    'a long dash after the duration': ['30m \u2014 INC-1 replay', 1800, 'INC-1 replay'],
    'the whole text in quotation marks': ['\u201C30m INC-1 it\u2019s stuck\u201D', 1800, 'INC-1 it\u2019s stuck'],
    'a bare number is reason': ['500 errors on checkout', undefined, '500 errors on checkout'],
    'a bare number at the end is reason': ['checkout answers 500', undefined, 'checkout answers 500'],
    'a bare number after the duration is reason': ['1h 500 errors', 3600, '500 errors'],
    'a number after minutes is reason': ['30m 3 pods crash', 1800, '3 pods crash'],
    'the first of two times counts': ['30m INC-1 slow for 2 hours', 1800, 'INC-1 slow for 2 hours'],
    'a time in the reason after a duration': ['30m job hangs every 15 minutes', 1800, 'job hangs every 15 minutes'],
    'names with numbers are reason': [
      'INC-30m v1.30m s3 5xx 3rd 10ms 3 hosts in eu-1d',
      undefined,
      'INC-30m v1.30m s3 5xx 3rd 10ms 3 hosts in eu-1d',
    ],
    'an id is reason': ['11d3a0c2-4f89-11d3-9a0c-0305e82c3301', undefined, '11d3a0c2-4f89-11d3-9a0c-0305e82c3301'],
    'a time of day within the reason': [
      'checkout fails at 14:02 and later',
      undefined,
      'checkout fails at 14:02 and later',
    ],
    'a number of customers within the reason': ['broken for 500 customers', undefined, 'broken for 500 customers'],
    'a second look is no time': ['INC-1 a second look', undefined, 'INC-1 a second look'],
    'until something happens is no time': ['INC-1 until it works', undefined, 'INC-1 until it works'],
  },
  ([text, seconds, reason]) => assert.equal(readAsked(text), { seconds, reason }),
)

/** What is asked back, and the part that is quoted. */
const unclear: Record<string, [string, string]> = {
  'an unknown unit': ['1d INC-1', '1d'],
  'a unit in another language': ['30 Minuten INC-1', '30 Minuten'],
  'no time at all': ['0m INC-1', '0m'],
  'a fraction': ['1.5h INC-1', '1.5h'],
  'half an hour': ['half an hour INC-1', 'half an hour'],
  'a number in words': ['INC-1 for two hours', 'two hours'],
  'a few minutes': ['a few minutes INC-1', 'few minutes'],
  'all day': ['INC-1 all day', 'all day'],
  'a slip in the unit': ['2 huors INC-1', '2 huors'],
  'a letter left out': ['15 minuts INC-1', '15 minuts'],
  'an hour and a number': ['1h 30 INC-1', '1h 30 INC-1'],
  'an hour and a number in one word': ['1h30 INC-1', '1h30'],
  'a time of day in front': ['1:30 INC-1', '1:30'],
  'a duration of a standard': ['PT30M INC-1', 'PT30M'],
  'a range': ['15-30m INC-1', '15-30m'],
  'a range with blanks': ['15 - 30 min INC-1', '15 - 30 min'],
  'a range at the end': ['INC-1 15 to 30m', 'to 30m'],
  'one or the other': ['30m or 1h INC-1', '30m or 1h'],
  'one to the other': ['30m to 60 INC-1', '30m to 60'],
  'two times': ['30m 10 minutes of downtime', '30m 10 minutes'],
  'two times at the end': ['INC-1 1h 2h', '1h 2h'],
  'a time and seconds': ['30m 2 seconds lag', '30m 2 seconds'],
  'a time until another': ['30m until 5pm INC-1', '30m until 5pm'],
  'until a time of day': ['INC-1 until 5pm', 'until 5pm'],
  'until tomorrow': ['INC-1 till tomorrow please', 'till tomorrow'],
  'a time in the middle': ['INC-1 need 30m for replay', '30m'],
  'a time of the past in front': ['30m ago checkout broke', '30m ago checkout'],
  'a time of something in front': ['2 hours of logs are gone', '2 hours of logs'],
  'a time of something at the end': ['INC-1 job hangs every 15 minutes', 'every 15 minutes'],
  'a range with a dash at the end': ['INC-1 15 - 30 min', '- 30 min'],
  'a time in the reason and one at the end': ['INC-1 lags 10 minutes, need 1h', 'need 1h'],
  'a sign': ['-5m INC-1', '-5m'],
  'about a time': ['~30m INC-1', '~30m'],
  'for and a bare number': ['for 30 INC-1', 'for 30'],
  'for and a bare number at the end': ['INC-1 replay for 30', 'for 30'],
  'only a number': ['30', '30'],
  'wide digits': ['\uFF13\uFF10m INC-1', '\uFF13\uFF10m'],
  'more digits than a number holds': [`${'9'.repeat(30)}h INC-1`, `${'9'.repeat(30)}h`],
}
table(
  test,
  Object.fromEntries(Object.entries(unclear).map(([what, fact]) => [`asked back: ${what}`, fact])),
  ([text, quoted]) => assert.equal(readAsked(text), { unclear: quoted }),
)

const roll = dice(20_261_123)
const pick = <T>(of: readonly [T, ...T[]]): T => of[roll(of.length)] ?? of[0]
const minutes = (): number => pick([1, 5, 15, 30, 45, 60, 90, 95, 119, 120, 240, 1440, 10_080])

/** Every way to write a time that the grammar knows. */
function written(seconds: number): string {
  const [h, m] = [Math.floor(seconds / 3600), (seconds % 3600) / 60]
  const one = (n: number, names: readonly [string, ...string[]]): string =>
    n ? `${n}${pick(['', ' '])}${pick(names)}` : ''
  const parts = [one(h, ['h', 'hr', 'hrs', 'hour', 'hours']), one(m, ['m', 'min', 'mins', 'minute', 'minutes'])]
  const typed = parts.filter(Boolean).join(pick([' ', ', ', ' and ']))
  const cased = pick([typed, typed.toUpperCase(), typed.replace(/\p{L}/u, letter => letter.toUpperCase())])
  const blanks = pick([cased, cased.replaceAll(' ', '\u00A0')])
  return pick([blanks, `for ${blanks}`, `For ${blanks}`, `${blanks},`, `\u201C${blanks}\u201D`, `"${blanks}"`])
}
const folded = (text: string): string => text.replaceAll('\u00A0', ' ')
const isState = (why: string): boolean => why.endsWith('fails')
const reason = (): string =>
  pick(['INC-1 replay', 'INC-2', '500 errors on checkout', 'please restart the stuck batch', 'v1.2h of api-30m fails'])

test('every way to write a time means that time, alone, before a reason and after it, and no word is lost', () => {
  for (let i = 0; i < 4000; i++) {
    const [seconds, why] = [minutes() * 60, reason()]
    const typed = written(seconds)
    assert.is(readDuration(typed), seconds, typed)
    assert.is(readDuration(formatDuration(seconds)), seconds)
    assert.is(readDuration(sayDuration(seconds)), seconds)
    assert.equal(readAsked(`${typed} ${why}`), { seconds, reason: why }, `${typed} ${why}`)
    const whole = `${why} ${typed}`
    const isKept = why.includes(' ') && typed.toLowerCase().startsWith('for')
    if (isState(why)) assert.ok('unclear' in readAsked(whole), whole)
    else assert.equal(readAsked(whole), { seconds, reason: isKept ? folded(whole) : why, isAtEnd: true }, whole)
    assert.equal(readAsked(`${why}, ${typed}`), { seconds, reason: why, isAtEnd: true }, `${why}, ${typed}`)
  }
})

const number = (): string =>
  pick(['1', '5', '15', '30', '1.5', '2,5', '90', '-5', '+30', '~10', '0', '10-20', '\uFF13', '.5'])
const unit = (): string =>
  pick([
    's',
    'sec',
    'm',
    'M',
    'min',
    'Minutes',
    'h',
    'hr',
    'HOURS',
    'd',
    'day',
    'days',
    'w',
    'weeks',
    'months',
    'stunden',
  ])
const filler = (): string =>
  Array.from({ length: roll(4) }, () =>
    pick(['INC-1', 'for', 'to', 'and', '-', '500', 'the', 'is', 'replay', '(x)', 'until']),
  )
    .filter(Boolean)
    .join(' ')

test('no text with a time in it is taken as the default', () => {
  for (let i = 0; i < 8000; i++) {
    const time = `${number()}${pick(['', ' '])}${unit()}`
    const line = [filler(), time, filler()].filter(Boolean).join(' ')
    const read: Asked = readAsked(line)
    if ('unclear' in read) continue
    assert.ok(read.seconds !== undefined, line)
    const [, plainly = ''] = /^(\d+) ?[a-z]+$/i.exec(time) ?? []
    assert.ok(plainly, `${line} has no plain time, but was read as ${read.seconds} seconds`)
    assert.is(read.seconds, readDuration(time), line)
  }
})

attack(test, 'a reason of 100,000 marks, digits and units keeps the grammar busy … done within a second', () => {
  const long = ['1h', '1,', '"', '(', 'for ', '1.', '\u201C-', '30m ', 'and ', '9', '1 m', 'h1'].flatMap(part => [
    part.repeat(100_000 / part.length),
    `30m ${part.repeat(100_000 / part.length)}`,
    `${part.repeat(400 / part.length)}x`,
  ])
  const before = performance.now()
  for (const text of long) readAsked(text)
  return performance.now() - before < 1000 * long.length ? 'done within a second' : 'not done'
})

test.run()
