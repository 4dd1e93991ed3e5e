// Runs the trial: asks before each change, checks, and undoes every change whatever happened. It decides nothing about the
// services.
import type { Exchange } from '../../app/trial.ts'
import type { Assumption, Part, Trial } from './assumption.ts'

/**
 * `same` and `different` are the service's answers. `skipped`: it was not tried. `unclear`: it was tried, and something else
 * than the assumption prevented a result. `notReached`: the person stopped the trial before.
 */
export type Verdict = 'same' | 'different' | 'skipped' | 'unclear' | 'notReached'

export type Result = {
  assumption: Assumption
  verdict: Verdict
  parts: Part[]
  exchanges: Exchange[]
  /** Why it was not tried, or is unclear. */
  why?: string
  /** What could not be undone, by name. */
  left: string[]
}

/** What the person said when they were asked. */
export type Consent = 'yes' | 'no' | 'stop'

/** What a run needs besides the assumptions. */
export type Running = {
  trial: Omit<Trial, 'undo'>
  /** Calls since the last time that it was asked. */
  takeExchanges: () => Exchange[]
  /** Asks whether this change may be made. */
  consent: (assumption: Assumption, number: number) => Promise<Consent>
  /** Whether a person answers questions. */
  isAttended: boolean
  onResult: (result: Result, number: number) => void
}

type Undo = { what: string; work: () => Promise<void> }
const undoTries = 3

/** Checks the assumptions one after the other. Rejects only if `onResult` throws. */
export async function runTrial(assumptions: readonly Assumption[], running: Running): Promise<Result[]> {
  const results: Result[] = []
  for (const [index, assumption] of assumptions.entries()) {
    const isStopped = running.trial.stopped.aborted || results.at(-1)?.verdict === 'notReached'
    const untried = isStopped ? notReached(assumption) : await whyUntried(assumption, index + 1, running)
    const result = untried ?? (await checked(assumption, running))
    results.push(result)
    running.onResult(result, index + 1)
  }
  return results
}

async function whyUntried(assumption: Assumption, number: number, running: Running): Promise<Result | undefined> {
  const { trial, consent, isAttended } = running
  const lacking = assumption.lacks?.(trial)
  if (lacking) return skipped(assumption, lacking)
  if (assumption.needsPerson && !isAttended) return skipped(assumption, 'a person must answer, and --yes was given')
  if (!assumption.changes) return undefined
  // A person who stops the trial while they are asked has not agreed.
  const said = await consent(assumption, number).catch(() => 'stop' as const)
  if (said === 'stop') return notReached(assumption)
  return said === 'no' ? skipped(assumption, 'you did not want it') : undefined
}

function skipped(assumption: Assumption, why: string): Result {
  return { assumption, verdict: 'skipped', parts: [], exchanges: [], why, left: [] }
}

function notReached(assumption: Assumption): Result {
  return { ...skipped(assumption, 'the trial was stopped'), verdict: 'notReached' }
}

async function checked(assumption: Assumption, { trial, takeExchanges }: Running): Promise<Result> {
  const undos: Undo[] = []
  // Of two ways to undo the same, the first one knows how everything was before.
  const undo: Trial['undo'] = (what, work) => {
    if (!undos.some(other => other.what === what)) undos.push({ what, work })
  }
  const found = await judge(assumption, { ...trial, undo })
  const left = await undoAll(undos, trial)
  return { assumption, ...found, exchanges: takeExchanges(), left }
}

async function judge(assumption: Assumption, trial: Trial): Promise<Pick<Result, 'verdict' | 'parts' | 'why'>> {
  try {
    const parts = await assumption.check(trial)
    return { verdict: parts.every(({ isSame }) => isSame) ? 'same' : 'different', parts }
  } catch (error) {
    const said = error instanceof Error ? error.message : 'an unknown failure'
    const why = trial.stopped.aborted ? 'the trial was stopped in the middle' : said
    return { verdict: 'unclear', parts: [], why }
  }
}

/** Undoes in reverse order, also after a stop. Gives the names of what is left. */
async function undoAll(undos: readonly Undo[], trial: Running['trial']): Promise<string[]> {
  const left: string[] = []
  for (const { what, work } of undos.toReversed()) if (!(await isUndone(work, trial))) left.push(what)
  return left
}

async function isUndone(work: () => Promise<void>, { pause }: Running['trial']): Promise<boolean> {
  for (let tries = 1; tries <= undoTries; tries++) {
    try {
      await work()
      return true
    } catch {
      // After a stop the pause rejects at once; the next try follows anyway.
      if (tries < undoTries) await pause(2).catch(() => undefined)
    }
  }
  return false
}
