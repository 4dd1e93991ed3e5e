#!/usr/bin/env node
// The `hallpass` command, also found by kubectl as its plugin. Ties the process to the commands and does nothing else.
import { systemClock } from '../app/clock.ts'
import { readEnvironment } from '../app/environment.ts'
import { runCommand } from './outcome.ts'
import { exitCodes } from './terminal.ts'

const ending = new AbortController()
// The first signal asks, the second insists.
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    if (ending.signal.aborted) process.exit(exitCodes.failed)
    ending.abort()
  })

process.exitCode = await runCommand(process.argv.slice(2), {
  environment: readEnvironment(),
  stdin: process.stdin,
  out: text => void process.stdout.write(text),
  err: text => void process.stderr.write(text),
  now: () => systemClock.now(),
  signal: ending.signal,
})
