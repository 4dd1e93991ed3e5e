// `npm run attacks`: every attack in the tests with its result, one per line; or, with words, those of the files whose
// path says one of them.
import { glob, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { toldVariable } from '../attacks.ts'
import { prepareControlPlane } from '../prepare.ts'
import { account, execute } from '../test-file.ts'
import { attacksOf, judge, lineOf, type Tried } from './account.ts'

/** Fewer than these means that attacks were lost, and is no success. */
const fewest = 230

const words = process.argv.slice(2)
const waiting = await filesWithAttacks()
await prepareControlPlane(waiting)

const tried: Tried[] = []
const troubles: string[] = []
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work))

const { repelled, faults } = judge(tried, words.length === 0 ? fewest : 1)
for (const said of [...troubles, ...faults]) console.log(said)
console.log(`${tried.length} attacks, ${repelled} repelled`)
process.exitCode = troubles.length + faults.length > 0 ? 1 : 0

async function work(): Promise<void> {
  for (let file = waiting.shift(); file; file = waiting.shift()) await attackWith(file)
}

async function attackWith(file: string): Promise<void> {
  const execution = await execute(file, { [toldVariable]: '1' })
  const here = attacksOf(execution.output)
  for (const one of here) console.log(lineOf(one))
  tried.push(...here)
  const { failed, why = `${failed} failed` } = account(execution)
  if (failed > 0) troubles.push(`${file}: ${why}; run it alone to see why.`)
}

async function filesWithAttacks(): Promise<string[]> {
  const files = (await Array.fromAsync(glob('test/**/*.test.ts'))).filter(
    file => words.length === 0 || words.some(word => file.includes(word)),
  )
  const marked = await Promise.all(
    files.map(async file => / from '\.[./]*\/attacks\.ts'/.test(await readFile(file, 'utf8'))),
  )
  // The whole operator takes longest, so it comes first.
  return files.filter((_, i) => marked[i]).sort((a, b) => Number(b.includes('attack/')) - Number(a.includes('attack/')))
}
