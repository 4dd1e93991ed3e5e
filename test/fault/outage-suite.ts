// A test file of outages: each is a separate test, and they are played side by side, because each mostly waits.
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import type { Installation } from './installation.ts'
import { nextFor, playThrough, type Outage } from './outages.ts'
import { openStage, type Stage } from './stage.ts'

const installationCount = 3

/** Tests that play these outages; to be run. */
export function testOutages(about: string, chosen: [string, Outage][]): ReturnType<typeof suite> {
  const test = suite(about, { timeoutMs: 450_000 })
  let stage: Stage
  const results = new Map<string, Promise<Error | undefined>>()

  test.before(async () => {
    const isOverSocket = chosen.some(([, { slackMode }]) => slackMode === 'socket')
    stage = await openStage(installationCount, isOverSocket ? 1 : 0)
    const waiting = chosen.map(([sentence, outage]) => {
      const { promise, resolve } = Promise.withResolvers<Error | undefined>()
      results.set(sentence, promise)
      return { sentence, outage, resolve }
    })
    const work = async (installation: Installation): Promise<void> => {
      for (let next = nextFor(installation, waiting); next; next = nextFor(installation, waiting))
        next.resolve(await twice(installation, next))
    }
    for (const installation of stage.installations) void work(installation)
  })
  test.after(async () => stage.close())

  for (const [sentence] of chosen)
    test(sentence, async () => {
      const error = await results.get(sentence)
      assert.is(error?.message, undefined)
    })
  return test
}

type Due = { sentence: string; outage: Outage }

/** On a busy machine a story can come too late for its own ten seconds. A wrong end comes again. */
async function twice(installation: Installation, { sentence, outage }: Due): Promise<Error | undefined> {
  const began = performance.now()
  const play = async (): Promise<Error | undefined> => playThrough(installation, outage).then(() => undefined, asError)
  let error = await play()
  if (error) {
    console.log(`again  ${sentence}: ${error.message}`)
    error = await play()
  }
  console.log(`${error ? 'FAILED' : 'ok    '} ${sentence} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
  return error
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
