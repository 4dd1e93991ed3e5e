// That the benchmarks of an approval work: each runs at the smallest scale and prints its figures.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
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

test.run()
