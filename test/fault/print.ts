// Lines for those who read the matrix.
import type { Lane } from './lane.ts'
import { notCome, type Outcome } from './matrix.ts'

/** Such as `ok     granted   controller unanswered POST /v3/projects/*:setIamPolicy #1 → Expired (13.1 s)`. */
export function lineOf({ story, process, moment, call, end, isConverged, seconds }: Outcome): string {
  const point = `${story.padEnd(9)} ${process.padEnd(10)} ${moment.padEnd(10)} ${call}`
  return `${isConverged ? 'ok    ' : end === notCome ? 'absent' : 'FAILED'} ${point} → ${end} (${seconds.toFixed(1)} s)`
}

/** Processes that ended though nobody killed them, such as a leader that lost its lease, with what they printed last. */
export function endedByThemselves(lanes: readonly Lane[]): string[] {
  return lanes.flatMap(({ namespace, processes }) =>
    Object.entries(processes).flatMap(([name, { ends }]) =>
      ends.map(printed => `The ${name} of ${namespace} ended by itself:\n${printed}`),
    ),
  )
}
