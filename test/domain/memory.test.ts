// What our caches rely on in `lru-cache` with the shared options: the last valid instant, one question at a time, and
// what is never kept.
import { LRUCache } from 'lru-cache'
import * as assert from 'uvu/assert'
import { byClock, validFor } from '../../src/domain/memory.ts'
import { ManualClock } from '../fakes/clock.ts'
import { suite, table } from '../suite.ts'

const test = suite('remembered answers')

/** A cache of two answers, each valid for a minute, with the questions that are asked and how to answer them. */
function openCache(): { clock: ManualClock; get: (key: string) => Promise<string>; asked: Question[] } {
  const clock = new ManualClock()
  const asked: Question[] = []
  const fetchMethod = (key: string): Promise<string> =>
    new Promise((resolve, reject) => asked.push({ key, answer: resolve, fail: reject }))
  const cache = new LRUCache<string, string>({ max: 2, ttl: validFor(60), fetchMethod, ...byClock(clock) })
  return { clock, get: key => cache.forceFetch(key), asked }
}
type Question = { key: string; answer: (text: string) => void; fail: (error: Error) => void }

table<{ forward: number; asked: number }>(
  test,
  {
    'an answer is valid until just before its time': { forward: 59.999, asked: 1 },
    'the instant itself is already too late': { forward: 60, asked: 2 },
    'a clock that was set back keeps the answer': { forward: -3600, asked: 1 },
  },
  async ({ forward, asked: expected }) => {
    const { clock, get, asked } = openCache()
    const first = get('a')
    // The time counts from the answer, not from the question.
    clock.forward(30)
    asked[0]?.answer('one')
    await first
    assert.is(await get('a'), 'one')
    clock.forward(forward)
    void get('a')
    assert.is(asked.length, expected)
  },
)

test('callers at the same time share one question', async () => {
  const { get, asked } = openCache()
  const all = [get('a'), get('a'), get('a')]
  asked[0]?.answer('one')
  assert.equal(await Promise.all(all), ['one', 'one', 'one'])
  assert.is(asked.length, 1)
})

test('a failure reaches every caller and is not remembered', async () => {
  const { get, asked } = openCache()
  const all = [get('a'), get('a')]
  asked[0]?.fail(new Error('silent'))
  for (const one of all) assert.match(String(await one.catch((error: unknown) => error)), /silent/)
  void get('a')
  assert.is(asked.length, 2)
})

test('questions that do not fit in a full cache still answer their callers, and are forgotten', async () => {
  const { get, asked } = openCache()
  const all = ['a', 'b', 'c'].map(get)
  for (const { key, answer } of asked) answer(key)
  assert.equal(await Promise.all(all), ['a', 'b', 'c'])
  void get('a')
  assert.is(asked.length, 4)
})

test.run()
