// Runs every test file in a separate process and accepts only complete results: a file passes when it exits 0, reports
// at least one test, and every test it reports passed or was skipped.
import { glob, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import { prepareControlPlane } from './prepare.ts'
import { account, type Account, execute, type Execution } from './test-file.ts'

type Result = Account & { file: string; seconds: number; output: string }

const filters = process.argv.slice(2)
const files = (await Array.fromAsync(glob('test/**/*.test.ts')))
  .filter(file => filters.length === 0 || filters.some(filter => file.includes(filter)))
  // Long files first, so that the last one to end is a short one.
  .sort((a, b) => weight(b) - weight(a) || a.localeCompare(b))

if (files.length === 0) {
  console.error(`No test file matches ${filters.map(f => `"${f}"`).join(', ') || 'test/**/*.test.ts'}.`)
  process.exit(1)
}

await prepare()
const waiting = [...files]
const results: Result[] = []
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work))
report()

async function prepare(): Promise<void> {
  try {
    await prepareControlPlane(files)
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
  const execution = await executeOnRunningPrograms(file)
  return { file, ...account(execution), seconds: (performance.now() - began) / 1000, output: execution.output }
}

// A program of Kubernetes that crashes says nothing about the file, which gets one more try. The crash is told.
async function executeOnRunningPrograms(file: string): Promise<Execution> {
  const execution = await execute(file)
  const crash = /\b(kube-apiserver|etcd) ended by itself.*\n.*/.exec(execution.output)?.[0]
  if (account(execution).failed === 0 || crash === undefined) return execution
  console.log(`AGAIN  ${file}: ${crash.replace(/\s+/g, ' ')}`)
  return execute(file)
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
