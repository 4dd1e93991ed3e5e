#!/usr/bin/env node
// `npm start`: the sandbox. It starts all processes and the page, and prints a command for a second terminal. Ctrl-C
// ends everything.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { servePage } from './page-server.ts'
import { namespace, startWorld } from './world.ts'

/** The file that `npm run kubectl` reads. */
const kubeconfigPath = join(import.meta.dirname, '../../.sandbox/kubeconfig')

try {
  const said = (line: string): void => console.log(line)
  said('Starting a Kubernetes API server, simulated Google, Slack and PagerDuty, and the three processes…')
  const world = await startWorld({ say: said, existing: process.argv.includes('--existing-cluster') })
  const page = await servePage(world)
  await writeKubeconfig(world.cluster.kubeconfigPath)
  said(`
  Open   ${page.url}/
  and type   /prod-db 1m trying it

  In a second terminal:
         npm run kubectl -- get accessrequests -w

  Kubeconfig: ${kubeconfigPath}
  Ctrl-C ends everything.
`)
  let isEnding = false
  const end = async (): Promise<void> => {
    if (isEnding) return
    isEnding = true
    said('Ending…')
    await page.close()
    await world.stop()
    await rm(kubeconfigPath, { force: true })
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

// The administrator's kubeconfig, with the sandbox's namespace as default.
async function writeKubeconfig(source: string): Promise<void> {
  const config = JSON.parse(await readFile(source, 'utf8')) as { contexts: { context: { namespace?: string } }[] }
  for (const { context } of config.contexts) context.namespace = namespace
  await mkdir(join(kubeconfigPath, '..'), { recursive: true })
  await writeFile(kubeconfigPath, JSON.stringify(config), { mode: 0o600 })
}
