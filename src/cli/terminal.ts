// The surroundings of the command line: streams, time, and the signal that ends it. Tests pass their own.
import type { Places } from '../app/cluster.ts'
import type { Environment } from '../app/environment.ts'
import { Ended, EndedBy } from './ended.ts'

export type Terminal = {
  environment: Environment
  /** The cluster of a started process, if it is not kubectl's current one. */
  places?: Places
  stdin: NodeJS.ReadableStream & { isTTY?: boolean }
  /** For answers only. */
  out: (text: string) => void
  /** For progress, errors and everything else that is not an answer. */
  err: (text: string) => void
  now: () => Date
  /** Waits; rejects when the signal aborts. The machine's timers unless given. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>
  /** From the first call on, SIGTERM and SIGINT abort this signal instead of ending the process immediately. */
  untilStopped: () => AbortSignal
}

/** Exit codes of every command. */
export const exitCodes = { done: 0, failed: 1, usage: 2, unreachable: 3 } as const

/** Exit codes of commands that answer a question. */
export const answerCodes = { answered: 0, different: 1, unanswered: 2 } as const

/** Runs a command that answers a question. When it fails in any way, it has no answer, and the exit code says so. */
export async function answering(answer: () => Promise<void>): Promise<void> {
  try {
    await answer()
  } catch (error) {
    throw error instanceof Ended ? error : new EndedBy(error, answerCodes.unanswered)
  }
}

/** Passes items on. When that takes longer than `afterMs`, it prints their number to stderr once a second. */
export async function* withProgress<T>(
  items: AsyncIterable<T>,
  { terminal, what, afterMs = 1000 }: { terminal: Pick<Terminal, 'err'>; what: string; afterMs?: number },
): AsyncGenerator<T> {
  let count = 0
  const timer = setInterval(() => terminal.err(`${what}: ${count.toLocaleString('en-US')} so far\n`), afterMs)
  try {
    for await (const item of items) {
      count++
      yield item
    }
  } finally {
    clearInterval(timer)
  }
}
