// The pager when PagerDuty is slow, strict, broken or strange; and that nothing it says holds the routing key.
import { inspect } from 'node:util'
import * as assert from 'uvu/assert'
import { Broken, Refused, Waiting } from '../../src/domain/outcome.ts'
import type { PageEvent } from '../../src/domain/calling/page-event.ts'
import type { Pager } from '../../src/domain/ports.ts'
import { Secret } from '../../src/domain/secret.ts'
import { createPager } from '../../src/pagerduty/events.ts'
import { defaultRoutingKey, type EventsSim, startEvents } from '../../src/sim/pagerduty/events.ts'
import type { Fault } from '../../src/sim/serve.ts'
import { attack } from '../attacks.ts'
import { ManualClock, start } from '../fakes/clock.ts'
import { suite, table } from '../suite.ts'

const test = suite('pager')
const clock = new ManualClock()
const event: PageEvent = {
  action: 'trigger',
  dedupKey: 'hallpass-1',
  summary: 'dana@example.com (Dana Engineer) asks for prod-db, and nobody has decided for 5 minutes.',
  source: 'hallpass/prod-db',
  severity: 'warning',
  mapping: 'prod-db',
  details: { reason: 'INC-1' },
  links: [{ href: 'https://example.slack.com/archives/C1/p1', text: 'Decide in Slack' }],
}
let sim: EventsSim

test.before.each(async () => {
  clock.set(start)
  sim = await startEvents({ clock })
})
test.after.each(async () => sim.close())

function pager({ key = defaultRoutingKey, timeoutMs = 8000 } = {}): Pager {
  return createPager({ keys: new Map([['platform', new Secret(key)]]), clock, rootUrl: sim.url, timeoutMs })
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  const result: unknown = await work.then(
    () => assert.unreachable('it succeeded'),
    (error: unknown) => error,
  )
  assert.not.match(inspect(result, { depth: 9, showHidden: true }), new RegExp(`${defaultRoutingKey}|0{20}`))
  return result
}

test('an event opens one alert, however often it is sent, and the next events acknowledge and resolve it', async () => {
  const port = pager()
  await port.send('platform', event)
  await port.send('platform', event)
  const [alert, ...others] = sim.alerts.all
  assert.is(others.length, 0)
  assert.equal(
    [alert?.status, alert?.urgency, alert?.service, alert?.client],
    ['triggered', 'low', 'PSERVICE', 'Hallpass'],
  )
  assert.equal(alert?.links, event.links)
  await port.send('platform', { action: 'acknowledge', dedupKey: event.dedupKey })
  assert.is(alert?.status, 'acknowledged')
  await port.send('platform', { action: 'resolve', dedupKey: event.dedupKey })
  assert.is(alert?.status, 'resolved')
})

table<{ fault: Partial<Fault>; outcome: RegExp }>(
  test,
  {
    'an event that PagerDuty finds invalid is refused, and the secret named': {
      fault: {
        status: 400,
        body: { status: 'invalid event', message: 'Event object is invalid', errors: [defaultRoutingKey] },
      },
      outcome: /^Refused PageRefused .*"pagerduty-route-platform"/,
    },
    'a page of a proxy says nothing about the key': {
      fault: { status: 400, body: '<html>' },
      outcome: /^Broken answered Something between Hallpass and PagerDuty/,
    },
    'a proxy that refuses says nothing either': { fault: { status: 403, body: {} }, outcome: /^Broken answered/ },
    'a success without a word of PagerDuty does not count': {
      fault: { status: 202, body: '<html>' },
      outcome: /^Broken answered/,
    },
    'a limit is reached': {
      fault: { status: 429, body: { status: 'throttle exceeded' } },
      outcome: /^Waiting 2026-11-23T14:02:30/,
    },
    'PagerDuty is down': { fault: { status: 503, body: '' }, outcome: /^Broken answered PagerDuty answered 503/ },
    'the connection breaks after the event took effect': { fault: { reset: 'after' }, outcome: /^Broken unanswered/ },
  },
  async ({ fault, outcome }) => {
    sim.faults.add({ route: 'POST /v2/enqueue', ...fault })
    const error = await failureOf(pager().send('platform', event))
    assert.match(sayOutcome(error), outcome)
    // A repeat is the same alert, whatever happened to the first call.
    await pager().send('platform', event)
    assert.is(sim.alerts.all.length, 1)
  },
)

function sayOutcome(error: unknown): string {
  if (error instanceof Refused) return `Refused ${error.refusal.reason} ${error.message}`
  if (error instanceof Waiting) return `Waiting ${error.until.toISOString()}`
  assert.instance(error, Broken)
  return `Broken ${(error as Broken).answered ? 'answered' : 'unanswered'} ${(error as Broken).message}`
}

test('a call that hangs ends with its time, and a key that nobody has is refused', async () => {
  sim.faults.add({ route: 'POST /v2/enqueue', hang: true })
  assert.instance(await failureOf(pager({ timeoutMs: 50 }).send('platform', event)), Broken)
  assert.match(sayOutcome(await failureOf(pager({ key: '0'.repeat(32) }).send('platform', event))), /PageRefused/)
})

attack(test, 'a mapping names a route that is the name of an inherited property … PageRouteUnknown', async () => {
  const results = []
  for (const route of ['constructor', '__proto__', 'other']) {
    const error = await failureOf(pager().send(route, event))
    results.push(error instanceof Refused ? error.refusal.reason : String(error))
  }
  assert.equal(sim.alerts.all, [])
  return [...new Set(results)].join(' ')
})

test.run()
