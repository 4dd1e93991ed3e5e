import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import type { RoleMapping } from '../../../src/api/kinds.ts'
import type { GatewayOptions } from '../../../src/slack/gateway/gateway.ts'
import { encodeTarget } from '../../../src/slack/messages/blocks.ts'
import { Office, type Reply } from '../delivery.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { start } from '../../fakes/clock.ts'

const test = suite('the form that asks')
const db = mapping()
const logs = mapping({ name: 'logs', spec: { reason: { required: false }, duration: { default: '1h', max: '8h' } } })
const secret = mapping({ name: 'secret', spec: { requesters: { emails: ['ana@example.com'] } } })
const mappings = [db, logs, secret]
const dana = { user: { id: 'U0DANA', team_id: 'T0HOME' } }

async function inOffice(
  work: (office: Office) => Promise<void>,
  options: Partial<GatewayOptions> = {},
  of = mappings,
): Promise<void> {
  const office = await new Office(of, options).open()
  try {
    await work(office)
  } finally {
    await office.close()
  }
}

type Filled = { of?: RoleMapping; duration?: string; reason?: string; start?: number }
function filled({ of = db, duration = '30m', reason = 'INC-1 x', start: at }: Filled = {}): object {
  const { uid } = of.metadata
  return {
    callback_id: 'ask',
    private_metadata: '{"c":"C0SOMEWHERE","r":"https://hooks.slack.com/commands/1"}',
    state: {
      values: {
        mapping: { mapping: { type: 'static_select', selected_option: { value: uid } } },
        [`duration-${uid}`]: { duration: { type: 'plain_text_input', value: duration } },
        [`reason-${uid}`]: { reason: { type: 'plain_text_input', value: reason } },
        start: { start: { type: 'datetimepicker', selected_date_time: at ?? null } },
      },
    },
  }
}
const said = (office: Office): string => office.screens.said.at(-1)?.answer.text ?? ''
const fault = ({ body }: Reply): Record<string, string> => (body['errors'] ?? {}) as Record<string, string>

test('a bare command opens the form with what this person may ask for', () =>
  inOffice(async office => {
    const reply = await office.command('/access', { trigger_id: 'T1' })
    assert.is(reply.raw, '')
    const form = office.screens.forms['T1']
    const options = JSON.stringify(form?.blocks[0])
    assert.match(options, '"prod-db"')
    assert.match(options, '"logs"')
    assert.not.match(options, '"secret"')
    assert.is(form?.private_metadata, '{"c":"C0SOMEWHERE","r":"https://hooks.slack.com/commands/1"}')
  }))

test("a mapping's own command alone opens the form with it chosen, its default and its hint", () =>
  inOffice(async office => {
    await office.command('/prod-db', { trigger_id: 'T1' })
    const words = JSON.stringify(office.screens.forms['T1']?.blocks)
    assert.match(words, '"initial_value":"30m"')
    assert.match(words, 'At most 4 hours, such as 30m, 2h or 1h30m.')
    assert.match(words, 'With a ticket such as INC-1234.')
    assert.match(words, '• roles/cloudsql.client on projects/prod-eu')
  }))

test('a person who may not ask sees no form of it', () =>
  inOffice(
    async office => {
      assert.match((await office.command('/secret')).text, /^"\/secret" is not something you can ask for here\./)
      assert.match((await office.command('/access old')).text, /cannot be asked for at the moment/)
      assert.equal(office.screens.forms, {})
    },
    {},
    [...mappings, mapping({ name: 'old', isReady: false })],
  ))

test('choosing another mapping shows its default and keeps the reason', () =>
  inOffice(async office => {
    const { state, private_metadata: metadata } = filled({ reason: 'INC-7 typed' }) as {
      state: object
      private_metadata: string
    }
    await office.click(
      { action_id: 'mapping', selected_option: { value: logs.metadata.uid } },
      { ...dana, response_url: null, view: { id: 'V1', hash: 'h', private_metadata: metadata, state } },
    )
    const form = office.screens.forms['V1']
    const words = JSON.stringify(form?.blocks)
    assert.match(words, '"initial_value":"1h"')
    assert.match(words, '"initial_value":"INC-7 typed"')
    assert.match(words, 'At most 8 hours')
    assert.is(form?.private_metadata, metadata)
  }))

test('a form that comes back asks and closes, and a line where it was opened says so', () =>
  inOffice(async office => {
    const reply = await office.submit(filled(), dana)
    assert.equal(reply.body, { response_action: 'clear' })
    const [line, ...more] = office.screens.said
    assert.is(line?.url, 'https://hooks.slack.com/commands/1')
    assert.match(line?.answer.text ?? '', 'Asked for *prod-db*, 30 minutes.')
    assert.match(JSON.stringify(line?.answer.blocks), '"action_id":"withdraw"')
    assert.equal(more, [])
    const [stored] = office.requests.all()
    assert.is(stored?.spec.reason, 'INC-1 x')
    assert.is(stored?.spec.slack?.channelID, 'C0SOMEWHERE')
    assert.is(stored?.spec.notBefore, undefined)
  }))

test('a form that nobody can be answered outside of shows the answer itself', () =>
  inOffice(async office => {
    const reply = await office.submit({ ...filled(), private_metadata: '{"c":"C0SOMEWHERE"}' }, dana)
    assert.is(reply.body['response_action'], 'update')
    assert.match(reply.raw, 'Asked for *prod-db*, 30 minutes.')
    assert.equal(office.screens.said, [])
  }))

const durations: Record<string, { duration: string; says: string; stored: string }> = {
  'with a blank': { duration: '15 min', says: '15 minutes.', stored: '15m' },
  'in capitals, with a comma': { duration: '1H 30M,', says: '1 hour 30 minutes.', stored: '1h30m' },
  'in words': { duration: 'for 1 hour and 30 minutes', says: '1 hour 30 minutes.', stored: '1h30m' },
  'left empty': { duration: ' ', says: '30 minutes (the default).', stored: '30m' },
}
table(
  test,
  Object.fromEntries(Object.entries(durations).map(([how, fact]) => [`a duration in the form, ${how}`, fact])),
  ({ duration, says, stored }) =>
    inOffice(async office => {
      await office.submit(filled({ duration }), dana)
      assert.match(said(office), `Asked for *prod-db*, ${says}`)
      assert.is(office.requests.all()[0]?.spec.duration, stored)
    }),
)

test('a reason in the form is stored as it was typed', () =>
  inOffice(async office => {
    await office.submit(
      filled({ reason: 'INC-1 <https://x.example/a?b=1&amp;c=2> &amp; <mailto:mo@x.example|mo@x.example>' }),
      dana,
    )
    assert.is(office.requests.all()[0]?.spec.reason, 'INC-1 https://x.example/a?b=1&c=2 & mo@x.example')
  }))

test('the same form sent twice asks once', () =>
  inOffice(async office => {
    for (const _ of [1, 2]) await office.submit(filled(), dana)
    assert.is(office.requests.all().length, 1)
  }))

test('a later start is stored', () =>
  inOffice(async office => {
    await office.submit(filled({ start: start.getTime() / 1000 + 7200 }), dana)
    assert.is(office.requests.all()[0]?.spec.notBefore, '2026-11-23T16:02:00Z')
    assert.match(said(office), '30 minutes, from Monday 23 November 2026, 17:02 (Europe/Zurich).')
  }))

const uid = db.metadata.uid
const faults: Record<string, { form: Filled; at: string; says: string }> = {
  'an invalid duration': {
    form: { duration: 'long' },
    at: `duration-${uid}`,
    says: '"long" is not a duration here; write 30m, 2h or 1h30m.',
  },
  'a number without unit': {
    form: { duration: '30' },
    at: `duration-${uid}`,
    says: '"30" is not a duration here; write 30m, 2h or 1h30m.',
  },
  'too long': {
    form: { duration: '9h' },
    at: `duration-${uid}`,
    says: 'prod-db lasts at most 4 hours; you asked for 9 hours.',
  },
  'no reason': {
    form: { reason: ' \n' },
    at: `reason-${uid}`,
    says: 'prod-db needs a reason, with a ticket such as INC-1234.',
  },
  'a reason that does not fit': {
    form: { reason: 'please' },
    at: `reason-${uid}`,
    says: 'prod-db needs a reason, with a ticket such as INC-1234.',
  },
  'a start in the past': {
    form: { start: start.getTime() / 1000 - 3600 },
    at: 'start',
    says: 'The start is in the past.',
  },
  'a start too far ahead': {
    form: { start: start.getTime() / 1000 + 9 * 86_400 },
    at: 'start',
    says: 'The start is more than 7 days ahead.',
  },
  'a start besides the times of several days': {
    form: { duration: '22:00-02:00 until Friday', start: start.getTime() / 1000 + 7200 },
    at: 'start',
    says: 'Times of several days have their own start: leave this empty.',
  },
  'a mapping that one may not ask for': {
    form: { of: secret },
    at: 'mapping',
    says: 'You are not among those who may ask for secret.',
  },
  'a mapping that is gone': {
    form: { of: mapping({ name: 'gone' }) },
    at: 'mapping',
    says: 'This can no longer be asked for. Please choose again.',
  },
}
table(test, faults, ({ form, at, says }) =>
  inOffice(async office => {
    const reply = await office.submit(filled(form), dana)
    assert.is(reply.body['response_action'], 'errors')
    assert.equal(fault(reply), { [at]: says })
    assert.is(office.requests.all().length, 0)
  }),
)

test('an empty reason passes where none is required', () =>
  inOffice(async office => {
    await office.submit(filled({ of: logs, reason: '' }), dana)
    assert.is(office.requests.all()[0]?.spec.reason, '')
  }))

test('a slow store is acknowledged in time; the form shows the result, or the channel when it was closed', async () => {
  for (const isClosed of [false, true])
    await inOffice(
      async office => {
        const stored = Promise.withResolvers<void>()
        office.requests.beforeWrite = () => stored.promise
        assert.match((await office.submit(filled(), dana)).raw, 'Still storing your request')
        office.screens.isClosed = isClosed
        stored.resolve()
        await office.settled()
        if (isClosed) assert.match(office.screens.said[0]?.answer.text ?? '', /^Asked for/)
        else assert.match(JSON.stringify(office.screens.forms['V0FORM']), 'Asked for')
      },
      { storeDeadlineMs: 30 },
    )
})

const again = (): object => {
  const { namespace, name, uid: id } = request(db).metadata
  return { action_id: 'ask-again', value: encodeTarget({ namespace, name, uid: id }) }
}
test('Ask again opens the form as it was filled, with the words of the requester only for themselves', () =>
  inOffice(async office => {
    office.requests.put(request(db, { status: { phase: 'TimedOut' } }))
    await office.click(again(), { ...dana, trigger_id: 'T1' })
    assert.match(JSON.stringify(office.screens.forms['T1']), 'replaying the failed payout batch')
    await office.click(again(), { trigger_id: 'T2' })
    assert.not.match(JSON.stringify(office.screens.forms['T2']), 'replaying')
    assert.match(JSON.stringify(office.screens.forms['T2']), '"initial_value":"30m"')
  }))

test('a form of no known kind is answered in words', () =>
  inOffice(async office => {
    assert.match((await office.submit({ callback_id: 'other' }, dana)).raw, 'areq-500')
    assert.match((await office.submit({ callback_id: 'ask', id: '' }, dana)).raw, 'areq-500')
  }))

test('of more than 100 mappings the form lists 100, the chosen one among them', () =>
  inOffice(
    async office => {
      await office.command('/m-99', { trigger_id: 'T1' })
      const words = JSON.stringify(office.screens.forms['T1']?.blocks[0])
      const [options = '', initial = ''] = words.split('"initial_option"')
      assert.is(options.match(/"value"/g)?.length, 100)
      assert.match(options, '"m-99"')
      assert.match(initial, '"m-99"')
    },
    {},
    Array.from({ length: 120 }, (_, i) => mapping({ name: `m-${i}` })),
  ))

test.run()
