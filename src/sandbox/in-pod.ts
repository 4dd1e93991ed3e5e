// `node in-pod.ts FOLDER NAME`: one of the processes as in its pod, whose identity is in FOLDER. The libraries that
// only a kubeconfig needs are not loaded; they take a third of a process's memory.
import { readConfig } from '../app/config.ts'
import { readEnvironment, silenceLibraries } from '../app/environment.ts'
import { run } from '../app/run.ts'
import { processNames, type ProgramName } from './processes.ts'

const [podFolder = '', name] = process.argv.slice(2)
if (!isProcess(name)) throw new Error(`"${name}" is not a process.`)
const ending = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => ending.abort())
silenceLibraries()
await run(name, readConfig(name, readEnvironment()), ending.signal, { podFolder })

function isProcess(text: string | undefined): text is ProgramName {
  return [...processNames, 'janitor'].some(each => each === text)
}
