// Everything that must hold before a change is handed in: the same line for a person and for a machine (`npm run verify`;
// `npm run check` leaves out the tests). Stops at nothing, and says at the end what failed and what to do about it.
import { spawn } from 'node:child_process'
import { delimiter, join, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'

type Step = {
  name: string
  /** Program and arguments; programs of node_modules/.bin are found. */
  run: readonly string[]
  remedy: string
  /** Shown as it goes, because it takes long. */
  isShown?: boolean
  /** Any output at all is a fault. */
  mustBeSilent?: boolean
}
type Result = Step & { isGood: boolean; seconds: number; output: string }

const steps: readonly Step[] = [
  { name: 'format', run: ['prettier', '--check', '--log-level', 'warn', '.'], remedy: 'npm run format' },
  {
    name: 'lint',
    run: ['oxlint', '--type-aware', '--deny-warnings', 'src', 'test'],
    remedy: 'Fix what npm run lint names.',
  },
  { name: 'types', run: ['tsc'], remedy: 'Fix what npm run types names.' },
  {
    name: 'types of the sandbox page',
    run: ['tsc', '-p', 'src/sandbox/page'],
    remedy: 'Fix what npx tsc -p src/sandbox/page names.',
  },
  { name: 'generated files', run: ['node', 'src/reference/generate.ts', '--check'], remedy: 'npm run generate' },
  {
    name: 'dead code',
    run: ['knip', '--no-progress', '--no-config-hints'],
    remedy: 'Remove what is not used; what only its own file uses needs no export.',
  },
  {
    name: 'code that only tests use',
    run: ['knip', '--production', '--no-progress', '--no-config-hints', '--include', 'files,dependencies'],
    remedy: 'Remove it, or move it below test/.',
  },
  {
    name: 'tests',
    run: ['node', 'test/run.ts'],
    remedy: 'Run the file that failed: npm test -- PART-OF-ITS-NAME.',
    isShown: true,
  },
  {
    name: 'clean tree',
    run: ['git', 'status', '--porcelain'],
    remedy: 'Commit the files, or let .gitignore name them.',
    mustBeSilent: true,
  },
]

const root = resolve(import.meta.dirname, '..')
const isQuick = process.argv.includes('--without-tests')
const results: Result[] = []
for (const step of steps.filter(({ name }) => !(isQuick && name === 'tests'))) results.push(await perform(step))
process.exitCode = sumUp(results)

async function perform(step: Step): Promise<Result> {
  if (step.isShown) console.log(`${step.name}:`)
  const began = performance.now()
  const { code, output } = await execute(step)
  const isGood = code === 0 && !(step.mustBeSilent && output.trim() !== '')
  const result = { ...step, isGood, seconds: (performance.now() - began) / 1000, output }
  console.log(lineOf(result))
  if (!isGood && !step.isShown) console.log(output.trimEnd().replace(/^/gm, '       | '))
  return result
}

function execute({ run, isShown }: Step): Promise<{ code: number | null; output: string }> {
  const [program = '', ...args] = run
  const path = [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter)
  return new Promise(done => {
    const child = spawn(program === 'node' ? process.execPath : program, args, {
      cwd: root,
      env: { ...process.env, PATH: path, NO_COLOR: '1', FORCE_COLOR: '0' },
      stdio: ['ignore', isShown ? 'inherit' : 'pipe', isShown ? 'inherit' : 'pipe'],
    })
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('error', error => done({ code: null, output: `${program} cannot be run: ${error.message}` }))
    child.on('close', code => done({ code, output }))
  })
}

function lineOf({ name, isGood, seconds }: Result): string {
  return `${isGood ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)`
}

function sumUp(all: readonly Result[]): number {
  const failed = all.filter(({ isGood }) => !isGood)
  console.log(`\n${all.length - failed.length} of ${all.length} steps passed.`)
  for (const { name, remedy } of failed) console.log(`FAILED ${name}: ${remedy}`)
  return failed.length === 0 ? 0 : 1
}
