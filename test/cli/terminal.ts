// A terminal that remembers, for commands run within the test.
import { Readable } from 'node:stream'
import type { Environment } from '../../src/app/environment.ts'
import { runCommand } from '../../src/cli/outcome.ts'

export const now = new Date('2026-11-24T09:00:00Z')

/** Runs a command line and gives what a person would see. */
export async function hallpass(
  words: string[],
  { environment = {}, stdin = '', at = now }: { environment?: Environment; stdin?: string; at?: Date } = {},
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const code = await runCommand(words, {
    environment,
    stdin: Readable.from([stdin]),
    out: text => void (out += text),
    err: text => void (err += text),
    now: () => at,
    untilStopped: () => new AbortController().signal,
  })
  return { code, out, err }
}
