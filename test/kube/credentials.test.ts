// Credentials whose source fails, hangs or is slow: which calls wait for it, and what is sent meanwhile.
import * as assert from 'uvu/assert'
import { type Credentials, rotatingEndpoint } from '../../src/kube/credentials.ts'
import type { Endpoint } from '../../src/kube/transport.ts'
import { suite } from '../suite.ts'
import { ManualTimers, settle } from './manual-timers.ts'

const test = suite('credentials that rotate', { timeoutMs: 5_000 })

let timers: ManualTimers
let reads = 0
/** What a read finds now. */
let found: () => Promise<Credentials>
const version = (n: number): Credentials => ({ token: `token-${n}`, pems: { ca: `ca-${n}` } })
const begin = (): Promise<Endpoint> =>
  rotatingEndpoint(
    'https://api.example.com',
    () => {
      reads += 1
      return found()
    },
    timers,
  )

test.before.each(() => {
  timers = new ManualTimers()
  reads = 0
  found = async () => version(1)
})

test('when the first read fails, there is no endpoint', async () => {
  found = () => Promise.reject(new Error('no such file'))
  const error = await begin().catch((thrown: unknown) => thrown)
  assert.match(String(error), /no such file/)
})

test('calls that find the credentials too old share one read, and all send the same', async () => {
  const { token, tls } = await begin()
  await timers.advance(30_001)
  found = async () => version(reads)
  const sent = await Promise.all(Array.from({ length: 12 }, () => Promise.all([token?.(), tls?.()])))
  assert.is(reads, 2)
  assert.equal(new Set(sent.map(each => JSON.stringify(each))), new Set(['["token-2",{"ca":"ca-2"}]']))
  assert.is(timers.pending, 0)
})

test('known credentials stay in use while reads fail, which are repeated every five seconds', async () => {
  const { token, tls } = await begin()
  found = () => Promise.reject(new Error('no such file'))
  for (let seconds = 0; seconds < 3_600; seconds++) {
    await timers.advance(1_000)
    assert.equal([await token?.(), await tls?.()], ['token-1', { ca: 'ca-1' }])
  }
  assert.ok(reads > 500 && reads < 720, `${reads} reads within an hour`)
  found = async () => version(2)
  await timers.advance(5_001)
  assert.equal([await token?.(), await tls?.()], ['token-2', { ca: 'ca-2' }])
  await timers.advance(30_000)
  const before = reads
  await token?.()
  assert.is(reads, before, 'new credentials are used for half a minute')
})

test('a call waits two seconds for a read that hangs, and its late result is used', async () => {
  const { token } = await begin()
  const late = Promise.withResolvers<Credentials>()
  found = () => late.promise
  await timers.advance(30_001)
  let first: string | undefined
  void token?.().then(sent => (first = sent))
  await timers.advance(1_999)
  assert.is(first, undefined)
  await timers.advance(1)
  assert.is(first, 'token-1')
  assert.is(await token?.(), 'token-1', 'no other call waits for it')
  assert.is(reads, 2, 'and no other read is started')
  late.resolve(version(2))
  await settle()
  assert.equal([await token?.(), reads], ['token-2', 2])
})

test.run()
