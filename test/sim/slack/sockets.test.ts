// Socket Mode of the simulated Slack: who gets a socket, where a delivery goes, and what counts as an acknowledgement.
import { once } from 'node:events'
import * as assert from 'uvu/assert'
import { App, LogLevel, SocketModeReceiver } from '@slack/bolt'
import { WebSocket } from 'ws'
import { suite, table } from '../../suite.ts'
import { channel, dana, type Fixture, withFixture } from './fixture.ts'

const test = suite('the simulated Socket Mode')

type Said = { type: string; envelope_id: string; reason?: string; payload: Record<string, unknown> } & Record<
  string,
  unknown
>

/** An app's end of one socket. */
class Plug {
  readonly heard: Said[] = []
  readonly socket: WebSocket
  constructor(url: string) {
    this.socket = new WebSocket(url)
    this.socket.on('message', data => this.heard.push(JSON.parse(String(data as Buffer)) as Said))
    this.socket.on('error', () => undefined)
  }
  async hears(n: number): Promise<Said> {
    while (this.heard.length < n) await once(this.socket, 'message')
    return this.heard[n - 1] as Said
  }
  say(what: object): void {
    this.socket.send(JSON.stringify(what))
  }
}

async function addressIn(fixture: Fixture): Promise<string> {
  const { url } = await fixture.client(fixture.sim.sockets.appToken).apps.connections.open({})
  return url ?? ''
}

async function plugIn(fixture: Fixture): Promise<Plug> {
  const plug = new Plug(await addressIn(fixture))
  assert.is((await plug.hears(1)).type, 'hello')
  return plug
}

async function untilNoneIsOpen({ sockets }: Fixture['sim']): Promise<void> {
  while (sockets.count > 0) await new Promise(resolve => setImmediate(resolve))
}

const command = { user: dana, channel, command: '/access', text: 'prod-db 30m why' }

const tokens: Record<string, { token?: string; change?: (fixture: Fixture) => void; error: string }> = {
  'the app-level token opens a socket': { error: 'ok' },
  'the bot token does not': { token: 'xoxb-sandbox', error: 'not_allowed_token_type' },
  'a revoked token does not': { change: ({ sim }) => (sim.sockets.appToken = 'xapp-next'), error: 'invalid_auth' },
  'a token without the scope does not': { change: ({ sim }) => (sim.sockets.scopes = []), error: 'missing_scope' },
}
table(test, tokens, ({ token = 'xapp-sandbox', change, error }) =>
  withFixture(async fixture => {
    change?.(fixture)
    assert.is(await fixture.errorOf('apps.connections.open', {}, token), error)
  }),
)

const authorization = 'Bearer xapp-sandbox'
const calls: Record<string, { method: string; headers?: Record<string, string>; body?: string; error: string }> = {
  'a token in the body counts as missing': { method: 'POST', body: 'token=xapp-sandbox', error: 'missing_args' },
  'a GET is refused': { method: 'GET', headers: { authorization }, error: 'insecure_request' },
}
table(test, calls, ({ error, headers, ...call }) =>
  withFixture(async ({ sim }) => {
    const all = { 'content-type': 'application/x-www-form-urlencoded', ...headers }
    const answer = await fetch(`${sim.apiUrl}apps.connections.open`, { ...call, headers: all })
    assert.is(((await answer.json()) as { error: string }).error, error)
  }),
)

test('an address works once, and for half a minute', () =>
  withFixture(async fixture => {
    const [used, old] = [await addressIn(fixture), await addressIn(fixture)]
    await new Plug(used).hears(1)
    fixture.clock.forward(31)
    for (const url of [used, old]) {
      const [error] = (await once(new WebSocket(url), 'error')) as [Error]
      assert.match(error.message, /401/)
    }
  }))

test('the eleventh socket is sent away', () =>
  withFixture(async fixture => {
    fixture.sim.quota.isOn = false
    for (let n = 0; n < 10; n++) await plugIn(fixture)
    const eleventh = new Plug(await addressIn(fixture))
    assert.is((await eleventh.hears(1)).reason, 'too_many_websockets')
    assert.is(fixture.sim.sockets.count, 10)
  }))

test('sockets are opened a few times a minute, and no more', () =>
  withFixture(async fixture => {
    for (let n = 0; n < 4; n++) assert.is(await fixture.errorOf('apps.connections.open', {}, 'xapp-sandbox'), 'ok')
    assert.match(await fixture.errorOf('apps.connections.open', {}, 'xapp-sandbox'), /rate/)
  }))

test('with Socket Mode switched off, a socket is told so and closed', () =>
  withFixture(async fixture => {
    fixture.sim.sockets.isEnabled = false
    const plug = new Plug(await addressIn(fixture))
    assert.is((await plug.hears(1)).reason, 'link_disabled')
  }))

test('a delivery goes to one of several sockets, each in turn, and its answer is shown', () =>
  withFixture(async fixture => {
    const { sim } = fixture
    sim.useSockets()
    const plugs = [await plugIn(fixture), await plugIn(fixture)]
    for (const plug of plugs)
      plug.socket.on('message', () => {
        const { envelope_id, type, accepts_response_payload, payload } = plug.heard.at(-1) ?? ({} as Said)
        assert.equal([type, accepts_response_payload, payload['command']], ['slash_commands', true, '/access'])
        plug.say({ envelope_id, payload: { text: 'Asked.' } })
      })
    for (let n = 0; n < 2; n++) assert.is((await sim.desktop.slashCommand(command)).trouble, undefined)
    assert.equal(
      plugs.map(({ heard }) => heard.length),
      [2, 2],
    )
    assert.equal(
      sim.state.ephemerals(dana).map(({ text }) => text),
      ['Asked.', 'Asked.'],
    )
    assert.equal(sim.sockets.faults, [])
  }))

test('without a socket the person reads at once that it failed', () =>
  withFixture(async ({ sim }) => {
    sim.useSockets()
    assert.match((await sim.desktop.slashCommand(command)).trouble ?? '', /dispatch_failed/)
  }))

test('a delivery that is not acknowledged in time has failed', () =>
  withFixture(async fixture => {
    fixture.sim.useSockets()
    fixture.sim.sender.patienceMs = 50
    await plugIn(fixture)
    assert.match((await fixture.sim.desktop.slashCommand(command)).trouble ?? '', /operation_timeout/)
  }))

test('when a socket breaks before the acknowledgement, the same delivery comes over the next one', () =>
  withFixture(async fixture => {
    const { sim } = fixture
    sim.useSockets()
    const first = await plugIn(fixture)
    const done = sim.desktop.slashCommand(command)
    const before = await first.hears(2)
    first.socket.terminate()
    const second = await plugIn(fixture)
    const again = await second.hears(2)
    assert.is(again['retry_attempt'], 1)
    assert.is.not(again.envelope_id, before.envelope_id)
    assert.equal(again.payload, before.payload)
    second.say({ envelope_id: again.envelope_id })
    assert.is((await done).trouble, undefined)
  }))

const wrong: Record<string, { acknowledge: (id: string) => object; fault: RegExp; isButton?: boolean }> = {
  'an unknown envelope': { acknowledge: () => ({ envelope_id: 'nobody’s' }), fault: /unknown envelope/ },
  'something without an envelope': { acknowledge: () => ({ text: 'hello' }), fault: /other than/ },
  'an answer to a click': {
    acknowledge: id => ({ envelope_id: id, payload: { text: 'Thanks' } }),
    fault: /none is accepted/,
    isButton: true,
  },
}
for (const [what, { acknowledge, fault, isButton }] of Object.entries(wrong))
  test(`noted as a fault: ${what}`, () =>
    withFixture(async fixture => {
      const { sim } = fixture
      sim.useSockets()
      sim.sender.patienceMs = 300
      const plug = await plugIn(fixture)
      const ts = isButton ? await fixture.post() : ''
      const done = isButton
        ? sim.desktop.clickButton({ user: dana, channel, ts, actionID: 'yes' })
        : sim.desktop.slashCommand(command)
      plug.say(acknowledge((await plug.hears(2)).envelope_id))
      await done
      assert.match(sim.sockets.faults.join(), fault)
    }))

test('an app is warned before its socket closes', () =>
  withFixture(async fixture => {
    fixture.sim.sockets.leaveMs = 30
    const plug = await plugIn(fixture)
    fixture.sim.sockets.disconnect('warning')
    assert.is((await plug.hears(2)).reason, 'warning')
    await once(plug.socket, 'close')
    await untilNoneIsOpen(fixture.sim)
  }))

test('Slack’s own client works on it unchanged', () =>
  withFixture(async ({ sim }) => {
    sim.useSockets()
    const logger = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
      setLevel: () => undefined,
      getLevel: () => LogLevel.ERROR,
      setName: () => undefined,
    }
    const clientOptions = { slackApiUrl: sim.apiUrl }
    const receiver = new SocketModeReceiver({ appToken: 'xapp-sandbox', logger, installerOptions: { clientOptions } })
    const app = new App({ receiver, logger, authorize: async () => ({}), convoStore: false })
    app.command(/.*/, async ({ ack }) => ack('Asked.'))
    await app.start()
    assert.is((await sim.desktop.slashCommand(command)).trouble, undefined)
    assert.is(sim.state.ephemerals(dana)[0]?.text, 'Asked.')
    assert.equal(sim.sockets.faults, [])
    await app.stop()
    await untilNoneIsOpen(sim)
  }))

test.run()
