import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import { Impossible } from '../../../src/sim/slack/fields.ts'
import type { StoredView } from '../../../src/sim/slack/types.ts'
import { channel, dana, withFixture, plain, type Fixture } from './fixture.ts'

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
async function withForm(work: (fixture: Fixture, view: StoredView) => Promise<void>, view = form()): Promise<void> {
  await withFixture(async fixture => {
    await open(fixture, view)
    const [stored] = fixture.sim.state.openViews(dana)
    if (!stored) return assert.unreachable('no form is open')
    await work(fixture, stored)
  })
}
async function open(fixture: Fixture, view = form()): Promise<void> {
  await fixture.sim.desktop.slashCommand({ user: dana, channel, command: '/access' })
  const trigger = fixture.received.at(-1)?.form.get('trigger_id') ?? ''
  await fixture.client().views.open({ trigger_id: trigger, view: view as never })
}
const heldOf = (fixture: Fixture): Record<string, unknown> => fixture.payload().view.state.values
const values = { kind: 'b', why: 'because' }

test('a submission carries every field, the metadata and the hash', () =>
  withForm(async (fixture, view) => {
    await fixture.sim.desktop.submitView({ user: dana, values: { ...values, start: 1_795_442_520 } })
    const payload = fixture.payload()
    assert.is(payload.type, 'view_submission')
    assert.equal(heldOf(fixture), {
      kind: { kind: { type: 'static_select', selected_option: option('b') } },
      why: { why: { type: 'plain_text_input', value: 'because' } },
      start: { start: { type: 'datetimepicker', selected_date_time: 1_795_442_520 } },
    })
    const shown = payload.view
    assert.is(shown['id'], view.id)
    assert.is(shown['callback_id'], 'ask')
    assert.is(shown['private_metadata'], 'kept')
    assert.equal(fixture.sim.state.openViews(dana), [])
  }))

test('Slack itself keeps back what is not filled in', () =>
  withForm(async fixture => {
    const done = await fixture.sim.desktop.submitView({ user: dana, values: { kind: 'a' } })
    assert.is(done.trouble, 'Please complete this required field.')
    assert.equal(fixture.sim.state.openViews(dana)[0]?.errors, { why: 'Please complete this required field.' })
    assert.is(fixture.received.length, 1)
  }))

test('nobody types or chooses what the form does not take', () =>
  withForm(async fixture => {
    for (const wrong of [{ kind: 'c' }, { why: 'x'.repeat(11) }, { other: 'a' }, { why: 7 }])
      assert.throws(
        () => fixture.sim.desktop.fill({ user: dana, values: wrong }),
        (error: unknown) => error instanceof Impossible,
      )
    assert.throws(() => fixture.sim.desktop.fill({ user: 'U0MO', values }), /no such modal/)
  }))

type Fact = { answer: ReturnType<Fixture['answer']>; open: number; trouble?: RegExp; errors?: object; title?: string }
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
  withForm(async fixture => {
    fixture.answer = () => answer
    const done = await fixture.sim.desktop.submitView({ user: dana, values })
    if (trouble) assert.match(done.trouble ?? '', trouble)
    else assert.is(done.trouble, undefined)
    const views = fixture.sim.state.openViews(dana)
    assert.is(views.length, count)
    if (errors) assert.equal(views[0]?.errors, errors)
    if (title) assert.equal(views.at(-1)?.view['title'], plain(title))
  }),
)

test('a form that is closed while its answer is under way stays closed, and errors change no hash', () =>
  withForm(async (fixture, { hash }) => {
    await fixture.sim.desktop.submitView({ user: dana })
    assert.is(fixture.sim.state.openViews(dana)[0]?.hash, hash)
    fixture.answer = () => {
      void fixture.sim.desktop.closeView({ user: dana })
      return update({ type: 'modal', title: plain('Done'), blocks: [section('a')] })
    }
    await fixture.sim.desktop.submitView({ user: dana, values })
    assert.equal(fixture.sim.state.openViews(dana), [])
  }))

test('there is no fourth view on top of three', () =>
  withForm(async fixture => {
    const next = form({ callback_id: 'next', blocks: [section('a')] })
    for (const [count, says] of [
      [2, undefined],
      [3, undefined],
      [3, /push_limit_reached/],
    ] as const) {
      fixture.answer = () => ({ body: { response_action: 'push', view: next } })
      const done = await fixture.sim.desktop.submitView({ user: dana, ...(count === 2 && { values }) })
      if (says) assert.match(done.trouble ?? '', says)
      assert.is(fixture.sim.state.openViews(dana).length, count)
    }
  }))

test('a choice is delivered where the block asks for it, and typing is not', () =>
  withForm(async fixture => {
    fixture.sim.desktop.fill({ user: dana, values: { why: 'because' } })
    await fixture.sim.desktop.choose({ user: dana, blockID: 'why', value: 'still' })
    assert.is(fixture.received.length, 1)
    await fixture.sim.desktop.choose({ user: dana, blockID: 'kind', value: 'b' })
    const { container, actions, response_url: url, channel: where } = fixture.payload()
    assert.equal(container, { type: 'view', view_id: fixture.sim.state.openViews(dana)[0]?.id })
    assert.equal(actions[0]?.selected_option, option('b'))
    assert.equal([url, where], [undefined, undefined])
    assert.equal(heldOf(fixture)['why'], { why: { type: 'plain_text_input', value: 'still' } })
  }))

test('an update keeps what was typed where the ids are the same, and takes the new start elsewhere', () =>
  withForm(async (fixture, { id }) => {
    fixture.sim.desktop.fill({ user: dana, values: { ...values, why: 'typed' } })
    const onlyA = { element: { type: 'static_select', action_id: 'kind', options: [option('a')] } }
    const changed = form({
      blocks: [kind(onlyA), reason('why', { initial_value: 'new' }), reason('other', { initial_value: 'new' })],
    })
    await fixture.client().views.update({ view_id: id, view: changed as never })
    const [view] = fixture.sim.state.openViews(dana)
    assert.is(view?.values['why']?.['why']?.['value'], 'typed')
    assert.is(view?.values['other']?.['other']?.['value'], 'new')
    assert.is(view?.values['kind']?.['kind']?.['selected_option'], null)
  }))

test('an update holds to the hash it names and to views that are open', () =>
  withForm(async (fixture, { id, hash }) => {
    const view = JSON.stringify(form())
    assert.is(await fixture.errorOf('views.update', { view_id: id, hash: 'stale', view }), 'hash_conflict')
    assert.is(await fixture.errorOf('views.update', { view_id: id, hash, view }), 'ok')
    assert.is(await fixture.errorOf('views.update', { view_id: id, hash, view }), 'hash_conflict')
    await fixture.sim.desktop.closeView({ user: dana })
    assert.is(await fixture.errorOf('views.update', { view_id: id, view }), 'not_found')
    assert.is(fixture.received.length, 1)
  }))

test('closing is told to those who asked for it', () =>
  withForm(
    async fixture => {
      await fixture.sim.desktop.closeView({ user: dana })
      const { type, is_cleared: isCleared } = fixture.payload()
      assert.equal([type, isCleared], ['view_closed', false])
    },
    form({ notify_on_close: true }),
  ))

test('an external id is taken once', () =>
  withForm(
    async fixture => {
      await fixture.sim.desktop.slashCommand({ user: 'U0MO', channel, command: '/access' })
      const trigger = fixture.received.at(-1)?.form.get('trigger_id') ?? ''
      const view = JSON.stringify(form({ external_id: 'one' }))
      assert.is(await fixture.errorOf('views.open', { trigger_id: trigger, view }), 'duplicate_external_id')
    },
    form({ external_id: 'one' }),
  ))

test.run()
