import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import { Impossible } from '../../../src/sim/slack/fields.ts'
import type { StoredView } from '../../../src/sim/slack/types.ts'
import { channel, dana, inWorld, plain, type World } from './world.ts'

const test = suite('simulated Slack: modals')
const section = (text: string): object => ({ type: 'section', text: { type: 'mrkdwn', text } })
const option = (value: string): object => ({ text: plain(value.toUpperCase()), value })
const reason = (id = 'why', more: object = {}): object => ({
  type: 'input',
  block_id: id,
  label: plain('Why'),
  element: { type: 'plain_text_input', action_id: id, max_length: 10, ...more },
})
const kind = (more: object = {}): object => ({
  type: 'input',
  block_id: 'kind',
  dispatch_action: true,
  label: plain('Kind'),
  element: { type: 'static_select', action_id: 'kind', options: [option('a'), option('b')] },
  ...more,
})
const start = {
  type: 'input',
  block_id: 'start',
  optional: true,
  label: plain('Start'),
  element: { type: 'datetimepicker', action_id: 'start' },
}
const form = (more: object = {}): object => ({
  type: 'modal',
  callback_id: 'ask',
  private_metadata: 'kept',
  title: plain('Ask'),
  submit: plain('Go'),
  blocks: [kind(), reason(), start],
  ...more,
})

/** Dana with a form open. */
async function withForm(work: (world: World, view: StoredView) => Promise<void>, view = form()): Promise<void> {
  await inWorld(async world => {
    await open(world, view)
    const [stored] = world.sim.state.openViews(dana)
    if (!stored) return assert.unreachable('no form is open')
    await work(world, stored)
  })
}
async function open(world: World, view = form()): Promise<void> {
  await world.sim.desktop.slashCommand({ user: dana, channel, command: '/access' })
  const trigger = world.received.at(-1)?.form.get('trigger_id') ?? ''
  await world.client().views.open({ trigger_id: trigger, view: view as never })
}
const heldOf = (world: World): Record<string, unknown> => world.payload().view.state.values
const values = { kind: 'b', why: 'because' }

test('a submission carries every field, the metadata and the hash', () =>
  withForm(async (world, view) => {
    await world.sim.desktop.submitView({ user: dana, values: { ...values, start: 1_795_442_520 } })
    const payload = world.payload()
    assert.is(payload.type, 'view_submission')
    assert.equal(heldOf(world), {
      kind: { kind: { type: 'static_select', selected_option: option('b') } },
      why: { why: { type: 'plain_text_input', value: 'because' } },
      start: { start: { type: 'datetimepicker', selected_date_time: 1_795_442_520 } },
    })
    const shown = payload.view
    assert.is(shown['id'], view.id)
    assert.is(shown['callback_id'], 'ask')
    assert.is(shown['private_metadata'], 'kept')
    assert.equal(world.sim.state.openViews(dana), [])
  }))

test('Slack itself keeps back what is not filled in', () =>
  withForm(async world => {
    const done = await world.sim.desktop.submitView({ user: dana, values: { kind: 'a' } })
    assert.is(done.trouble, 'Please complete this required field.')
    assert.equal(world.sim.state.openViews(dana)[0]?.errors, { why: 'Please complete this required field.' })
    assert.is(world.received.length, 1)
  }))

test('nobody types or chooses what the form does not take', () =>
  withForm(async world => {
    for (const wrong of [{ kind: 'c' }, { why: 'x'.repeat(11) }, { other: 'a' }, { why: 7 }])
      assert.throws(
        () => world.sim.desktop.fill({ user: dana, values: wrong }),
        (error: unknown) => error instanceof Impossible,
      )
    assert.throws(() => world.sim.desktop.fill({ user: 'U0MO', values }), /no such modal/)
  }))

type Fact = { answer: ReturnType<World['answer']>; open: number; trouble?: RegExp; errors?: object; title?: string }
const update = (view: object): object => ({ body: { response_action: 'update', view } })
const facts: Record<string, Fact> = {
  'nothing closes it': { answer: {}, open: 0 },
  'clear closes it': { answer: { body: { response_action: 'clear' } }, open: 0 },
  'errors are shown at their fields': {
    answer: { body: { response_action: 'errors', errors: { why: 'No.' } } },
    open: 1,
    errors: { why: 'No.' },
  },
  'errors at no field are trouble': {
    answer: { body: { response_action: 'errors', errors: { other: 'No.' } } },
    open: 1,
    trouble: /no input block/,
    errors: {},
  },
  'update replaces it': {
    answer: update({ type: 'modal', title: plain('Done'), blocks: [section('a')] }),
    open: 1,
    title: 'Done',
  },
  'an update that breaks a limit is trouble': {
    answer: update({ type: 'modal', title: plain('x'.repeat(25)), blocks: [section('a')] }),
    open: 1,
    title: 'Ask',
    trouble: /less than 25/,
  },
  'push puts one on top of it': {
    answer: {
      body: { response_action: 'push', view: { type: 'modal', title: plain('Upon'), blocks: [section('a')] } },
    },
    open: 2,
    title: 'Upon',
  },
  'an unknown answer is trouble': {
    answer: { body: { response_action: 'dance' } },
    open: 1,
    trouble: /trouble connecting/,
  },
  'an error is trouble': { answer: { status: 500 }, open: 1, trouble: /trouble connecting/ },
}
table(test, facts, ({ answer, trouble, errors, title, open: count }) =>
  withForm(async world => {
    world.answer = () => answer
    const done = await world.sim.desktop.submitView({ user: dana, values })
    if (trouble) assert.match(done.trouble ?? '', trouble)
    else assert.is(done.trouble, undefined)
    const views = world.sim.state.openViews(dana)
    assert.is(views.length, count)
    if (errors) assert.equal(views[0]?.errors, errors)
    if (title) assert.equal(views.at(-1)?.view['title'], plain(title))
  }),
)

test('a form that is closed while its answer is under way stays closed, and errors change no hash', () =>
  withForm(async (world, { hash }) => {
    await world.sim.desktop.submitView({ user: dana })
    assert.is(world.sim.state.openViews(dana)[0]?.hash, hash)
    world.answer = () => {
      void world.sim.desktop.closeView({ user: dana })
      return update({ type: 'modal', title: plain('Done'), blocks: [section('a')] })
    }
    await world.sim.desktop.submitView({ user: dana, values })
    assert.equal(world.sim.state.openViews(dana), [])
  }))

test('there is no fourth view on top of three', () =>
  withForm(async world => {
    const next = form({ callback_id: 'next', blocks: [section('a')] })
    for (const [count, says] of [
      [2, undefined],
      [3, undefined],
      [3, /push_limit_reached/],
    ] as const) {
      world.answer = () => ({ body: { response_action: 'push', view: next } })
      const done = await world.sim.desktop.submitView({ user: dana, ...(count === 2 && { values }) })
      if (says) assert.match(done.trouble ?? '', says)
      assert.is(world.sim.state.openViews(dana).length, count)
    }
  }))

test('a choice is delivered where the block asks for it, and typing is not', () =>
  withForm(async world => {
    world.sim.desktop.fill({ user: dana, values: { why: 'because' } })
    await world.sim.desktop.choose({ user: dana, blockID: 'why', value: 'still' })
    assert.is(world.received.length, 1)
    await world.sim.desktop.choose({ user: dana, blockID: 'kind', value: 'b' })
    const { container, actions, response_url: url, channel: where } = world.payload()
    assert.equal(container, { type: 'view', view_id: world.sim.state.openViews(dana)[0]?.id })
    assert.equal(actions[0]?.selected_option, option('b'))
    assert.equal([url, where], [undefined, undefined])
    assert.equal(heldOf(world)['why'], { why: { type: 'plain_text_input', value: 'still' } })
  }))

test('an update keeps what was typed where the ids are the same, and takes the new start elsewhere', () =>
  withForm(async (world, { id }) => {
    world.sim.desktop.fill({ user: dana, values: { ...values, why: 'typed' } })
    const onlyA = { element: { type: 'static_select', action_id: 'kind', options: [option('a')] } }
    const changed = form({
      blocks: [kind(onlyA), reason('why', { initial_value: 'new' }), reason('other', { initial_value: 'new' })],
    })
    await world.client().views.update({ view_id: id, view: changed as never })
    const [view] = world.sim.state.openViews(dana)
    assert.is(view?.values['why']?.['why']?.['value'], 'typed')
    assert.is(view?.values['other']?.['other']?.['value'], 'new')
    assert.is(view?.values['kind']?.['kind']?.['selected_option'], null)
  }))

test('an update holds to the hash it names and to views that are open', () =>
  withForm(async (world, { id, hash }) => {
    const view = JSON.stringify(form())
    assert.is(await world.errorOf('views.update', { view_id: id, hash: 'stale', view }), 'hash_conflict')
    assert.is(await world.errorOf('views.update', { view_id: id, hash, view }), 'ok')
    assert.is(await world.errorOf('views.update', { view_id: id, hash, view }), 'hash_conflict')
    await world.sim.desktop.closeView({ user: dana })
    assert.is(await world.errorOf('views.update', { view_id: id, view }), 'not_found')
    assert.is(world.received.length, 1)
  }))

test('closing is told to those who asked for it', () =>
  withForm(
    async world => {
      await world.sim.desktop.closeView({ user: dana })
      const { type, is_cleared: isCleared } = world.payload()
      assert.equal([type, isCleared], ['view_closed', false])
    },
    form({ notify_on_close: true }),
  ))

test('an external id is taken once', () =>
  withForm(
    async world => {
      await world.sim.desktop.slashCommand({ user: 'U0MO', channel, command: '/access' })
      const trigger = world.received.at(-1)?.form.get('trigger_id') ?? ''
      const view = JSON.stringify(form({ external_id: 'one' }))
      assert.is(await world.errorOf('views.open', { trigger_id: trigger, view }), 'duplicate_external_id')
    },
    form({ external_id: 'one' }),
  ))

test.run()
