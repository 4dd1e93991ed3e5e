// The soak in short: what the controller holds does not follow the history. `npm run soak` is the long form.
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { grownIn, soak } from './soak.ts'

const test = suite('a short soak', { timeoutMs: 230_000 })

test('sixty requests leave no memory, descriptor, timer or socket behind', async () => {
  const { before, after } = await soak(60, () => undefined)
  assert.ok(before.heapMB > 10, 'garbage was collected and measured')
  assert.equal(grownIn(before, after), [], JSON.stringify({ before, after }))
})

const facts: Record<string, { after: Parameters<typeof grownIn>[1]; grown: string[] }> = {
  'a tenth more heap is noise': { after: { heapMB: 109, descriptors: 40, timers: 5, sockets: 3 }, grown: [] },
  'more than a tenth is a leak': { after: { heapMB: 112, descriptors: 40, timers: 5, sockets: 3 }, grown: ['heapMB'] },
  'idle connections in pools are no leak': {
    after: { heapMB: 100, descriptors: 65, timers: 5, sockets: 3 },
    grown: [],
  },
  'a pool for every request is a leak': {
    after: { heapMB: 100, descriptors: 100, timers: 5, sockets: 3 },
    grown: ['descriptors'],
  },
  'a socket for every request is a leak': {
    after: { heapMB: 100, descriptors: 140, timers: 5, sockets: 103 },
    grown: ['descriptors', 'sockets'],
  },
}
for (const [sentence, { after, grown }] of Object.entries(facts))
  test(sentence, () => assert.equal(grownIn({ heapMB: 100, descriptors: 40, timers: 5, sockets: 3 }, after), grown))

test.run()
