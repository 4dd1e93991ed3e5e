// What the author of a mapping is told of a condition. The faults themselves are in test/contract/cel.
import * as assert from 'uvu/assert'
import { faultOfCondition, staysInBrackets } from '../../src/domain/condition.ts'
import { suite, table } from '../suite.ts'

const test = suite('conditions of mappings')

const statement = "resource.name != 'projects/x'"
const joined = (count: number): string =>
  Array.from({ length: count }, (_, n) => `resource.name != 'projects/${n}'`).join(' && ')

table<[string, RegExp | undefined]>(
  test,
  {
    'an equality': ["resource.type == 'compute.googleapis.com/Instance'", undefined],
    'a call': ["resource.name.startsWith('projects/_/buckets/b')", undefined],
    'ten operators leave room for the time': [joined(11), undefined],
    'eleven do not': [joined(12), /^it has 11 logical operators, and 10 are the most .* write two grants$/],
    'operators inside text are not counted': [`resource.name != 'projects/${'&&||!'.repeat(9)}'`, undefined],
    'an exclamation mark is one': [`!(${joined(11)})`, /11 logical operators/],
    'a parenthesis that closes the outer one': ['true) || (true', /^it is not CEL at character 5: /],
    'what cannot be evaluated is said to be silent': [
      'request.time < date("2026-02-30")',
      /^it has "date\(.*\)", where .* does not exist: .*\. Google would accept it, and it would never grant$/,
    ],
    'what one engine of Google takes is not said to be silent': [
      'request.time < timestamp("2026-12-31T23:59:60Z")',
      /above 59: write a time that a clock shows$/,
    ],
    'the worst is said first': ["resource.type == 'x' && resource.typ == 'x'", /did you mean "resource.type"/],
    'a line break of YAML gets its own message': [`${statement}\n`, /ends with a line break.*write ">-"/],
    'a line break of Windows too': [`${statement}\r\n`, /ends with a line break/],
    'a line break after the first line is another': [`${statement} &&\n${statement}\n`, /has a line break/],
    'a comment is no text': [`${statement} // until March`, /comment \(\/\/\) at character 31/],
    'a text is no comment': ["resource.name.endsWith('//x')", undefined],
    'what cannot be seen is named, not shown': [
      "resource.name.endsWith('\u200b')",
      /^[\x20-\x7e]*U\+200B[\x20-\x7e]*$/,
    ],
    'a long part is cut': [`resource.name == ${'('.repeat(5)}'${'x'.repeat(400)}'${')'.repeat(5)}`, /^.{0,400}$/],
  },
  ([expression, fault]) => {
    const found = faultOfCondition(expression)
    if (fault) assert.match(found ?? '', fault)
    else assert.is(found, undefined)
  },
)

table<[string, boolean]>(
  test,
  {
    'one expression stays in its brackets': ['a || b', true],
    'a bracket that closes the outer one leads out': ['a) || (b', false],
    'a comment leads out': ['a // b', false],
    'a raw string may': [String.raw`r"\" ) || ("`, false],
    'two lines may': ['a ||\nb', false],
  },
  ([expression, stays]) => assert.is(staysInBrackets(expression), stays),
)

test.run()
