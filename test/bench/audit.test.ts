// That the benchmark of the auditor's commands works: its log is as promised and honest, and it prints its figures. How good
// they are is asserted nowhere.
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { hallpass } from '../cli/terminal.ts'
import { suite } from '../suite.ts'
import { writeAuditLog } from './audit-log.ts'
import { audit, smokeAudit } from './audit.ts'

const test = suite('bench of the auditor’s commands', { timeoutMs: 200_000 })

test('the log has as many events as are wanted, one in a hundred is evidence, and nothing is wrong with it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hallpass-bench-test-'))
  try {
    const log = await writeAuditLog(folder, 12_000)
    const lines = (await readFile(log.file, 'utf8')).trim().split('\n')
    assert.is(lines.length, 12_000)
    assert.ok(log.signatures > 70 && log.signatures < 150, `${log.signatures} signatures`)
    assert.ok((await stat(log.file)).size / 12_000 > 1000, 'an event has about a kilobyte')
    const { code, out } = await hallpass(['verify', log.file, '--keys', log.keys, '--client', 'hallpass-client'])
    assert.is(code, 0, out)
    assert.match(out, new RegExp(`${log.signatures} sign-ins`))
    const who = await hallpass(['who', '--at', log.middle.toISOString(), '--source', log.file])
    assert.match(who.out, /\d+ grants in force/)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('it runs, prints its figures, and leaves no log behind', async () => {
  const said: string[] = []
  const lines = await audit(smokeAudit, line => said.push(line))
  const hasJq = !said.some(line => line.includes('it is not installed'))
  assert.is(lines.length, hasJq ? 6 : 5)
  for (const { measure, ours, peer, met } of lines) {
    assert.ok(ours > 0, `${measure}: ${ours}`)
    assert.is(met === null, peer === null, measure)
  }
})

test.run()
