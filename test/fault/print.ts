// Lines for those who read the matrix.
import type { Installation } from './installation.ts'
import { notCome, type Outcome } from './matrix.ts'

/** A point, its end, and whether that is the right one. */
export type Line = { text: string; isConverged: boolean }

/** Such as `ok     granted   controller unanswered POST /v3/projects/*:setIamPolicy #1 → Expired (13.1 s)`. */
export function lineOf({ story, process, moment, call, slackMode, end, isConverged, seconds }: Outcome): Line {
  const where = slackMode === 'socket' ? ' in Socket Mode' : ''
  const point = `${story.padEnd(9)} ${process.padEnd(10)} ${moment.padEnd(10)} ${call}${where}`
  const word = isConverged ? 'ok    ' : end === notCome ? 'absent' : 'FAILED'
  return { text: `${word} ${point} → ${end} (${seconds.toFixed(1)} s)`, isConverged }
}

/** Such as `ok     Slack is down for a while → Denied: your request for prod-db was denied by Mo Manager. (8.4 s)`. */
export function lineOfOutage(
  sentence: string,
  { end, isConverged, seconds }: Pick<Outcome, 'end' | 'isConverged' | 'seconds'>,
): Line {
  return { text: `${isConverged ? 'ok    ' : 'FAILED'} ${sentence} → ${end} (${seconds.toFixed(1)} s)`, isConverged }
}

/** Processes that ended though nobody killed them, such as a leader that lost its lease, with what they printed last. */
export function endedByThemselves(installations: readonly Installation[]): string[] {
  return installations.flatMap(({ namespace, processes }) =>
    Object.entries(processes).flatMap(([name, { ends }]) =>
      ends.map(printed => `The ${name} of ${namespace} ended by itself:\n${printed}`),
    ),
  )
}
