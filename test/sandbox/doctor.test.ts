// `npm run hallpass -- doctor` in a running sandbox: everything of each process is ok, with the town's mappings.
import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { sandboxTown } from '../../src/sandbox/town.ts'
import { startWorld, type World } from '../../src/sandbox/world.ts'
import { suite } from '../suite.ts'

const test = suite('the doctor in the sandbox', { timeoutMs: 240_000 })
const checkout = mkdtempSync(join(tmpdir(), 'hallpass-doctor-sandbox-'))
let world: World
test.before(async () => {
  world = await startWorld({ town: await sandboxTown() })
  // As the sandbox fills its folder; this is another one with the same sources.
  mkdirSync(join(checkout, '.sandbox'))
  symlinkSync(resolve(import.meta.dirname, '../../src'), join(checkout, 'src'))
  copyFileSync(world.cluster.kubeconfigPath, join(checkout, '.sandbox/kubeconfig'))
  symlinkSync(world.processes.folder, join(checkout, '.sandbox/processes'))
})
test.after(async () => {
  await world.stop()
  rmSync(checkout, { recursive: true, force: true })
})

type Ended = { code: number | null; out: string }

function doctor(...words: string[]): Promise<Ended> {
  const { KUBECONFIG: _, ...env } = process.env
  const program = ['--preserve-symlinks-main', join(checkout, 'src/sandbox/hallpass.ts'), 'doctor', ...words]
  return new Promise(done => {
    const child = spawn(process.execPath, program, { env, stdio: ['ignore', 'pipe', 'ignore'] })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.on('close', code => done({ code, out }))
  })
}

test('everything of the three processes is ok', async () => {
  const { code, out } = await doctor('--timeout', '100')
  assert.equal(out.match(/^\d+ rows ok, 0 wrong, 0 unknown\.$/gm)?.length, 3, out)
  assert.is(code, 0)
})

test('one process is examined alone, and what is wrong is in the exit code', async () => {
  world.slack.state.app.scopes.pop()
  const { code, out } = await doctor('gateway', '--timeout', '100', '-o', 'json')
  const { process: of, rows } = JSON.parse(out) as { process: string; rows: { id: string; result: string }[] }
  assert.is(of, 'gateway')
  assert.equal(
    rows.filter(({ result }) => result === 'wrong').map(({ id }) => id),
    ['slack-scopes'],
  )
  assert.is(code, 1)
})

test.run()
