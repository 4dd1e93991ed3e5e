// What one granted request may cost: outside calls and writes, counted by the proxies. No clock is looked at, so that the
// figures are the same on every machine. A limit is lowered when a change needs less, and never raised without a reason.
import * as assert from 'uvu/assert'
import { suite, table } from '../suite.ts'
import { live, type Life, type Sums, sumsOf } from './life.ts'
import { openStage, type Stage } from './stage.ts'

const test = suite('calls and writes of one granted request', { timeoutMs: 150_000 })

/** As long as it takes to approve on a slow machine, several times. */
const accessSeconds = 6

let stage: Stage
let life: Life
let sums: Sums

test.before(async () => {
  stage = await openStage(1)
  const [installation] = stage.installations
  if (!installation) throw new Error('the stage has no installation')
  // The first life fills caches that no later one fills again: who is on call, who is in the channel, Google's keys.
  await live(installation, 'granted', accessSeconds)
  life = (await live(installation, 'granted', accessSeconds)).life
  sums = sumsOf(life)
})
test.after(async () => stage.close())

// Evidence that lasts takes seven calls more than those that access needs: it is sealed and stored next to the token, and when
// the sign-in has ended read, opened, published, recorded and deleted.
const limits: Record<string, { of: keyof Sums; most: number }> = {
  'outside calls besides Events': { of: 'calls', most: 49 },
  'Kubernetes Events': { of: 'events', most: 4 },
  'calls of the API server, Events too': { of: 'cluster', most: 32 },
  'writes to the API server, Events and Secrets too': { of: 'clusterWrites', most: 20 },
  'writes to the request': { of: 'requestWrites', most: 12 },
  'sealed tokens that KMS opens, and their evidence later': { of: 'unseals', most: 2 },
  'live reads of the mapping': { of: 'mappingReads', most: 1 },
  // One at the return, so that a full policy refuses the approver there, and one before the write.
  'reads of an IAM policy': { of: 'policyReads', most: 2 },
  'writes of an IAM policy': { of: 'policyWrites', most: 1 },
}

table(test, limits, ({ of, most }) => {
  assert.ok(sums[of] <= most, `${sums[of]}, more than ${most}:\n${JSON.stringify(life, undefined, 2)}`)
})

test('a press of Approve costs one write more', async () => {
  const [installation] = stage.installations
  if (!installation) throw new Error('the stage has no installation')
  const pressed = (await live(installation, 'granted', { seconds: accessSeconds, isPressed: true })).life
  const { requestWrites } = sumsOf(pressed)
  assert.ok(requestWrites <= 13, `${requestWrites} writes:\n${JSON.stringify(pressed, undefined, 2)}`)
  const presses = pressed.gateway.filter(call => /^PATCH accessrequests\b/.test(call))
  assert.is(presses.length, 1, JSON.stringify(pressed.gateway))
})

test('a second approval costs two openings of its evidence, and at most six writes', async () => {
  const [installation] = stage.installations
  if (!installation) throw new Error('the stage has no installation')
  const two = (await live(installation, 'granted by two', accessSeconds)).life
  const { unseals, requestWrites, policyWrites } = sumsOf(two)
  assert.equal([unseals, policyWrites], [4, 1], JSON.stringify(two, undefined, 2))
  assert.ok(requestWrites <= 17, `${requestWrites} writes:\n${JSON.stringify(two, undefined, 2)}`)
})

test('the life that was counted is a whole one', () => {
  const { requestWrites, policyWrites, unseals } = sums
  assert.ok(requestWrites >= 8 && policyWrites >= 1 && unseals >= 1, JSON.stringify(sums))
})

test.run()
