// `node calls-child.ts ROOT SECONDS STORY…`: plays each story twice on a crash matrix stage of the checkout at ROOT, for
// processes that have just started and again, and prints one line of JSON with the calls of each life.
import { join } from 'node:path'
import type * as StageModule from '../fault/stage.ts'
import type * as StoriesModule from '../fault/stories.ts'
import { type ProcessName, processNames } from '../../src/sandbox/processes.ts'

const [root = '', seconds = '8', ...stories] = process.argv.slice(2)
const { openStage } = (await import(join(root, 'test/fault/stage.ts'))) as typeof StageModule
const { play } = (await import(join(root, 'test/fault/stories.ts'))) as typeof StoriesModule

/** Names of the calls that each process made. */
type Life = Record<ProcessName, readonly string[]>

const { lanes, close } = await openStage(1)
try {
  const [lane] = lanes
  if (!lane) throw new Error('The stage has no lane.')
  const liveOnce = async (story: StoriesModule.Story): Promise<Life> => {
    await lane.rest()
    for (const name of processNames) lane.proxies[name].begin()
    await play(lane, story, { seconds: Number(seconds) })
    await lane.rest()
    const { gateway, auth, controller } = lane.proxies
    return { gateway: [...gateway.calls], auth: [...auth.calls], controller: [...controller.calls] }
  }
  const lives: Record<string, { first: Life; later: Life }> = {}
  for (const [n, story] of (stories as StoriesModule.Story[]).entries()) {
    if (n > 0) await Promise.all(processNames.map(name => lane.processes[name].restart()))
    lives[story] = { first: await liveOnce(story), later: await liveOnce(story) }
  }
  console.log(JSON.stringify(lives))
} finally {
  await close()
}
