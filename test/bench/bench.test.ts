// That the benchmarks of the whole work: each runs, at the smallest scale, and tells its figures in the promised form. How good the
// figures are is asserted nowhere: a busy machine would decide it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { callGraph, callNames, type CallTimes, criticalPath } from './graph.ts'
import { librariesOf } from './imports.ts'
import { type Line, lineOf, median, percentile } from './report.ts'
import { memoryUnder, readMaps } from './together.ts'

const test = suite('bench', { timeoutMs: 220_000 })

const medians: [string, number[], number][] = [
  ['of one value, that one', [7], 7],
  ['of three, the one in the middle, whatever their order', [30, 1, 2], 2],
  ['of four, the mean of the two in the middle', [4, 1, 2, 30], 3],
]
for (const [sentence, values, expected] of medians)
  test(`the median is ${sentence}`, () => assert.is(median(values), expected))

const hundred = Array.from({ length: 100 }, (_, n) => 100 - n)
const percentiles: [string, number[], number, number][] = [
  ['the 99th of a hundred is the last but one', hundred, 0.99, 99],
  ['the 50th of a hundred is the fiftieth', hundred, 0.5, 50],
  ['the 99th of three is the largest', [1, 3, 2], 0.99, 3],
]
for (const [sentence, values, part, expected] of percentiles)
  test(sentence, () => assert.is(percentile(values, part), expected))

const named = { bench: 'any', measure: 'any', unit: 'ms', goal: 1.3 } as const
const verdicts: [string, number[], number[], number, boolean][] = [
  ['a ratio is the median of the rounds’ own', [10, 100, 30], [10, 50, 20], 1.5, false],
  ['a goal that is just reached is met', [13], [10], 1.3, true],
]
for (const [sentence, ours, peer, ratio, met] of verdicts)
  test(sentence, () => {
    const line = lineOf(named, ours, peer)
    assert.equal([line.ratio, line.met], [ratio, met])
  })

test('without a peer there is no ratio and no verdict', () => {
  const { peer, ratio, goal, met } = lineOf({ bench: 'any', measure: 'any', unit: 'ms' }, [1, 2, 3])
  assert.equal([peer, ratio, goal, met], [null, null, null, null])
})

const each = (ms: number, others: Partial<CallTimes> = {}): CallTimes => ({
  ...(Object.fromEntries(callNames.map(name => [name, ms])) as CallTimes),
  ...others,
})
const paths: [string, CallTimes, number][] = [
  ['calls that need each other add up', each(1), 10],
  ['a call next to a longer one takes no time', each(1, { 'exchange the code': 2, 'test permissions': 2 }), 10],
  ['a call that becomes the longest counts', each(1, { 'look up the requester': 10 }), 18],
  ['the policy is read during the write of the status', each(1, { 'read the policy': 5, 'write the status': 5 }), 14],
]
for (const [sentence, times, expected] of paths)
  test(`on the critical path, ${sentence}`, () => assert.is(criticalPath(times), expected))

test('each call comes after those that it needs', () => {
  for (const [n, name] of callNames.entries())
    for (const needed of callGraph[name]) assert.ok(callNames.indexOf(needed) < n, `${name} needs ${needed}`)
})

test('the libraries of a process are those that it imports, directly or not, and no types', async () => {
  const libraries = await librariesOf(join(import.meta.dirname, '../../src/app/gateway.ts'))
  for (const library of ['@slack/bolt', '@slack/web-api', 'zod', 'fastest-levenshtein'])
    assert.ok(libraries.includes(library), library)
  for (const library of ['googleapis', '@google-cloud/kms', 'express'])
    assert.not.ok(libraries.includes(library), library)
})

const maps = `00400000-0452000 r-xp 00000000 fe:00 42       /usr/bin/node
Rss:                 900 kB
Anonymous:           100 kB
7f00-7f10 rw-p 00000000 00:00 0
Rss:                  50 kB
Anonymous:            50 kB
7f20-7f30 r--p 00000000 fe:00 42       /usr/bin/node
Rss:                  30 kB
Anonymous:             0 kB
7f40-7f50 rw-p 00000000 00:00 0        [heap]
Rss:                  70 kB
Anonymous:            60 kB
`
test('memory of its own is what no file has: written pages, the heap, and pages shared without a file', () =>
  assert.equal(readMaps(maps), { ownKiB: 220, files: new Map([['/usr/bin/node', 830]]) }))

test('processes that have the same file in memory take it once', async () => {
  const second = 'console.log(1); process.stdin.resume()'
  const first = `require('child_process').spawn(process.execPath, ['-e', '${second}'], { stdio: 'inherit' }); process.stdin.resume()`
  const parent = spawn(process.execPath, ['-e', first], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const alone = await memoryUnder(process.pid)
    await once(parent.stdout, 'data')
    const both = await memoryUnder(parent.pid ?? 0)
    assert.ok(both.filesMiB < 1.2 * alone.filesMiB, `${both.filesMiB} MiB of files instead of ${alone.filesMiB}`)
  } finally {
    parent.stdin.end()
  }
})

test('every benchmark of the processes runs and tells its figures, one JSON object a line', async () => {
  const { output, code } = await run('--smoke', 'ack', 'process', 'sandbox')
  assert.is(code, 0, output)
  const objects = output
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as Record<string, unknown>)
  const machines = objects.filter(object => 'machine' in object)
  assert.is(machines.length, 2)
  for (const { cores, memoryGiB, node, kubernetes } of machines) {
    assert.ok(Number(cores) > 0 && Number(memoryGiB) > 0)
    assert.match(String(node), /^v\d+\./)
    assert.match(String(kubernetes), /^v1\.\d+/)
  }
  const lines = objects.filter(object => 'bench' in object) as unknown as Line[]
  assert.equal([...new Set(lines.map(({ bench }) => bench))], ['ack', 'process', 'sandbox'])
  for (const line of lines) assert.is(whyUnfit(line), undefined, JSON.stringify(line))
})

test('a benchmark that there is not is named, with those that there are', async () => {
  const { output, code } = await run('nothing')
  assert.is(code, 2)
  assert.match(output, /no benchmark "nothing".*ack, approvals, approve, audit, calls, life, page, process/)
})

/** What is wrong with a line; undefined when nothing is. */
function whyUnfit({ measure, ours, peer, ratio, goal, met }: Line): string | undefined {
  if (typeof measure !== 'string' || measure === '') return 'it does not say what was measured'
  if (!(ours > 0)) return 'it has no figure'
  if (peer === null) return ratio === null && met === null ? undefined : 'it judges without a peer'
  if (!(peer > 0) || ratio === null || !(ratio > 0)) return 'it has a peer and no ratio'
  return (goal === null) === (met === null) ? undefined : 'goal and verdict do not go together'
}

function run(...words: string[]): Promise<{ output: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'run.ts'), ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const keep = (chunk: Buffer): void => void (output += chunk.toString())
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', reject)
    child.on('close', code => resolve({ output, code }))
  })
}

test.run()
