// What is handed from the proof to the grant: the mapping serves its first write only while it is fresh, and an early read of
// a policy only while no other edit of this process has touched that policy.
import * as assert from 'uvu/assert'
import { createKeyMutex } from '../../../src/controller/key-mutex.ts'
import {
  freshMapping,
  handOn,
  type Ready,
  readEarly,
  stillEarly,
  takeReady,
} from '../../../src/controller/mapping/ready.ts'
import type { Dependencies } from '../../../src/controller/dependencies.ts'
import { Secret } from '../../../src/domain/secret.ts'
import { ManualClock } from '../../fakes/clock.ts'
import { MemoryPolicies } from '../../fakes/policies.ts'
import { suite, table } from '../../suite.ts'
import { mapping } from '../../builders/mapping.ts'
import { MemoryMappings } from '../../fakes/mappings.ts'

const test = suite('what is ready for a grant')
const resource = 'projects/prod-eu'
const before = [{ resource, role: 'roles/cloudsql.client', state: 'Pending' as const }]

function startParts(): { deps: Dependencies; clock: ManualClock; policies: MemoryPolicies } {
  const clock = new ManualClock()
  const policies = new MemoryPolicies()
  policies.seed(resource, ['token'])
  const liveMappings = new MemoryMappings([mapping()])
  const parts = { clock, policies, liveMappings: { read: async () => liveMappings.list()[0] } }
  return { deps: { ...parts, lockPolicy: createKeyMutex({ clock }) } as unknown as Dependencies, clock, policies }
}

const proof = { token: new Secret('token') } as Ready['proof']

/** Whether an early read is used in a turn, after something happened since it was begun. */
async function isUsed(
  happens: (deps: Dependencies) => Promise<unknown>,
  underWay?: (deps: Dependencies) => void,
): Promise<boolean> {
  const { deps } = startParts()
  underWay?.(deps)
  const early = readEarly(deps, proof, before)
  await happens(deps)
  const ready = { proof, before, early } as unknown as Ready
  return deps.lockPolicy(resource, async () => stillEarly(deps, ready, resource) !== undefined)
}

table<{ happens: (deps: Dependencies) => Promise<unknown>; underWay?: (deps: Dependencies) => void; used: boolean }>(
  test,
  {
    'an early read is used when nothing happened since': { happens: async () => undefined, used: true },
    'an early read is used when another policy was edited': {
      happens: deps => deps.lockPolicy('projects/prod-us', async () => undefined),
      used: true,
    },
    'an early read is out of date after another edit of the policy': {
      happens: deps => deps.lockPolicy(resource, async () => undefined),
      used: false,
    },
    'an early read during another edit is out of date': {
      happens: async () => undefined,
      underWay: deps => void deps.lockPolicy(resource, async () => new Promise(done => setImmediate(done))),
      used: false,
    },
  },
  async ({ happens, underWay, used }) => assert.is(await isUsed(happens, underWay), used),
)

test('a policy that is being edited is not read early: that would only use up the quota', async () => {
  const { deps, policies } = startParts()
  const read = policies.read.bind(policies)
  let reads = 0
  policies.read = async (of, token) => (reads++, read(of, token))
  const own = Promise.withResolvers<void>()
  const editing = deps.lockPolicy(resource, () => own.promise)
  assert.is(readEarly(deps, proof, before), undefined)
  own.resolve()
  await editing
  await new Promise(done => setImmediate(done))
  assert.is(reads, 0)
  assert.ok(readEarly(deps, proof, before))
  assert.is(reads, 1)
})

test('an early read serves its own policy alone', async () => {
  const { deps } = startParts()
  const ready = { proof, before, early: readEarly(deps, proof, before) } as unknown as Ready
  assert.is(
    await deps.lockPolicy('projects/prod-us', async () => stillEarly(deps, ready, 'projects/prod-us')),
    undefined,
  )
})

table<{ seconds: number; calls: number; read: number }>(
  test,
  {
    'the mapping of the proof serves the first write': { seconds: 1, calls: 1, read: 0 },
    'the mapping of the proof serves no second write': { seconds: 0, calls: 2, read: 1 },
    'a mapping that was read too long ago is read again': { seconds: 2, calls: 1, read: 1 },
    'a mapping of unknown age is read again, because the clock was set back': { seconds: -1, calls: 1, read: 1 },
  },
  async ({ seconds, calls, read }) => {
    const { deps, clock } = startParts()
    let reads = 0
    const counting = { ...deps, liveMappings: { read: async () => void reads++ } } as unknown as Dependencies
    const request = { metadata: { namespace: 'hallpass' }, spec: { roleMapping: 'prod-db' } }
    const fresh = freshMapping(counting, request as never, { mapping: undefined, at: clock.now() })
    clock.forward(seconds)
    for (let i = 0; i < calls; i++) await fresh()
    assert.is(reads, read)
  },
)

test('ready data is taken once, for exactly the object that it was kept for', () => {
  const [request, other] = [{}, {}] as never[]
  const { deps } = startParts()
  const ready = { proof } as Ready
  handOn(deps, request as never, ready)
  assert.is(takeReady(deps, other as never), undefined)
  assert.is(takeReady(deps, request as never), ready)
  assert.is(takeReady(deps, request as never), undefined)
})

table<{ seconds: number }>(
  test,
  {
    'what a look that was cut short has proved serves no later look': { seconds: 2 },
    'a proof of unknown age is made again, because the clock was set back': { seconds: -1 },
  },
  ({ seconds }) => {
    const { deps, clock } = startParts()
    const request = {} as never
    handOn(deps, request, { proof } as Ready)
    clock.forward(seconds)
    assert.is(takeReady(deps, request), undefined)
  },
)

test.run()
