// The gateway over Socket Mode: when it is connected, what happens to deliveries while sockets come and go, and how it
// ends. The listeners' own behaviour is tested over HTTP.
import { setTimeout as pause } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { WebSocket } from 'ws'
import { suite, table } from '../../suite.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { connected as connectedTo, isReady, ready, until } from '../connected.ts'
import { type House, inHouse, type Sockets } from '../house.ts'
import { channel } from '../workspace.ts'

const test = suite('the gateway over sockets')
const db = mapping()
const dana = { user: 'U0DANA', channel }
const ask = { ...dana, command: '/prod-db', text: '30m INC-1 replaying' }
const open = 'POST /api/apps.connections.open'

const connected = (work: (house: House) => Promise<void>, sockets: Sockets = {}): Promise<void> =>
  connectedTo(work, sockets, [db, mapping({ name: 'logs' })])

/** Holds the next writes until it is called. */
function holdWrites({ requests }: House): () => void {
  const { promise, resolve } = Promise.withResolvers<void>()
  requests.beforeWrite = () => promise
  return resolve
}

test('commands, clicks and forms arrive, and their answers are shown', () =>
  connected(async house => {
    const { sim, requests } = house
    assert.is((await sim.desktop.slashCommand(ask)).trouble, undefined)
    assert.match(house.told('U0DANA')[0] ?? '', /^Asked for \*prod-db\*, 30 minutes/)
    const [answer] = sim.state.ephemerals('U0DANA')
    await sim.desktop.clickButton({ ...dana, ts: answer?.ts ?? '', actionID: 'withdraw' })
    await until('it is withdrawn', () => requests.all()[0]?.status?.decisions?.[0]?.verdict === 'Withdrawn')
    const ts = await house.announce(request(db))
    await sim.desktop.clickButton({ user: 'U0MO', ts, actionID: 'deny' })
    await until('the form is open', () => sim.state.openViews('U0MO').length > 0)
    const { trouble } = await sim.desktop.submitView({ user: 'U0MO', values: { comment: 'use the replica' } })
    assert.is(trouble, undefined)
    assert.is(sim.state.openViews('U0MO').length, 0)
    assert.equal(sim.sockets.faults, [])
  }))

test('a fault in a form is shown at its field', () =>
  connected(async ({ sim }) => {
    await sim.desktop.slashCommand({ ...dana, command: '/prod-db' })
    const field = `reason-${db.metadata.uid}`
    await sim.desktop.submitView({ user: 'U0DANA', values: { [field]: 'please' } })
    assert.ok(sim.state.openViews('U0DANA').at(-1)?.errors[field])
    assert.equal(sim.sockets.faults, [])
  }))

test('it is ready only after Slack has greeted, and says why it is not', () =>
  inHouse(
    async house => {
      house.sim.sockets.greets = false
      await until('it has tried', () => /did not greet/.test(house.gateway.notReady() ?? ''))
      house.sim.sockets.greets = true
      await ready(house)
    },
    [db],
    { sockets: { times: { helloMs: 30, pingMs: 1000 } } },
  ))

for (const reason of ['warning', 'refresh_requested'] as const)
  test(`at "${reason}" the next socket is open first, and an acknowledgement under way is sent`, () => {
    const counts: number[] = []
    return connected(
      async house => {
        const { sim } = house
        const release = holdWrites(house)
        const asked = sim.desktop.slashCommand(ask)
        await until('the command has arrived', () => house.count('users.info') > 0)
        sim.sockets.disconnect(reason)
        await until('the next one is open', () => sim.sockets.count === 2)
        release()
        assert.is((await asked).trouble, undefined)
        await until('the first one is closed', () => sim.sockets.count === 1)
        assert.equal(counts, [0, 1, 2, 1])
        assert.equal(house.told('U0DANA').length, 1)
        assert.equal(sim.sockets.faults, [])
      },
      { onCount: count => void counts.push(count) },
    )
  })

test('a delivery that Slack sends again after a cut creates nothing twice', () =>
  connected(async house => {
    const { sim, requests } = house
    const release = holdWrites(house)
    const asked = sim.desktop.slashCommand(ask)
    await until('the command has arrived', () => house.count('users.info') > 0)
    sim.sockets.cut()
    await until('the next one is open', () => sim.sockets.count === 1)
    release()
    assert.is((await asked).trouble, undefined)
    assert.is(requests.all().length, 1)
    for (const text of house.told('U0DANA')) assert.match(text, /^Asked for/)
  }))

test('everything that Slack delivers twice is done once', () =>
  connected(async house => {
    const { sim, requests } = house
    sim.sender.isTwice = true
    await sim.desktop.slashCommand(ask)
    assert.is(requests.all().length, 1)
    const [answer] = sim.state.ephemerals('U0DANA')
    await sim.desktop.clickButton({ ...dana, ts: answer?.ts ?? '', actionID: 'withdraw' })
    await until('it is withdrawn', () => requests.all()[0]?.status?.decisions !== undefined)
    await house.end()
    assert.is(requests.all()[0]?.status?.decisions?.length, 1)
  }))

test('an answer that cannot go with its acknowledgement goes through the response address', () =>
  connected(async house => {
    const { sim, requests } = house
    sim.sender.patienceMs = 300
    const release = holdWrites(house)
    const asked = sim.desktop.slashCommand(ask)
    await until('the command has arrived', () => house.count('users.info') > 0)
    sim.sockets.greets = false
    sim.sockets.cut()
    await until('it is not ready', () => !isReady(house))
    release()
    await until('the person is answered', () => house.told('U0DANA').length > 0)
    assert.match(house.told('U0DANA')[0] ?? '', /^Asked for/)
    assert.is(requests.all().length, 1)
    await house.end()
    await asked
  }))

test('the answer to a form that cannot go with its acknowledgement is shown in the form', () =>
  connected(async house => {
    const { sim } = house
    await sim.desktop.slashCommand({ ...dana, command: '/prod-db' })
    sim.sender.patienceMs = 300
    const release = holdWrites(house)
    const submitted = sim.desktop.submitView({
      user: 'U0DANA',
      values: { [`reason-${db.metadata.uid}`]: 'INC-1 x' },
    })
    await until('the form has arrived', () => house.count('users.info') > 0)
    sim.sockets.greets = false
    sim.sockets.cut()
    await until('it is not ready', () => !isReady(house))
    release()
    const shown = (): string => JSON.stringify(sim.state.openViews('U0DANA').at(-1)?.view)
    await until('the form shows the result', () => shown().includes('Asked for'))
    await house.end()
    await submitted
  }))

const refused: Record<string, (house: House) => void> = {
  'a revoked token': ({ sim }) => (sim.sockets.appToken = 'xapp-another'),
  'a token that is refused once': ({ sim }) =>
    sim.faults.add({ route: open, status: 200, body: { ok: false, error: 'invalid_auth' } }),
  'a token without its scope': ({ sim }) => (sim.sockets.scopes = []),
}
for (const [what, change] of Object.entries(refused))
  test(`ends with a sentence that says what to do: ${what}`, () =>
    connected(async house => {
      change(house)
      house.sim.sockets.cut()
      assert.match(
        String(await house.ended),
        /Slack refuses the app-level token \("\w+"\)\. Put a valid one, with the scope connections:write, into the secret slack-app-token/,
      )
    }))

const passing: Record<string, { fault: object; longest?: number }> = {
  'Slack is down': { fault: { status: 503, body: {} } },
  'Slack breaks the connection': { fault: { reset: 'before' } },
  'a proxy answers with a page': { fault: { status: 200, body: '<html>' } },
  'Slack answers with an error that may pass': { fault: { status: 200, body: { ok: false, error: 'internal_error' } } },
  'Slack names another address': { fault: { status: 200, body: { ok: true, url: 'ws://192.0.2.1/link/' } } },
  'Slack asks for an hour of patience': {
    fault: { status: 429, headers: { 'retry-after': '3600' }, body: {} },
    longest: 30_000,
  },
}
table(test, passing, ({ fault, longest = 15_000 }) => {
  const pauses: number[] = []
  return connected(
    async house => {
      const { sim } = house
      sim.faults.add({ route: open, times: 15, ...fault })
      sim.sockets.cut()
      await until('it is not ready', () => !isReady(house))
      await ready(house)
      assert.is(sim.faults.left, 0)
      assert.ok(Math.max(...pauses) <= 30_000 && Math.max(...pauses) >= longest, pauses.join())
      assert.ok((pauses[0] ?? 0) <= 500 || longest === 30_000, pauses.join())
      assert.not.match(house.logged.join(), /xapp|link|192/)
    },
    {
      timing: {
        pause: async ms => {
          pauses.push(ms)
          await pause(1)
        },
      },
    },
  )
})

test('while others use all ten sockets it says so, and takes the first that becomes free', () =>
  connected(async house => {
    const { sim, gateway } = house
    sim.faults.add({ route: open, times: 1_000_000, status: 503, body: {} })
    sim.sockets.cut()
    await until('it is not ready', () => !isReady(house))
    const address = (): string => String(sim.sockets.address({ method: 'POST', bearer: sim.sockets.appToken })['url'])
    const others = Array.from({ length: 10 }, () => new WebSocket(address()))
    await until('all ten are used', () => sim.sockets.count === 10)
    sim.faults.clear()
    await until('it says so', () => /ten sockets/.test(gateway.notReady() ?? ''))
    others[0]?.terminate()
    await ready(house)
    for (const other of others) other.terminate()
  }))

test('with Socket Mode switched off it says where to switch it on, and comes back by itself', () =>
  connected(async house => {
    const { sockets } = house.sim
    sockets.isEnabled = false
    sockets.leaveMs = 0
    sockets.disconnect('link_disabled')
    await until('it says so', () => /Socket Mode is switched off in the Slack app/.test(house.gateway.notReady() ?? ''))
    sockets.isEnabled = true
    await ready(house)
  }))

test('without a socket for a quarter of an hour it asks to be restarted', () => {
  let now = 0
  const timing = { monotonicMs: () => now, pause: (): Promise<void> => pause(1) }
  return connected(
    async house => {
      const { sim, gateway } = house
      now += 3_600_000
      assert.ok(gateway.isAlive())
      sim.faults.add({ route: open, times: 1_000_000, status: 503, body: {} })
      sim.sockets.cut()
      await until('it is not ready', () => !isReady(house))
      now += 899_000
      assert.ok(gateway.isAlive())
      now += 1_000
      assert.not(gateway.isAlive())
      sim.faults.clear()
      await ready(house)
      assert.ok(gateway.isAlive())
    },
    { timing },
  )
})

test('when it is asked to end, it acknowledges what is under way, then closes its socket', () =>
  connected(async house => {
    const { sim } = house
    const release = holdWrites(house)
    const asked = sim.desktop.slashCommand(ask)
    await until('the command has arrived', () => house.count('users.info') > 0)
    const end = house.end()
    release()
    assert.is((await asked).trouble, undefined)
    assert.match(house.told('U0DANA')[0] ?? '', /^Asked for/)
    await end
    assert.is(sim.sockets.count, 0)
    assert.equal(sim.sockets.faults, [])
    assert.is(await house.ended, undefined)
  }))

const noise: Record<string, string> = {
  'text that is not JSON': 'hello',
  'a list': '[1, 2]',
  'an envelope without a payload': '{"envelope_id": "1", "type": "interactive"}',
  'a reason in other words than Slack’s': '{"type": "disconnect", "reason": "<https://evil.example|click>"}',
  'something of a kind that nobody knows': '{"type": "tea", "payload": {}}',
  'more than a delivery may hold': JSON.stringify({ envelope_id: '1', payload: { text: 'x'.repeat(200_000) } }),
}
table(test, noise, text =>
  connected(async house => {
    house.sim.sockets.say(text)
    await ready(house)
    assert.is((await house.sim.desktop.slashCommand(ask)).trouble, undefined)
    assert.not.match(`${house.gateway.notReady()}${house.logged.join()}`, /evil/)
  }),
)

test('an event that nobody handles is acknowledged without an answer', () =>
  connected(async ({ sim }) => {
    const payload = { type: 'event_callback', event: { type: 'app_mention' } }
    sim.sockets.say(JSON.stringify({ envelope_id: 'e1', type: 'events_api', payload, accepts_response_payload: false }))
    await until('it is acknowledged', () => sim.sockets.acknowledged.length > 0)
    assert.equal(sim.sockets.acknowledged, [{ envelope_id: 'e1' }])
  }))

test.run()
