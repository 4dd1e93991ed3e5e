// One call over a real connection: deadlines, repeats, and what the caller knows after a failure.
import { getEventListeners, once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as assert from 'uvu/assert'
import { ApiError, isAlreadyExists, isConflict, isGone, isNotFound } from '../../src/kube/api-error.ts'
import { noMetrics } from '../../src/kube/environment.ts'
import { createTransport, type Endpoint, type Transport } from '../../src/kube/transport.ts'
import { suite } from '../suite.ts'
import { status } from './watch-server.ts'

const test = suite('the transport', { timeoutMs: 20_000 })

type Handler = (res: ServerResponse, req: IncomingMessage) => unknown
const answers: Handler[] = []
let calls = 0
let server: Server
let url: string
let transport: Transport

test.before(async () => {
  server = createServer((req, res) => {
    calls += 1
    const answer = answers.shift() ?? fine
    answer(res, req)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
test.before.each(() => {
  calls = 0
  answers.length = 0
  transport = createTransport({ server: url })
})
test.after.each(() => transport.close())
test.after(() => {
  server.closeAllConnections()
  server.close()
})

const fine: Handler = res => void res.end('{"fine":true}')
const reset: Handler = res => void res.destroy()
const never: Handler = () => undefined

async function failure(work: Promise<unknown>): Promise<ApiError> {
  const error = await work.then(
    () => assert.unreachable('it succeeded'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof ApiError)) throw new Error('not an ApiError', { cause: error })
  return error
}
const get = (more: object = {}): Promise<unknown> => transport.request({ method: 'GET', path: '/x', ...more })
const post = (more: object = {}): Promise<unknown> =>
  transport.request({ method: 'POST', path: '/x', body: { a: 1 }, ...more })
const withEndpoint = async (endpoint: Partial<Endpoint>): Promise<void> => {
  await transport.close()
  transport = createTransport({ server: url, ...endpoint })
}

test('a read whose connection broke is repeated, but not without end', async () => {
  answers.push(reset, reset)
  assert.equal(await get(), { fine: true })
  assert.is(calls, 3)
  answers.push(reset, reset, reset, reset)
  assert.is((await failure(get())).reason, 'NoAnswer')
  assert.is(calls, 7)
})

test('a server that closes idle connections causes no error', async () => {
  for (let n = 0; n < 5; n++) {
    assert.equal(await post(), { fine: true })
    server.closeIdleConnections()
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  assert.is(calls, 5)
})

test('a write is repeated when it was never sent', async () => {
  const { port } = server.address() as AddressInfo
  const closed = once(server, 'close')
  server.closeAllConnections()
  server.close()
  await closed
  setTimeout(() => server.listen(port, '127.0.0.1'), 50)
  assert.equal(await post(), { fine: true })
  assert.is(calls, 1)
})

test('a write whose connection broke is not repeated, and it is unknown whether it took effect', async () => {
  answers.push(reset)
  const { status: code, reason } = await failure(post())
  assert.equal([code, reason, calls], [0, 'NoAnswer', 1])
})

test('a call that was never sent certainly had no effect', async () => {
  await withEndpoint({ server: 'http://127.0.0.1:1' })
  const { status: code, reason } = await failure(post())
  assert.equal([code, reason], [0, 'NotSent'])
})

for (const code of [429, 503])
  test(`a ${code} with Retry-After is repeated after that time plus jitter`, async () => {
    answers.push(status(code, 'ServerTimeout', { 'retry-after': '1' }))
    const began = performance.now()
    assert.equal(await post(), { fine: true })
    const waited = performance.now() - began
    assert.ok(waited >= 1_000, `${waited}`)
  })

test('a 503 without Retry-After may be half done, and is not repeated', async () => {
  answers.push(status(503, 'ServiceUnavailable'))
  assert.equal([(await failure(post())).status, calls], [503, 1])
})

const meanings: Record<string, { code: number; reason: string; is: string }> = {
  'a name that is taken': { code: 409, reason: 'AlreadyExists', is: 'isAlreadyExists' },
  'an object that has changed': { code: 409, reason: 'Conflict', is: 'isConflict' },
  'a conflict that the API server did not name': { code: 409, reason: 'Unknown', is: '' },
  'an object that is not there': { code: 404, reason: 'NotFound', is: 'isNotFound' },
  'a page that is not there': { code: 404, reason: 'Unknown', is: '' },
  'a version that is too old': { code: 410, reason: 'Expired', is: 'isGone' },
  'a page token that is too old': { code: 410, reason: 'Gone', is: 'isGone' },
  'a refusal': { code: 403, reason: 'Forbidden', is: '' },
}
for (const [what, { code, reason, is }] of Object.entries(meanings))
  test(`${what} is not confused with another error`, async () => {
    answers.push(status(code, reason))
    const error = await failure(post())
    const found = Object.entries({ isAlreadyExists, isConflict, isGone, isNotFound }).filter(([, of]) => of(error))
    assert.equal(found.map(([name]) => name).join(), is)
  })

test('each attempt is counted by its answer, and repeats are counted too', async () => {
  const counted: string[] = []
  const count = (name: string, labels?: Record<string, string>): void => {
    counted.push([name, ...Object.values(labels ?? {})].join(' '))
  }
  await transport.close()
  transport = createTransport({ server: url }, { metrics: { ...noMetrics, count } })
  answers.push(reset, fine, reset)
  await get()
  await failure(transport.request({ method: 'DELETE', path: '/x' }))
  assert.equal(counted, [
    'rest_client_requests_total <error> GET',
    'rest_client_request_retries_total GET',
    'rest_client_requests_total 200 GET',
    'rest_client_requests_total <error> DELETE',
  ])
})

test('a Retry-After beyond the deadline is returned to the caller immediately', async () => {
  answers.push(status(429, 'TooManyRequests', { 'retry-after': '60' }))
  const began = Date.now()
  const { status: code, retryAfterSeconds } = await failure(post({ deadlineMs: 5_000 }))
  assert.equal([code, retryAfterSeconds, calls], [429, 60, 1])
  assert.ok(Date.now() - began < 1_000)
})

test('a server that never answers is given up at the deadline', async () => {
  answers.push(never)
  const { reason } = await failure(post({ deadlineMs: 100 }))
  assert.equal([reason, calls], ['NoAnswer', 1])
})

test('a body that never ends is given up at the deadline', async () => {
  answers.push(res => void res.write('{"fine":'))
  assert.is((await failure(post({ deadlineMs: 100 }))).reason, 'NoAnswer')
})

test('credentials that hang do not extend the deadline', async () => {
  await withEndpoint({ token: () => new Promise(() => undefined) })
  const { reason } = await failure(post({ deadlineMs: 100 }))
  assert.equal([reason, calls], ['NotSent', 0])
})

test('an error of the credentials is an ApiError that quotes nothing', async () => {
  const token = async (): Promise<string> => JSON.parse('eyJhbGciOi-very-secret') as string
  await withEndpoint({ token })
  const error = await failure(post())
  assert.is(error.reason, 'NotSent')
  assert.not.match(`${error.stack ?? ''} ${JSON.stringify(error)} ${String(error.cause)}`, /secret|eyJ/)
})

test('an answer that is not JSON counts as no answer, and is not quoted', async () => {
  answers.push(res => void res.end('<html>very-secret</html>'))
  const error = await failure(post())
  assert.is(error.reason, 'NoAnswer')
  assert.not.match(`${error.stack ?? ''} ${String(error.cause)}`, /secret/)
})

test('new certificates lead to new connections, and calls under way on the old ones end there', async () => {
  const sockets: IncomingMessage['socket'][] = []
  const noted: Handler = (res, req) => {
    sockets.push(req.socket)
    fine(res, req)
  }
  let ca = 'one'
  await withEndpoint({ tls: async () => ({ ca }) })
  const slow = Promise.withResolvers<void>()
  answers.push(noted, (res, req) => void slow.promise.then(() => noted(res, req)), noted)
  await get()
  const underWay = get()
  while (calls < 2) await new Promise(resolve => setTimeout(resolve, 5))
  ca = 'two'
  await get()
  const [first, fresh] = sockets
  assert.is.not(first, fresh)
  slow.resolve()
  assert.equal(await underWay, { fine: true })
  while (!first?.destroyed || !sockets[2]?.destroyed) await new Promise(resolve => setTimeout(resolve, 5))
  assert.not(fresh?.destroyed)
})

test('a write that is too late for closed connections was never sent, and is sent on the new ones', async () => {
  let ca = 'one'
  const tokens: Promise<string>[] = []
  await withEndpoint({ tls: async () => ({ ca }), token: async () => (await tokens.shift()) ?? 'token' })
  const held = Promise.withResolvers<ServerResponse>()
  answers.push(res => held.resolve(res))
  const underWay = get()
  const res = await held.promise
  const late = Promise.withResolvers<string>()
  tokens.push(late.promise)
  const written = post()
  ca = 'two'
  await get()
  late.resolve('token')
  assert.equal(await written, { fine: true })
  fine(res, res.req)
  assert.equal([await underWay, calls], [{ fine: true }, 3])
})

test('a write under way whose connections are destroyed may have taken effect', async () => {
  const held = Promise.withResolvers<void>()
  answers.push(() => held.resolve())
  const ended = failure(post())
  await held.promise
  await transport.close()
  const { message, reason } = await ended
  assert.match(message, /\(UND_ERR_DESTROYED\)$/)
  assert.equal([reason, calls], ['NoAnswer', 1])
})

test('there are never more calls under way than connections, and the other calls follow', async () => {
  await transport.close()
  transport = createTransport({ server: url }, { connections: 3 })
  const held: ServerResponse[] = []
  answers.push(...Array.from({ length: 3 }, (): Handler => res => void held.push(res)))
  const flights = Array.from({ length: 10 }, () => get())
  while (held.length < 3) await new Promise(resolve => setImmediate(resolve))
  assert.is(calls, 3)
  held.forEach(res => fine(res, res.req))
  await Promise.all(flights)
  assert.is(calls, 10)
})

test('a call that is given up while it waits for a connection was not sent', async () => {
  await transport.close()
  transport = createTransport({ server: url }, { connections: 1 })
  const held = Promise.withResolvers<ServerResponse>()
  answers.push(res => held.resolve(res))
  const first = get()
  const res = await held.promise
  assert.is((await failure(post({ deadlineMs: 100 }))).reason, 'NoAnswer')
  fine(res, res.req)
  await first
  await get()
  assert.is(calls, 2)
})

test('an answer is put together from its pieces, wherever they were cut, and informational answers are skipped', async () => {
  const text = JSON.stringify({ fine: 'Grüße aus Köln, 東京 🎫' })
  const bytes = Buffer.from(text)
  answers.push(async res => {
    res.writeEarlyHints({ link: '</x>; rel=preload' })
    for (const byte of bytes) {
      res.write(Buffer.of(byte))
      await new Promise(resolve => setImmediate(resolve))
    }
    res.end()
  })
  assert.equal(await get(), JSON.parse(text))
  answers.push(res => void res.end())
  assert.is(await get(), undefined)
})

test('a stream is read only as fast as its consumer reads, and the consumer gets everything', async () => {
  const piece = Buffer.alloc(65_536, 'x')
  const pieces = 400
  let sent = 0
  answers.push(async res => {
    for (; sent < pieces; sent++) if (!res.write(piece)) await once(res, 'drain')
    res.end()
  })
  const body = await transport.stream('/x', undefined, new AbortController().signal)
  // Until it cannot send more; the kernel's buffers on both ends take some of it.
  for (let before = -1; before !== sent; await new Promise(resolve => setTimeout(resolve, 200))) before = sent
  assert.ok(sent < pieces / 2, `${sent}`)
  let received = 0
  for await (const { length } of body) received += length
  assert.is(received, pieces * piece.length)
})

test('a consumer that stops reading ends the stream, and a broken stream is not mistaken for a complete one', async () => {
  const { signal } = new AbortController()
  const closed = Promise.withResolvers<void>()
  answers.push(res => {
    res.on('close', () => closed.resolve())
    res.writeEarlyHints({ link: '</x>; rel=preload' })
    res.write('one')
  })
  for await (const _ of await transport.stream('/x', undefined, signal)) break
  await closed.promise
  answers.push(res => void res.write('one', () => res.destroy()))
  const broken = await transport.stream('/x', undefined, signal)
  const read: string[] = []
  try {
    for await (const chunk of broken) read.push(Buffer.from(chunk).toString())
    assert.unreachable('it ended')
  } catch (error) {
    assert.match(String(error), /other side closed|terminated/)
  }
  assert.equal(read, ['one'])
  assert.is(getEventListeners(signal, 'abort').length, 0)
})

test('a redirect is not followed, because it would carry the token', async () => {
  answers.push(res => void res.writeHead(302, { location: `${url}/elsewhere` }).end())
  await withEndpoint({ token: async () => 'token' })
  assert.is((await failure(get())).status, 302)
  assert.is(calls, 1)
})

test('the token is asked for at each call and sent as a header', async () => {
  let serial = 0
  const seen: (string | undefined)[] = []
  await withEndpoint({ token: async () => `token-${++serial}` })
  for (let n = 0; n < 2; n++) {
    answers.push((res, req) => {
      seen.push(req.headers.authorization)
      fine(res, req)
    })
    await get()
  }
  assert.equal(seen, ['Bearer token-1', 'Bearer token-2'])
})

test('the caller can end a call, and no listener stays on a long-lived signal', async () => {
  const caller = new AbortController()
  for (let n = 0; n < 20; n++) await get({ signal: caller.signal })
  assert.is(getEventListeners(caller.signal, 'abort').length, 0)
  answers.push(never)
  const ended = failure(get({ signal: caller.signal }))
  setTimeout(() => caller.abort(), 50)
  assert.is((await ended).reason, 'NoAnswer')
  assert.is(calls, 21)
})

test('after an expired page token the list continues from the next name', async () => {
  const { createResource } = await import('../../src/kube/resource.ts')
  const page = (names: string[], next?: string): Handler => {
    const items = names.map(name => ({ metadata: { name } }))
    return res => void res.end(JSON.stringify({ metadata: { resourceVersion: '1', continue: next }, items }))
  }
  answers.push(
    page(['a'], 'one'),
    res =>
      void res.writeHead(410).end(JSON.stringify({ kind: 'Status', reason: 'Expired', metadata: { continue: 'two' } })),
    page(['b']),
  )
  const resource = createResource(transport, { group: 'test.dev', version: 'v1', plural: 'things' })
  const names = (await Array.fromAsync(resource.each())).map(({ metadata }) => metadata.name)
  assert.equal(names, ['a', 'b'])
})

test.run()
