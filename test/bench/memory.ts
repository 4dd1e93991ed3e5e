// What a live request takes in memory, and how many events of a watch a second reach the cache.
import { startCrowd } from './crowd.ts'
import type { KubeScale } from './kube-scale.ts'
import { commandsOf, type KubeSide } from './kube-sides.ts'
import { type Command, runMeasured } from './measured.ts'
import { controllerRuntimeVersion, peerFor } from './peers/build.ts'
import { type Line, lineOf } from './report.ts'
import { startWatchSource } from './watch-source.ts'

const namespace = 'bench'

/** Measures memory a request and events a second. */
export async function memory(scale: KubeScale, say: (line: string) => void): Promise<Line[]> {
  const peer = await peerFor(scale, say)
  const sides: KubeSide[] = peer ? ['ours', 'go'] : ['ours']
  const crowd = await startCrowd([namespace], say)
  try {
    say(`memory: storing ${scale.held} requests`)
    await crowd.create(namespace, 0, scale.held)
    const holding = commandsOf(peer, crowd.kubeconfigPath)
    const bytes = await figuresOf(scale, sides, {
      command: side => holding[side]({ mode: 'cache' }, { HEAP: '1' }),
      figure: facts => (facts['heapBytes'] ?? Number.NaN) / scale.held / 1024,
      lines: 2,
    })
    const source = await startWatchSource({ transport: crowd.transport, namespace, events: scale.events })
    const streaming = commandsOf(peer, source.kubeconfigPath)
    const rates = await figuresOf(scale, sides, {
      command: side => streaming[side]({ mode: 'stream', expect: scale.events }),
      figure: facts => (scale.events - 1) / (facts['seconds'] ?? Number.NaN),
      lines: 1,
    })
    await source.close()
    return linesOf(bytes, rates, await controllerRuntimeVersion())
  } finally {
    await crowd.stop()
  }
}

type Figures = Record<'ours' | 'go', number[]>
type Measure = {
  command: (side: KubeSide) => Command
  figure: (facts: Record<string, number>) => number
  lines: number
}

async function figuresOf(
  { rounds }: KubeScale,
  sides: readonly KubeSide[],
  { command, figure, lines }: Measure,
): Promise<Figures> {
  const figures: Record<KubeSide, number[]> = { ours: [], go: [], bare: [] }
  for (let round = 0; round < rounds; round++)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const { facts } = await runMeasured(command(side), lines)
      figures[side].push(figure(Object.assign({}, ...facts) as Record<string, number>))
    }
  return figures
}

function linesOf(bytes: Figures, rates: Figures, version: string): Line[] {
  const against = `controller-runtime ${version}`
  const line = (measure: string, unit: 'KiB' | '1/s', { ours, go }: Figures): Line =>
    go.length > 0
      ? lineOf({ bench: 'memory', measure, unit, against }, ours, go)
      : lineOf({ bench: 'memory', measure, unit }, ours)
  return [line('heap of a live request', 'KiB', bytes), line('events of a watch taken (more is better)', '1/s', rates)]
}
