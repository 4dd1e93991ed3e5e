// Which refused attempts the log is told: enough to see them, and never so many that they fill it.
import * as assert from 'uvu/assert'
import { attemptRefused, attemptsDue } from '../../../src/domain/audit/refused-attempts.ts'
import { suite, table } from '../../suite.ts'

const test = suite('refused attempts in the log')

table<{ count?: number; logged?: number; due: number | undefined }>(
  test,
  {
    'nobody has tried': { due: undefined },
    'the first attempt is told': { count: 1, due: 1 },
    'several that came at once are one event': { count: 3, due: 3 },
    'the third is told alone': { count: 3, logged: 2, due: 3 },
    'the fourth is not': { count: 4, logged: 3, due: undefined },
    'twice as many are told': { count: 6, logged: 3, due: 6 },
    'nothing is told twice': { count: 6, logged: 6, due: undefined },
    'a count that went back is not told': { count: 2, logged: 5, due: undefined },
  },
  ({ count, logged, due }) =>
    assert.is(
      attemptsDue({
        ...(count !== undefined && { attempts: { count } }),
        ...(logged !== undefined && { attemptsLogged: logged }),
      }),
      due,
    ),
)

test('a million attempts, one after the other, are two dozen events', () => {
  let [attemptsLogged, events] = [0, 0]
  for (let count = 1; count <= 1_000_000; count++) {
    const due = attemptsDue({ attempts: { count }, attemptsLogged })
    if (due === undefined) continue
    attemptsLogged = due
    events++
  }
  assert.ok(events <= 24, `${events} events`)
})

const at = '2026-11-23T14:05:00Z'
table<{ why: string; reason: string | undefined }>(
  test,
  {
    'an own approval': { why: 'SelfApproval: You asked for this yourself.', reason: 'SelfApproval' },
    'a sign-in for another request': { why: 'EvidenceForAnother: The sign-in belongs…', reason: 'EvidenceForAnother' },
    'a sign-in that was cancelled': { why: 'SignInCancelled: You left.', reason: 'SignInCancelled' },
    'a word that is no reason is not repeated': { why: 'Whatever: it says', reason: undefined },
  },
  ({ why, reason }) => {
    const told = attemptRefused({ status: { attempts: { count: 2, last: [{ at, who: 'ida@example.com', why }] } } })
    assert.equal([told.actor, told.details], ['ida@example.com', { reason, at, count: '2' }])
    assert.is(told.message.includes('Whatever'), false)
  },
)

test.run()
