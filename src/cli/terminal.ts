// What the command line talks to: its streams, time, and the signal that ends it. Tests hand in their own.
import type { Places } from '../app/cluster.ts'
import type { Environment } from '../app/environment.ts'

export type Terminal = {
  environment: Environment
  /** Where a process that is started looks for its cluster, if not where kubectl does. */
  places?: Places
  stdin: NodeJS.ReadableStream
  /** Answers only. */
  out: (text: string) => void
  /** Progress, errors and everything else that is not an answer. */
  err: (text: string) => void
  now: () => Date
  /** From the first call on, SIGTERM and SIGINT abort this instead of ending the process at once. */
  untilStopped: () => AbortSignal
}

/** Exit codes of every command. */
export const exitCodes = { done: 0, failed: 1, usage: 2, unreachable: 3 } as const

/** Passes items on and, when that takes longer than `afterMs`, says on stderr how many there were, once a second. */
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
