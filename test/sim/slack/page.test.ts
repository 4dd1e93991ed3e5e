import * as assert from 'uvu/assert'
import type { PageState } from '../../../src/sim/slack/page-state.ts'
import { suite } from '../../suite.ts'
import { buttons, channel, dana, inWorld, type World } from './world.ts'

const test = suite('simulated Slack: for the page of the sandbox')

async function post(
  world: World,
  path: string,
  body: object,
): Promise<{ status: number; said: Record<string, unknown> }> {
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(`${world.sim.url}/_sim/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: reply.status, said: (await reply.json()) as Record<string, unknown> }
}
const see = async (world: World, user = dana): Promise<PageState> =>
  (await (await fetch(`${world.sim.url}/_sim/state?user=${user}`)).json()) as PageState
const in_ = ({ channels }: PageState, id = channel): PageState['channels'][number] | undefined =>
  channels.find(one => one.id === id)

test('a person sees their channels, threads, direct messages and what is for their eyes', () =>
  inWorld(async world => {
    const ts = await world.post()
    await world.post({ thread_ts: ts })
    await world.client().chat.update({ channel, ts, text: 'changed' })
    await world.client().chat.postMessage({ channel: dana, text: 'psst' })
    await world.client().chat.postEphemeral({ channel, user: dana, text: 'only you' })
    const state = await see(world)
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
    const other = await see(world, 'U0MO')
    assert.equal(in_(other)?.ephemerals, [])
    assert.not.ok(other.channels.some(({ isDirect }) => isDirect))
  }))

test('guests see their own channels only, and nobody sees nothing', () =>
  inWorld(async world => {
    assert.equal(
      (await see(world, 'U0GIL')).channels.map(({ id }) => id),
      [channel],
    )
    assert.equal((await see(world, 'U0NOBODY')).channels, [])
    assert.ok((await see(world)).channels.length > 1)
  }))

test('a line, a click, a form: the page does what people do', () =>
  inWorld(async world => {
    const { said } = await post(world, 'command', { user: dana, channel, text: '/prod-db 30m why' })
    assert.is((said['outcome'] as { status: number }).status, 200)
    assert.is(world.received[0]?.form.get('text'), '30m why')
    const ts = await world.post()
    assert.is(
      (await post(world, 'click', { user: dana, channel, ts, actionID: 'open', blockID: 'row' })).said['opened'],
      'https://x.example/page',
    )
    const trigger = world.payload().trigger_id
    const input = {
      type: 'input',
      block_id: 'b',
      label: { type: 'plain_text', text: 'L' },
      element: { type: 'plain_text_input', action_id: 'a' },
    }
    const title = { type: 'plain_text', text: 'T' }
    await world.client().views.open({
      trigger_id: trigger,
      view: { type: 'modal', title, submit: title, blocks: [input, buttons()] } as never,
    })
    const [view] = (await see(world)).views
    assert.equal((await post(world, 'choose', { user: dana, viewID: view?.id, blockID: 'b', value: 'x' })).said, {})
    await post(world, 'submit', { user: dana, viewID: view?.id, values: { b: 'typed' } })
    assert.match(JSON.stringify(world.payload()), '"value":"typed"')
    assert.equal((await see(world)).views, [])
    assert.is((await post(world, 'close', { user: dana })).status, 400)
    await post(world, 'say', { user: dana, channel, text: 'by hand' })
    assert.is(in_(await see(world))?.messages.at(-1)?.text, 'by hand')
  }))

test('what the screen would not allow is a 400 with a sentence', () =>
  inWorld(async world => {
    const { status, said } = await post(world, 'click', { user: dana, channel, ts: '1.2', actionID: 'x' })
    assert.is(status, 400)
    assert.match(String(said['error']), 'sees no message')
  }))

test('a page of another origin cannot act: what is not JSON is not read, and no origin is let in', () =>
  inWorld(async world => {
    const body = JSON.stringify({ user: dana, channel, text: '/prod-db 30m why' })
    const reply = await fetch(`${world.sim.url}/_sim/command`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', origin: 'https://evil.example' },
      body,
    })
    assert.is(reply.status >= 400, true)
    assert.is(reply.headers.get('access-control-allow-origin'), null)
    assert.is(world.received.length, 0)
  }))

test('who listens is told of each change', () =>
  inWorld(async world => {
    const stop = new AbortController()
    const reply = await fetch(`${world.sim.url}/_sim/events`, { signal: stop.signal })
    const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader()
    await reader?.read()
    await world.post()
    assert.is((await reader?.read())?.value, `data: ${JSON.stringify({ type: 'message', channel })}\n\n`)
    stop.abort()
  }))

test('the knobs turn', () =>
  inWorld(async world => {
    await post(world, 'knobs', { quota: false, twice: true, patienceMs: 50 })
    assert.equal([world.sim.quota.isOn, world.sim.sender.isTwice, world.sim.sender.patienceMs], [false, true, 50])
    await post(world, 'connect', { url: 'http://127.0.0.1:9/' })
    await post(world, 'command', { user: dana, channel, text: '/prod-db' })
    assert.match(in_(await see(world))?.ephemerals[0]?.text ?? '', 'dispatch_failed')
  }))

test.run()
