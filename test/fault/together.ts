// What befalls the cluster itself, and with it every lane at once: each plays its story while it happens.
import { setTimeout as pause } from 'node:timers/promises'
import type { LocalCluster } from '../../src/sandbox/cluster.ts'
import type { Lane } from './lane.ts'
import { endure, type Outage } from './outages.ts'

type Calamity = (cluster: LocalCluster) => Promise<void>

/** Long enough for requests to be asked for, and some to be approved. */
const intoTheStoryMs = 2500
/** Long enough for an API server to come back on a busy machine, and everybody with it. */
const seconds = 30

/** Forgets everything older than now, so that older watches must list again (410). */
const compact: Calamity = async ({ controlPlane, transport }) => {
  const { metadata } = await transport.request<{ metadata: { resourceVersion: string } }>({
    method: 'GET',
    path: '/api/v1/namespaces',
  })
  const body = JSON.stringify({ revision: metadata.resourceVersion, physical: true })
  const answer = await fetch(`${controlPlane.etcdUrl}/v3/kv/compaction`, { method: 'POST', body })
  if (!answer.ok) throw new Error(`etcd answered ${answer.status}: ${await answer.text()}`)
}

/** By their sentences. */
export const calamities: Record<string, Calamity> = {
  'the API server is killed and starts again': ({ controlPlane }) => controlPlane.restartApiServer(),
  'the store is killed and starts again': ({ controlPlane }) => controlPlane.restartEtcd(),
  'the API server forgets what came before, and starts again': async cluster => {
    await compact(cluster)
    await cluster.controlPlane.restartApiServer()
  },
}

const stories = ['granted', 'denied', 'timed out'] as const

/** Plays a story in every lane while it happens; returns the end of each. Throws what is not as promised. */
export async function endureTogether(lanes: readonly Lane[], calamity: Calamity): Promise<string[]> {
  const [first] = lanes
  if (!first) return []
  // Only what has begun can be interrupted.
  await Promise.all(lanes.map(lane => lane.rest()))
  const played = lanes.map((lane, n) => {
    const story = stories[n % stories.length] ?? 'granted'
    const outage: Outage = { story, seconds, befall: () => () => undefined }
    return endure(lane, outage).then(
      end => ({ end }),
      (error: unknown) => ({ error }),
    )
  })
  await pause(intoTheStoryMs)
  await calamity(first.cluster)
  const results = await Promise.all(played)
  for (const result of results) if ('error' in result) throw result.error
  return results.map(result => ('end' in result ? result.end : ''))
}
