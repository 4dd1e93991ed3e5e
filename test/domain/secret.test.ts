import { inspect } from 'node:util'
import * as assert from 'uvu/assert'
import { Secret } from '../../src/domain/secret.ts'
import { suite } from '../suite.ts'

const test = suite('secrets')

test('a secret shows as [secret] however it is printed, and reveals only when asked', () => {
  const secret = new Secret('ya29.hidden')
  const printed = [String(secret), JSON.stringify({ secret }), inspect({ secret }, { showHidden: true })]
  for (const text of printed) {
    assert.not.match(text, /hidden/)
    assert.match(text, /\[secret\]/)
  }
  assert.not.match(JSON.stringify(Object.assign({}, secret)), /hidden/)
  assert.is(secret.reveal(), 'ya29.hidden')
})

test.run()
