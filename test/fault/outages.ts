// All outages, and how a story is played through one: the outage starts, the story is played, and its end must be the one
// that the outage names.
import * as assert from 'uvu/assert'
import { processNames } from '../../src/sandbox/processes.ts'
import { check, type EndName } from './ends.ts'
import type { Installation } from './installation.ts'
import { clockOutages } from './outages-clock.ts'
import { clusterOutages } from './outages-cluster.ts'
import { leadershipOutages } from './outages-leadership.ts'
import { outsideOutages } from './outages-outside.ts'
import { socketOutages } from './outages-socket.ts'
import type { SlackMode } from './place.ts'
import { toldOf } from './scene.ts'
import { play, type Play, type Story } from './stories.ts'

/** Ends the outage. */
export type Undo = () => void | Promise<void>

export type Outage = {
  story: Story
  /** Only an installation in this mode can have it; any can unless given. */
  slackMode?: SlackMode
  /** The story's own end unless given. */
  end?: EndName
  /** How much access is asked for. */
  seconds?: number
  /** How long people go on trying; a minute unless given. */
  patienceMs?: number
  /** Starts while the controller has just started and remembers nothing. */
  isFirst?: boolean
  /** Lasts until the request has ended; the remaining work is done afterwards. */
  isToTheEnd?: boolean
  /** Why PagerDuty pages nobody, in the story in which people wait for a page. */
  unpaged?: Play['unpaged']
  /** The manager tries to approve, in a story in which the request times out. */
  isTried?: boolean
  /** Takes a minute and more, so that only `npm run faults` plays it. */
  isLong?: boolean
  /** One of so many like it that the short form plays some. */
  isOfMany?: boolean
  /** Starts the outage. */
  start: (installation: Installation) => Undo | Promise<Undo>
  /** Whether all of the outage happened; asked before it ends. */
  hasHappened?: (installation: Installation) => boolean
}

/** Every outage of one installation, by its sentence. */
export const outages: Record<string, Outage> = {
  ...clusterOutages,
  ...leadershipOutages,
  ...clockOutages,
  ...outsideOutages,
  ...socketOutages,
}

/** Takes the next of the waiting outages that this installation can have. */
export function nextFor<T extends { outage: Outage }>(
  { slackMode }: Pick<Installation, 'slackMode'>,
  waiting: T[],
): T | undefined {
  // One that needs this mode comes before those that any installation can have.
  const own = waiting.findIndex(({ outage }) => outage.slackMode === slackMode)
  const at = own >= 0 ? own : waiting.findIndex(({ outage }) => outage.slackMode === undefined)
  return at < 0 ? undefined : waiting.splice(at, 1)[0]
}

const usualSeconds = 8

/**
 * Plays the outage's story while the outage lasts. Returns the end of the story and the last message to the person.
 * Throws if something is not as promised.
 */
export async function playThrough(installation: Installation, outage: Outage): Promise<string> {
  const { story, seconds = usualSeconds, patienceMs, start, hasHappened, isFirst, isToTheEnd } = outage
  await installation.clear()
  if (isFirst) await installation.processes.controller.restart()
  await installation.rest()
  for (const name of processNames) installation.proxies[name].begin()
  const undo = await start(installation)
  try {
    const requests = await play(installation, story, {
      seconds,
      ...(patienceMs && { patienceMs }),
      ...(outage.isTried && { isTried: true }),
      ...(outage.unpaged && { unpaged: outage.unpaged }),
      ...(isToTheEnd && { whenOver: () => void undo() }),
    })
    assert.is(hasHappened?.(installation) ?? true, true, 'all of it happened')
    await undo()
    await installation.rest()
    check(installation, { end: outage.end ?? story, seconds }, requests)
    const [request] = requests
    const read = request && toldOf(installation, request).at(-1)?.text.split('\n')[0]
    return `${request?.status?.phase}: ${read ?? 'nothing to read'}`
  } finally {
    await undo()
  }
}
