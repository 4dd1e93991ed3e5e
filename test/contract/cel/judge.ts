// cel-go as a judge: built once into our cache folder, asked in batches.
import { join } from 'node:path'
import type { ConditionContext } from '../../../src/cel/condition-context.ts'
import { ask, goProgram } from '../../go-program.ts'
import { calls } from './calls.ts'

/** What cel-go makes of an expression for one call, and why when it is neither true nor false. */
export type Verdict = { is: 'true' | 'false' | 'error' | 'refused'; because: string }

/** Verdicts on each expression, by call in the order in which they were given. */
export type Judge = (expressions: readonly string[]) => Promise<Verdict[][]>

/** The judge for these calls; a clause when it is not available here. */
export async function judgeOfCel(
  say: (line: string) => void,
  tried: readonly ConditionContext[] = Object.values(calls),
): Promise<Judge | string> {
  const built = await goProgram({ name: 'cel-go', module: join(import.meta.dirname, 'judge'), mayBuild: true }, say)
  if ('because' in built) return built.because
  // In another zone than UTC, so that code which reads the zone of the process is detected.
  const program = { path: built.path, env: { ...process.env, TZ: 'America/New_York' } }
  return async expressions => {
    const answers = JSON.parse(await ask(program, JSON.stringify({ calls: tried, expressions }))) as string[][]
    return answers.map(row => row.map(verdictOf))
  }
}

function verdictOf(answer: string): Verdict {
  const [is = '', because = ''] = answer.split(/: (.*)/s)
  return { is: is as Verdict['is'], because }
}
