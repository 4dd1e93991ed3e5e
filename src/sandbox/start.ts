#!/usr/bin/env node
// `npm start`: the sandbox. It starts all processes and the page, and prints a command for a second terminal. Ctrl-C
// ends everything.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Sandbox, servePage } from './page-server.ts'
import { Progress } from './preparation.ts'
import { namespace, startWorld } from './world.ts'

/** The file that `npm run kubectl` reads. */
const kubeconfigPath = join(import.meta.dirname, '../../.sandbox/kubeconfig')

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
  const isExisting = process.argv.includes('--existing-cluster')
  const world = await startWorld({ say: said, onStep: step => progress.step(step), existing: isExisting })
  undo.push(() => world.stop())
  await writeKubeconfig(world.cluster.kubeconfigPath)
  undo.push(() => rm(kubeconfigPath, { force: true }))
  sandbox.world = world
  said(`
  Open   ${page.url}/
  and type   /prod-db 1m trying it

  In a second terminal:
         npm run kubectl -- get accessrequests -w

  Kubeconfig: ${kubeconfigPath}
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

// The administrator's kubeconfig, with the sandbox's namespace as default.
async function writeKubeconfig(source: string): Promise<void> {
  const config = JSON.parse(await readFile(source, 'utf8')) as { contexts: { context: { namespace?: string } }[] }
  for (const { context } of config.contexts) context.namespace = namespace
  await mkdir(join(kubeconfigPath, '..'), { recursive: true })
  await writeFile(kubeconfigPath, JSON.stringify(config), { mode: 0o600 })
}
