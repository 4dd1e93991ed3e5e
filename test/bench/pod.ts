// The `hallpass` command as it is in a pod, whose identity lies in the folder that is given first instead of /var/run.
import { readEnvironment } from '../../src/app/environment.ts'
import { runCommand } from '../../src/cli/outcome.ts'

const [podFolder = '', ...words] = process.argv.slice(2)
const ending = new AbortController()
process.on('SIGTERM', () => ending.abort())

process.exitCode = await runCommand(words, {
  environment: readEnvironment(),
  places: { podFolder },
  stdin: process.stdin,
  out: text => void process.stdout.write(text),
  err: text => void process.stderr.write(text),
  now: () => new Date(),
  untilStopped: () => ending.signal,
})
