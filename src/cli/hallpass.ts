#!/usr/bin/env node
// The `hallpass` command, also found by kubectl as its plugin. Connects the process to the commands and does nothing
// else.
import { systemClock } from '../app/clock.ts'
import { readEnvironment } from '../app/environment.ts'
import { runCommand } from './outcome.ts'
import { exitCodes } from './terminal.ts'

const lingerMs = 1_000

// The reader of our output may stop reading, as `head` does.
process.stdout.on('error', () => process.exit(exitCodes.failed))

process.exitCode = await runCommand(process.argv.slice(2), {
  environment: readEnvironment(),
  stdin: process.stdin,
  out: text => void process.stdout.write(text),
  err: text => void process.stderr.write(text),
  now: () => systemClock.now(),
  untilStopped,
})
// Work that is still under way, such as an unanswered call, must not keep a finished process running.
setTimeout(() => process.exit(), lingerMs).unref()

// The first signal asks the process to end; the second ends it immediately.
function untilStopped(): AbortSignal {
  const ending = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (ending.signal.aborted) process.exit(exitCodes.failed)
      ending.abort()
    })
  return ending.signal
}
