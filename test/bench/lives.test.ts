// That the benchmarks of whole lives work: each runs at the smallest scale and prints its figures, and a peer that cannot be
// checked out is left out with the reason.
import { execFile } from 'node:child_process'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { checkoutsOf } from './peers/checkout.ts'
import type { Line } from './report.ts'

const test = suite('bench of whole lives', { timeoutMs: 280_000 })
const run = promisify(execFile)

test('calls and life run and print their figures', async () => {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'run.ts'), '--smoke', 'calls', 'life'])
  const lines = stdout
    .split('\n')
    .filter(line => line.startsWith('{"bench"'))
    .map(line => JSON.parse(line) as Line)
  assert.equal([...new Set(lines.map(({ bench }) => bench))], ['calls', 'life'])
  for (const { measure, ours, goal, met } of lines)
    assert.ok(ours > 0 && goal === 1 && met !== null, `${measure}: ${ours}`)
  // A granted request is created, decided, granted, ended and settled, and each is a write.
  const writes = lines.find(({ measure }) => measure === 'granted: writes to the request')
  assert.ok((writes?.ours ?? 0) >= 5, `${writes?.ours} writes`)
})

test('a peer is unpacked from the history of the repository', async () => {
  const said: string[] = []
  for (const { root } of await checkoutsOf(['before', 'start'], line => said.push(line)))
    for (const path of ['src/cli/hallpass.ts', 'node_modules/undici/package.json']) await access(join(root, path))
  for (const line of said) assert.match(line, /does not hold that commit/)
})

test('a peer that is not in the history is left out, with the reason', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hallpass-shallow-'))
  try {
    await run('git', ['init', '--quiet', folder])
    const said: string[] = []
    assert.equal(await checkoutsOf(['before'], line => said.push(line), folder), [])
    assert.match(said.join(), /^Not compared with 74d93e5: this copy of the repository does not hold that commit/)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test.run()
