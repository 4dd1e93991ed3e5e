// The world around our processes fails in every way, and each story still comes to its own end.
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import type { Lane } from './lane.ts'
import { endure, outages } from './outages.ts'
import { openStage, type Stage } from './stage.ts'

const test = suite('outages around running processes', { timeoutMs: 220_000 })
const laneCount = 3

let stage: Stage
const results = new Map<string, Promise<Error | undefined>>()

// Side by side, because each mostly waits; every test then looks at its own.
test.before(async () => {
  stage = await openStage(laneCount)
  const waiting = Object.entries(outages).map(([sentence, outage]) => {
    const { promise, resolve } = Promise.withResolvers<Error | undefined>()
    results.set(sentence, promise)
    return { sentence, outage, resolve }
  })
  const work = async (lane: Lane): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { sentence, outage, resolve } = next
      const began = performance.now()
      let error = await endure(lane, outage).then(() => undefined, asError)
      if (error) {
        // On a busy machine a story can come too late for its own ten seconds. A wrong end comes again.
        console.log(`again  ${sentence}: ${error.message}`)
        error = await endure(lane, outage).then(() => undefined, asError)
      }
      console.log(`${error ? 'FAILED' : 'ok    '} ${sentence} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
      resolve(error)
    }
  }
  for (const lane of stage.lanes) void work(lane)
})
test.after(async () => stage.close())

for (const sentence of Object.keys(outages))
  test(sentence, async () => {
    const error = await results.get(sentence)
    assert.is(error?.message, undefined)
  })

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

test.run()
