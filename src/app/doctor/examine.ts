// Examines one installation: the settings first, and then everything that they name.
import type { Clock } from '../../domain/ports.ts'
import type { Places } from '../cluster.ts'
import type { Config } from '../config.ts'
import type { Environment } from '../environment.ts'
import { type Check, type Found, type Process, processes, type Row, unknown } from './check.ts'
import { openInstallation } from './installation.ts'
import { checks, settingsQuestion } from './list.ts'
import { rowOf, runChecks, type Task } from './run-checks.ts'
import { doubtsIn, readConfigOf } from './settings.ts'

type Examination = {
  /** One process, or everything that `hallpass all` runs. */
  of: Process | 'all'
  environment: Environment
  places?: Places | undefined
  clock: Clock
  /** The usual limit for one check, in milliseconds. */
  withinMs: number
  /** Is told of each step, for people who wait. */
  progress: (line: string) => void
}

/** The answer: a row for each thing that was found, and ids of what no process may see. */
type Examined = { rows: Row[]; notAsked: string[] }

/** How many checks are under way together. */
const sideBySide = 6

/** Asks everything. Changes nothing, and never rejects because something is wrong. */
export async function examine(examination: Examination): Promise<Examined> {
  const { of, environment } = examination
  const config = readConfigOf(of, environment)
  const settings = (found: Found): Row => ({ ...settingsQuestion, process: of === 'all' ? 'controller' : of, ...found })
  if (!Array.isArray(config)) {
    const { rows, notAsked } = await askAll(config, examination)
    return { rows: [...[doubtsIn(config, environment)].flat().map(settings), ...rows], notAsked }
  }
  const others = tasksFor(checks, of).map(task => rowOf(task, unknown('The settings must be valid first.')))
  return { rows: [...config.map(settings), ...others], notAsked: [] }
}

async function askAll(config: Config, { of, places, clock, withinMs, progress }: Examination): Promise<Examined> {
  const installation = openInstallation(config, { clock, withinMs, places })
  const isAsked = ({ check }: Task): boolean => !(check.needsAdministrator && installation.isInPod)
  const all = tasksFor(checks, of)
  const tasks = all.filter(isAsked)
  progress(`Asking ${tasks.length} questions, ${sideBySide} at a time.`)
  try {
    const rows = await runChecks(tasks, installation, {
      withinMs,
      most: sideBySide,
      onEnd: ({ check, process }, found, ended) =>
        progress(`${ended} of ${tasks.length}: ${check.id} (${process}) ${worstOf(found)}`),
    })
    return { rows, notAsked: all.filter(task => !isAsked(task)).map(({ check }) => check.id) }
  } finally {
    await installation.close()
  }
}

/** What is asked for a process, or for all. */
function tasksFor(all: readonly Check[], of: Process | 'all'): Task[] {
  return all.flatMap(check => {
    const own = processes.filter(process => (of === 'all' || of === process) && check.of.includes(process))
    return (check.isOfEach ? own : own.slice(0, 1)).map(process => ({ check, process }))
  })
}

/** Something wrong counts more than what is not known, because somebody must act on it. */
export function worstOf(rows: readonly Pick<Row, 'result'>[]): Row['result'] {
  const has = (result: Row['result']): boolean => rows.some(row => row.result === result)
  return has('wrong') ? 'wrong' : has('unknown') ? 'unknown' : 'ok'
}
