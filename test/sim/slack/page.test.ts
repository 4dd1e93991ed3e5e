import * as assert from 'uvu/assert'
import type { PageState } from '../../../src/sim/slack/page-state.ts'
import { suite } from '../../suite.ts'
import { buttons, channel, dana, withFixture, type Fixture } from './fixture.ts'

const test = suite('simulated Slack: for the page of the sandbox')

async function post(
  fixture: Fixture,
  path: string,
  body: object,
): Promise<{ status: number; said: Record<string, unknown> }> {
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(`${fixture.sim.url}/_sim/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: reply.status, said: (await reply.json()) as Record<string, unknown> }
}
const see = async (fixture: Fixture, user = dana): Promise<PageState> =>
  (await (await fetch(`${fixture.sim.url}/_sim/state?user=${user}`)).json()) as PageState
const in_ = ({ channels }: PageState, id = channel): PageState['channels'][number] | undefined =>
  channels.find(one => one.id === id)

test('a person sees their channels, threads, direct messages and what is for their eyes', () =>
  withFixture(async fixture => {
    const ts = await fixture.post()
    await fixture.post({ thread_ts: ts })
    await fixture.client().chat.update({ channel, ts, text: 'changed' })
    await fixture.client().chat.postMessage({ channel: dana, text: 'psst' })
    await fixture.client().chat.postEphemeral({ channel, user: dana, text: 'only you' })
    const state = await see(fixture)
    const [message, ...more] = in_(state)?.messages ?? []
    assert.equal([message?.text, message?.edits, message?.replies.length, more.length], ['changed', 1, 1, 0])
    assert.equal(
      in_(state)?.ephemerals.map(({ text }) => text),
      ['only you'],
    )
    assert.equal(
      state.channels.find(({ isDirect }) => isDirect)?.messages.map(({ text }) => text),
      ['psst'],
    )
    assert.equal(
      state.commands.map(({ command }) => command),
      ['/access', '/prod-db'],
    )
    const other = await see(fixture, 'U0MO')
    assert.equal(in_(other)?.ephemerals, [])
    assert.not.ok(other.channels.some(({ isDirect }) => isDirect))
  }))

test('guests see their own channels only, and nobody sees nothing', () =>
  withFixture(async fixture => {
    assert.equal(
      (await see(fixture, 'U0GIL')).channels.map(({ id }) => id),
      [channel],
    )
    assert.equal((await see(fixture, 'U0NOBODY')).channels, [])
    assert.ok((await see(fixture)).channels.length > 1)
  }))

test('a line, a click, a form: the page does what people do', () =>
  withFixture(async fixture => {
    const { said } = await post(fixture, 'command', { user: dana, channel, text: '/prod-db 30m why' })
    assert.is((said['outcome'] as { status: number }).status, 200)
    assert.is(fixture.received[0]?.form.get('text'), '30m why')
    const ts = await fixture.post()
    assert.is(
      (await post(fixture, 'click', { user: dana, channel, ts, actionID: 'open', blockID: 'row' })).said['opened'],
      'https://x.example/page',
    )
    const trigger = fixture.payload().trigger_id
    const input = {
      type: 'input',
      block_id: 'b',
      label: { type: 'plain_text', text: 'L' },
      element: { type: 'plain_text_input', action_id: 'a' },
    }
    const title = { type: 'plain_text', text: 'T' }
    await fixture.client().views.open({
      trigger_id: trigger,
      view: { type: 'modal', title, submit: title, blocks: [input, buttons()] } as never,
    })
    const [view] = (await see(fixture)).views
    assert.equal((await post(fixture, 'choose', { user: dana, viewID: view?.id, blockID: 'b', value: 'x' })).said, {})
    await post(fixture, 'submit', { user: dana, viewID: view?.id, values: { b: 'typed' } })
    assert.match(JSON.stringify(fixture.payload()), '"value":"typed"')
    assert.equal((await see(fixture)).views, [])
    assert.is((await post(fixture, 'close', { user: dana })).status, 400)
    await post(fixture, 'say', { user: dana, channel, text: 'by hand' })
    assert.is(in_(await see(fixture))?.messages.at(-1)?.text, 'by hand')
  }))

test('what the screen would not allow is a 400 with a sentence', () =>
  withFixture(async fixture => {
    const { status, said } = await post(fixture, 'click', { user: dana, channel, ts: '1.2', actionID: 'x' })
    assert.is(status, 400)
    assert.match(String(said['error']), 'sees no message')
  }))

test('a page of another origin cannot act: what is not JSON is not read, and no origin is let in', () =>
  withFixture(async fixture => {
    const body = JSON.stringify({ user: dana, channel, text: '/prod-db 30m why' })
    const reply = await fetch(`${fixture.sim.url}/_sim/command`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', origin: 'https://evil.example' },
      body,
    })
    assert.is(reply.status >= 400, true)
    assert.is(reply.headers.get('access-control-allow-origin'), null)
    assert.is(fixture.received.length, 0)
  }))

test('who listens is told of each change', () =>
  withFixture(async fixture => {
    const stop = new AbortController()
    const reply = await fetch(`${fixture.sim.url}/_sim/events`, { signal: stop.signal })
    const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader()
    await reader?.read()
    await fixture.post()
    assert.is((await reader?.read())?.value, `data: ${JSON.stringify({ type: 'message', channel })}\n\n`)
    stop.abort()
  }))

test('the knobs turn', () =>
  withFixture(async fixture => {
    await post(fixture, 'knobs', { quota: false, twice: true, patienceMs: 50 })
    assert.equal([fixture.sim.quota.isOn, fixture.sim.sender.isTwice, fixture.sim.sender.patienceMs], [false, true, 50])
    await post(fixture, 'connect', { url: 'http://127.0.0.1:9/' })
    await post(fixture, 'command', { user: dana, channel, text: '/prod-db' })
    assert.match(in_(await see(fixture))?.ephemerals[0]?.text ?? '', 'dispatch_failed')
  }))

test.run()
