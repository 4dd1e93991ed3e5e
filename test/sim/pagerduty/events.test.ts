// The simulated Events API, as PagerDuty documents the real one: fields, limits, and what each event does to an alert.
import * as assert from 'uvu/assert'
import { defaultRoutingKey, type EventsSim, startEvents } from '../../../src/sim/pagerduty/events.ts'
import { ManualClock, start } from '../../fakes/clock.ts'
import { suite, table } from '../../suite.ts'

const test = suite('simulated Events API')
const clock = new ManualClock()
const payload = { summary: 'Somebody asks', source: 'hallpass/prod-db', severity: 'error' }
const trigger = { routing_key: defaultRoutingKey, event_action: 'trigger', dedup_key: 'k', payload }
let sim: EventsSim

test.before.each(async () => {
  clock.set(start)
  sim = await startEvents({ clock })
})
test.after.each(async () => sim.close())

async function send(event: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const body = typeof event === 'string' ? event : JSON.stringify(event)
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${sim.url}/v2/enqueue`, { method: 'POST', headers, body })
  const text = await answer.text()
  return { status: answer.status, body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {} }
}

const statuses = (): string[] => sim.alerts.all.map(({ status }) => status)

test('a trigger is accepted and opens an alert, and a repeat of its key opens no other', async () => {
  const { status, body } = await send(trigger)
  assert.equal([status, body], [202, { status: 'success', message: 'Event processed', dedup_key: 'k' }])
  await send(trigger)
  assert.equal(statuses(), ['triggered'])
  assert.equal(
    sim.alerts.all[0]?.log.map(({ action }) => action),
    ['trigger', 'trigger'],
  )
})

test('without a key PagerDuty makes one, and says it', async () => {
  const { dedup_key: _, ...unnamed } = trigger
  const keys = [await send(unnamed), await send(unnamed)].map(({ body }) => body['dedup_key'])
  assert.is(new Set(keys).size, 2)
  assert.equal(statuses(), ['triggered', 'triggered'])
})

test('acknowledge and resolve change the open alert; without one they are accepted and dropped', async () => {
  const follow = async (event_action: string): Promise<number> =>
    (await send({ routing_key: defaultRoutingKey, event_action, dedup_key: 'k' })).status
  assert.is(await follow('resolve'), 202)
  assert.equal(statuses(), [])
  await send(trigger)
  await follow('acknowledge')
  assert.equal(statuses(), ['acknowledged'])
  await send(trigger)
  assert.equal(statuses(), ['acknowledged'])
  await follow('resolve')
  assert.is(await follow('acknowledge'), 202)
  assert.equal(statuses(), ['resolved'])
  await send(trigger)
  assert.equal(statuses(), ['resolved', 'triggered'])
})

test('an event under another key does not touch the alert, and one of a disabled service opens nothing', async () => {
  const other = 'x'.repeat(32)
  sim.alerts.keys.set(other, { service: 'POTHER', isDisabled: true })
  await send(trigger)
  await send({ routing_key: other, event_action: 'resolve', dedup_key: 'k' })
  assert.is((await send({ ...trigger, routing_key: other, dedup_key: 'z' })).status, 202)
  assert.equal(statuses(), ['triggered'])
})

table<{ event: unknown; errors: RegExp }>(
  test,
  {
    'text that is not JSON': { event: '{', errors: /JSON is invalid/ },
    'a list': { event: [], errors: /not an object/ },
    'no routing key': { event: { ...trigger, routing_key: '' }, errors: /'routing_key' is missing or blank/ },
    'a short routing key': {
      event: { ...trigger, routing_key: 'short' },
      errors: /Length of 'routing_key' is incorrect \(should be 32 characters\)/,
    },
    'a routing key with other characters': {
      event: { ...trigger, routing_key: '-'.repeat(32) },
      errors: /'routing_key' cannot contain non-alphanumeric characters/,
    },
    'a key that nobody has': { event: { ...trigger, routing_key: '0'.repeat(32) }, errors: /Invalid routing key/ },
    'an unknown action': { event: { ...trigger, event_action: 'page' }, errors: /'event_action' is invalid/ },
    'a trigger without a payload': { event: { ...trigger, payload: undefined }, errors: /'payload' is missing/ },
    'no source': { event: { ...trigger, payload: { ...payload, source: '' } }, errors: /'payload.source' is missing/ },
    'an unknown severity': {
      event: { ...trigger, payload: { ...payload, severity: 'high' } },
      errors: /'payload.severity' is invalid \(must be one of the following: 'critical'/,
    },
    'a long summary': {
      event: { ...trigger, payload: { ...payload, summary: 'x'.repeat(1025) } },
      errors: /'payload.summary' is too long/,
    },
    'a long key': { event: { ...trigger, dedup_key: 'x'.repeat(256) }, errors: /'dedup_key' is too long/ },
    'a resolve without a key': {
      event: { routing_key: defaultRoutingKey, event_action: 'resolve' },
      errors: /'dedup_key' is missing/,
    },
    'a field that nobody documents': { event: { ...trigger, ticket: 'x' }, errors: /'ticket' is not a field/ },
    'a link that is not https': {
      event: { ...trigger, links: [{ href: 'javascript:alert(1)' }] },
      errors: /'links' is invalid/,
    },
  },
  async ({ event, errors }) => {
    const { status, body } = await send(event)
    assert.equal([status, body['status'], body['message']], [400, 'invalid event', 'Event object is invalid'])
    assert.match(String((body['errors'] as string[]).join(' ')), errors)
    assert.equal(statuses(), [])
  },
)

test('an event over 512 KB is too large', async () => {
  const details = { text: 'x'.repeat(512 * 1024) }
  assert.is((await send({ ...trigger, payload: { ...payload, custom_details: details } })).status, 413)
})

test('one key may send 120 events in any minute, and the next is not taken', async () => {
  for (let n = 0; n < 120; n += 1) await send(trigger)
  const { status, body } = await send({ ...trigger, dedup_key: 'late' })
  assert.equal([status, body['status']], [429, 'throttle exceeded'])
  assert.equal(statuses(), ['triggered'])
  clock.forward(61)
  assert.is((await send(trigger)).status, 202)
})

test.run()
