import * as assert from 'uvu/assert'
import type { Narrowing } from '../../src/api/kinds.ts'
import { grantsLeft, refuseNarrowing } from '../../src/domain/narrowing.ts'
import { mapping, request } from '../slack/fakes.ts'
import { suite, table } from '../suite.ts'

const test = suite('narrowings')
const { spec } = request(mapping())

table<{ narrowing?: Narrowing; left: number[]; refused?: RegExp }>(
  test,
  {
    'none leaves everything': { left: [0, 1] },
    'a shorter duration leaves everything': { narrowing: { duration: '10m' }, left: [0, 1] },
    'one grant': { narrowing: { grants: [1] }, left: [1] },
    'in the order of the spec, each once': { narrowing: { grants: [1, 0, 1] }, left: [0, 1] },
    'no grant is refused': { narrowing: { grants: [] }, left: [], refused: /leaves no grant/ },
    'a grant that was not asked for is refused': { narrowing: { grants: [0, 2] }, left: [0], refused: /not asked for/ },
    'no time is refused': { narrowing: { duration: '0m' }, left: [0, 1], refused: /"0m" is not a duration/ },
    'an empty duration is refused': { narrowing: { duration: '' }, left: [0, 1], refused: /is not a duration/ },
  },
  ({ narrowing, left, refused }) => {
    assert.equal(
      grantsLeft(spec, narrowing),
      left.map(i => spec.grants[i]),
    )
    const no = refuseNarrowing(spec, narrowing)
    if (refused) assert.match(no?.message ?? '', refused)
    else assert.is(no, undefined)
  },
)

test.run()
