// What a whole granted life costs (asked, approved, provisioned, expired, settled): the API server, its store, our processes
// and time, on one project, compared with earlier versions of this repository. Each side has its own API server, one at
// a time.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Checkout, checkoutsOf, ours } from './peers/checkout.ts'
import { type Line, lineOf } from './report.ts'

/** How much is measured. */
export type LifeScale = { rounds: number; lives: number; peers: boolean }
export const fullLife: LifeScale = { rounds: 2, lives: 100, peers: true }
export const smokeLife: LifeScale = { rounds: 1, lives: 4, peers: false }

/** What a life took. Processor time is in seconds for a thousand lives. */
export type Lived = {
  secondsALife: number
  /** Calls of the API server by our service accounts, without watches and leases. */
  calls: number
  writes: number
  /** Growth of the API server's audit log, which takes every such call at level Metadata. */
  auditedKiB: number
  /** The JSON in the store of a request that is settled, managedFields included. */
  storedKB: number
  cpu: Record<'apiServer' | 'etcd' | 'gateway' | 'auth' | 'controller', number>
  peakMiB: Record<'gateway' | 'auth' | 'controller', number>
}

type Measure = {
  unit: Line['unit']
  of: (lived: Lived) => number
  /** A number that is not to be exceeded. */
  most?: number
  /** The part of the peer that is not to be exceeded. */
  goal?: number
}

const measures: Record<string, Measure> = {
  'API server calls a life': { unit: '', of: ({ calls }) => calls, most: 30 },
  'of them writes': { unit: '', of: ({ writes }) => writes, most: 18 },
  'API server CPU, 1000 lives': { unit: 's', of: ({ cpu }) => cpu.apiServer, goal: 0.5 },
  'controller CPU, 1000 lives': { unit: 's', of: ({ cpu }) => cpu.controller, goal: 0.6 },
  'gateway CPU, 1000 lives': { unit: 's', of: ({ cpu }) => cpu.gateway },
  'auth CPU, 1000 lives': { unit: 's', of: ({ cpu }) => cpu.auth },
  'etcd CPU, 1000 lives': { unit: 's', of: ({ cpu }) => cpu.etcd },
  // 2.5 times as many lives a second.
  'time a life, eight at once': { unit: 's', of: ({ secondsALife }) => secondsALife, goal: 0.4 },
  'stored of a settled request': { unit: 'KB', of: ({ storedKB }) => storedKB, most: 4.5 },
  'audit log of the API server a life': { unit: 'KiB', of: ({ auditedKiB }) => auditedKiB },
  'controller: peak memory': { unit: 'MiB', of: ({ peakMiB }) => peakMiB.controller },
  'auth: peak memory': { unit: 'MiB', of: ({ peakMiB }) => peakMiB.auth, goal: 1 },
}

/** Lives the lives of all sides, in turns. */
export async function life(scale: LifeScale, say: (line: string) => void): Promise<Line[]> {
  const peers = scale.peers ? await checkoutsOf(['before', 'start'], say) : []
  const sides = [ours, ...peers]
  const lived = new Map<string, Lived[]>(sides.map(({ name }) => [name, []]))
  for (let round = 0; round < scale.rounds; round++)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      say(`life: round ${round + 1}, ${scale.lives} lives of ${side.name}`)
      lived.get(side.name)?.push(await liveOnce(side, scale))
    }
  const own = lived.get(ours.name) ?? []
  return [...goalLines(own), ...peers.flatMap(({ name }) => besideLines(own, { name, lived: lived.get(name) ?? [] }))]
}

const run = promisify(execFile)

async function liveOnce({ root }: Checkout, { lives }: LifeScale): Promise<Lived> {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'life-child.ts'), root, String(lives)])
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Lived
}

function goalLines(own: readonly Lived[]): Line[] {
  return Object.entries(measures).flatMap(([measure, { unit, of, most }]) => {
    if (most === undefined) return []
    const goal = own.map(() => most)
    return [lineOf({ bench: 'life', measure, unit, against: 'the goal', goal: 1 }, own.map(of), goal)]
  })
}

function besideLines(own: readonly Lived[], { name, lived }: { name: string; lived: readonly Lived[] }): Line[] {
  // Goals are set against the first of the peers.
  const isGoal = name === '74d93e5'
  return Object.entries(measures).map(([measure, { unit, of, goal }]) =>
    lineOf(
      { bench: 'life', measure, unit, against: name, ...(isGoal && goal !== undefined && { goal }) },
      own.map(of),
      lived.map(of),
    ),
  )
}
