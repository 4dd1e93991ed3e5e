// What all benchmarks stand on: one API server with deploy/base in it, the simulated services, and our processes, which
// each benchmark starts as it needs them, under the identities and settings that the sandbox gives them.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { createTransport, type Transport } from '../../src/kube/transport.ts'
import { type ProcessName, processNames } from '../../src/sandbox/processes.ts'
import { startWorld, type World } from '../../src/sandbox/world.ts'
import { type Child, startChild } from './child.ts'
import { nodeSettings } from './node-settings.ts'

export type Stage = {
  world: World
  /** A folder for each process, with config.yaml, kubeconfig and secrets; removed in the end. */
  folder: string
  /** Where the gateway takes deliveries. */
  gatewayUrl: string
  /** Starts one of our processes. */
  start(name: ProcessName): Promise<Child>
  /** The cluster as the service account of a process; `server` is a proxy in front of the API server. */
  as(name: ProcessName, server?: string): Promise<Transport>
  close(): Promise<void>
}

/** How much is measured. */
export type Scale = {
  rounds: number
  /** Rounds before these, which do not count. */
  warmUps: number
  /** Deliveries one after another, a round. */
  sequential: number
  /** Deliveries at a fixed pace, a round. */
  paced: number
  /** How long a process is left alone before its memory is read. */
  idleMs: number
  /** What is started: our processes, or `all` in one. */
  started: readonly (ProcessName | 'all')[]
  /** How often a lease is waited for; each wait takes the lease's life. */
  takeovers: number
}

/** The identity that a pod would have, in a folder. */
export const podFolder = (folder: string, name: string): string => join(folder, name, 'pod')

export const entry = join(import.meta.dirname, '../../src/cli/hallpass.ts')

/** Sets the stage. None of our processes runs in the end. */
export async function setStage(say: (line: string) => void): Promise<Stage> {
  const world = await startWorld({ say })
  world.slack.quota.isOn = false
  const folder = await mkdtemp(join(tmpdir(), 'hallpass-bench-'))
  await cp(world.processes.folder, folder, { recursive: true })
  await world.processes.stop()
  const opened: Transport[] = []
  return {
    world,
    folder,
    gatewayUrl: `http://127.0.0.1:${(await settingsIn(folder, 'gateway')).listen.port}`,
    start: name =>
      startChild({
        args: [entry, name],
        env: environmentOf(folder, name),
        readyUrl: `${world.healthUrls[name]}/readyz`,
      }),
    as: async (name, server = world.cluster.server) => {
      const { ca } = world.cluster
      const token = await tokenIn(join(folder, name, 'kubeconfig'))
      const transport = createTransport({ server, ca, token: async () => token })
      opened.push(transport)
      return transport
    },
    close: async () => {
      await Promise.all(opened.map(transport => transport.close()))
      await world.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Where a process finds its files. */
export function environmentOf(folder: string, name: string): Record<string, string> {
  const own = join(folder, name)
  return {
    HALLPASS_CONFIG: join(own, 'config.yaml'),
    HALLPASS_SECRETS: join(own, 'secrets'),
    KUBECONFIG: join(own, 'kubeconfig'),
    POD_NAME: `hallpass-${name}-bench`,
  }
}

/** Starts all three; ends them after the work. */
export async function withAll<T>(
  stage: Stage,
  work: () => Promise<T>,
  start: (name: ProcessName) => Promise<Child> = name => stage.start(name),
): Promise<T> {
  const children = await Promise.all(processNames.map(start))
  try {
    return await work()
  } finally {
    await Promise.all(children.map(child => child.end()))
  }
}

/** What of a process's settings is looked at. */
export type Settings = { listen: { host: string; port: number; healthPort: number } }

/** The settings of a process, as they were written for it. */
export async function settingsIn(folder: string, name: string): Promise<Settings> {
  return parse(await readFile(join(folder, name, 'config.yaml'), 'utf8')) as Settings
}

/** As in the process's pod: no kubeconfig, but the two files and the two variables that Kubernetes gives. */
export async function podOf({ world, folder }: Stage, name: string): Promise<Record<string, string>> {
  const { server, ca = '' } = world.cluster
  const token = await tokenIn(join(folder, name, 'kubeconfig'))
  const own = podFolder(folder, name)
  await mkdir(own, { recursive: true })
  await writeFile(join(own, 'token'), token, { mode: 0o600 })
  await writeFile(join(own, 'ca.crt'), ca)
  const { hostname, port } = new URL(server)
  const { KUBECONFIG: _, ...environment } = environmentOf(folder, name)
  return {
    ...environment,
    ...(await nodeSettings()),
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
  }
}

async function tokenIn(kubeconfig: string): Promise<string> {
  const { users } = parse(await readFile(kubeconfig, 'utf8')) as { users: { user: { token: string } }[] }
  return users[0]?.user.token ?? ''
}
