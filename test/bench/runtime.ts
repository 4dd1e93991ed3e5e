// What our runtime adds to the calls: every request of a namespace is listed, and given one status patch by eight workers,
// through src/kube, through controller-runtime, and in a bare loop that only makes the calls.
import { availableParallelism } from 'node:os'
import { type Crowd, routedStatus, startCrowd } from './crowd.ts'
import { commandsOf, type KubeSide } from './kube-sides.ts'
import { runMeasured, type Usage } from './measured.ts'
import { controllerRuntimeVersion, peerFor } from './peers/build.ts'
import { type Line, lineOf } from './report.ts'
import type { KubeScale } from './kube-scale.ts'

const goals = { goSeconds: 0.85, goCpu: 0.7, bareSeconds: 1.2 }

/** Measures the work on `reconciled` requests, for each of these numbers. */
export async function runtime(scale: KubeScale, say: (line: string) => void): Promise<Line[]> {
  const { rounds, reconciled } = scale
  const peer = await peerFor(scale, say)
  const sides: KubeSide[] = peer ? ['ours', 'go', 'bare'] : ['ours', 'bare']
  const crowd = await startCrowd(reconciled.map(namespaceOf), say)
  try {
    const lines: Line[] = []
    const commands = commandsOf(peer, crowd.kubeconfigPath)
    for (const count of reconciled) {
      say(`runtime: storing ${count} requests`)
      await crowd.create(namespaceOf(count), 0, count)
      const usages = await roundsOf({ count, rounds, sides, commands, crowd, say })
      lines.push(...linesOf(count, usages, await controllerRuntimeVersion()))
    }
    return lines
  } finally {
    await crowd.stop()
  }
}

type Work = {
  count: number
  rounds: number
  sides: readonly KubeSide[]
  commands: ReturnType<typeof commandsOf>
  crowd: Crowd
  say: (line: string) => void
}
type Served = Usage & { serverCpuSeconds: number }
type Usages = Record<KubeSide, Served[]>

async function roundsOf({ count, rounds, sides, commands, crowd, say }: Work): Promise<Usages> {
  const usages: Usages = { ours: [], go: [], bare: [] }
  // The first round warms the API server and the machine's caches and does not count.
  for (let round = 0; round <= rounds; round++)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const status = routedStatus(`${count} ${round} ${side}`)
      const before = await crowd.serverCpuSeconds()
      const { usage } = await runMeasured(
        commands[side]({ mode: 'reconcile', namespace: namespaceOf(count), expect: count, status }),
      )
      const serverCpuSeconds = (await crowd.serverCpuSeconds()) - before
      say(
        `runtime: ${count}, round ${round}, ${side}: ${usage.seconds.toFixed(2)} s, ${usage.cpuSeconds.toFixed(2)} CPU s, ${usage.peakMiB.toFixed(0)} MiB, the API server ${serverCpuSeconds.toFixed(1)} CPU s`,
      )
      if (round > 0) usages[side].push({ ...usage, serverCpuSeconds })
    }
  return usages
}

function namespaceOf(count: number): string {
  return `bench-${count}`
}

function linesOf(count: number, usages: Usages, version: string): Line[] {
  const of = (side: KubeSide, what: keyof Served): number[] => usages[side].map(usage => usage[what])
  const bench = 'runtime'
  const against = `controller-runtime ${version}`
  const time = `${count} reconciled: time`
  const cpu = `${count} reconciled: CPU`
  const memory = `${count} reconciled: peak memory`
  const besideGo = [
    lineOf(
      { bench, measure: time, unit: 's', against, goal: goals.goSeconds },
      of('ours', 'seconds'),
      of('go', 'seconds'),
    ),
    lineOf(
      { bench, measure: cpu, unit: 's', against, goal: goals.goCpu },
      of('ours', 'cpuSeconds'),
      of('go', 'cpuSeconds'),
    ),
    lineOf({ bench, measure: memory, unit: 'MiB', against }, of('ours', 'peakMiB'), of('go', 'peakMiB')),
    // No client can be faster: as long as the API server needs for our calls when it has all processors for itself.
    lineOf(
      { bench, measure: `${count} reconciled: time of the API server alone`, unit: 's', against },
      of('ours', 'serverCpuSeconds').map(seconds => seconds / availableParallelism()),
      of('go', 'seconds'),
    ),
  ]
  const bare = 'bare loop of undici calls'
  return [
    ...(usages.go.length > 0 ? besideGo : []),
    lineOf(
      { bench, measure: time, unit: 's', against: bare, goal: goals.bareSeconds },
      of('ours', 'seconds'),
      of('bare', 'seconds'),
    ),
    lineOf({ bench, measure: cpu, unit: 's', against: bare }, of('ours', 'cpuSeconds'), of('bare', 'cpuSeconds')),
  ]
}
