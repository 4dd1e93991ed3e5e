// What the author of a mapping is told of a condition. The faults themselves are in test/contract/cel.
import * as assert from 'uvu/assert'
import type { ConditionContext } from '../../../src/cel/condition-context.ts'
import { readCondition } from '../../../src/cel/condition.ts'
import { faultOfCondition, staysInBrackets } from '../../../src/domain/mapping/condition.ts'
import { calls } from '../../contract/cel/calls.ts'
import { conditions } from '../../contract/cel/conditions.ts'
import { suite, table } from '../../suite.ts'

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

const now = new Date('2026-11-23T14:00:00Z')
const over = /^it holds for no time that is still to come, .*correct the times, or remove them$/
const elsewhere = /^it never holds on "projects\/prod-eu", because .* another project: correct the project/
const inUse: Record<string, [string, RegExp | undefined]> = {
  'an end that has passed': ['request.time < timestamp("2026-11-23T14:00:00Z")', over],
  'an end that is one second away': ['request.time < timestamp("2026-11-23T14:00:01Z")', undefined],
  'a start that has passed narrows nothing, and may stay': ['request.time >= date("2026-01-01")', undefined],
  'a start that is to come': ['request.time >= date("2027-01-01")', undefined],
  'a span that has passed': ['request.time >= date("2026-01-01") && request.time < date("2026-02-01")', over],
  'a year that has passed': ['request.time.getFullYear("Europe/Berlin") == 2025', over],
  'this year': ['request.time.getFullYear() == 2026', undefined],
  'an end that only one of two sides has': [`request.time < date("2026-01-01") || ${statement}`, undefined],
  'an hour of the day comes again': ['request.time.getHours() < 9', undefined],
  'names in another project': ["resource.name.startsWith('projects/prod-us/instances/')", elsewhere],
  'names in a project whose name is longer': ["resource.name.startsWith('projects/prod-eu-2/')", elsewhere],
  'names in this project': ["resource.name.startsWith('projects/prod-eu/instances/')", undefined],
  'names of projects that begin alike': ["resource.name.startsWith('projects/prod-')", undefined],
  'names of projects that begin otherwise': ["resource.name.startsWith('projects/dev-')", elsewhere],
  'one name in another project': ["resource.name == 'projects/prod-us/instances/main'", elsewhere],
  'every name but one in another project': ["resource.name != 'projects/prod-us/instances/main'", undefined],
  'names of buckets': ["resource.name.startsWith('projects/_/buckets/b')", undefined],
  'names with a number of a project': ["resource.name.startsWith('projects/123/secrets/s')", undefined],
  'names in another project, only for one type': [
    "resource.type != 'compute.googleapis.com/Instance' || resource.name.startsWith('projects/prod-us/')",
    undefined,
  ],
}
table<[string, RegExp | undefined]>(
  test,
  Object.fromEntries(Object.entries(inUse).map(([what, fact]) => [`where it is used: ${what}`, fact])),
  ([expression, fault]) => {
    assert.is(faultOfCondition(expression), undefined)
    const found = faultOfCondition(expression, { resource: 'projects/prod-eu', now })
    if (fault) assert.match(found ?? '', fault)
    else assert.is(found, undefined)
  },
)

test('on a folder, names in any project are possible', () => {
  const expression = "resource.name.startsWith('projects/prod-us/')"
  for (const resource of ['folders/1', 'organizations/1', 'projects/123456'])
    assert.is(faultOfCondition(expression, { resource, now }), undefined)
})

test('no condition that holds for a call is called useless at that time and place', () => {
  const held = Object.values(conditions).flatMap(({ is, says }) => {
    const holding = Object.values<ConditionContext>(calls).filter(call => readCondition(is).evaluate(call) === true)
    return says ? [] : holding.map(call => ({ is, call }))
  })
  assert.ok(held.length > 100, `only ${held.length}`)
  for (const { is, call } of held) {
    const [, project = 'prod-eu'] = /^projects\/([a-z][^/]*)/.exec(String(call.attributes['resource.name'])) ?? []
    assert.is(faultOfCondition(is, { resource: `projects/${project}`, now: call.at }), undefined, is)
  }
})

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
