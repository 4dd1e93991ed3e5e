// What of a text can be seen.
import * as assert from 'uvu/assert'
import { cut, oneLine } from '../../src/domain/text.ts'
import { blankNames } from '../names.ts'
import { suite, table } from '../suite.ts'

const test = suite('texts that somebody else wrote')

const lines: Record<string, { typed: string; read: string }> = {
  'white space of any kind is one space': { typed: ' a\t\n\u00A0\u2028b ', read: 'a b' },
  'control characters are removed': { typed: 'a\u0000\u0007b\u009Fc', read: 'a b c' },
  'the direction of writing does not change': { typed: '\u202Etxt\u202C\u2067x\u2069\u200F\u061Cy', read: 'txtxy' },
  'what has no width is gone': { typed: 'a\u200Bb\u2060c\u00ADd\uFEFFe\u180Ef', read: 'abcdef' },
  'fillers are nothing': { typed: '\u3164\u115F\u2800\uFFA0', read: '' },
  'tags that hide text are gone': { typed: 'a\u{E0041}\u{E0042}b', read: 'ab' },
  'a joiner after a filler joins nothing': { typed: '\u3164\u200D\u2800\uFE0F\u200D', read: '' },
  'the form of a sign stays': { typed: '#\uFE0F\u20E3 \u203C\uFE0F', read: '#\uFE0F\u20E3 \u203C\uFE0F' },
  'joiners alone are nothing': { typed: '\u200D\u200D \u200C\uFE0F', read: '' },
  'joiners stay in emoji': { typed: '\u{1F468}\u200D\u{1F4BB} ❤\uFE0F', read: '\u{1F468}\u200D\u{1F4BB} ❤\uFE0F' },
  'joiners stay in Persian': { typed: '\u0645\u06CC\u200C\u062E\u0648', read: '\u0645\u06CC\u200C\u062E\u0648' },
  'half a character becomes a whole one': { typed: 'a\uD800b', read: 'a\uFFFDb' },
  'words in any script stay': { typed: 'Zürich 東京 السلام', read: 'Zürich 東京 السلام' },
}
table(test, lines, ({ typed, read }) => assert.is(oneLine(typed), read))

table(test, blankNames, name => assert.is(oneLine(name), ''))

const cuts: Record<string, { text: string; length: number; left: string }> = {
  'what fits stays whole': { text: 'Dana', length: 4, left: 'Dana' },
  'the rest is left out': { text: 'Dana Engineer', length: 4, left: 'Dana' },
  'of a pair that does not fit nothing stays': { text: 'Dan😀', length: 4, left: 'Dan' },
  'a pair that fits stays': { text: 'Da😀x', length: 4, left: 'Da😀' },
  'half a pair that comes in becomes a whole character': { text: 'D\uD83Dn\uDE00a', length: 4, left: 'D\uFFFDn\uFFFD' },
  'half a pair where it is cut, too': { text: 'Dan\uD83D', length: 4, left: 'Dan\uFFFD' },
}
table(test, cuts, ({ text, length, left }) => assert.is(cut(text, length), left))

test.run()
