// That the benchmarks of src/kube work at the smallest scale, with the Go peer where it has been built. How good the
// figures are is asserted nowhere.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { peerFor } from './peers/build.ts'
import type { Line } from './report.ts'

const test = suite('bench of the runtime', { timeoutMs: 280_000 })

test('each runs and tells its figures, and says so where the Go peer is missing', async () => {
  const missing: string[] = []
  const peer = await peerFor({ mayBuild: false }, line => missing.push(line))
  const { output, code } = await run('--smoke', 'runtime', 'start', 'memory')
  assert.is(code, 0, output)
  const lines = output
    .split('\n')
    .filter(line => line.startsWith('{"bench"'))
    .map(line => JSON.parse(line) as Line)
  assert.equal([...new Set(lines.map(({ bench }) => bench))], ['runtime', 'start', 'memory'])
  for (const { measure, ours } of lines) assert.ok(ours > 0, measure)
  const besideGo = lines.filter(({ against = '' }) => against.startsWith('controller-runtime v'))
  assert.is(besideGo.length > 0, peer !== undefined)
  for (const { measure, peer: figure, ratio } of besideGo) assert.ok((figure ?? 0) > 0 && (ratio ?? 0) > 0, measure)
  for (const line of missing) {
    assert.match(output, line)
    console.log(line)
  }
})

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
