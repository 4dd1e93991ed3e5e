// Every outage there is, and how one is endured: a story is played while it happens to the services around the
// processes, and must end as the outage says.
import * as assert from 'uvu/assert'
import { processNames } from '../../src/sandbox/processes.ts'
import { check, type EndName } from './ends.ts'
import type { Lane } from './lane.ts'
import { clockOutages } from './outages-clock.ts'
import { clusterOutages } from './outages-cluster.ts'
import { leadershipOutages } from './outages-leadership.ts'
import { outsideOutages } from './outages-outside.ts'
import { play, type Story, toldOf } from './stories.ts'

/** Ends the harm. */
export type Mend = () => void | Promise<void>

export type Outage = {
  story: Story
  /** The story's own end unless given. */
  end?: EndName
  /** How much access is asked for. */
  seconds?: number
  /** How long people go on trying; a minute unless given. */
  patienceMs?: number
  /** Befalls a controller that has just started and remembers nothing. */
  isFirst?: boolean
  /** Lasts until the request has ended; the remaining work is done afterwards. */
  isToTheEnd?: boolean
  /** The manager tries to approve, in a story in which the request times out. */
  isTried?: boolean
  /** Takes a minute and more, so that only `npm run faults` plays it. */
  isLong?: boolean
  /** One of so many like it that the short form plays some. */
  isOfMany?: boolean
  /** Does the harm. */
  befall: (lane: Lane) => Mend | Promise<Mend>
  /** Whether it all happened, looked at before it ends. */
  hasBefallen?: (lane: Lane) => boolean
}

/** Every outage that befalls one lane, by its sentence. */
export const outages: Record<string, Outage> = {
  ...clusterOutages,
  ...leadershipOutages,
  ...clockOutages,
  ...outsideOutages,
}

const usualSeconds = 8

/**
 * Plays the outage's story in it, and returns its end and the last message to the person. Throws what is not as
 * promised.
 */
export async function endure(lane: Lane, outage: Outage): Promise<string> {
  const { story, seconds = usualSeconds, patienceMs, befall, hasBefallen, isFirst, isToTheEnd } = outage
  await lane.clear()
  if (isFirst) await lane.processes.controller.restart()
  await lane.rest()
  for (const name of processNames) lane.proxies[name].begin()
  const mend = await befall(lane)
  try {
    const requests = await play(lane, story, {
      seconds,
      ...(patienceMs && { patienceMs }),
      ...(outage.isTried && { isTried: true }),
      ...(isToTheEnd && { whenOver: () => void mend() }),
    })
    assert.is(hasBefallen?.(lane) ?? true, true, 'all of it happened')
    await mend()
    await lane.rest()
    check(lane, { end: outage.end ?? story, seconds }, requests)
    const [request] = requests
    const read = request && toldOf(lane, request).at(-1)?.text.split('\n')[0]
    return `${request?.status?.phase}: ${read ?? 'nothing to read'}`
  } finally {
    await mend()
  }
}
