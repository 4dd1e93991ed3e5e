// Slack's form of a text, back to what was typed.
import * as assert from 'uvu/assert'
import { asTyped } from '../../../src/slack/gateway/as-typed.ts'
import { attacks } from '../../attacks.ts'
import { suite, table } from '../../suite.ts'

const test = suite('texts as they were typed')

table<[string, string]>(
  test,
  {
    'signs are unescaped once': ['a &amp; b &lt;c&gt; &amp;lt;', 'a & b <c> &lt;'],
    'signs that Slack does not escape stay': ['&quot; &#39; &nbsp;', '&quot; &#39; &nbsp;'],
    'an address': ['ask <mailto:mo@x.example|mo@x.example>', 'ask mo@x.example'],
    'an address without a label': ['<mailto:mo@x.example>', 'mo@x.example'],
    'a link': ['see <https://x.example/a?b=1&amp;c=2>.', 'see https://x.example/a?b=1&c=2.'],
    'a host that became a link': ['on <http://db.x.example|db.x.example>', 'on db.x.example'],
    'a link whose label leaves out the end': ['<https://x.example/|x.example>', 'x.example'],
    'a link with words keeps both': ['<https://x.example/1|the ticket>', 'the ticket (https://x.example/1)'],
    'a telephone number': ['<tel:+4930123|+4930123>', '+4930123'],
    'a person': ['<@U0MO|mo> and <@W0ANA>', '@mo and @W0ANA'],
    'a channel': ['<#C0PROD|prod> and <#C0OPS> and <#C0OPS|>', '#prod and #C0OPS and #C0OPS'],
    'a user group': ['<!subteam^S0DBA|@dba> and <!subteam^S0DBA>', '@dba and @S0DBA'],
    everybody: ['<!here> <!channel|channel> <!everyone>', '@here @channel @everyone'],
    'a date': ['<!date^1|{date}|x> <!date^1^{date}|tomorrow>', '{date}|x tomorrow'],
    'other brackets stay': ['if a <b> and c<d> <> <!x> <ftp://x>', 'if a <b> and c<d> <> <!x> <ftp://x>'],
    'brackets that do not end stay': ['a < b <@U0MO', 'a < b <@U0MO'],
  },
  ([delivered, typed]) => assert.is(asTyped(delivered), typed),
)

attacks<string>(
  test,
  {
    'a label names another address than the link … https://good.example (https://evil.example)':
      '<https://evil.example|https://good.example>',
    'a label names another person than the address … ana@x.example (eve@evil.example)':
      '<mailto:eve@evil.example|ana@x.example>',
    'markup is escaped twice, so that it is read as markup … &lt;!channel&gt;': '&amp;lt;!channel&amp;gt;',
    'brackets within brackets … <@U0 @U0MO>': '<@U0 <@U0MO>>',
  },
  delivered => asTyped(delivered),
)

test('a long text of brackets is read in one pass', () => {
  const before = performance.now()
  for (const part of ['<', '<@', '<!date^', '&', '&amp;', '<mailto:|', '|>'])
    asTyped(part.repeat(100_000 / part.length))
  assert.ok(performance.now() - before < 2000)
})

test.run()
