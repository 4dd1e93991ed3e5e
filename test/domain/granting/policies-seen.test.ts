// What a process remembers of the policies that it has seen, and what its metrics are told.
import * as assert from 'uvu/assert'
import { createPoliciesSeen } from '../../../src/domain/granting/policies-seen.ts'
import type { Policy } from '../../../src/domain/granting/policy.ts'
import { Secret } from '../../../src/domain/secret.ts'
import { attack } from '../../attacks.ts'
import { ManualClock } from '../../fakes/clock.ts'
import { suite } from '../../suite.ts'

const test = suite('policies that were seen')
const token = new Secret('t')

function setUp() {
  const clock = new ManualClock()
  const told: string[] = []
  const seen = createPoliciesSeen({
    clock,
    told: ({ resource, limit }, part) => void told.push(`${resource} ${limit} ${part}`),
  })
  const policy = (members: number): Policy => ({
    etag: 'e',
    bindings: [{ role: 'roles/viewer', members: Array.from({ length: members }, (_, n) => `user:p${n}@example.com`) }],
  })
  const port = {
    members: 150,
    read: async (_resource: string, _token: Secret): Promise<Policy> => policy(port.members),
    write: async (resource: string): Promise<Policy | 'conflict'> =>
      resource === 'projects/busy' ? 'conflict' : policy(300),
    mayWrite: async () => true,
  }
  return { clock, told, seen, port, watched: seen.watch(port) }
}

test('reads and writes are seen, and answered as before', async () => {
  const { told, seen, watched, clock } = setUp()
  assert.is(seen.of('projects/p'), undefined)
  assert.is((await watched.read('projects/p', token)).bindings?.[0]?.members?.length, 150)
  assert.equal(told, ['projects/p members 0.1', 'projects/p groups 0', 'projects/p entries 0'])
  assert.equal([seen.of('projects/p')?.members, seen.of('projects/p')?.at], [150, clock.now()])
  await watched.write('projects/p')
  assert.is(seen.of('projects/p')?.members, 300)
  assert.is(await watched.write('projects/busy'), 'conflict')
  assert.is(seen.of('projects/busy'), undefined)
  assert.is(await watched.mayWrite(), true)
})

attack(test, 'somebody makes mappings of 700 resources … 500 of them in the metrics', async () => {
  const { told, watched } = setUp()
  for (let n = 0; n < 700; n++) await watched.read(`projects/p${n}`, token)
  return `${new Set(told.map(line => line.split(' ')[0])).size} of them in the metrics`
})

test.run()
