// Patterns of mappings: what may be used, and that nobody can buy a second of the gateway's time with one.
import { RE2JS } from 're2js'
import * as assert from 'uvu/assert'
import { faultOfPattern, hasMatch, mostInstructions } from '../../../src/domain/mapping/pattern.ts'
import { attack, attacks } from '../../attacks.ts'
import { suite, table } from '../../suite.ts'
import { largest, nastyPatterns, nastyReasons } from '../nasty-patterns.ts'

const test = suite('patterns of reasons')

table<{ pattern: string; matches: string[]; others: string[] }>(
  test,
  {
    'a ticket': {
      pattern: '(INC|CHG)-[0-9]+',
      matches: ['INC-1', 'for CHG-12, now'],
      others: ['inc-1', 'INC-', ''],
    },
    'a ticket in any case, first': { pattern: '(?i)^inc-\\d{1,9}\\b', matches: ['inc-1 x'], others: ['x inc-1'] },
    'two words': { pattern: '\\S+\\s+\\S+', matches: ['a b'], others: ['a', ' a '] },
    'words of any alphabet': { pattern: '\\pL{3,}', matches: ['Ärger', '東京都'], others: ['ab 12'] },
    'twenty characters at least': { pattern: '^.{20,500}$', matches: ['x'.repeat(20)], others: ['x'.repeat(19)] },
  },
  ({ pattern, matches, others }) => {
    assert.is(faultOfPattern(pattern), undefined)
    for (const text of matches) assert.ok(hasMatch(pattern, text), text)
    for (const text of others) assert.not.ok(hasMatch(pattern, text), text)
  },
)

table<{ pattern: string; fault: RegExp }>(
  test,
  {
    'what RE2 does not know': { pattern: '(a)\\1', fault: /^it is not a regular expression of RE2 \(invalid escape/ },
    'a bracket that is not closed': { pattern: '(INC', fault: /^it is not a regular expression of RE2 \(missing/ },
    'one that compiles to too much': {
      pattern: 'a{1000}b{1000}',
      fault: /^it compiles to 2\d\d\d instructions, and at most 1000 are allowed/,
    },
  },
  ({ pattern, fault }) => {
    assert.match(faultOfPattern(pattern) ?? '', fault)
    assert.not.ok(hasMatch(pattern, 'INC a'.repeat(50)), 'it matches nothing')
  },
)

attacks<(n: number) => string>(
  test,
  Object.fromEntries(
    Object.entries(nastyPatterns).map(([kind, of]) => [
      `a mapping's pattern takes the gateway's time: ${kind} … bounded`,
      of,
    ]),
  ),
  async of => {
    const accepted = largest(of, pattern => faultOfPattern(pattern) === undefined)
    assert.ok(accepted.length <= 200, 'the CRD takes it')
    for (const reason of nastyReasons) assert.not.ok(hasMatch(accepted, reason), 'the search goes to the end')
    const size = RE2JS.compile(accepted).programSize()
    return size <= mostInstructions && (size > mostInstructions - 20 || accepted === of(1000))
      ? 'bounded'
      : String(size)
  },
)

attack(test, 'every ask has the pattern of its mapping compiled again … once', async () => {
  const compile = RE2JS.compile.bind(RE2JS)
  let compiled = 0
  RE2JS.compile = (...args) => {
    compiled += 1
    return compile(...args)
  }
  try {
    const pattern = 'INC-[0-9]{1,7}'
    for (let ask = 0; ask < 100; ask++) hasMatch(pattern, `INC-${ask}`)
    for (let ask = 0; ask < 100; ask++) faultOfPattern(pattern)
    const times = compiled
    // Others are remembered, too, and not without end.
    for (let other = 0; other < 1000; other++) hasMatch(`OTHER-${other}`, 'x')
    hasMatch(pattern, 'x')
    assert.is(compiled, times + 1001)
    return times === 1 ? 'once' : String(times)
  } finally {
    RE2JS.compile = compile
  }
})

test.run()
