// That the benchmarks of an approval work: each runs at the smallest scale and prints its figures.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { approvals, smokeApprovals } from './approvals.ts'
import { callNames } from './graph.ts'
import type { Line } from './report.ts'

const test = suite('bench of approvals', { timeoutMs: 280_000 })
const run = promisify(execFile)

test('approve and page run and print their figures', async () => {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'run.ts'), '--smoke', 'approve', 'page'])
  const lines = stdout
    .split('\n')
    .filter(line => line.startsWith('{"bench"'))
    .map(line => JSON.parse(line) as Line)
  assert.equal([...new Set(lines.map(({ bench }) => bench))], ['approve', 'page'])
  for (const { measure, ours, goal, met } of lines)
    assert.ok(ours > 0 && (goal === null) === (met === null), `${measure}: ${ours}`)
  const judged = lines.filter(({ goal }) => goal !== null).map(({ measure }) => measure)
  assert.equal(judged, [
    'return to last binding',
    'services far away: return to last binding',
    'services far away: more than the critical path',
    'GET /approve, p50',
    'calls of a page',
  ])
  for (const name of callNames)
    assert.ok(
      lines.some(({ measure }) => measure === `bare: ${name}`),
      name,
    )
})

test('of approvals at once none is lost, none of our writes conflicts with another one, and tries are bounded', async () => {
  const lines = await approvals(smokeApprovals, () => undefined)
  const ours = (measure: string): number => {
    const line = lines.find(one => one.measure === measure)
    assert.ok(line, measure)
    return line?.ours ?? Number.NaN
  }
  const { approvals: all, projects, strangerSeconds } = smokeApprovals
  const alone = ['one project', `${projects} projects`]
  const disturbed = [`one project, a stranger every ${strangerSeconds} s`, 'one project, two installations']
  for (const name of [...alone, ...disturbed]) {
    assert.is(ours(`${name}: lost of ${all}`), 0, name)
    assert.ok(ours(`${name}: return to last binding`) > 0, name)
    assert.ok(ours(`${name}: most writes of one approval`) <= 8, name)
  }
  for (const name of alone)
    assert.equal([ours(`${name}: conflicts`), ours(`${name}: most writes of one approval`)], [0, 1], name)
  assert.ok(ours(`${disturbed[0]}: changes by the stranger`) > 0)
  // So Google's conflicts are real, and a loop without our care meets them.
  assert.ok(ours(`a loop that repeats 412 only: lost of ${all}`) > 0)
  assert.ok(ours('5 s after each 409, without an end: conflicts') > 0)
})

test.run()
