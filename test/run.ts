// Runs every test file in a process of its own and believes nothing but full accounts: a file passes when it
// exits 0, reports at least one test, and every test it reports passed or was skipped.
import { spawn } from 'node:child_process'
import { glob, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import { locateBinaries } from '../src/sim/controlplane/locate.ts'

/** Longest one file may take, in milliseconds. */
const fileTimeoutMs = 240_000

type Result = {
  file: string
  passed: number
  failed: number
  skipped: number
  seconds: number
  output: string
  why?: string
}

const filters = process.argv.slice(2)
const files = (await Array.fromAsync(glob('test/**/*.test.ts')))
  .filter(file => filters.length === 0 || filters.some(filter => file.includes(filter)))
  // Long files first, so that the last one to end is a short one.
  .sort((a, b) => weight(b) - weight(a) || a.localeCompare(b))

if (files.length === 0) {
  console.error(`No test file matches ${filters.map(f => `"${f}"`).join(', ') || 'test/**/*.test.ts'}.`)
  process.exit(1)
}

await prepareControlPlane()
const waiting = [...files]
const results: Result[] = []
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work))
report()

// Built here, in sight and without a deadline, so that no test waits for it.
async function prepareControlPlane(): Promise<void> {
  try {
    await locateBinaries({ say: line => console.log(line) })
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    console.log('\n0 passed, 1 failed')
    process.exit(1)
  }
}

async function work(): Promise<void> {
  for (let file = waiting.shift(); file; file = waiting.shift()) {
    const result = await runFile(file)
    results.push(result)
    print(result)
  }
}

async function runFile(file: string): Promise<Result> {
  const began = performance.now()
  const source = await readFile(file, 'utf8')
  const refused = (why: string): Result => ({ file, passed: 0, failed: 1, skipped: 0, seconds: 0, output: '', why })
  if (!/\.run\(\)/.test(source)) return refused('never calls .run()')
  if (/\.only\(/.test(source)) return refused('leaves other tests out by .only()')
  const { output, code, timedOut } = await execute(file)
  return { file, ...account(output, code, timedOut), seconds: (performance.now() - began) / 1000, output }
}

function execute(file: string): Promise<{ output: string; code: number | null; timedOut: boolean }> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
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

function account(
  output: string,
  code: number | null,
  timedOut: boolean,
): Pick<Result, 'passed' | 'failed' | 'skipped' | 'why'> {
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

function print(result: Result): void {
  const mark = result.failed > 0 ? 'FAILED' : 'ok    '
  console.log(
    `${mark} ${result.file} (${result.passed}${result.skipped ? `, ${result.skipped} skipped` : ''}; ${result.seconds.toFixed(1)} s)`,
  )
  if (result.why) console.log(`       ${result.why}`)
  if (result.failed > 0) console.log(result.output.replace(/^/gm, '       | '))
  for (const line of result.output.match(/^SKIPPED .*/gm) ?? []) console.log(`       ${line}`)
}

function report(): void {
  const sum = (key: 'passed' | 'failed' | 'skipped'): number => results.reduce((n, result) => n + result[key], 0)
  const [passed, failed, skipped] = [sum('passed'), sum('failed'), sum('skipped')]
  if (failed > 0)
    console.log(
      `\nFailed: ${results
        .filter(r => r.failed > 0)
        .map(r => r.file)
        .join(', ')}`,
    )
  console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}

function weight(file: string): number {
  return /fault/.test(file)
    ? 3
    : /story|sandbox|browser/.test(file)
      ? 2
      : /kube|crds|deploy|store|controlplane/.test(file)
        ? 1
        : 0
}
