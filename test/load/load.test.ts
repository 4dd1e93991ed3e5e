// The load in short: whatever happens to the gateway, nobody is told what is not so. `npm run load` is the long form.
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { load } from './load.ts'

const test = suite('a short load with the gateway killed in the middle', { timeoutMs: 200_000 })

test('everybody was told what is so, and nothing is stored twice', async () => {
  const { sent, stored, storedLater, late, wrong } = await load({ perSecond: 20, seconds: 6 })
  assert.equal(wrong, [])
  assert.is(late, 0)
  assert.is(sent, 120)
  assert.ok(stored + storedLater > 0, 'some were stored')
})

test.run()
