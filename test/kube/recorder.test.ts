// Events over a server that fails for a while. An event that was not recorded must not prevent the next similar one.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as assert from 'uvu/assert'
import { noMetrics, silentLog } from '../../src/kube/environment.ts'
import { createRecorder, type Happening, type Recorder, type Regarding } from '../../src/kube/recorder.ts'
import { createTransport, type Transport } from '../../src/kube/transport.ts'
import { suite } from '../suite.ts'
import { ManualTimers } from './manual-timers.ts'

const test = suite('a recorder of events', { timeoutMs: 20_000 })

type Told = { metadata: object; note: string; series?: { count: number } }
let server: Server
let transport: Transport
let timers: ManualTimers
let recorder: Recorder
let told: string[] = []
let counted: number[] = []
let dropped = 0
/** Whether the server refuses events. */
let isRefusing = false
/** The server answers after this. */
let answering = Promise.resolve()

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const event = JSON.parse(Buffer.concat(await Array.fromAsync(req)).toString()) as Told
  await answering
  if (isRefusing) return void res.writeHead(500).end()
  if (req.method === 'POST') told.push(event.note)
  if (event.series) counted.push(event.series.count)
  res.end(JSON.stringify({ ...event, metadata: { ...event.metadata, uid: 'uid', resourceVersion: '1' } }))
}

test.before.each(async () => {
  ;[told, counted, dropped, isRefusing, answering] = [[], [], 0, false, Promise.resolve()]
  server = createServer((req, res) => void answer(req, res)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  timers = new ManualTimers()
  transport = createTransport({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, { timers })
  recorder = createRecorder({
    transport,
    reportingController: 'test.dev/controller',
    reportingInstance: 'pod-1',
    timers,
    log: silentLog,
    metrics: { ...noMetrics, count: () => void (dropped += 1) },
  })
})
test.after.each(async () => {
  await transport.close()
  server.closeAllConnections()
  server.close()
})

const about = (name: string): Regarding => ({ apiVersion: 'v1', kind: 'Thing', namespace: 'here', name, uid: name })
const routed: Happening = { type: 'Normal', reason: 'Routed', message: 'Asked Mo.' }

test('an event that could not be recorded is recorded when it happens again', async () => {
  isRefusing = true
  recorder.record(about('a'), routed)
  recorder.record(about('a'), routed)
  await recorder.drain()
  assert.equal([told, dropped], [[], 1])
  isRefusing = false
  recorder.record(about('a'), routed)
  await recorder.drain()
  assert.equal([told, dropped, timers.pending], [['Asked Mo.'], 1, 0])
  recorder.record(about('a'), routed)
  await timers.advance(30_000)
  await recorder.drain()
  assert.equal([told, counted], [['Asked Mo.'], [2]])
})

test('when an event can no longer be updated, a new one is made', async () => {
  recorder.record(about('a'), routed)
  await recorder.drain()
  recorder.record(about('a'), routed)
  isRefusing = true
  await timers.advance(30_000)
  await recorder.drain()
  isRefusing = false
  recorder.record(about('a'), routed)
  await recorder.drain()
  assert.equal([told, counted, dropped], [['Asked Mo.', 'Asked Mo.'], [], 1])
})

test('an event that was dropped for lack of room is recorded when it happens again', async () => {
  const held = Promise.withResolvers<void>()
  answering = held.promise
  for (let n = 0; n < 500; n++) recorder.record(about(`filler-${n}`), routed)
  recorder.record(about('a'), { ...routed, message: 'No room.' })
  assert.is(dropped, 1)
  held.resolve()
  await recorder.drain()
  assert.equal([told.length, dropped], [500, 1])
  recorder.record(about('a'), { ...routed, message: 'No room.' })
  await recorder.drain()
  assert.equal([told.length, told.at(-1)], [501, 'No room.'])
})

test.run()
