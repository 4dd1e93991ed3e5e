// A duration at the end of a reason: understood, or asked back when it may belong to the reason; no word is lost.
import * as assert from 'uvu/assert'
import { readAsked } from '../../src/domain/asking/typed-duration.ts'
import { suite, table } from '../suite.ts'

const test = suite('durations at the end of a reason')

// Where no mark separates them, `for …` stays in the reason too, because it may belong to it.
table<[string, number, string]>(
  test,
  {
    'at the end': ['INC-1 replay 15m', 900, 'INC-1 replay'],
    'at the end after for': ['INC-1 replay for 2 hours', 7200, 'INC-1 replay for 2 hours'],
    'at the end after one word and for': ['INC-1 for 15m', 900, 'INC-1'],
    'at the end after a comma': ['INC-1 replay, 1h 30m.', 5400, 'INC-1 replay'],
    'at the end after a comma and for': ['INC-1 replay, for 15m', 900, 'INC-1 replay'],
    'at the end after a full stop': ['INC-1 replay. For 15m.', 900, 'INC-1 replay.'],
    'at the end after a dash': ['INC-1 replay - 15m', 900, 'INC-1 replay'],
    'at the end after a long dash and for': ['INC-1 replay \u2014 for 15m', 900, 'INC-1 replay'],
    'at the end in brackets': ['INC-1 replay (15 min)', 900, 'INC-1 replay'],
    'at the end in brackets with for': ['INC-1 replay (for 15 min)', 900, 'INC-1 replay'],
    'after a comma even behind a state': ['INC-1 pages slow, 2h', 7200, 'INC-1 pages slow'],
    'after a state that is not the last word': [
      'INC-1 restart the stuck batch 15m',
      900,
      'INC-1 restart the stuck batch',
    ],
  },
  ([text, seconds, reason]) => assert.equal(readAsked(text), { seconds, reason, isAtEnd: true }),
)

/** What may be how long the person needs, or how long something has lasted: the part that is quoted, and both. */
table<[string, string, number, string]>(
  test,
  {
    'a state and for': ['INC-1 pages slow for 2 hours', 'slow for 2 hours', 7200, 'INC-1 pages slow'],
    'a state in a sentence': ['pages are slow for 2 hours', 'slow for 2 hours', 7200, 'pages are slow'],
    'a state without for': ['INC-1 checkout down 2h', 'down 2h', 7200, 'INC-1 checkout down'],
    'a state and some words': ['checkout failing already for 15m', 'already for 15m', 900, 'checkout failing already'],
    'a state alone': ['outage for 2 hours', 'outage for 2 hours', 7200, 'outage'],
    'a state with its mark': ['"pages slow" for 2 hours', 'slow" for 2 hours', 7200, '"pages slow"'],
    'a time of the past': ['checkout has been down for 2 hours', 'down for 2 hours', 7200, 'checkout has been down'],
    'a time of the past after a comma': [
      'checkout was slow, for 2 hours',
      'slow, for 2 hours',
      7200,
      'checkout was slow',
    ],
  },
  ([whole, quoted, seconds, reason]) =>
    assert.equal(readAsked(whole), { unclear: quoted, either: { seconds, reason, whole } }),
)

const reasons = [
  'pages slow',
  'replay',
  'restart the stuck batch',
  'errors on checkout',
  'it is down',
  'retry, please',
  '',
]
const times = ['15m', 'for 15m', '15 min.', 'for 1 hour and 30 minutes', '(for 15m)', '- 15m', 'for 30', '2 huors']
const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{N}]+/gu) ?? []

test('a reason is shortened only by the time itself', () => {
  for (const reason of reasons)
    for (const time of times)
      for (const mark of ['', ',', '.', ' \u2014'])
        for (const ticket of ['', 'INC-1 ']) {
          const line = `${ticket}${reason}${mark} ${time}`
          const read = readAsked(line)
          if ('unclear' in read) {
            if (read.either) assert.equal(wordsOf(read.either.whole), wordsOf(line), line)
            continue
          }
          const kept = wordsOf(read.reason).join(' ')
          assert.ok(kept === wordsOf(line).join(' ') || kept === wordsOf(`${ticket}${reason}`).join(' '), line)
        }
})

test.run()
