// What the processes cost in a pod when nothing happens, and how fast they are there: memory and cold start, with and
// without a compile cache, against Node.js with the same libraries loaded; what a kubeconfig adds; and how long a controller
// waits to lead.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { stringify } from 'yaml'
import { processNames } from '../../src/sandbox/processes.ts'
import { freePorts } from '../../src/sim/programs.ts'
import { metricOf, type Program, startChild } from './child.ts'
import { librariesOf } from './imports.ts'
import { nodeOptions, nodeSettings } from './node-settings.ts'
import { type Line, lineOf } from './report.ts'
import { entry, environmentOf, podFolder, podOf, type Scale, settingsIn, type Stage } from './stage.ts'

const memoryGoal = 1.5
const startGoal = 1.5
const source = join(import.meta.dirname, '../../src')
const all = 'all'
type Name = Scale['started'][number]

/** Memory is read only where it is reported. */
type Sample = { startMs: number; memoryMiB?: number }
type Samples = Record<'ours' | 'bare' | 'cachedOurs' | 'cachedBare' | 'kubeconfig', Sample[]>

/** Measures idle memory, cold starts and the way to the lease. */
export async function processes(stage: Stage, scale: Scale): Promise<Line[]> {
  await prepareAll(stage)
  const cache = await mkdtemp(join(tmpdir(), 'hallpass-bench-cache-'))
  try {
    const lines: Line[] = []
    for (const name of scale.started) lines.push(...linesOf(name, await samplesOf(stage, name, { scale, cache })))
    return [...lines, ...(await leading(stage, scale))]
  } finally {
    await rm(cache, { recursive: true, force: true })
  }
}

/** Files for the three in one process, which asks for the tokens of their service accounts as an administrator may. */
async function prepareAll({ world, folder }: Stage): Promise<void> {
  const own = join(folder, all)
  await mkdir(own)
  for (const name of processNames) await cp(join(folder, name, 'secrets'), join(own, 'secrets'), { recursive: true })
  await cp(world.cluster.kubeconfigPath, join(own, 'kubeconfig'))
  await writeFile(join(own, 'config.yaml'), await readFile(join(folder, 'controller', 'config.yaml')))
}

async function samplesOf(
  stage: Stage,
  name: Name,
  { scale, cache }: { scale: Scale; cache: string },
): Promise<Samples> {
  const ours = await inPod(stage, name)
  const bare = await bareOf(name)
  const cached = ({ env, ...program }: Program): Program => ({
    ...program,
    env: { ...env, NODE_COMPILE_CACHE: cache },
  })
  const programs: Record<keyof Samples, Program> = {
    ours,
    bare,
    cachedOurs: cached(ours),
    cachedBare: cached(bare),
    kubeconfig: await withKubeconfig(stage, name),
  }
  const kinds = Object.keys(programs) as (keyof Samples)[]
  const samples: Samples = { ours: [], bare: [], cachedOurs: [], cachedBare: [], kubeconfig: [] }
  // The first start fills the caches, the machine's too, and does not count.
  for (let round = 1 - scale.warmUps; round <= scale.rounds; round++)
    for (const kind of round % 2 === 0 ? kinds : kinds.toReversed()) {
      const sample = await sampleOf(programs[kind], kind.startsWith('cached') ? undefined : scale.idleMs)
      if (round > 0) samples[kind].push(sample)
    }
  return samples
}

async function sampleOf(program: Program, idleMs: number | undefined): Promise<Sample> {
  const child = await startChild(program)
  if (idleMs === undefined) {
    await child.end()
    return { startMs: child.readyMs }
  }
  await pause(idleMs)
  const bytes = await metricOf(new URL(program.readyUrl).origin, 'process_resident_memory_bytes')
  await child.end()
  return { startMs: child.readyMs, memoryMiB: (bytes ?? Number.NaN) / 2 ** 20 }
}

/** One of our processes as in its pod. */
async function inPod(stage: Stage, name: Name): Promise<Program> {
  const { healthPort } = await settle(stage, name)
  return {
    args: [...(await nodeOptions()), join(import.meta.dirname, 'pod.ts'), podFolder(stage.folder, alone(name)), name],
    env: await podOf(stage, alone(name)),
    readyUrl: `http://127.0.0.1:${healthPort}/readyz`,
  }
}

/** The same with a kubeconfig, which needs client-node. */
async function withKubeconfig(stage: Stage, name: Name): Promise<Program> {
  const { healthPort } = await settle(stage, name)
  return {
    args: [entry, name],
    env: environmentOf(stage.folder, alone(name)),
    readyUrl: `http://127.0.0.1:${healthPort}/readyz`,
  }
}

const alone = (name: Name): string => `${name}-alone`

/** Gives a process its own files and ports. */
async function settle({ folder }: Stage, name: Name): Promise<{ healthPort: number }> {
  const { listen } = await settingsIn(folder, alone(name)).catch(async () => {
    const [port = 0, healthPort = 0] = await freePorts(2)
    const settings = await settingsIn(folder, name)
    await cp(join(folder, name), join(folder, alone(name)), { recursive: true })
    const moved = { ...settings, listen: { ...settings.listen, port, healthPort } }
    await writeFile(join(folder, alone(name), 'config.yaml'), stringify(moved))
    return moved
  })
  return listen
}

async function bareOf(name: Name): Promise<Program> {
  const [port = 0] = await freePorts(1)
  const parts = name === all ? processNames : [name]
  const sources = [join(source, 'cli/hallpass.ts'), join(source, 'app/run.ts')]
  const entries = [...sources, ...parts.map(part => join(source, `app/${part}.ts`))]
  const libraries = (await Promise.all(entries.map(file => librariesOf(file)))).flat()
  return {
    args: [...(await nodeOptions()), join(import.meta.dirname, 'bare-imports.ts'), String(port), ...new Set(libraries)],
    env: await nodeSettings(),
    readyUrl: `http://127.0.0.1:${port}/readyz`,
  }
}

function linesOf(name: Name, { ours, bare, cachedOurs, cachedBare, kubeconfig }: Samples): Line[] {
  const bench = 'process'
  const against = 'node with its libraries'
  const starts = (samples: Sample[]): number[] => samples.map(({ startMs }) => startMs)
  const memory = (samples: Sample[]): number[] => samples.map(({ memoryMiB = Number.NaN }) => memoryMiB)
  const start = { bench, unit: 'ms', goal: startGoal } as const
  return [
    lineOf(
      { bench, measure: `${name}: idle memory`, unit: 'MiB', against, goal: memoryGoal },
      memory(ours),
      memory(bare),
    ),
    lineOf({ bench, measure: `${name}: idle memory, kubeconfig`, unit: 'MiB' }, memory(kubeconfig)),
    lineOf({ ...start, measure: `${name}: cold start`, against }, starts(ours), starts(bare)),
    lineOf(
      { ...start, measure: `${name}: cold start, compile cache`, against: `${against}, cache` },
      starts(cachedOurs),
      starts(cachedBare),
    ),
  ]
}

/** From its start until a controller leads: when the one before gave the lease back, and when it was killed. */
async function leading(stage: Stage, { rounds, takeovers }: Scale): Promise<Line[]> {
  const program = await inPod(stage, 'controller')
  const given: number[] = []
  const taken: number[] = []
  for (let round = 0; round < rounds; round++) given.push((await leadOnce(program, 'SIGTERM')).leadsMs)
  for (let round = 0; round < takeovers; round++) {
    await leadOnce(program, 'SIGKILL')
    taken.push((await leadOnce(program, 'SIGTERM')).leadsMs)
  }
  const named = { bench: 'process', unit: 'ms' } as const
  return [
    lineOf({ ...named, measure: 'controller: start to leading, lease free' }, given),
    ...(taken.length > 0 ? [lineOf({ ...named, measure: 'controller: start to leading, leader killed' }, taken)] : []),
  ]
}

const leadsWithinMs = 60_000

async function leadOnce(program: Program, end: NodeJS.Signals): Promise<{ leadsMs: number }> {
  const began = performance.now()
  const child = await startChild(program)
  const { origin } = new URL(program.readyUrl)
  while ((await metricOf(origin, 'leader_election_master_status')) !== 1) {
    if (performance.now() - began > leadsWithinMs) throw new Error('The controller does not lead.')
    await pause(20)
  }
  const leadsMs = performance.now() - began
  await child.end(end)
  return { leadsMs }
}
