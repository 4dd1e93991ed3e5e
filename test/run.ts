// Runs every test file in a separate process and accepts only complete results: a file passes when it exits 0, reports
// at least one test, and every test it reports passed or was skipped.
import { glob, readFile } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { prepareControlPlane } from './prepare.ts'
import { cores, Idleness, inOrder, mayStart, staleness } from './schedule.ts'
import { account, type Account, execute, type Execution } from './test-file.ts'

type Result = Account & { file: string; seconds: number; output: string }

const filters = process.argv.slice(2)
const all = await Array.fromAsync(glob('test/**/*.test.ts'))
const files = all.filter(file => filters.length === 0 || filters.some(filter => file.includes(filter)))

/** How often it is looked whether one more file may start. */
const lookMs = 250

if (files.length === 0) {
  console.error(`No test file matches ${filters.map(f => `"${f}"`).join(', ') || 'test/**/*.test.ts'}.`)
  process.exit(1)
}

await prepare()
const results: Result[] = []
await runAll()
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

async function runAll(): Promise<void> {
  const waiting = inOrder(files)
  const running = new Set<Promise<void>>()
  const idleness = new Idleness()
  let startedAt = performance.now()
  while (waiting.length + running.size > 0) {
    const sinceMs = performance.now() - startedAt
    if (waiting.length > 0 && mayStart({ running: running.size, cores, sinceMs, ...idleness.read() })) {
      const run = runAndPrint(waiting.shift() ?? '').finally(() => running.delete(run))
      running.add(run)
      startedAt = performance.now()
    } else await Promise.race([...running, pause(lookMs)])
  }
}

async function runAndPrint(file: string): Promise<void> {
  const result = await runFile(file)
  results.push(result)
  print(result)
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
  if (filters.length === 0) tellStaleRows()
  console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}

// On a busy or slow machine everything takes longer, so this is no failure.
function tellStaleRows(): void {
  const told = results.flatMap(({ file, seconds }) => staleness(file, seconds) ?? [])
  if (told.length > 0) console.log(`\nusualSeconds in test/schedule.ts may be out of date: ${told.join('; ')}.`)
}
