// The crash-point matrix: every point is played in some lane, with the process killed there, and must end as the
// undisturbed story does.
import { setTimeout as pause } from 'node:timers/promises'
import type { AccessRequest } from '../../src/api/kinds.ts'
import type { Cluster } from '../../src/sandbox/cluster.ts'
import { processNames } from '../../src/sandbox/processes.ts'
import { check, tokensLeft } from './ends.ts'
import type { Lane } from './lane.ts'
import { learn, type Made, type Point, usualSeconds } from './learn.ts'
import { openStage } from './stage.ts'
import { play } from './stories.ts'

/** The result of a point: the phase it ended in, or what is not as promised. */
export type Outcome = Point & { end: string; isConverged: boolean; seconds: number }

export type Matrix = {
  lanes: readonly Lane[]
  points: readonly Point[]
  /** Plays these points, one in each lane at a time; none begins when `isOver` says so. */
  run(points: readonly Point[], say: (outcome: Outcome) => void, isOver?: () => boolean): Promise<Outcome[]>
  /** Waits until the sealed tokens that deaths left over have been swept; gives the names of those that were not. */
  swept(): Promise<string[]>
  close(): Promise<void>
}

/** Starts the lanes and finds the points; `isBrief` as in `learn`. */
export async function openMatrix({
  laneCount,
  isBrief = false,
}: {
  laneCount: number
  isBrief?: boolean
}): Promise<Matrix> {
  const { lanes, cluster, close } = await openStage(laneCount)
  const uids = new Set<string>()
  const made: Made = requests => requests.forEach(({ metadata }) => uids.add(metadata.uid))
  try {
    const points = await learn(lanes, isBrief, made)
    return {
      lanes,
      points,
      run: (chosen, say, isOver = () => false) => runAll({ lanes, made, isOver }, chosen, say),
      swept: () => swept(cluster, lanes, uids),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

type Running = { lanes: readonly Lane[]; made: Made; isOver: () => boolean }

async function runAll(
  { lanes, made, isOver }: Running,
  chosen: readonly Point[],
  say: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const waiting = [...chosen]
  const outcomes: Outcome[] = []
  const work = async (lane: Lane): Promise<void> => {
    for (let point = isOver() ? undefined : waiting.shift(); point; point = isOver() ? undefined : waiting.shift()) {
      const outcome = await strikeAt(lane, point, made)
      if (outcome.end !== notCome) outcomes.push(outcome)
      say(outcome)
    }
  }
  await Promise.all(lanes.map(work))
  return outcomes
}

/** The end of a point whose call did not come again: nobody died, so it counts for nothing. */
export const notCome = 'the call did not come again'
/** A call that hangs on chance (a retry, a conflict) may not come; then the story is played again. */
const tries = 3
/** A controller that is back later than this could not keep its promise in time: then the story is played at more leisure. */
const backWithin = 0.5

function wasLongDown({ processes }: Lane, seconds: number): boolean {
  return Math.max(0, ...processes.controller.downsMs) > seconds * 1000 * backWithin
}

function whatIsWrong(look: () => void): string | undefined {
  try {
    look()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function strikeAt(lane: Lane, point: Point, made: Made): Promise<Outcome> {
  const began = performance.now()
  const outcome = (end: string, isConverged: boolean): Outcome => ({
    ...point,
    end,
    isConverged,
    seconds: (performance.now() - began) / 1000,
  })
  try {
    for (let attempt = 0; attempt < tries; attempt++) {
      const seconds = usualSeconds * 2 ** attempt
      const isFresh = point.isFirst || attempt > 0
      const requests = await playWithDeath(lane, point, { isFresh, seconds })
      made(requests)
      const wrong = whatIsWrong(() => check(lane, { end: point.story, seconds }, requests))
      if (wrong && wasLongDown(lane, seconds) && attempt < tries - 1) continue
      if (wrong) return outcome(wrong, false)
      if (lane.proxies[point.process].hasStruck()) return outcome(requests[0]?.status?.phase ?? '', true)
    }
    return outcome(notCome, false)
  } catch (error) {
    return outcome(error instanceof Error ? error.message : String(error), false)
  }
}

type Playing = { isFresh: boolean; seconds: number }

async function playWithDeath(lane: Lane, point: Point, { isFresh, seconds }: Playing): Promise<AccessRequest[]> {
  await lane.clear()
  await lane.rest()
  if (isFresh) await lane.processes[point.process].restart()
  await lane.rest()
  for (const name of processNames) lane.proxies[name].begin()
  lane.processes.controller.downsMs.length = 0
  lane.proxies[point.process].arm(point)
  const requests = await play(lane, point.story, { seconds })
  await lane.rest()
  return requests
}

/** The controller leaves a token alone for two minutes, because an approval may still follow. */
const graceMs = 125_000

async function swept(cluster: Cluster, [lane]: readonly Lane[], uids: ReadonlySet<string>): Promise<string[]> {
  if ((await tokensLeft(cluster, uids)).length === 0) return []
  await pause(graceMs)
  await lane?.processes.controller.restart()
  await lane?.rest()
  return tokensLeft(cluster, uids)
}
