// A machine whose environment names a proxy: sandbox and story run as anywhere, and the proxy gets no call of them.
import * as assert from 'uvu/assert'
import { approve, ask, cast, reached, until } from '../../src/sandbox/plays.ts'
import type { World } from '../../src/sandbox/world.ts'
import { type ConnectProxy, startConnectProxy } from '../connect-proxy.ts'
import { suite } from '../suite.ts'
import { quickWorld } from './world.ts'

const test = suite('a story behind a proxy', { timeoutMs: 120_000 })
const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'https_proxy', 'http_proxy', 'NO_PROXY', 'no_proxy']
const before = names.map(name => [name, process.env[name]] as const)
let proxy: ConnectProxy
let world: World

test.before(async () => {
  proxy = await startConnectProxy()
  for (const name of names) delete process.env[name]
  for (const name of names.slice(0, 4)) process.env[name] = proxy.url
  world = await quickWorld()
})
test.after(async () => {
  await world.stop()
  for (const [name, value] of before)
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  proxy.close()
})

test('access is asked for, approved and granted, and ends, without a call to the proxy', async () => {
  await ask(world, cast.dana, '/prod-db 8s INC-1234 replaying the batch')
  // The answer holds no name when the machine is slow.
  const { name } = await until('the request is stored', async () => {
    const { items } = await world.requests.list()
    return items[0]?.metadata
  })
  await approve(world, name, cast.mo)
  await reached(world, name, 'Provisioned')
  await reached(world, name, 'Expired', 30)
  assert.equal(proxy.asked, [])
})

test.run()
