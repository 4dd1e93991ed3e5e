import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import { oneLine, quoted } from '../../../src/slack/messages/words.ts'

const test = suite('words that people typed')

const lines: Record<string, { typed: string; read: string }> = {
  'white space of any kind is one space': { typed: ' a\t\n\u00A0\u2028b ', read: 'a b' },
  'control characters are none': { typed: 'a\u0000\u0007b\u009Fc', read: 'a b c' },
  'the direction of writing stays ours': { typed: '\u202Etxt\u202C\u2067x\u2069\u200F\u061Cy', read: 'txtxy' },
  'what has no width is gone': { typed: 'a\u200Bb\u2060c\u00ADd\uFEFFe\u180Ef', read: 'abcdef' },
  'fillers are nothing': { typed: '\u3164\u115F\u2800\uFFA0', read: '' },
  'tags that hide text are gone': { typed: 'a\u{E0041}\u{E0042}b', read: 'ab' },
  'joiners alone are nothing': { typed: '\u200D\u200D \u200C\uFE0F', read: '' },
  'joiners stay in emoji': { typed: '\u{1F468}\u200D\u{1F4BB} ❤\uFE0F', read: '\u{1F468}\u200D\u{1F4BB} ❤\uFE0F' },
  'joiners stay in Persian': { typed: '\u0645\u06CC\u200C\u062E\u0648', read: '\u0645\u06CC\u200C\u062E\u0648' },
  'half a character becomes a whole one': { typed: 'a\uD800b', read: 'a\uFFFDb' },
  'words in any script stay': { typed: 'Zürich 東京 السلام', read: 'Zürich 東京 السلام' },
}
table(test, lines, ({ typed, read }) => assert.is(oneLine(typed), read))

test('nothing typed ends the quotation that it stands in', () => {
  assert.is(quoted('no". Approved by Ana. "'), `"no'. Approved by Ana. '"`)
  assert.is(quoted('no\u201D. Approved'), `"no'. Approved"`)
  assert.is(quoted('use <the> replica'), '"use &lt;the&gt; replica"')
})

test.run()
