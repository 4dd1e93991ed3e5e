// No body of an answer in a log or an error: whatever a service, or something in its place, puts into an answer, an error
// holds only codes, which are short words, and the sentences that are kept on purpose.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { inspect } from 'node:util'
import * as assert from 'uvu/assert'
import { createLog } from '../../src/app/log.ts'
import { type Served, serve } from '../../src/sim/serve.ts'
import { ManualClock } from '../fakes/clock.ts'
import { suite } from '../suite.ts'
import { type Adapter, adapters } from './outside.ts'

const test = suite('contract: no body in an error')

/** Represents a token, an address or a page. It is too long for a code, and every text with it is too. */
const mark = 'SECRET'.repeat(20)
const page = `<html><title>${mark}</title></html>`
const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: mark, metadata: { [mark]: mark } }

/** Answers of all services' forms at once, with the mark in every place where the service has no sentence. */
const bodies: Record<string, (status: number) => unknown> = {
  'a page': () => page,
  'a text that begins like JSON': () => `{"error": "${mark}`,
  'a text': () => mark,
  'a list': () => [mark, { error: mark }],
  'JSON of something else': () => ({ message: mark, reason: mark, error_description: mark }),
  'an error in the place of a code': () => ({ ok: false, error: mark, needed: mark }),
  "Google's error with marks for codes": code => ({
    error: { code, status: mark, errors: [{ reason: mark }], details: [info], [mark]: mark },
  }),
  "Google's error with marks next to its codes": code => ({
    error: { code, status: 'UNKNOWN', errors: [{ reason: mark }], details: [info, { '@type': mark }], [mark]: mark },
    error_description: mark,
  }),
  "PagerDuty's error": () => ({ error: { code: 2001, message: mark, errors: [mark] }, oncalls: [mark] }),
  "Slack's error": () => ({ ok: false, error: 'some_error', response_metadata: { messages: [mark] }, user: mark }),
  'a Status without a sentence': code => ({
    kind: 'Status',
    code,
    reason: mark,
    [mark]: mark,
    details: { name: mark },
  }),
  'half of a success': () => ({
    name: mark,
    etag: mark,
    bindings: [{ role: mark, members: mark }],
    access_token: mark,
    oncalls: mark,
    plaintext: mark,
    kid: mark,
  }),
}
const statuses = [200, 302, 400, 401, 403, 404, 422, 429, 503]

let served: Served
test.before(async () => {
  served = await serve(() => undefined)
})
test.after(async () => served.close())

for (const [whose, adapter] of Object.entries(adapters))
  for (const [what, bodyOf] of Object.entries(bodies))
    test(`${whose}: ${what}`, async () => {
      for (const status of statuses) {
        const headers = { location: `/${mark}`, 'retry-after': mark, 'x-mark': mark }
        served.faults.add({ route: '* /*', status, body: bodyOf(status), headers, times: 99 })
        await proveSilence(adapter, served.url)
        served.faults.clear()
      }
    })

for (const [whose, adapter] of Object.entries(adapters))
  test(`${whose}: an answer that is not HTTP`, async () => {
    for (const answer of [`${mark}\r\n\r\n`, `HTTP/1.1 200 ${mark}\r\nContent-Length: ${mark}\r\n\r\n${page}`, mark]) {
      const server = createServer(socket => {
        socket.on('error', () => undefined)
        socket.once('data', () => socket.end(answer))
      })
      await proveSilence(adapter, await listening(server))
      server.close()
    }
  })

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Makes every call of the adapter; what it throws holds the mark nowhere, and a log that it goes to does not either. */
async function proveSilence({ at }: Adapter, url: string): Promise<void> {
  for (const [name, call] of Object.entries(at(url, new ManualClock()))) {
    const error: unknown = await call().then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (error !== undefined)
      assert.not.ok(everythingIn(error).includes(mark.slice(0, 18)), `${name}: ${everythingIn(error)}`)
  }
}

function everythingIn(error: unknown): string {
  let logged = ''
  createLog('test', { to: { write: line => void (logged += line) } }).error({ error, err: error }, String(error))
  return [inspect(error, { depth: 12, showHidden: true, maxStringLength: null }), String(error), logged].join('\n')
}

test.run()
