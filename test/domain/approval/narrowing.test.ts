import * as assert from 'uvu/assert'
import type { Narrowing } from '../../../src/api/kinds.ts'
import { grantsLeft, refuseTerms, type Terms } from '../../../src/domain/approval/narrowing.ts'
import { readMapping } from '../../../src/domain/mapping/mapping.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { suite, table } from '../../suite.ts'

const test = suite('narrowings')
const stored = mapping()
const { spec } = request(stored)

table<{ narrowing?: Narrowing; left: number[] }>(
  test,
  {
    'none leaves everything': { left: [0, 1] },
    'a shorter duration leaves everything': { narrowing: { duration: '10m' }, left: [0, 1] },
    'one grant': { narrowing: { grants: [1] }, left: [1] },
    'in the order of the spec, each once': { narrowing: { grants: [1, 0, 1] }, left: [0, 1] },
    'no grant leaves nothing': { narrowing: { grants: [] }, left: [] },
  },
  ({ narrowing, left }) =>
    assert.equal(
      grantsLeft(spec, narrowing),
      left.map(i => spec.grants[i]),
    ),
)

// 30 minutes were asked for; the mapping permits 5 minutes or more.
table<{ terms: Terms; reason?: string }>(
  test,
  {
    'all that was asked can be approved': { terms: {} },
    'less can be approved': { terms: { narrowing: { duration: '5m', grants: [1] }, comment: 'go on' } },
    'everything can be listed': { terms: { narrowing: { duration: '30m', grants: [0, 1] } } },
    'no grant': { terms: { narrowing: { grants: [] } }, reason: 'NothingChosen' },
    'a grant that was not asked for': { terms: { narrowing: { grants: [0, 2] } }, reason: 'NotAsked' },
    'a grant of a negative number': { terms: { narrowing: { grants: [-1] } }, reason: 'NotAsked' },
    'no time': { terms: { narrowing: { duration: '0m' } }, reason: 'NotADuration' },
    'an empty duration': { terms: { narrowing: { duration: '' } }, reason: 'NotADuration' },
    'a duration in words': { terms: { narrowing: { duration: 'an hour' } }, reason: 'NotADuration' },
    'more time than was asked': { terms: { narrowing: { duration: '31m' } }, reason: 'NotADuration' },
    'less time than the mapping permits': { terms: { narrowing: { duration: '4m' } }, reason: 'NotADuration' },
    'the longest comment': { terms: { comment: 'ü'.repeat(500) } },
    'a longer comment': { terms: { comment: 'ü'.repeat(501) }, reason: 'CommentTooLong' },
  },
  ({ terms, reason }) => assert.is(refuseTerms(terms, spec, readMapping(stored))?.reason, reason),
)

test('a request for less than the mapping permits now can be approved as it was asked', () => {
  const short = { ...spec, duration: '2m' }
  assert.is(refuseTerms({ narrowing: { duration: '2m' } }, short, readMapping(stored)), undefined)
  assert.is(refuseTerms({ narrowing: { duration: '1m' } }, short, readMapping(stored))?.reason, 'NotADuration')
})

test('without a mapping any shorter time is less than was asked', () =>
  assert.is(refuseTerms({ narrowing: { duration: '1s' } }, spec, undefined), undefined))

test.run()
