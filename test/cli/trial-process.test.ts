// `hallpass trial` as a separate process: a real Ctrl-C in the middle of a check, and what is left afterwards.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { openStage, places, project, type Stage, wordsOf } from './trial-stage.ts'

const test = suite('trial as a process')
const command = join(import.meta.dirname, '../../src/cli/hallpass.ts')
let stage: Stage
test.before(async () => void (stage = await openStage()))
test.after(async () => stage.close())

function bindings(): string {
  return JSON.stringify(stage.google.policies.read(project)?.bindings)
}

test('Ctrl-C while access is measured ends the process, and the binding is removed', async () => {
  const before = bindings()
  const words = [
    '--only',
    'iam-begins-and-ends,kms-other-data',
    '--yes',
    '--throwaway',
    Object.values(places).join(','),
  ]
  const child = spawn(process.execPath, [command, ...wordsOf(stage), ...words], {
    env: {
      ...process.env,
      HALLPASS_CONFIG: join(stage.folder, 'config.yaml'),
      HALLPASS_SECRETS: join(stage.folder, 'secrets'),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<number | null>(done => child.on('close', done))
  while (!bindings().includes('hallpass trial') && child.exitCode === null) await pause(20)
  assert.is.not(bindings(), before, said)
  child.kill('SIGINT')
  assert.is(await ended, 1)
  assert.match(said, /iam-begins-and-ends: unclear; the trial was stopped in the middle/)
  assert.match(stage.report(), /\| iam-begins-and-ends \| Google IAM \| unclear \|\n.* \| not reached \|/)
  assert.is(bindings(), before)
})

test.run()
