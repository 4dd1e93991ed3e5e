import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import { messageFaults, viewFaults } from '../../../src/sim/slack/blocks.ts'
import { buttons, channel, withFixture, plain } from './fixture.ts'

const test = suite("simulated Slack: Block Kit's limits")
const x = (length: number): string => 'x'.repeat(length)
const section = (text: string): object => ({ type: 'section', text: { type: 'mrkdwn', text } })
const button = (more: object = {}): object => ({ type: 'button', action_id: 'a', text: plain('ok'), ...more })
const row = (...elements: object[]): object => ({ type: 'actions', elements })
const option = (text: number, value: number | string): object => ({
  text: plain(x(text)),
  value: typeof value === 'string' ? value : x(value),
})
const select = (more: object): object =>
  row({ type: 'static_select', action_id: 's', options: [option(1, 'a')], ...more })
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

/** What just fits, and what is just too much. */
const messages: Record<string, { fits: object[]; not: object[]; says: RegExp }> = {
  'blocks of a message': {
    fits: times(50, () => section('a')),
    not: times(51, () => section('a')),
    says: /no more than 50 items/,
  },
  'text of a section': {
    fits: [section(x(3000))],
    not: [section(x(3001))],
    says: /less than 3001 characters \[json-pointer:\/blocks\/0\/text\/text\]/,
  },
  'an empty text': { fits: [section('a')], not: [section('')], says: /more than 0 characters/ },
  'a section without anything': { fits: [section('a')], not: [{ type: 'section' }], says: /text or fields/ },
  'fields of a section': {
    fits: [{ type: 'section', fields: times(10, () => plain(x(2000))) }],
    not: [{ type: 'section', fields: times(11, () => plain('a')) }],
    says: /no more than 10/,
  },
  'text of a field': {
    fits: [{ type: 'section', fields: [plain(x(2000))] }],
    not: [{ type: 'section', fields: [plain(x(2001))] }],
    says: /less than 2001/,
  },
  'a header': {
    fits: [{ type: 'header', text: plain(x(150)) }],
    not: [{ type: 'header', text: plain(x(151)) }],
    says: /less than 151/,
  },
  'elements of a context': {
    fits: [{ type: 'context', elements: times(10, () => plain('a')) }],
    not: [{ type: 'context', elements: times(11, () => plain('a')) }],
    says: /no more than 10/,
  },
  'elements of actions': {
    fits: [row(...times(25, i => button({ action_id: `a${i}` })))],
    not: [row(...times(26, i => button({ action_id: `a${i}` })))],
    says: /no more than 25/,
  },
  'text of a button': {
    fits: [row(button({ text: plain(x(75)) }))],
    not: [row(button({ text: plain(x(76)) }))],
    says: /less than 76/,
  },
  'a button in mrkdwn': {
    fits: [row(button())],
    not: [row(button({ text: { type: 'mrkdwn', text: 'a' } }))],
    says: /unsupported type: mrkdwn/,
  },
  'value of a button': {
    fits: [row(button({ value: x(2000) }))],
    not: [row(button({ value: x(2001) }))],
    says: /less than 2001/,
  },
  'address of a button': {
    fits: [row(button({ url: `https://x.example/${x(2982)}` }))],
    not: [row(button({ url: `https://x.example/${x(2983)}` }))],
    says: /less than 3001/,
  },
  'an invalid address': {
    fits: [row(button({ url: 'https://x' }))],
    not: [row(button({ url: 'javascript:x' }))],
    says: /must be a URL/,
  },
  'style of a button': {
    fits: [row(button({ style: 'danger' }))],
    not: [row(button({ style: 'red' }))],
    says: /must be one of/,
  },
  'action ids': {
    fits: [row(button(), button({ action_id: 'b' }))],
    not: [row(button(), button())],
    says: /action_id "a" already exists/,
  },
  'length of an action id': {
    fits: [row(button({ action_id: x(255) }))],
    not: [row(button({ action_id: x(256) }))],
    says: /less than 256/,
  },
  'block ids': {
    fits: [{ ...section('a'), block_id: x(255) }, section('b')],
    not: [
      { ...section('a'), block_id: 'b' },
      { ...section('b'), block_id: 'b' },
    ],
    says: /block_id "b" already exists/,
  },
  'options of a select': {
    fits: [select({ options: times(100, i => option(1, `${i}`)) })],
    not: [select({ options: times(101, i => option(1, `${i}`)) })],
    says: /no more than 100/,
  },
  'text of an option': {
    fits: [select({ options: [option(75, 'a')] })],
    not: [select({ options: [option(76, 'a')] })],
    says: /less than 76/,
  },
  'value of an option': {
    fits: [select({ options: [option(1, 75)] })],
    not: [select({ options: [option(1, 76)] })],
    says: /less than 76/,
  },
  'an initial option that is not offered': {
    fits: [select({ initial_option: option(1, 'a') })],
    not: [select({ initial_option: option(1, 'b') })],
    says: /not offered/,
  },
  'a field nobody knows': {
    fits: [section('a')],
    not: [{ ...section('a'), colour: 'red' }],
    says: /unexpected field: colour/,
  },
  'a block nobody knows': { fits: [section('a')], not: [{ type: 'poem' }], says: /unsupported type: poem/ },
}
table(test, messages, ({ fits, not, says }) => {
  assert.equal(messageFaults(fits), [])
  assert.match(messageFaults(not).join('\n'), says)
})

const view = (more: object = {}): object => ({ type: 'modal', title: plain('Title'), blocks: [section('a')], ...more })
const input = (more: object = {}, element: object = {}): object => ({
  type: 'input',
  label: plain('Label'),
  element: { type: 'plain_text_input', action_id: 'a', ...element },
  ...more,
})
const views: Record<string, { fits: object; not: object; says: RegExp }> = {
  'title of a view': { fits: view({ title: plain(x(24)) }), not: view({ title: plain(x(25)) }), says: /less than 25/ },
  'words on submit': {
    fits: view({ submit: plain(x(24)) }),
    not: view({ submit: plain(x(25)) }),
    says: /less than 25/,
  },
  'blocks of a view': {
    fits: view({ blocks: times(100, () => section('a')) }),
    not: view({ blocks: times(101, () => section('a')) }),
    says: /no more than 100/,
  },
  'private metadata': {
    fits: view({ private_metadata: x(3000) }),
    not: view({ private_metadata: x(3001) }),
    says: /less than 3001/,
  },
  'callback id': { fits: view({ callback_id: x(255) }), not: view({ callback_id: x(256) }), says: /less than 256/ },
  'inputs want a submit': {
    fits: view({ blocks: [input()], submit: plain('Go') }),
    not: view({ blocks: [input()] }),
    says: /submit is required/,
  },
  'an initial text': {
    fits: view({ submit: plain('Go'), blocks: [input({}, { initial_value: x(3000) })] }),
    not: view({ submit: plain('Go'), blocks: [input({}, { initial_value: x(3001) })] }),
    says: /less than 3001/,
  },
  'a button in an input': {
    fits: view({ submit: plain('Go'), blocks: [input()] }),
    not: view({ submit: plain('Go'), blocks: [{ ...input(), element: button() }] }),
    says: /unsupported type: button/,
  },
}
table(test, views, ({ fits, not, says }) => {
  assert.equal(viewFaults(fits), [])
  assert.match(viewFaults(not).join('\n'), says)
})

test('a message that breaks a limit is refused whole, with the place of the fault', () =>
  withFixture(async fixture => {
    const post = fixture.client().chat.postMessage({ channel, text: 'a', blocks: [section(x(3001))] as never })
    const { data } = (await post.catch((thrown: unknown) => thrown)) as {
      data: { error: string; response_metadata: { messages: string[] } }
    }
    assert.is(data.error, 'invalid_blocks')
    assert.equal(data.response_metadata.messages, [
      '[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
    ])
    assert.is(fixture.sim.state.messages(channel).length, 0)
  }))

test('blocks and elements without ids get some', () =>
  withFixture(async fixture => {
    const { block_id: _, ...anonymous } = buttons() as { block_id: string }
    await fixture.post({ blocks: [anonymous] })
    assert.ok(fixture.sim.state.messages(channel)[0]?.blocks[0]?.['block_id'])
  }))

test.run()
