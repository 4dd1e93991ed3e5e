// The operator's processes, each as a process of this machine under its own service account, configuration and
// secrets, as in a cluster. Only the addresses of Google, Slack and PagerDuty are those of the simulators.
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { stringify } from 'yaml'
import type { Cluster } from './cluster.ts'
import { compiledFolder } from '../sim/controlplane/places.ts'
import { type Program, type Programs, startPrograms } from '../sim/programs.ts'

export const processNames = ['gateway', 'auth', 'controller'] as const
export type ProcessName = (typeof processNames)[number]
/** A process that can run, or the optional one. */
export type ProgramName = ProcessName | 'janitor'

/** The inputs of one process, apart from its identity in the cluster. */
export type Given = { settings: Record<string, unknown>; secrets: Record<string, string>; healthPort: number }

export type Processes = Programs & {
  folder: string
  /** The last lines that a process printed. */
  log(name: ProgramName): Promise<string>
}

/** Longest wait until all are ready. Usually it takes 3 s. */
const readyTimeoutMs = 60_000
/** Longer than any sandbox runs. */
const tokenSeconds = 24 * 3600

/**
 * Starts the three, and a janitor if it is given, and waits until each says that it is ready. Rejects with the last log lines of a process that does
 * not become ready.
 */
export async function startProcesses(
  cluster: Cluster,
  given: Record<ProcessName, Given> & { janitor?: Given },
  { isSmall = false }: { isSmall?: boolean } = {},
): Promise<Processes> {
  const folder = await mkdtemp(join(tmpdir(), 'hallpass-processes-'))
  const all = Object.entries(given) as [ProgramName, Given][]
  const programs = await Promise.all(all.map(([name, one]) => prepare({ name, folder, cluster, isSmall }, one)))
  const running = startPrograms(folder, programs)
  const processes: Processes = { ...running, folder, log: name => tail(join(folder, `${name}.log`)) }
  for (const [name, { healthPort }] of all) await untilReady(name, healthPort, processes)
  return processes
}

const inPodProgram = join(import.meta.dirname, 'in-pod.ts')
/** The options of the image and of the manifests (deploy/), with less room for new objects. */
const smallOptions = [
  '--no-wasm-tier-up',
  '--no-wasm-dynamic-tiering',
  '--max-old-space-size=384',
  '--max-semi-space-size=2',
]

type Place = { name: ProgramName; folder: string; cluster: Cluster; isSmall: boolean }

async function prepare({ name, folder, cluster, isSmall }: Place, { settings, secrets }: Given): Promise<Program> {
  const own = join(folder, name)
  await mkdir(join(own, 'secrets'), { recursive: true, mode: 0o700 })
  const token = await cluster.serviceAccountToken('hallpass-system', `hallpass-${name}`, tokenSeconds)
  const secretly = { mode: 0o600 }
  await writeFile(join(own, 'config.yaml'), stringify(settings))
  await writeFile(join(own, 'kubeconfig'), cluster.kubeconfigFor(name, token), secretly)
  await writeFile(join(own, 'token'), token, secretly)
  await writeFile(join(own, 'ca.crt'), cluster.ca ?? '')
  const { hostname, port } = new URL(cluster.server)
  const inPod = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port }
  for (const [file, secret] of Object.entries(secrets)) await writeFile(join(own, 'secrets', file), secret, secretly)
  return {
    path: process.execPath,
    args: isSmall
      ? [...smallOptions, inPodProgram, own, name]
      : [join(import.meta.dirname, '../cli/hallpass.ts'), name],
    log: `${name}.log`,
    env: {
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? compiledFolder(process.env),
      HALLPASS_CONFIG: join(own, 'config.yaml'),
      HALLPASS_SECRETS: join(own, 'secrets'),
      ...(isSmall ? inPod : { KUBECONFIG: join(own, 'kubeconfig') }),
      POD_NAME: `hallpass-${name}-sandbox`,
    },
  }
}

async function untilReady(name: ProgramName, healthPort: number, processes: Processes): Promise<void> {
  for (const until = Date.now() + readyTimeoutMs; Date.now() < until && !processes.hasEnded(); await pause(50)) {
    const answer = await fetch(`http://127.0.0.1:${healthPort}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(
      () => undefined,
    )
    await answer?.body?.cancel()
    if (answer?.ok) return
  }
  const said = await processes.log(name)
  await processes.stop()
  throw new Error(`The ${name} did not become ready. It printed:\n${said}`)
}

async function tail(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).split('\n').slice(-30).join('\n')
}
