import * as assert from 'uvu/assert'
import { saysAlready, withCondition } from '../../src/domain/conditions.ts'
import { suite } from '../suite.ts'

const test = suite('conditions')
const [one, two] = [new Date('2026-11-23T14:00:00Z'), new Date('2026-11-23T15:00:00Z')]
const ready = { type: 'Ready', status: 'True', reason: 'Checked', message: 'Fine.', observedGeneration: 1 } as const

test('a new condition is added with the instant of its first status', () => {
  const other = withCondition([], { ...ready, type: 'Complete' }, one)
  const both = withCondition(other, ready, two)
  assert.equal(
    both.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
    [
      ['Complete', '2026-11-23T14:00:00Z'],
      ['Ready', '2026-11-23T15:00:00Z'],
    ],
  )
})

test('another reason or message keeps the transition time; another status moves it', () => {
  const first = withCondition([], ready, one)
  const reworded = withCondition(first, { ...ready, reason: 'NobodyToAsk', message: 'Still fine.' }, two)
  assert.equal(reworded[0], {
    ...ready,
    reason: 'NobodyToAsk',
    message: 'Still fine.',
    lastTransitionTime: '2026-11-23T14:00:00Z',
  })
  assert.is(withCondition(first, { ...ready, status: 'False' }, two)[0]?.lastTransitionTime, '2026-11-23T15:00:00Z')
  assert.is(first[0]?.message, 'Fine.', 'the standing list is left alone')
})

test('a message that is cut in an emoji counts as said once it is stored', () => {
  const long = { ...ready, message: `${'x'.repeat(1023)}😀` }
  const [stored] = withCondition([], long, one)
  assert.ok(stored?.message.isWellFormed())
  assert.ok(saysAlready(stored && [stored], long))
})

test('a message is as long as the CRD allows', () => {
  const long = { ...ready, message: 'x'.repeat(2000) }
  const [stored] = withCondition([], long, one)
  assert.is(stored?.message.length, 1024)
  assert.ok(saysAlready(stored && [stored], long), 'and counts as said')
})

test('an equal condition differs only in the time', () => {
  const standing = withCondition([], ready, one)
  assert.ok(saysAlready(standing, ready))
  for (const other of [
    { status: 'False' },
    { reason: 'NobodyToAsk' },
    { message: 'Not.' },
    { observedGeneration: 2 },
  ] as const)
    assert.not(saysAlready(standing, { ...ready, ...other }))
  assert.not(saysAlready(undefined, ready))
})

test.run()
