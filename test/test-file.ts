// One test file in a separate process: its output, and what uvu counted in it.
import { spawn } from 'node:child_process'
import { compiledFolder } from '../src/sim/controlplane/places.ts'

/** Longest one file may take, in milliseconds. */
const fileTimeoutMs = 480_000

/** What a test file printed and how it ended. */
export type Execution = { output: string; code: number | null; timedOut: boolean }
/** The result of a test file; `why` says what is wrong in addition to failed tests. */
export type Account = { passed: number; failed: number; skipped: number; why?: string }

/** Runs the file to its end, or ends it when it takes too long. */
export function execute(file: string, env: Record<string, string> = {}): Promise<Execution> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // What one file has compiled, the next one need not compile.
      env: {
        NODE_COMPILE_CACHE: compiledFolder(process.env),
        ...process.env,
        NO_COLOR: '1',
        FORCE_COLOR: '0',
        ...env,
      },
    })
    let output = ''
    let timedOut = false
    const keep = (chunk: Buffer): void => void (output += chunk.toString())
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const timer = setTimeout(() => {
      timedOut = true
      child.kill('SIGKILL')
    }, fileTimeoutMs)
    child.on('close', code => {
      clearTimeout(timer)
      resolve({ output, code, timedOut })
    })
  })
}

/** A file passes when it exits 0, reports at least one test, and every test it reports passed or was skipped. */
export function account({ output, code, timedOut }: Execution): Account {
  const number = (word: string): number => {
    const found = [...output.matchAll(new RegExp(`^\\s*${word}:\\s+(\\d+)`, 'gm'))].at(-1)
    return found?.[1] === undefined ? 0 : Number(found[1])
  }
  const [total, passed, skipped] = [number('Total'), number('Passed'), number('Skipped')]
  const failed = Math.max(0, total - passed)
  const faults = [
    timedOut && `was ended after ${fileTimeoutMs / 1000} s`,
    total + skipped === 0 && 'reported no test',
    code !== 0 && !timedOut && `exited with ${code}`,
  ].filter(fault => typeof fault === 'string')
  if (failed === 0 && faults.length === 0) return { passed, failed, skipped }
  return { passed, failed: Math.max(1, failed), skipped, ...(faults.length > 0 && { why: faults.join(', ') }) }
}
