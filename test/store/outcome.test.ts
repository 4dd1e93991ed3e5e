// From the API server's answers to outcomes.
import * as assert from 'uvu/assert'
import { Broken, Refused, Waiting } from '../../src/domain/outcome.ts'
import { ApiError, apiErrorOf, type Cause } from '../../src/kube/api-error.ts'
import { outcomeOf } from '../../src/store/outcome.ts'
import { attack } from '../attacks.ts'
import { suite, table } from '../suite.ts'

const test = suite('what an answer of the API server means')
const now = new Date('2026-11-23T14:02:00Z')
type FailedResponse = { status: number; reason?: string; said?: string; causes?: Cause[]; retryAfterSeconds?: number }
const outcome = ({ reason = 'Unknown', ...more }: FailedResponse) =>
  outcomeOf(new ApiError('POST /secret/path: text', { reason, ...more }), { now, doing: 'store request "hallpass/x"' })

const broken: Record<string, FailedResponse & { answered: boolean }> = {
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

test('an error that nobody expected is told by its kind, never by its text', () => {
  const error = outcomeOf(new TypeError('secret'), { now, doing: 'store request "hallpass/x"' })
  assert.is(error.message, 'Cannot store request "hallpass/x": an unexpected error occurred (TypeError).')
})

const denial = (policy: string, message: string): Cause => ({
  message: `ValidatingAdmissionPolicy '${policy}' with binding '${policy}' denied request: ${message}`,
})
const field = (...names: string[]): Cause[] =>
  names.map(name => ({ reason: 'FieldValueInvalid', field: name, message: 'Invalid value: "secret"' }))
type Refusal = FailedResponse & { because: string; told: string }
const refused: Record<string, Refusal> = {
  'what the schema refuses is told by its fields': {
    status: 422,
    reason: 'Invalid',
    causes: field('spec.duration', 'spec.reason', 'spec.duration'),
    because: 'NotAccepted',
    told: 'the API server does not accept spec.duration, spec.reason.',
  },
  'of many fields the first are told': {
    status: 422,
    reason: 'Invalid',
    causes: field('a', 'b', 'c', 'd', 'e'),
    because: 'NotAccepted',
    told: 'the API server does not accept a, b, c.',
  },
  'what is malformed': { status: 400, because: 'NotAccepted', told: 'the API server cannot read it.' },
  'what RBAC refuses': {
    status: 403,
    reason: 'Forbidden',
    because: 'NotPermitted',
    told: 'Kubernetes does not allow it for this identity.',
  },
  'what a policy’s own rule refuses': {
    status: 403,
    reason: 'Forbidden',
    causes: [denial('hallpass-request-status', 'secret')],
    because: 'NotPermitted',
    told: 'the admission policy "hallpass-request-status" does not allow it.',
  },
  'what is too large': { status: 413, because: 'NotAccepted', told: 'it is too large for the API server.' },
  'what has no namespace to be in': {
    status: 404,
    because: 'NotAccepted',
    told: 'the cluster does not have this namespace or this kind. Apply deploy/base.',
  },
}
table(test, refused, ({ because, told, ...answer }) => {
  const error = outcome({ said: 'a secret sentence of the API server', ...answer })
  assert.instance(error, Refused)
  assert.is((error as Refused).refusal.reason, because)
  assert.is(error.message, `Cannot store request "hallpass/x": ${told}`)
})

const failed = (policy: string): string =>
  `the admission policy "${policy}" failed, or it refused without the reason "Forbidden".`
const failures: Record<string, FailedResponse & { told: string }> = {
  'a policy without its params': {
    status: 422,
    reason: 'Invalid',
    causes: [denial('foreign', 'failed to configure binding: no params found for policy binding')],
    told: failed('foreign'),
  },
  'a policy whose expression ends in an error': {
    status: 422,
    reason: 'Invalid',
    causes: [denial('hallpass-request-status', "expression 'x' resulted in error: no such key: y")],
    told: failed('hallpass-request-status'),
  },
  'a refusal by another policy that gives no reason, which nothing tells from a failure': {
    status: 422,
    reason: 'Invalid',
    causes: [denial('foreign', 'no access on Sundays')],
    told: failed('foreign'),
  },
  'a refusal as Invalid that names no field': {
    status: 422,
    reason: 'Invalid',
    told: 'an admission policy of the cluster failed to evaluate.',
  },
}
table(test, failures, ({ told, ...answer }) => {
  const error = outcome({ said: 'a secret sentence of the API server', ...answer })
  assert.instance(error, Broken, 'nobody’s input is at fault, so it is tried again')
  assert.ok((error as Broken).answered)
  assert.is(error.message, `Cannot store request "hallpass/x": ${told}`)
})

for (const status of [400, 403, 422])
  test(`a ${status} that is not the API server's own judges nothing`, () => {
    const call = { method: 'POST', path: '/x' }
    const error = outcomeOf(apiErrorOf(call, status, '{"message":"blocked by policy"}'), { now, doing: 'store it' })
    assert.instance(error, Broken)
    assert.match(error.message, new RegExp(`^Cannot store it: something between .* answered ${status}\\.$`))
  })

test('the causes are read from the API server’s Status', () => {
  const body = JSON.stringify({
    kind: 'Status',
    message: 'm',
    reason: 'Invalid',
    details: { causes: field('spec.reason') },
  })
  const error = outcomeOf(apiErrorOf({ method: 'POST', path: '/x' }, 422, body), { now, doing: 'store it' })
  assert.is(error.message, 'Cannot store it: the API server does not accept spec.reason.')
})

test('too many calls means waiting as long as it says', () => {
  const error = outcome({ status: 429, retryAfterSeconds: 7 })
  assert.instance(error, Waiting)
  assert.equal((error as Waiting).until, new Date('2026-11-23T14:02:07Z'))
})

attack(test, 'something in between asks for thirty years of patience … 300 s', () => {
  const error = outcome({ status: 429, retryAfterSeconds: 946_080_000 })
  return `${((error as Waiting).until.getTime() - now.getTime()) / 1000} s`
})

test('an outcome stays what it is, and anything else is Broken', () => {
  const waiting = new Waiting(now, 'later')
  assert.is(outcomeOf(waiting, { now, doing: 'look' }), waiting)
  assert.instance(outcomeOf(new TypeError('a fault'), { now, doing: 'look' }), Broken)
})

test.run()
