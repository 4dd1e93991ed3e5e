// The sandbox: it starts all processes and the page, and prints a command for a second terminal. Ctrl-C ends everything.
import { emptyFolder, fillFolder, kubeconfigPath, logsPath } from './folder.ts'
import { type Sandbox, servePage } from './page-server.ts'
import { Progress } from './preparation.ts'
import { sampleRoles, sandboxTown } from './town.ts'
import { startWorld } from './world.ts'

const progress = new Progress()
const sandbox: Sandbox = { progress }
const said = (line: string): void => {
  console.log(line)
  progress.say(line)
}
const undo: (() => Promise<void>)[] = []
let isEnding = false

try {
  const page = await servePage(sandbox)
  undo.push(() => page.close())
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end())
  said('Starting a Kubernetes API server, simulated Google, Slack and PagerDuty, and the three processes…')
  said(`${page.url}/ shows how far it is.`)
  const world = await startWorld({
    say: said,
    onStep: step => progress.step(step),
    existing: process.argv.includes('--existing-cluster'),
    town: await sandboxTown(),
    compareEvery: '30s',
    ...(process.argv.includes('--janitor') && { janitor: { roles: sampleRoles } }),
    isSmall: true,
  })
  undo.push(() => world.stop())
  await fillFolder(world)
  undo.push(() => emptyFolder())
  sandbox.world = world
  said(`
  Open   ${page.url}/
  and type   /prod-db 1m trying it

  In a second terminal:
         npm run kubectl -- get accessrequests -w
         npm run hallpass -- who
         npm run hallpass -- who --compare
         npm run hallpass -- drift

  Kubeconfig: ${kubeconfigPath}
  Logs:       ${logsPath}
  Ctrl-C ends everything.
`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

async function end(): Promise<void> {
  if (isEnding) return
  isEnding = true
  console.log('Ending…')
  for (const step of undo.reverse()) await step()
  process.exit(0)
}
