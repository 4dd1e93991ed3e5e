// How fast a process is caught up, and in how much memory: with many requests alive, and with many that are history.
import { type Crowd, startCrowd } from './crowd.ts'
import type { KubeScale } from './kube-scale.ts'
import { commandsOf, type KubeSide } from './kube-sides.ts'
import { runMeasured, type Usage } from './measured.ts'
import { controllerRuntimeVersion, peerFor } from './peers/build.ts'
import { type Line, lineOf, median } from './report.ts'

const namespace = 'bench'
const goals = { seconds: 0.7, memory: 1.1, history: 0.1, historyMiB: 10 }
/** The goals are about as many as this: with few, what a process takes by itself is most of it. */
const many = 100_000

/** Measures starts. The requests are stored once, and become history once. */
export async function start(scale: KubeScale, say: (line: string) => void): Promise<Line[]> {
  const peer = await peerFor(scale, say)
  const crowd = await startCrowd([namespace], say)
  try {
    const commands = commandsOf(peer, crowd.kubeconfigPath)
    const sides: KubeSide[] = peer ? ['ours', 'go'] : ['ours']
    const measure = (expected: number, who: readonly KubeSide[] = ['ours']): Promise<Usages> =>
      roundsOf({ expected, rounds: scale.rounds, sides: who, commands, say })
    return await inTurn(scale, { crowd, measure, sides, say })
  } finally {
    await crowd.stop()
  }
}

type Usages = Record<'ours' | 'go', Usage[]>
type Means = {
  crowd: Crowd
  measure: (expected: number, sides?: readonly KubeSide[]) => Promise<Usages>
  sides: readonly KubeSide[]
  say: (line: string) => void
}

async function inTurn({ alive, leftAlive }: KubeScale, { crowd, measure, sides, say }: Means): Promise<Line[]> {
  const empty = await measure(0)
  const lines: Line[] = []
  let stored = 0
  let all = empty
  for (const count of alive) {
    say(`start: storing ${count - stored} requests`)
    await crowd.create(namespace, stored, count)
    stored = count
    all = await measure(count, sides)
    lines.push(...linesOf(count, all, `controller-runtime ${await controllerRuntimeVersion()}`))
  }
  say(`start: settling ${stored - leftAlive} requests`)
  await crowd.settle(namespace, leftAlive, stored)
  const history = await measure(leftAlive)
  const isJudged = stored >= many
  return [
    ...lines,
    ...historyLines(`${stored - leftAlive} settled, ${leftAlive} alive`, { history, all, empty }, isJudged),
  ]
}

type Work = {
  expected: number
  rounds: number
  sides: readonly KubeSide[]
  commands: ReturnType<typeof commandsOf>
  say: (line: string) => void
}

async function roundsOf({ expected, rounds, sides, commands, say }: Work): Promise<Usages> {
  const usages: Record<KubeSide, Usage[]> = { ours: [], go: [], bare: [] }
  // The first round warms the API server and does not count.
  for (let round = 0; round <= rounds; round++)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const { facts, usage } = await runMeasured(commands[side]({ mode: 'cache' }))
      const held = facts[0]?.['held']
      if (held !== expected) throw new Error(`${side} holds ${held} requests instead of ${expected}.`)
      say(
        `start: ${expected}, round ${round}, ${side}: ${usage.seconds.toFixed(2)} s, ${usage.cpuSeconds.toFixed(2)} CPU s, ${usage.peakMiB.toFixed(0)} MiB`,
      )
      if (round > 0) usages[side].push(usage)
    }
  return usages
}

function linesOf(count: number, { ours, go }: Usages, against: string): Line[] {
  const bench = 'start'
  const of = (usages: Usage[], kind: keyof Usage): number[] => usages.map(usage => usage[kind])
  const line = (measure: string, kind: keyof Usage, goal?: number): Line => {
    const named = { bench, measure: `${count} alive: ${measure}`, unit: kind === 'peakMiB' ? 'MiB' : 's' } as const
    if (go.length === 0) return lineOf(named, of(ours, kind))
    return lineOf(
      { ...named, against, ...(goal !== undefined && count >= many && { goal }) },
      of(ours, kind),
      of(go, kind),
    )
  }
  return [
    line('caught up', 'seconds', goals.seconds),
    line('CPU', 'cpuSeconds'),
    line('peak memory', 'peakMiB', goals.memory),
  ]
}

function historyLines(
  what: string,
  { history, all, empty }: Record<'history' | 'all' | 'empty', Usages>,
  isJudged: boolean,
): Line[] {
  const bench = 'start'
  const seconds = ({ ours }: Usages): number[] => ours.map(usage => usage.seconds)
  const memory = ({ ours }: Usages): number[] => ours.map(usage => usage.peakMiB)
  const baseMiB = median(memory(empty))
  return [
    lineOf(
      {
        bench,
        measure: `${what}: caught up`,
        unit: 's',
        against: 'Hallpass, all of them alive',
        ...(isJudged && { goal: goals.history }),
      },
      seconds(history),
      seconds(all),
    ),
    lineOf(
      {
        bench,
        measure: `${what}: peak memory`,
        unit: 'MiB',
        against: `Hallpass, empty cluster (goal: ${goals.historyMiB} MiB more)`,
        goal: Number(((baseMiB + goals.historyMiB) / baseMiB).toFixed(2)),
      },
      memory(history),
      memory(empty),
    ),
  ]
}
