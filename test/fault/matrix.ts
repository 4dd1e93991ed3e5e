// The crash-point matrix: every point is played in some installation, with the process killed there, and must end as the
// undisturbed story does.
import { setTimeout as pause } from 'node:timers/promises'
import type { AccessRequest } from '../../src/api/kinds.ts'
import type { Cluster } from '../../src/sandbox/cluster.ts'
import { processNames } from '../../src/sandbox/processes.ts'
import { check, tokensLeft } from './ends.ts'
import type { Installation } from './installation.ts'
import { learn, type Made, type Point, usualSeconds } from './learn.ts'
import { openStage } from './stage.ts'
import { play, type Story } from './stories.ts'

/** The result of a point: the phase it ended in, or what is not as promised. */
export type Outcome = Point & { end: string; isConverged: boolean; seconds: number }

export type Matrix = {
  installations: readonly Installation[]
  points: readonly Point[]
  /** Plays these points, one in each installation at a time; none begins when `isOver` says so. */
  run(points: readonly Point[], say: (outcome: Outcome) => void, isOver?: () => boolean): Promise<Outcome[]>
  /** Waits until the sealed tokens that deaths left over have been swept; gives the names of those that were not. */
  swept(): Promise<string[]>
  close(): Promise<void>
}

/** Starts the installations and finds the points; `isBrief` as in `learn`. */
export async function openMatrix({
  installationCount,
  socketCount,
  isBrief = false,
  also,
}: {
  installationCount: number
  /** More installations, in Socket Mode. */
  socketCount: number
  isBrief?: boolean
  /** A story that a brief matrix has in addition. */
  also?: Story | undefined
}): Promise<Matrix> {
  const { installations, cluster, close } = await openStage(installationCount, socketCount)
  const uids = new Set<string>()
  const made: Made = requests => requests.forEach(({ metadata }) => uids.add(metadata.uid))
  try {
    const points = await learn(installations, { isBrief, also }, made)
    return {
      installations,
      points,
      run: (chosen, say, isOver = () => false) => runAll({ installations, made, isOver }, chosen, say),
      swept: () => swept(cluster, installations, uids),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

type Running = { installations: readonly Installation[]; made: Made; isOver: () => boolean }

async function runAll(
  { installations, made, isOver }: Running,
  chosen: readonly Point[],
  say: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const waiting = [...chosen]
  const outcomes: Outcome[] = []
  const next = ({ slackMode }: Installation): Point | undefined => {
    const at = isOver() ? -1 : waiting.findIndex(point => point.slackMode === slackMode)
    return at < 0 ? undefined : waiting.splice(at, 1)[0]
  }
  const work = async (installation: Installation): Promise<void> => {
    for (let point = next(installation); point; point = next(installation)) {
      const outcome = await strikeAt(installation, point, made)
      if (outcome.end !== notCome) outcomes.push(outcome)
      say(outcome)
    }
  }
  await Promise.all(installations.map(work))
  return outcomes
}

/** The end of a point whose call did not come again: nobody died, so it counts for nothing. */
export const notCome = 'the call did not come again'
/** A call that hangs on chance (a retry, a conflict) may not come; then the story is played again. */
const tries = 3
/** A controller that is back later than this could not keep its promise in time: then the story is played again with more time. */
const backWithin = 0.5

function wasLongDown({ processes }: Installation, seconds: number): boolean {
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

async function strikeAt(installation: Installation, point: Point, made: Made): Promise<Outcome> {
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
      const requests = await playWithDeath(installation, point, { isFresh, seconds })
      made(requests)
      const wrong = whatIsWrong(() => check(installation, { end: point.story, seconds }, requests))
      if (wrong && wasLongDown(installation, seconds) && attempt < tries - 1) continue
      if (wrong) return outcome(wrong, false)
      if (installation.proxies[point.process].hasStruck()) return outcome(requests[0]?.status?.phase ?? '', true)
    }
    return outcome(notCome, false)
  } catch (error) {
    return outcome(error instanceof Error ? error.message : String(error), false)
  }
}

type Playing = { isFresh: boolean; seconds: number }

async function playWithDeath(
  installation: Installation,
  point: Point,
  { isFresh, seconds }: Playing,
): Promise<AccessRequest[]> {
  await installation.clear()
  await installation.rest()
  if (isFresh) await installation.processes[point.process].restart()
  await installation.rest()
  for (const name of processNames) installation.proxies[name].begin()
  installation.processes.controller.downsMs.length = 0
  installation.proxies[point.process].arm(point)
  const requests = await play(installation, point.story, { seconds })
  await installation.rest()
  return requests
}

/** The controller leaves a token alone for two minutes, because an approval may still follow. */
const graceMs = 125_000

async function swept(
  cluster: Cluster,
  [installation]: readonly Installation[],
  uids: ReadonlySet<string>,
): Promise<string[]> {
  if ((await tokensLeft(cluster, uids)).length === 0) return []
  await pause(graceMs)
  await installation?.processes.controller.restart()
  await installation?.rest()
  return tokensLeft(cluster, uids)
}
