import * as assert from 'uvu/assert'
import {
  after,
  durationSeconds,
  formatDuration,
  instant,
  parseDuration,
  sayDuration,
  sayMinutes,
} from '../../../src/domain/asking/duration.ts'
import { suite, table } from '../../suite.ts'

const test = suite('durations')

table<[string, number | undefined]>(
  test,
  {
    minutes: ['30m', 1800],
    'hours and minutes': ['1h30m', 5400],
    seconds: ['90s', 90],
    'all three': ['1h1m1s', 3661],
    'a bare number is not a duration': ['500', undefined],
    'an empty text is not a duration': ['', undefined],
    'zero is not a duration': ['0m', undefined],
    'the wrong order is not a duration': ['30m1h', undefined],
    'a word is not a duration': ['1hour', undefined],
    'a signed number is not a duration': ['-5m', undefined],
    'a fraction is not a duration': ['1.5h', undefined],
    'capital units are not a duration': ['30M', undefined],
    'a huge number is not a duration': ['99999999h', undefined],
    'a text of two lines is not a duration': ['30m\n', undefined],
  },
  ([text, seconds]) => assert.is(parseDuration(text), seconds),
)

test('a stored duration may be zero, in any writing, and must be one', () => {
  for (const zero of ['0s', '00m', '0h0m0s']) assert.is(durationSeconds(zero), 0)
  assert.throws(() => durationSeconds(''), /is not a duration/)
  assert.throws(() => durationSeconds('soon'), /"soon" is not a duration/)
})

table<[number, string, string]>(
  test,
  {
    'half an hour': [1800, '30m', '30 minutes'],
    'one of each': [3661, '1h1m1s', '1 hour 1 minute 1 second'],
    'a day': [86_400, '24h', '24 hours'],
    nothing: [0, '0s', '0 seconds'],
  },
  ([seconds, written, said]) => {
    assert.is(formatDuration(seconds), written)
    assert.is(sayDuration(seconds), said)
    if (seconds > 0) assert.is(parseDuration(written), seconds)
  },
)

table<[number, string]>(
  test,
  {
    'twenty seconds before an hour': [3580, '59 minutes'],
    'a second before two minutes': [119, '1 minute'],
    'a minute': [60, '1 minute'],
    'less than a minute': [59, '59 seconds'],
    'an hour and some seconds': [3659, '1 hour'],
    'fractions of a second': [3599.9, '59 minutes'],
  },
  ([seconds, said]) => assert.is(sayMinutes(seconds), said),
)

test('instants are whole seconds in UTC, rounded down', () => {
  assert.is(instant(new Date('2026-11-23T14:35:12.999Z')), '2026-11-23T14:35:12Z')
  assert.is(instant(after(new Date('2026-11-23T14:35:12Z'), 60)), '2026-11-23T14:36:12Z')
})

test.run()
