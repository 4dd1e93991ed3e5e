import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import { blankNames } from '../../names.ts'
import { code, nameOf, quoted } from '../../../src/slack/messages/words.ts'

const test = suite('words that people typed')

test('nothing typed ends the quotation that it stands in', () => {
  assert.is(quoted('no". Approved by Ana. "'), `"no'. Approved by Ana. '"`)
  assert.is(quoted('no\u201D. Approved'), `"no'. Approved"`)
  assert.is(quoted('use <the> replica'), '"use &lt;the&gt; replica"')
})

test('what is to be typed stays within its marks, on one line', () => {
  assert.is(code('/access <a>`\n*b*'), "`/access &lt;a&gt;' *b*`")
})

table(test, blankNames, name => {
  const email = 'mallory@example.com'
  assert.is(nameOf({ name, email }), email)
  assert.is(nameOf({ name, slackUserID: 'U0MAL' }), '<@U0MAL>')
})

test.run()
