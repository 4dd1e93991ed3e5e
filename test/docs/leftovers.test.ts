// The commands with which a platform team removes expired entries of Hallpass, run as the page prints them.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { expressionOf, isLeftover, type Policy, titleOf } from '../../src/domain/granting/policy.ts'
import { suite } from '../suite.ts'

const test = suite('docs/approval.md: who cleans up')
const page = readFileSync(join(import.meta.dirname, '../../docs/approval.md'), 'utf8')
const hasJq = spawnSync('jq', ['--version']).status === 0

/** The line that makes tidy.json, without its files. */
function printed(): string {
  const command = /^jq --arg now [\s\S]*?(?= policy\.json > tidy\.json$)/m.exec(page)?.[0]
  assert.ok(command, 'the page has the command')
  return command
}

test('the command removes what Hallpass calls a leftover, and nothing else', () => {
  if (!hasJq) {
    console.error('skipped: jq is not installed')
    return
  }
  const uid = '22222222-0000-4000-8000-000000000001'
  const [long, soon] = [new Date('2020-01-01T00:00:00Z'), new Date('2099-01-01T00:00:00Z')]
  const entry = (title: string, expression: string) => ({
    role: 'roles/viewer',
    members: ['user:dana@example.com'],
    condition: { title, expression },
  })
  const times = (expiresAt: Date, condition?: string): string => expressionOf({ condition, startsAt: long, expiresAt })
  const policy: Policy = {
    version: 3,
    etag: 'BwWWja0YfJA=',
    bindings: [
      entry(titleOf(uid), times(long)),
      entry(titleOf(uid), times(long, 'resource.type == "a" || (b)')),
      entry(titleOf(uid), times(soon)),
      entry('hallpass of somebody', times(long)),
      entry('other', 'request.time < timestamp("2020-01-01T00:00:00Z")'),
      entry(titleOf(uid), 'request.time < timestamp("2020-01-01T00:00:00Z")'),
      { role: 'roles/owner', members: ['user:boss@example.com'] },
    ],
    auditConfigs: [{ service: 'allServices' }],
  }
  const { stdout, stderr, status } = spawnSync('sh', ['-c', printed()], {
    input: JSON.stringify(policy),
    encoding: 'utf8',
  })
  assert.is(status, 0, stderr)
  const kept = (policy.bindings ?? []).filter(binding => !isLeftover(binding, new Date()))
  assert.is(kept.length, 5)
  assert.equal(JSON.parse(stdout), { ...policy, bindings: kept })
})

test.run()
