// Runs checks side by side, each with a time limit, so that one dead service never stops the others.
import { type Check, type Found, type Process, type Row, type Installation, unknown } from './check.ts'
import { foundOf } from './failed.ts'

/** A check for one process. */
export type Task = { check: Check; process: Process }

type Running = {
  /** The usual limit for one check, in milliseconds. */
  withinMs: number
  /** How many are under way together. */
  most: number
  /** Is told when a check ends, with how many have ended. */
  onEnd: (task: Task, rows: readonly Row[], ended: number) => void
}

/** The rows in the order of the tasks. Never rejects because of a check. */
export async function runChecks(tasks: readonly Task[], installation: Installation, running: Running): Promise<Row[]> {
  const rows: Row[][] = tasks.map(() => [])
  const queue = tasks.entries()
  let ended = 0
  const work = async (): Promise<void> => {
    for (const [index, task] of queue) {
      const found = await foundInTime(task, installation, running.withinMs)
      rows[index] = found.map(each => rowOf(task, each))
      running.onEnd(task, rows[index], (ended += 1))
    }
  }
  await Promise.all(Array.from({ length: running.most }, work))
  return rows.flat()
}

async function foundInTime({ check, process }: Task, installation: Installation, usualMs: number): Promise<Found[]> {
  const withinMs = Math.max(check.withinMs ?? 0, usualMs)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Found>(resolve => {
    const says = `There was no answer within ${withinMs / 1000} s.`
    timer = setTimeout(() => resolve(unknown(says, 'See whether the service can be reached from here.')), withinMs)
  })
  try {
    return [await Promise.race([look(check, process, installation), late])].flat()
  } finally {
    clearTimeout(timer)
  }
}

async function look(check: Check, process: Process, installation: Installation): Promise<Found | Found[]> {
  try {
    return await check.look(installation, process)
  } catch (error) {
    return foundOf(error)
  }
}

/** The row of one finding. */
export function rowOf({ check: { id, component, asks }, process }: Task, found: Found): Row {
  return { id, component, process, asks, ...found }
}
