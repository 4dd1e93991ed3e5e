// What a person types during a trial: one line for each question, and the end of the trial by the signal.
import { createInterface } from 'node:readline'
import type { Terminal } from '../terminal.ts'

export type Typed = {
  /** The next line, without white space around it. Rejects when the input has ended, or the signal aborts. */
  line(question: string): Promise<string>
  close(): void
}

/** Reads lines from stdin. Questions go to stderr. */
export function readTyped({ stdin, err }: Terminal, signal: AbortSignal): Typed {
  const lines = createInterface({ input: stdin })[Symbol.asyncIterator]()
  const aborted = new Promise<never>((_, reject) => {
    const stop = (): void => reject(new Error('The trial was stopped.'))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
  })
  // Nobody may be asking when it aborts.
  aborted.catch(() => undefined)
  return {
    line: async question => {
      err(`${question} `)
      const { done, value } = await Promise.race([lines.next(), aborted])
      if (done) throw new Error('The input ended before the question was answered.')
      return value.trim()
    },
    close: () => void lines.return?.(),
  }
}
