import * as assert from 'uvu/assert'
import { faultOfCondition } from '../../src/domain/condition.ts'
import { suite, table } from '../suite.ts'

const test = suite('conditions of mappings')

table<[string, RegExp | undefined]>(
  test,
  {
    'an equality': ["resource.type == 'compute.googleapis.com/Instance'", undefined],
    'a call': ["resource.name.startsWith('projects/_/buckets/b')", undefined],
    'ten operators leave room for the time': [Array(11).fill('a').join(' && '), undefined],
    'eleven do not': [Array(12).fill('a').join(' && '), /11 logical operators/],
    'operators inside text are not counted': [`a == '${'&& || ! '.repeat(9)}'`, undefined],
    'not-equal is no operator': [Array(11).fill('a != b').join(' && '), undefined],
    'an exclamation mark is one': [`${'!'.repeat(2)}${Array(10).fill('a').join(' && ')}`, /11 logical operators/],
    'a parenthesis that closes ours': ['a) || (true', /not CEL/],
    'two expressions': ['a b', /not CEL/],
    nothing: ['', /not CEL/],
    'a comment that would swallow the time': ['true // ', /one line without comments/],
    'a second line': ['a\n|| true', /one line without comments/],
    'a raw string that ends elsewhere for Google': ['r"\\" ) || ("', /no backslash in a raw string/],
    'raw bytes': ["a == Rb'\\'", /no backslash in a raw string/],
    'a name that ends in r': ["colour == 'r'", undefined],
    'an open string': ["a == '", /not CEL/],
  },
  ([expression, fault]) => {
    const found = faultOfCondition(expression)
    if (fault) assert.match(found ?? '', fault)
    else assert.is(found, undefined)
  },
)

test.run()
