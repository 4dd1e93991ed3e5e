// Access that is ended early on the real API server: with a true sign-in it is removed, and with anything else it stays.
import * as assert from 'uvu/assert'
import type { AccessRequest, Ending } from '../../src/api/kinds.ts'
import { type Purpose, sha256 } from '../../src/domain/approval/digest.ts'
import { sealedTokenAad } from '../../src/domain/approval/sealed-token.ts'
import type { Transport } from '../../src/kube/transport.ts'
import { cast, entriesOf, reached, until } from '../../src/sandbox/plays.ts'
import type { World } from '../../src/sandbox/world.ts'
import { quickWorld } from '../story/world.ts'
import { attack, attacks } from '../attacks.ts'
import { suite } from '../suite.ts'
import {
  accounted,
  asked,
  bindingsOf,
  foreign,
  like,
  routed,
  standing,
  statusOf,
  stolen,
  store,
  writeStatus,
} from './attacker.ts'
import { endingWith, sealAs, signedInFor } from './forging.ts'
import { noSecretSeen } from './secrets.ts'

const test = suite('early ends on the API server', { timeoutMs: 60_000 })
const { dana, mo, ana, otto } = cast

let world: World
let auth: Transport
let gateway: Transport
let template: AccessRequest
let before = ''
let count = 0

test.before(async () => {
  world = await quickWorld()
  auth = await stolen(world, 'auth')
  gateway = await stolen(world, 'gateway')
  before = foreign(world)
  template = await routed(world, await asked(world, dana, '/prod-db 10m same words'))
})
test.after(async () => {
  await Promise.all([auth.close(), gateway.close()])
  await world.stop()
})

type Signing = { email: string; purpose?: Purpose; sealedFor?: Purpose; of?: AccessRequest }

/** Somebody signs in, and auth seals it for this request. */
async function signed(request: AccessRequest, { of = request, ...how }: Signing) {
  const { purpose = 'revoke', sealedFor = 'revoke', email } = how
  const signedIn = await signedInFor(world, of, { email, purpose })
  const { uid } = request.metadata
  const hash = sha256(signedIn.idToken)
  await sealAs(world, auth, { uid, hash, ...signedIn, aad: sealedTokenAad(uid, hash, sealedFor) })
  return signedIn.decision
}

/** Dana's access, which Mo has approved. */
async function granted(): Promise<AccessRequest> {
  const request = await routed(world, await store(gateway, like(template, `ended-${++count}`)))
  const decision = await signed(request, { email: mo.email, purpose: 'approve', sealedFor: 'approve' })
  await writeStatus(auth, request, { decisions: [decision] })
  return reached(world, request.metadata.name, 'Provisioned')
}

const recorded = async (request: AccessRequest, ...endings: Ending[]): Promise<unknown> =>
  writeStatus(auth, request, { endings: [...((await standing(world, request)).status?.endings ?? []), ...endings] })

/** Waits until an entry was refused, and says why; the access is as it was. */
async function refused(request: AccessRequest): Promise<string> {
  const found = await until('the early end is refused', async () => {
    const { status } = await standing(world, request)
    return status?.endingsRefused?.at(-1)
  })
  assert.is((await standing(world, request)).status?.phase, 'Provisioned')
  return `${found.reason}, ${bindingsOf(world, request).length} bindings`
}

test('access is removed with the token of the person who signed in', async () => {
  const request = await granted()
  assert.is(bindingsOf(world, request).length, 2)
  await recorded(request, endingWith(await signed(request, { email: ana.email })))
  const ended = await reached(world, request.metadata.name, 'Revoked')
  assert.equal(bindingsOf(world, request), [])
  assert.is(foreign(world), before)
  const said = await accounted(world, ended, 'Granted', 'Revoked')
  assert.is(said.at(-1), 'Revoked')
  const writers = world.google.calls.filter(
    ({ method, reasonHeader }) => method === 'SetIamPolicy' && reasonHeader?.includes(request.metadata.uid),
  )
  assert.is(writers.length, 2)
  assert.is(entriesOf(world, request.metadata.uid).at(-1)?.event, 'Revoked')
})

attacks<Omit<Signing, 'of'>>(
  test,
  {
    'auth records the sign-in of an approver as an early end … EndingNotAuthentic, 2 bindings': {
      email: mo.email,
      purpose: 'approve',
    },
    'auth seals the sign-in of an early end as an approval … EndingNotAuthentic, 2 bindings': {
      email: mo.email,
      sealedFor: 'approve',
    },
  },
  async how => {
    const request = await granted()
    await recorded(request, endingWith(await signed(request, how)))
    return refused(request)
  },
)

attack(test, 'auth records an early end by somebody without the right … NotRemoved, 2 bindings, Complete', async () => {
  const request = await granted()
  await recorded(request, endingWith(await signed(request, { email: otto.email })))
  const why = await refused(request)
  const { conditions = [] } = (await standing(world, request)).status ?? {}
  return `${why}, ${conditions.find(({ type, status }) => type === 'Complete' && status === 'True')?.type}`
})

attack(
  test,
  'auth records a sign-in that ends the access of another request … EndingNotAuthentic, 2 bindings',
  async () => {
    const [first, second] = [await granted(), await granted()]
    await recorded(first, endingWith(await signed(first, { email: mo.email, of: second })))
    assert.is(bindingsOf(world, second).length, 2)
    return refused(first)
  },
)

attack(test, 'auth records the sign-in of an early end as an approval … Failed, 0 bindings', async () => {
  const request = await routed(world, await store(gateway, like(template, `ended-${++count}`)))
  const decision = await signed(request, { email: mo.email, sealedFor: 'approve' })
  await writeStatus(auth, request, { decisions: [decision] })
  const failed = await reached(world, request.metadata.name, 'Failed')
  assert.ok((await accounted(world, failed, 'Failed')).includes('TamperingSeen'))
  return `${failed.status?.phase}, ${bindingsOf(world, request).length} bindings`
})

attack(test, 'the gateway records a true sign-in as an early end … 403', async () => {
  const request = await granted()
  const ending = endingWith(await signed(request, { email: mo.email }))
  return statusOf(writeStatus(gateway, request, { endings: [ending] }))
})

attack(test, 'whatever was recorded … no secret seen', async () => noSecretSeen(world))

test.run()
