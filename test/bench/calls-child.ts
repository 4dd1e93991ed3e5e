// `node calls-child.ts ROOT SECONDS STORY…`: plays each story twice on a crash matrix stage of the checkout at ROOT, for
// processes that have just started and again, and prints one line of JSON with the calls of each life. Stories that an
// earlier version does not know are left out.
import { join } from 'node:path'
import type * as StageModule from '../fault/stage.ts'
import type * as StoriesModule from '../fault/stories.ts'
import { type ProcessName, processNames } from '../../src/sandbox/processes.ts'

const [root = '', seconds = '8', ...asked] = process.argv.slice(2)
const { openStage } = (await import(join(root, 'test/fault/stage.ts'))) as typeof StageModule
const { play, stories } = (await import(join(root, 'test/fault/stories.ts'))) as typeof StoriesModule

/** Names of the calls that each process made. */
type Life = Record<ProcessName, readonly string[]>

const { installations, close } = await openStage(1)
try {
  const [installation] = installations
  if (!installation) throw new Error('The stage has no installation.')
  const liveOnce = async (story: StoriesModule.Story): Promise<Life> => {
    await installation.rest()
    for (const name of processNames) installation.proxies[name].begin()
    await play(installation, story, { seconds: Number(seconds) })
    await installation.rest()
    const { gateway, auth, controller } = installation.proxies
    return { gateway: [...gateway.calls], auth: [...auth.calls], controller: [...controller.calls] }
  }
  const lives: Record<string, { first: Life; later: Life }> = {}
  for (const [n, story] of stories.filter(known => asked.includes(known)).entries()) {
    if (n > 0) await Promise.all(processNames.map(name => installation.processes[name].restart()))
    lives[story] = { first: await liveOnce(story), later: await liveOnce(story) }
  }
  console.log(JSON.stringify(lives))
} finally {
  await close()
}
