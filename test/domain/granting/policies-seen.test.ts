// What a process remembers of the policies that it has seen, and what its metrics are told.
import * as assert from 'uvu/assert'
import { createPoliciesSeen } from '../../../src/domain/granting/policies-seen.ts'
import { expressionOf, type Policy, titleOf } from '../../../src/domain/granting/policy.ts'
import { Secret } from '../../../src/domain/secret.ts'
import { attack } from '../../attacks.ts'
import { ManualClock } from '../../fakes/clock.ts'
import { suite } from '../../suite.ts'

const test = suite('policies that were seen')
const token = new Secret('t')
const [startsAt, expiresAt] = [new Date('2026-11-23T13:00:00Z'), new Date('2026-11-23T13:30:00Z')]
const condition = {
  title: titleOf('22222222-0000-4000-8000-000000000001'),
  expression: expressionOf({ startsAt, expiresAt }),
}

function setUp() {
  const clock = new ManualClock()
  const told: string[] = []
  const seen = createPoliciesSeen({
    clock,
    told: {
      use: ({ resource, limit }, part) => void told.push(`${resource} ${limit} ${part}`),
      leftovers: ({ resource, role }, count) => void told.push(`${resource} leftovers of ${role} ${count}`),
    },
  })
  const policy = (members: number): Policy => ({
    etag: 'e',
    bindings: [
      { role: 'roles/viewer', members: Array.from({ length: members }, (_, n) => `user:p${n}@example.com`) },
      ...port.expired.map(role => ({ role, members: ['user:dana@example.com'], condition })),
    ],
  })
  const port = {
    members: 150,
    /** Roles with an expired entry of Hallpass. */
    expired: [] as string[],
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

test('expired entries are told by role, and 0 when they are gone', async () => {
  const { told, seen, port, watched } = setUp()
  port.expired = ['roles/a.x', 'roles/b.x', 'roles/a.x']
  await watched.read('projects/p', token)
  const ofRoles = (): string[] => told.filter(line => line.includes('leftovers'))
  assert.equal(ofRoles(), ['projects/p leftovers of roles/a.x 2', 'projects/p leftovers of roles/b.x 1'])
  assert.equal(seen.of('projects/p')?.leftoversByRole, [
    { role: 'roles/a.x', count: 2 },
    { role: 'roles/b.x', count: 1 },
  ])
  port.expired = ['roles/b.x']
  await watched.read('projects/p', token)
  assert.equal(ofRoles().slice(2), ['projects/p leftovers of roles/a.x 0', 'projects/p leftovers of roles/b.x 1'])
})

attack(test, 'somebody makes expired entries of 90 roles … 10 of them in the metrics', async () => {
  const { told, port, watched } = setUp()
  port.expired = Array.from({ length: 90 }, (_, n) => `roles/r${n}`)
  await watched.read('projects/p', token)
  await watched.read('projects/p', token)
  return `${new Set(told.filter(line => line.includes('leftovers'))).size} of them in the metrics`
})

attack(test, 'somebody makes mappings of 700 resources … 500 of them in the metrics', async () => {
  const { told, watched } = setUp()
  for (let n = 0; n < 700; n++) await watched.read(`projects/p${n}`, token)
  return `${new Set(told.map(line => line.split(' ')[0])).size} of them in the metrics`
})

test.run()
