// Restarts of the API server or its store, under all installations at the same time: each plays its story meanwhile.
import { setTimeout as pause } from 'node:timers/promises'
import type { LocalCluster } from '../../src/sandbox/cluster.ts'
import type { Installation } from './installation.ts'
import { playThrough, type Outage } from './outages.ts'

type Restart = (cluster: LocalCluster) => Promise<void>

/** Long enough for requests to be asked for, and some to be approved. */
const intoTheStoryMs = 2500
/** Long enough for an API server to come back on a busy machine, and everybody with it. */
const seconds = 30

/** Forgets everything older than now, so that older watches must list again (410). */
const compact: Restart = async ({ controlPlane, transport }) => {
  const { metadata } = await transport.request<{ metadata: { resourceVersion: string } }>({
    method: 'GET',
    path: '/api/v1/namespaces',
  })
  const body = JSON.stringify({ revision: metadata.resourceVersion, physical: true })
  const answer = await fetch(`${controlPlane.etcdUrl}/v3/kv/compaction`, { method: 'POST', body })
  if (!answer.ok) throw new Error(`etcd answered ${answer.status}: ${await answer.text()}`)
}

/** By their sentences. */
export const restarts: Record<string, Restart> = {
  'the API server is killed and starts again': ({ controlPlane }) => controlPlane.restartApiServer(),
  'the store is killed and starts again': ({ controlPlane }) => controlPlane.restartEtcd(),
  'the API server forgets older versions and starts again': async cluster => {
    await compact(cluster)
    await cluster.controlPlane.restartApiServer()
  },
}

const stories = ['granted', 'denied', 'timed out'] as const

/** Plays a story in every installation during the restart; returns the end of each. Throws if one is not as promised. */
export async function playThroughRestart(installations: readonly Installation[], restart: Restart): Promise<string[]> {
  const [first] = installations
  if (!first) return []
  // Only what has begun can be interrupted.
  await Promise.all(installations.map(installation => installation.rest()))
  const played = installations.map((installation, n) => {
    const story = stories[n % stories.length] ?? 'granted'
    const outage: Outage = { story, seconds, start: () => () => undefined }
    return playThrough(installation, outage).then(
      end => ({ end }),
      (error: unknown) => ({ error }),
    )
  })
  await pause(intoTheStoryMs)
  await restart(first.cluster)
  const results = await Promise.all(played)
  for (const result of results) if ('error' in result) throw result.error
  return results.map(result => ('end' in result ? result.end : ''))
}
