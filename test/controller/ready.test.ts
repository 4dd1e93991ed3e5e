// What is handed from the proof to the grant: the mapping serves its first write only while it is fresh, and an early read of
// a policy only while no other edit of this process has touched that policy.
import * as assert from 'uvu/assert'
import { createOneAtATime } from '../../src/controller/one-at-a-time.ts'
import { freshMapping, handOn, type Ready, readEarly, stillEarly, takeReady } from '../../src/controller/ready.ts'
import type { World } from '../../src/controller/world.ts'
import { Secret } from '../../src/domain/secret.ts'
import { ManualClock } from '../fakes/clock.ts'
import { MemoryPolicies } from '../fakes/policies.ts'
import { suite, table } from '../suite.ts'
import { mapping, MemoryMappings } from '../slack/fakes.ts'

const test = suite('what is ready for a grant')
const resource = 'projects/prod-eu'
const before = [{ resource, role: 'roles/cloudsql.client', state: 'Pending' as const }]

function worldOf(): { world: World; clock: ManualClock; policies: MemoryPolicies } {
  const clock = new ManualClock()
  const policies = new MemoryPolicies()
  policies.seed(resource, ['token'])
  const liveMappings = new MemoryMappings([mapping()])
  const parts = { clock, policies, liveMappings: { read: async () => liveMappings.list()[0] } }
  return { world: { ...parts, inTurn: createOneAtATime({ clock }) } as unknown as World, clock, policies }
}

const proof = { token: new Secret('token') } as Ready['proof']

/** Whether an early read is used in a turn, after something happened since it was begun. */
async function isUsed(
  happens: (world: World) => Promise<unknown>,
  underWay?: (world: World) => void,
): Promise<boolean> {
  const { world } = worldOf()
  underWay?.(world)
  const early = readEarly(world, proof, before)
  await happens(world)
  const ready = { proof, before, early } as unknown as Ready
  return world.inTurn(resource, async () => stillEarly(world, ready, resource) !== undefined)
}

table<{ happens: (world: World) => Promise<unknown>; underWay?: (world: World) => void; used: boolean }>(
  test,
  {
    'an early read is used when nothing happened since': { happens: async () => undefined, used: true },
    'an early read is used when another policy was edited': {
      happens: world => world.inTurn('projects/prod-us', async () => undefined),
      used: true,
    },
    'an early read is out of date after another edit of the policy': {
      happens: world => world.inTurn(resource, async () => undefined),
      used: false,
    },
    'an early read during another edit is out of date': {
      happens: async () => undefined,
      underWay: world => void world.inTurn(resource, async () => new Promise(done => setImmediate(done))),
      used: false,
    },
  },
  async ({ happens, underWay, used }) => assert.is(await isUsed(happens, underWay), used),
)

test('an early read serves its own policy alone', async () => {
  const { world } = worldOf()
  const ready = { proof, before, early: readEarly(world, proof, before) } as unknown as Ready
  assert.is(await world.inTurn('projects/prod-us', async () => stillEarly(world, ready, 'projects/prod-us')), undefined)
})

table<{ seconds: number; calls: number; read: number }>(
  test,
  {
    'the mapping of the proof serves the first write': { seconds: 1, calls: 1, read: 0 },
    'the mapping of the proof serves no second write': { seconds: 0, calls: 2, read: 1 },
    'a mapping that was read too long ago is read again': { seconds: 2, calls: 1, read: 1 },
  },
  async ({ seconds, calls, read }) => {
    const { world, clock } = worldOf()
    let reads = 0
    const counting = { ...world, liveMappings: { read: async () => void reads++ } } as unknown as World
    const request = { metadata: { namespace: 'hallpass' }, spec: { roleMapping: 'prod-db' } }
    const fresh = freshMapping(counting, request as never, { mapping: undefined, at: clock.now() })
    clock.forward(seconds)
    for (let i = 0; i < calls; i++) await fresh()
    assert.is(reads, read)
  },
)

test('ready data is taken once, for exactly the object that it was kept for', () => {
  const [request, other] = [{}, {}] as never[]
  const { world } = worldOf()
  const ready = { proof } as Ready
  handOn(world, request as never, ready)
  assert.is(takeReady(world, other as never), undefined)
  assert.is(takeReady(world, request as never), ready)
  assert.is(takeReady(world, request as never), undefined)
})

test('what a look that was cut short has proved serves no later look', () => {
  const { world, clock } = worldOf()
  const request = {} as never
  handOn(world, request, { proof } as Ready)
  clock.forward(2)
  assert.is(takeReady(world, request), undefined)
})

test.run()
