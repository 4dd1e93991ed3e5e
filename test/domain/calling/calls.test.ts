import * as assert from 'uvu/assert'
import { type Calls, callsIn, withCalls } from '../../../src/domain/calling/calls.ts'
import { suite, table } from '../../suite.ts'

const test = suite('which people were called')
const at = '2026-11-23T14:02:00Z'
const told = (...whats: string[]) => whats.map(what => ({ what, at }))

table<{ told: string[]; calls: Calls }>(
  test,
  {
    'nobody yet': { told: ['granted'], calls: { mentioned: 0, asked: 0 } },
    'mentioned, and some not written to yet': {
      told: ['asked 1', 'mentioned 3', 'granted'],
      calls: { mentioned: 3, asked: 1 },
    },
    'who has nothing left to be asked was mentioned too': { told: ['asked 2'], calls: { mentioned: 2, asked: 2 } },
    'a number that cannot be one counts nobody': {
      told: ['asked -1', 'mentioned 1e9'],
      calls: { mentioned: 0, asked: 0 },
    },
  },
  ({ told: whats, calls }) => assert.equal(callsIn({ told: told(...whats) }), calls),
)

test('a message whose record was lost mentions who was known at its intent', () => {
  const person = { email: 'mo@example.com', level: 1, why: 'on call', at }
  const approvers = [person, { ...person, email: 'ana@example.com', at: '2026-11-23T14:12:00Z' }]
  const message = { channel: 'C0PRODACCESS', intentAt: at }
  assert.equal(callsIn({ approvers, message: { ...message, ts: '1.2' } }), { mentioned: 1, asked: 0 })
  assert.equal(callsIn({ approvers, message }), { mentioned: 0, asked: 0 })
})

test('the progress is one entry, or two while somebody is not written to yet, and all other news stays', () => {
  const once = withCalls(told('granted'), { mentioned: 2, asked: 1 }, at)
  assert.equal(
    once.map(({ what }) => what),
    ['granted', 'mentioned 2', 'asked 1'],
  )
  assert.equal(
    withCalls(once, { mentioned: 2, asked: 2 }, at).map(({ what }) => what),
    ['granted', 'asked 2'],
  )
})

test.run()
