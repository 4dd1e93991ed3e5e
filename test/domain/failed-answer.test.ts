// Statuses that pass, Retry-After, and what may be called a code.
import * as assert from 'uvu/assert'
import { codeIn, passingOf, retryAfterIn } from '../../src/domain/failed-answer.ts'
import { suite, table } from '../suite.ts'

const test = suite('failed answers')

test('each status passes, or is for the adapter to judge', () => {
  const statuses = Array.from({ length: 500 }, (_, i) => i + 100)
  const of = (passing: 'wait' | 'retry'): number[] =>
    statuses.filter(status => status >= 400 && status < 500 && passingOf(status) === passing)
  assert.equal(of('wait'), [429])
  assert.equal(of('retry'), [407, 408, 425, 499])
  assert.ok(statuses.every(status => (status >= 400 && status < 500) || passingOf(status) === 'retry'))
})

table<{ header: unknown; seconds: number | undefined }>(
  test,
  {
    'seconds are read': { header: '30', seconds: 30 },
    'seconds between blanks are read': { header: ' 7 ', seconds: 7 },
    'a date is not read': { header: 'Fri, 31 Dec 2027 23:59:59 GMT', seconds: undefined },
    'nothing is not read': { header: undefined, seconds: undefined },
    'a number below zero is not read': { header: '-1', seconds: undefined },
    'a number without end is not read': { header: '9'.repeat(30), seconds: undefined },
  },
  ({ header, seconds }) => assert.is(retryAfterIn(header), seconds),
)

table<{ value: unknown; code: string | undefined }>(
  test,
  {
    'a code of Google': { value: 'FAILED_PRECONDITION', code: 'FAILED_PRECONDITION' },
    'a code of Slack': { value: 'channel_not_found', code: 'channel_not_found' },
    'a code with a dot and a dash': { value: 'a.b-c', code: 'a.b-c' },
    'a sentence is no code': { value: 'the token is ya29.x', code: undefined },
    'a page is no code': { value: '<html>', code: undefined },
    'a long word is no code': { value: 'a'.repeat(65), code: undefined },
    'a word and a line break are no code': { value: 'word\n', code: undefined },
    'an object is no code': { value: { toString: () => 'word' }, code: undefined },
    'nothing is no code': { value: '', code: undefined },
  },
  ({ value, code }) => assert.is(codeIn(value), code),
)

test.run()
