// From the API server's answers to outcomes.
import * as assert from 'uvu/assert'
import { Broken, Refused, Waiting } from '../../src/domain/outcome.ts'
import { ApiError } from '../../src/kube/api-error.ts'
import { outcomeOf } from '../../src/store/outcome.ts'
import { suite, table } from '../suite.ts'

const test = suite('what an answer of the API server means')
const now = new Date('2026-11-23T14:02:00Z')
type Answer = { status: number; reason?: string; said?: string; retryAfterSeconds?: number }
const outcome = ({ reason = 'Unknown', ...more }: Answer) =>
  outcomeOf(new ApiError('POST /secret/path: text', { reason, ...more }), { now, doing: 'store request "hallpass/x"' })

const broken: Record<string, Answer & { answered: boolean }> = {
  'no answer leaves it open whether the call took effect': { status: 0, reason: 'NoAnswer', answered: false },
  'what was never sent did not take effect': { status: 0, reason: 'NotSent', answered: true },
  'a 500 may come after the write': { status: 500, answered: false },
  'so may a 504 from something in between': { status: 504, answered: false },
  'credentials that are not accepted may rotate': { status: 401, answered: true },
  'a conflict that nobody has handled passes': { status: 409, reason: 'Conflict', answered: true },
}
table(test, broken, ({ answered, ...answer }) => {
  const error = outcome(answer)
  assert.instance(error, Broken)
  assert.is((error as Broken).answered, answered)
  assert.match(error.message, /^Cannot store request "hallpass\/x"/)
  assert.not.match(error.message, /secret/)
})

const refused: Record<string, Answer & { because: string }> = {
  'what the schema refuses': { status: 422, said: 'spec.duration: too long', because: 'NotAccepted' },
  'what is malformed': { status: 400, said: 'bad', because: 'NotAccepted' },
  'what RBAC or admission refuses': { status: 403, said: 'denied by policy', because: 'NotPermitted' },
  'what is too large': { status: 413, said: 'too large', because: 'NotAccepted' },
  'what has no namespace to be in': { status: 404, said: 'namespaces "x" not found', because: 'NotAccepted' },
}
table(test, refused, ({ because, ...answer }) => {
  const error = outcome(answer)
  assert.instance(error, Refused)
  assert.is((error as Refused).refusal.reason, because)
  assert.is(error.message, `Cannot store request "hallpass/x"; the API server says: ${answer.said ?? ''}`)
})

test('too many calls means waiting as long as it says', () => {
  const error = outcome({ status: 429, retryAfterSeconds: 7 })
  assert.instance(error, Waiting)
  assert.equal((error as Waiting).until, new Date('2026-11-23T14:02:07Z'))
})

test('a long or broken sentence is one line of bearable length', () => {
  const { message } = outcome({ status: 422, said: `two\nlines ${'x'.repeat(2_000)}` })
  assert.ok(message.length < 500)
  assert.not.match(message, /\n/)
})

test('an outcome stays what it is, and anything else is Broken', () => {
  const waiting = new Waiting(now, 'later')
  assert.is(outcomeOf(waiting, { now, doing: 'look' }), waiting)
  assert.instance(outcomeOf(new TypeError('a fault'), { now, doing: 'look' }), Broken)
})

test.run()
