// Asking as an emergency: the word first, or the tick in the form. Nothing is an emergency that a person did not call one, and
// nothing that a mapping does not offer.
import * as assert from 'uvu/assert'
import type { RequestSpec } from '../../../src/api/kinds.ts'
import type { GatewayOptions } from '../../../src/slack/gateway/gateway.ts'
import { attack } from '../../attacks.ts'
import { suite, table } from '../../suite.ts'
import { emergency, endedEmergency } from '../../builders/emergency.ts'
import { mapping } from '../../builders/mapping.ts'
import { generous } from '../../builders/organisation.ts'
import { Office } from '../delivery.ts'

const test = suite('asking as an emergency')
const db = mapping({ spec: { emergency } })
const logs = mapping({ name: 'logs', spec: { reason: { required: false } } })
const dana = { user: { id: 'U0DANA', team_id: 'T0HOME' } }

async function inOffice<T>(work: (office: Office) => Promise<T>, options: Partial<GatewayOptions> = {}): Promise<T> {
  const office = await new Office([db, logs], options).open()
  try {
    return await work(office)
  } finally {
    await office.close()
  }
}

type Asked = Pick<RequestSpec, 'duration' | 'reason'> & { emergency: boolean }
const askedIn = (office: Office): Asked | undefined => {
  const [one] = office.requests.all()
  return one && { duration: one.spec.duration, reason: one.spec.reason, emergency: one.spec.emergency ?? false }
}

table<{ typed: string; asked?: Asked; says?: RegExp }>(
  test,
  {
    'the word first': {
      typed: '/prod-db emergency 20m INC-1 all is down',
      asked: { duration: '20m', reason: 'INC-1 all is down', emergency: true },
      says: /^Asked for \*prod-db\* as an emergency, 20 minutes\. <#C0SECURITY> is told, and somebody else reviews it/,
    },
    'in any case, with a mark': {
      typed: '/prod-db *EMERGENCY*: INC-1 replay the batch, 20m',
      asked: { duration: '20m', reason: 'INC-1 replay the batch', emergency: true },
    },
    'with the command that reaches every mapping': {
      typed: '/access prod-db emergency 20m INC-1 all is down',
      asked: { duration: '20m', reason: 'INC-1 all is down', emergency: true },
    },
    'a longer word is a part of the reason': {
      typed: '/logs emergencyexit INC-1',
      asked: { duration: '30m', reason: 'emergencyexit INC-1', emergency: false },
    },
    'without the word it is not one': {
      typed: '/prod-db 20m INC-1 no emergency',
      asked: { duration: '20m', reason: 'INC-1 no emergency', emergency: false },
    },
    'after the time it is asked back': {
      typed: '/prod-db 20m emergency INC-1 all is down',
      says: /^To ask as an emergency, write that word first/,
    },
    'after the time it is a reason where no emergency is offered': {
      typed: '/logs 20m emergency drill',
      asked: { duration: '20m', reason: 'emergency drill', emergency: false },
    },
    'a mapping that offers none refuses it, and says how to write such a reason': {
      typed: '/logs emergency drill',
      says: /^\*logs\* cannot be asked for as an emergency\. Ask without that word; if it belongs to your reason, write how long/,
    },
    'it needs a reason': { typed: '/prod-db emergency 20m', says: /^An emergency of \*prod-db\* needs a reason/ },
    'help is help': { typed: '/prod-db emergency help', says: /^Production access for a limited time/ },
    'a time that is not clear is asked back': { typed: '/prod-db emergency 2 huors INC-1', says: /may be a time/ },
  },
  ({ typed, asked, says = /^Asked for/ }) =>
    inOffice(async office => {
      const { text } = await office.command(typed)
      assert.match(text, says)
      assert.equal(askedIn(office), asked)
    }),
)

test('help says how, with a mapping that offers it', () =>
  inOffice(async office => {
    const { text } = await office.command('/access help')
    assert.match(
      text,
      /In an emergency write that word first: `\/access prod-db emergency 30m a ticket such as INC-1234`/,
    )
    assert.match(text, /\*prod-db\* or `\/prod-db`[^\n]*, also as an emergency$/m)
    assert.not.match(text, /\*logs\*[^\n]*, also as an emergency/)
  }))

test('the list of own requests says which are emergencies', () =>
  inOffice(async office => {
    await office.command('/prod-db emergency 20m INC-1 all is down')
    assert.match((await office.command('/access mine')).text, /^• \*prod-db\* as an emergency, 20 minutes: waits for/)
  }))

test('a usual request that nobody answers does not keep its requester from asking as an emergency', () =>
  inOffice(async office => {
    await office.command('/prod-db 20m INC-1 a query is slow')
    assert.match(
      (await office.command('/prod-db emergency 20m INC-1 all is down')).text,
      /^Asked for .* as an emergency/,
    )
    assert.equal(
      office.requests.all().map(({ spec }) => spec.emergency ?? false),
      [false, true],
    )
    const again = /^You already asked for \*prod-db\* as an emergency, 20 minutes/
    assert.match((await office.command('/prod-db emergency 20m INC-1 all is down')).text, again)
    assert.is(office.requests.all().length, 2)
  }))

test('an emergency that waits takes the place of a usual request', () =>
  inOffice(async office => {
    await office.command('/prod-db emergency 20m INC-1 all is down')
    assert.match(
      (await office.command('/prod-db 20m INC-1')).text,
      /^You already asked for \*prod-db\* as an emergency/,
    )
    assert.is(office.requests.all().length, 1)
  }))

const blocksOf = (office: Office, trigger: string): string => JSON.stringify(office.screens.forms[trigger]?.blocks)

test('the word alone opens the form with the tick set; a mapping without emergencies has no tick', () =>
  inOffice(async office => {
    await office.command('/prod-db emergency', { trigger_id: 'T1' })
    assert.match(blocksOf(office, 'T1'), /"initial_options":\[\{"text":[^\]]*"value":"emergency"/)
    await office.command('/prod-db', { trigger_id: 'T2' })
    assert.match(blocksOf(office, 'T2'), '"checkboxes"')
    assert.not.match(blocksOf(office, 'T2'), 'initial_options')
    await office.command('/logs', { trigger_id: 'T3' })
    assert.not.match(blocksOf(office, 'T3'), 'checkboxes')
  }))

/** The form, as Slack sends it with these ticks. */
function filled(of = db, ticks: string[] = ['emergency']): object {
  const { uid } = of.metadata
  return {
    callback_id: 'ask',
    private_metadata: '{"c":"C0SOMEWHERE","r":"https://hooks.slack.com/commands/1"}',
    state: {
      values: {
        mapping: { mapping: { type: 'static_select', selected_option: { value: uid } } },
        [`duration-${uid}`]: { duration: { type: 'plain_text_input', value: '20m' } },
        [`reason-${uid}`]: { reason: { type: 'plain_text_input', value: 'INC-1 x' } },
        [`emergency-${uid}`]: {
          emergency: { type: 'checkboxes', selected_options: ticks.map(value => ({ value })) },
        },
        start: { start: { type: 'datetimepicker', selected_date_time: null } },
      },
    },
  }
}

table<{ ticks: string[]; isEmergency: boolean }>(
  test,
  {
    'the tick asks as an emergency': { ticks: ['emergency'], isEmergency: true },
    'without the tick it is not one': { ticks: [], isEmergency: false },
    'a tick that the form does not offer asks for nothing more': { ticks: ['surprise'], isEmergency: false },
  },
  ({ ticks, isEmergency }) =>
    inOffice(async office => {
      await office.submit(filled(db, ticks), dana)
      assert.is(askedIn(office)?.emergency, isEmergency)
    }),
)

attack(test, 'a form for a mapping without emergencies is sent with the tick … nothing stored', () =>
  inOffice(async office => {
    const reply = await office.submit(filled(logs), dana)
    assert.match(JSON.stringify(reply.body), /cannot be asked for as an emergency/)
    return office.requests.all().length === 0 ? 'nothing stored' : 'stored'
  }),
)

attack(test, 'one person asks as an emergency four times within an hour … 2 stored', () =>
  inOffice(
    async office => {
      const said: string[] = []
      for (let n = 0; n < 4; n++) {
        said.push((await office.command(`/prod-db emergency INC-${n} x`)).text)
        for (const one of office.requests.all())
          office.requests.put({ ...one, status: { ...one.status, phase: 'Denied', settled: true } })
      }
      assert.match(said.at(-1) ?? '', /you have asked 2 times as an emergency within an hour/)
      assert.match((await office.command('/prod-db INC-9 x')).text, /^Asked for \*prod-db\*, 30 minutes/)
      return `${office.requests.all().filter(({ spec }) => spec.emergency).length} stored`
    },
    { limits: { ...generous, hourlyEmergenciesPerPerson: 2 } },
  ),
)

test('reviewers find the emergencies that wait for them, others and the people involved do not', async () =>
  inOffice(async office => {
    const message = { channel: 'C0', intentAt: '2026-11-23T13:00:00Z', ts: '1.2', permalink: 'https://x.slack.com/p1' }
    const reviewers = [{ email: 'otto@example.com', slackUserID: 'U0OTTO' }]
    office.requests.put(endedEmergency({ message, reviewers, endedAt: '2026-11-23T13:35:00Z' }))
    const list = async (user_id: string): Promise<{ text: string; raw: string }> =>
      office.command('/access mine', { user_id })
    const { text, raw } = await list('U0OTTO')
    assert.match(
      text,
      /^Emergencies that wait for your review:\n• \*prod-db\* for dana@example\.com \(Dana Engineer\) ended at .*: please review it by .*, with the button in the thread in <#C0SECURITY>$/,
    )
    assert.match(raw, '"url":"https://x.slack.com/p1"')
    for (const user of ['U0MO', 'U0DANA', 'U0ANA']) assert.not.match((await list(user)).text, 'review')
    office.clock.forward(48 * 3600)
    assert.match((await list('U0OTTO')).text, 'You have no access')
  }))

test.run()
