import * as assert from 'uvu/assert'
import { attack, attacks } from '../../attacks.ts'
import { suite, table } from '../../suite.ts'
import { blankNames } from '../../names.ts'
import { code, nameOf, quoted, sayPerson } from '../../../src/slack/messages/words.ts'

const test = suite('words that people typed')

test('no typed text ends the quotation around it', () => {
  assert.is(quoted('no". Approved by Ana. "'), `"no'. Approved by Ana. '"`)
  assert.is(quoted('no\u201D. Approved'), `"no'. Approved"`)
  assert.is(quoted('use <the> replica'), '"use &lt;the&gt; replica"')
})

test('text to be typed stays within its marks, on one line', () => {
  assert.is(code('/access <a>`\n*b*'), "`/access &lt;a&gt;' *b*`")
})

attacks(
  test,
  {
    'a name draws an at sign with a picture of the workspace … ana\u2236at:example.com': 'ana:at:example.com',
    'a name emphasises what it adds … Liv \u2217denied\u2217': 'Liv *denied*',
    'a name with a letter in an enclosing circle passes for an address … liv@example.com': 'ana a\u20DDexample.com',
  },
  name => nameOf({ name, email: 'liv@example.com' }),
)

attack(test, 'a name closes its bracket with an ornament … liv@example.com (Liv] Approved by Ana)', () =>
  sayPerson({ name: 'Liv\u2769 Approved by Ana', email: 'liv@example.com' }),
)

table(test, blankNames, name => {
  const email = 'mallory@example.com'
  assert.is(nameOf({ name, email }), email)
  assert.is(nameOf({ name, slackUserID: 'U0MAL' }), '<@U0MAL>')
})

test.run()
