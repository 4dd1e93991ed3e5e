// Ports for programs that are about to start: nobody else's, even before anybody listens.
import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { freePorts } from '../../src/sim/programs.ts'
import { suite } from '../suite.ts'

const test = suite('free ports', { timeoutMs: 30_000 })
const programs = join(import.meta.dirname, '../../src/sim/programs.ts')

test('processes that look at the same time find different ones', async () => {
  const script = `import { freePorts } from ${JSON.stringify(programs)}; console.log(JSON.stringify(await freePorts(40)))`
  const run = promisify(execFile)
  const looks = Array.from({ length: 4 }, () => run(process.execPath, ['--input-type=module', '-e', script]))
  const found = (await Promise.all(looks)).flatMap(({ stdout }) => JSON.parse(stdout) as number[])
  assert.is(new Set(found).size, 160)
  assert.ok(found.every(port => port >= 15_000 && port < 32_000))
})

test('none is found twice, and none that somebody listens on', async () => {
  const found = await freePorts(20)
  const [last = 0] = found.slice(-1)
  const taken = createServer().listen(last + 1, '127.0.0.1')
  // Unless somebody else does already.
  await new Promise(resolve => taken.once('listening', resolve).once('error', resolve))
  const more = await freePorts(20)
  assert.not(more.includes(last + 1))
  assert.is(new Set([...found, ...more]).size, 40)
  taken.close()
})

test.run()
