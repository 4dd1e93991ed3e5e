// The commands that read a log: what they answer, and that an empty log is not treated as an answer.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { lived, request } from '../builders/history.ts'
import { suite } from '../suite.ts'
import { hallpass } from './terminal.ts'

const test = suite('command line and log')
let folder = ''
test.before(() => void (folder = mkdtempSync(join(tmpdir(), 'hallpass-log-'))))
test.after(() => rmSync(folder, { recursive: true, force: true }))

test('the log alone answers, as a table and as JSON', async () => {
  const { log } = lived(request(), [['Granted', 0, {}]])
  const stdin = JSON.stringify([...log, { textPayload: 'noise' }])
  const words = ['who', '--at', '2026-11-23T12:10:00Z', '--from', 'log']
  const table = await hallpass(words, { stdin })
  assert.match(
    table.out,
    /^PERSON .*\ndana@example\.com .*\n1 grant in force at 2026-11-23 12:10:00 UTC\. Source: log, 1 request since/,
  )
  assert.match(table.err, 'Entries skipped, because they are not audit events of Hallpass: 1.')
  const json = await hallpass([...words, '-o', 'json'], { stdin })
  const said = JSON.parse(json.out) as { schema: string; grants: { person: string }[] }
  assert.is(said.schema, 'hallpass/who/v1')
  assert.equal(
    said.grants.map(grant => grant.person),
    ['dana@example.com'],
  )
})

test('grants around Hallpass are named, one a line, from the two logs', async () => {
  const { log } = lived(request(), [['Granted', 0, {}]])
  const bindingDeltas = [{ action: 'ADD', role: 'roles/owner', member: 'user:eve\u001B[2K@example.com' }]
  const entry = {
    timestamp: '2026-11-23T12:10:00Z',
    protoPayload: {
      methodName: 'SetIamPolicy',
      resourceName: 'projects/prod-eu',
      authenticationInfo: { principalEmail: 'mo@example.com' },
      serviceData: { policyDelta: { bindingDeltas } },
    },
  }
  const file = join(folder, 'policies.json')
  writeFileSync(file, JSON.stringify([entry]))
  const { code, out } = await hallpass(['around', file], { stdin: JSON.stringify(log) })
  assert.is(
    out,
    '2026-11-23T12:10:00Z mo@example.com gave roles/owner on projects/prod-eu to user:eve?[2K@example.com: it does not name a request of Hallpass\n' +
      '1 of 1 grants were made around Hallpass.\n',
  )
  assert.is(code, 0)
})

test('a log without events says that it does not answer', async () => {
  const words = ['who', '--from', 'log']
  for (const stdin of ['[]', '{"textPayload":"noise"}\n']) {
    const { code, out, err } = await hallpass(words, { stdin })
    assert.match(err, 'The log has no events of Hallpass, so it does not say who had access.')
    assert.equal([code, out], [2, ''])
  }
  const some = await hallpass(words, { stdin: JSON.stringify(lived(request(), [['Granted', 0, {}]]).log) })
  assert.is(some.err, '')
})

test('nothing at all is not a log: the command before the pipe failed', async () => {
  for (const stdin of ['', '\n \n']) {
    const { code, out, err } = await hallpass(['who', '--from', 'log'], { stdin })
    assert.match(err, /^hallpass: The log entries cannot be read: there is nothing to read, not even an empty list\./)
    assert.equal([code, out], [2, ''])
  }
})

test('grants around Hallpass are not counted against empty logs in silence', async () => {
  const file = join(folder, 'empty.json')
  writeFileSync(file, '[]')
  const { code, err } = await hallpass(['around', file], { stdin: '[]' })
  assert.match(err, 'The log from stdin has no events of Hallpass, so every grant counts as made around it.')
  assert.match(err, 'empty.json has no entries, so no grant was compared.')
  assert.is(code, 0)
  writeFileSync(file, '')
  const nothing = await hallpass(['around', file], { stdin: '[]' })
  assert.match(nothing.err, 'there is nothing to read')
  assert.is(nothing.code, 1)
})

test('a log that is not JSON fails with the line', async () => {
  const { code, err } = await hallpass(['who', '--from', 'log'], { stdin: 'hello\n' })
  assert.match(err, /^hallpass: The log entries cannot be read: line 1 is not JSON\./)
  assert.is(code, 2)
})

test.run()
