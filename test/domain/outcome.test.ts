import * as assert from 'uvu/assert'
import { Broken, refusal, Refused, Waiting } from '../../src/domain/outcome.ts'
import { suite } from '../suite.ts'

const test = suite('outcomes as types')

test('each says what it needs to and no more', () => {
  const cause = new Error('inner')
  const refused = new Refused('NotPermitted', 'No.', { cause })
  assert.equal([refused.refusal, refused.message, refused.cause], [refusal('NotPermitted', 'No.'), 'No.', cause])
  const until = new Date('2026-11-23T14:05:00Z')
  assert.is(new Waiting(until, 'later').until, until)
  assert.is(new Broken('x').answered, true, 'an outcome is unknown only when it is said to be')
  assert.is(new Broken('x', { answered: false }).answered, false)
})

test('a reason that is not in the catalogue does not compile', () => {
  // @ts-expect-error not a reason
  const invented = new Refused('NotInTheCatalogue', 'No.')
  // @ts-expect-error not a reason
  const other = refusal('AlsoNotInTheCatalogue', 'No.')
  const text: string = 'Gone'
  // @ts-expect-error a text that was read is no reason until it was parsed
  const read = refusal(text, 'No.')
  assert.is(invented.message, other.message)
  assert.is(read.reason, 'Gone')
})

test('they are distinguished by class and by name', () => {
  const errors = [new Refused('Gone', 'x'), new Waiting(new Date(), 'x'), new Broken('x')]
  assert.equal(
    errors.map(({ name }) => name),
    ['Refused', 'Waiting', 'Broken'],
  )
  assert.ok(errors.every(error => error instanceof Error))
})

test.run()
