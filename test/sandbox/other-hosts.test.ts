// A web page of somebody else, whose name begins to point at this machine (DNS rebinding), is of the same origin as the
// sandbox for the browser. Only the name in its calls tells it apart.
import { request } from 'node:http'
import * as assert from 'uvu/assert'
import { servePage } from '../../src/sandbox/page-server.ts'
import { Progress } from '../../src/sandbox/preparation.ts'
import type { Served } from '../../src/sim/serve.ts'
import { suite, table } from '../suite.ts'

const test = suite('the sandbox for pages of other hosts')
let served: Served
test.before(async () => void (served = await servePage({ progress: new Progress() }, 0)))
test.after(() => served.close())

/** The status of an answer to a browser that came by this name. */
function statusFor(host: string, path: string, method = 'GET'): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  const headers = { host, 'content-type': 'application/json' }
  const sent = request(`${served.url}${path}`, { method, headers }, answer => {
    answer.resume()
    resolve(answer.statusCode)
  })
  sent.on('error', reject).end(method === 'POST' ? '{}' : undefined)
  return promise
}

table<string>(
  test,
  {
    'by the address it was started with': '127.0.0.1:4600',
    'by name, through another port': 'localhost:8080',
    'without a port': 'localhost',
    'by the address of version 6': '[::1]:4600',
  },
  async host => assert.is(await statusFor(host, '/api/preparation'), 200),
)

table<string>(
  test,
  {
    'a name of somebody else is refused': 'attacker.example:4600',
    'a name that begins like this machine is refused': 'localhost.attacker.example:4600',
    'a name that begins with its address is refused': '127.0.0.1.attacker.example:4600',
  },
  async host => {
    for (const path of ['/', '/api/preparation', '/api/state', '/page/main.ts'])
      assert.is(await statusFor(host, path), 421, path)
    for (const path of ['/api/command', '/_sim/faults']) assert.is(await statusFor(host, path, 'POST'), 421, path)
  },
)

test.run()
