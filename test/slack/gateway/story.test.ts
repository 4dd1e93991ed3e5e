import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import type { AccessRequest } from '../../../src/api/kinds.ts'
import { viewOf } from '../../../src/domain/view/view.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { type House, inHouse } from '../house.ts'
import { channel } from '../workspace.ts'

const test = suite('asking, denying and withdrawing through Slack itself')
const db = mapping()
const dana = { user: 'U0DANA', channel }
const typed = (text: string): { user: string; channel: string; command: string; text: string } => ({
  ...dana,
  command: '/prod-db',
  text,
})
const decisions = ({ requests }: House): NonNullable<NonNullable<AccessRequest['status']>['decisions']> =>
  requests.all()[0]?.status?.decisions ?? []
const shownIn = ({ sim }: House, user: string): string => JSON.stringify(sim.state.openViews(user).at(-1)?.view ?? {})

test('an ask is answered to the person alone, and withdrawn by the button beneath', () =>
  inHouse(
    async house => {
      const { sim, requests } = house
      assert.is((await sim.desktop.slashCommand(typed('30m INC-1 replaying'))).trouble, undefined)
      assert.is(requests.all()[0]?.spec.duration, '30m')
      assert.match(house.told('U0DANA')[0] ?? '', /^Asked for \*prod-db\*, 30 minutes/)
      assert.equal(house.told('U0MO'), [])
      const [answer] = sim.state.ephemerals('U0DANA')
      await sim.desktop.clickButton({ ...dana, ts: answer?.ts ?? '', actionID: 'withdraw' })
      await house.gateway.stop()
      assert.equal(house.told('U0DANA'), ['You withdrew your request for *prod-db*.'])
      assert.equal(
        decisions(house).map(({ verdict }) => verdict),
        ['Withdrawn'],
      )
    },
    [db],
  ))

type Typed = { text: string; reason: string; duration?: string }
const phones: Record<string, Typed> = {
  'a link, an address and a sign': {
    text: '15 min, INC-1 see https://x.example/a?b=1&c=2 & ask mo@x.example',
    duration: '15m',
    reason: 'INC-1 see https://x.example/a?b=1&c=2 & ask mo@x.example',
  },
  'a host, markup and quotation marks': {
    text: 'INC-1 db.x.example says "no" to <b> for 2 hours',
    duration: '2h',
    reason: 'INC-1 db.x.example says \u201Cno\u201D to <b> for 2 hours',
  },
  'a capital and a blank that does not break': { text: 'for 1 hour INC-1', duration: '1h', reason: 'INC-1' },
}
table(test, phones, ({ text, reason, duration }) =>
  inHouse(
    async ({ sim, requests }) => {
      await sim.desktop.slashCommand({ ...typed(text), isOnPhone: true })
      assert.equal(
        requests.all().map(({ spec }) => [spec.duration, spec.reason]),
        [[duration, reason]],
      )
    },
    [db],
  ),
)

test('nobody is asked because of a help or a list that a phone has changed', () =>
  inHouse(
    async house => {
      for (const text of ['help', '--help', '"help"', '?', 'mine', 'help me']) {
        await house.sim.desktop.slashCommand({ ...typed(text), isOnPhone: true })
        await house.sim.desktop.slashCommand({ ...typed(`30m ${text}`), isOnPhone: true })
      }
      assert.equal(house.requests.all(), [])
      assert.equal(house.sim.state.messages(channel), [])
      assert.is(house.told('U0DANA').length, 12)
    },
    [mapping({ spec: { reason: { required: false } } })],
  ))

test('a bare command opens the form; a fault is shown at its field; what is asked is stored', () =>
  inHouse(
    async house => {
      const { sim, requests } = house
      await sim.desktop.slashCommand({ ...dana, command: '/access' })
      const [form] = sim.state.openViews('U0DANA')
      await sim.desktop.choose({ ...dana, blockID: 'mapping', value: db.metadata.uid })
      await house.gateway.stop()
      const id = db.metadata.uid
      assert.match(shownIn(house, 'U0DANA'), 'At most 4 hours')
      await sim.desktop.submitView({ user: 'U0DANA', values: { [`reason-${id}`]: 'please' } })
      const [faulty] = sim.state.openViews('U0DANA')
      assert.is(faulty?.id, form?.id)
      assert.equal(faulty?.errors, { [`reason-${id}`]: 'prod-db needs a reason, with a ticket such as INC-1234.' })
      await sim.desktop.submitView({
        user: 'U0DANA',
        values: { [`reason-${id}`]: 'INC-1 x', [`duration-${id}`]: '1h' },
      })
      await house.gateway.stop()
      assert.is(sim.state.openViews('U0DANA').length, 0)
      assert.match(house.told('U0DANA').at(-1) ?? '', 'Asked for *prod-db*, 1 hour')
      assert.equal(
        requests.all().map(({ spec }) => [spec.duration, spec.reason, spec.slack?.channelID]),
        [['1h', 'INC-1 x', channel]],
      )
    },
    [db, mapping({ name: 'logs' })],
  ))

test('the manager denies with a comment; nobody else can', () =>
  inHouse(
    async house => {
      const { sim } = house
      const ts = await house.announce(request(db))
      for (const user of ['U0DANA', 'U0OTTO', 'U0GIL']) {
        await sim.desktop.clickButton({ user, ts, actionID: 'deny' })
        await house.gateway.stop()
        assert.is(sim.state.openViews(user).length, 0)
      }
      assert.match(house.told('U0DANA')[0] ?? '', /withdraw it instead/)
      assert.match(house.told('U0OTTO')[0] ?? '', /it waits for mo@example\.com \(Mo Manager\)/)
      assert.match(house.told('U0GIL')[0] ?? '', /^Guests/)
      await sim.desktop.clickButton({ user: 'U0MO', ts, actionID: 'deny' })
      await house.gateway.stop()
      assert.match(shownIn(house, 'U0MO'), 'Deny *prod-db* on projects/prod-eu to dana@example.com (Dana Engineer)?')
      await sim.desktop.submitView({ user: 'U0MO', values: { comment: 'use the replica' } })
      assert.is(sim.state.openViews('U0MO').length, 0)
      assert.equal(
        decisions(house).map(({ verdict, comment }) => [verdict, comment]),
        [['Denied', 'use the replica']],
      )
      assert.is(sim.state.messages(channel).length, 1)
    },
    [db],
  ))

test('Approve opens its page, and the press is acknowledged and recorded without deciding', () =>
  inHouse(
    async house => {
      const ts = await house.announce(request(db))
      const { opened, outcome } = await house.sim.desktop.clickButton({ user: 'U0MO', ts, actionID: 'approve' })
      assert.match(opened ?? '', /^https:\/\/hallpass\.example\.com\/approve\//)
      assert.equal(outcome, { status: 200, body: '', contentType: '' })
      await house.gateway.stop()
      assert.is(decisions(house).length, 0)
      assert.equal(
        house.requests.all()[0]?.status?.looking?.map(({ slackUserID }) => slackUserID),
        ['U0MO'],
      )
      assert.equal(house.told('U0MO'), [])
    },
    [db],
  ))

test('a slow store is acknowledged in time, and its answer follows to the same person', () =>
  inHouse(
    async house => {
      const stored = Promise.withResolvers<void>()
      house.requests.beforeWrite = () => stored.promise
      await house.sim.desktop.slashCommand(typed('INC-1 x'))
      assert.match(house.told('U0DANA')[0] ?? '', /^Still storing your request/)
      stored.resolve()
      await house.gateway.stop()
      assert.match(house.told('U0DANA')[1] ?? '', /^Asked for/)
      assert.equal(house.told('U0MO'), [])
    },
    [db],
    { storeDeadlineMs: 30 },
  ))

const silences: Record<string, { failures: number; told: number }> = {
  'a late answer that Slack does not take at first is tried again': { failures: 2, told: 2 },
  'a late answer that Slack never takes is given up, and no address is logged': { failures: 3, told: 1 },
}
table(test, silences, ({ failures, told }) =>
  inHouse(
    async house => {
      const stored = Promise.withResolvers<void>()
      house.requests.beforeWrite = () => stored.promise
      house.sim.faults.add({ route: 'POST /commands/*', status: 500, times: failures })
      await house.sim.desktop.slashCommand(typed('INC-1 x'))
      stored.resolve()
      await house.gateway.stop()
      assert.is(house.told('U0DANA').length, told)
      assert.is(house.requests.all().length, 1)
      assert.is(house.logged.length, 2 - told)
      assert.not.match(house.logged.join(), /commands|INC-1|U0DANA/)
    },
    [db],
    { storeDeadlineMs: 30 },
  ),
)

test('while Slack is slow to say who somebody is, they are answered in time, and again when it is known', () =>
  inHouse(
    async house => {
      house.sim.faults.add({ route: 'POST /api/users.info', latencyMs: 400 })
      await house.sim.desktop.slashCommand(typed('INC-1 x'))
      assert.match(house.told('U0DANA')[0] ?? '', /^Still storing your request/)
      await house.gateway.stop()
      assert.match(house.told('U0DANA')[1] ?? '', /^Asked for/)
    },
    [db],
    { storeDeadlineMs: 30 },
  ))

test('a form that is closed before its slow answer gets it where it was opened', () =>
  inHouse(
    async house => {
      const { sim, requests } = house
      await sim.desktop.slashCommand({ ...dana, command: '/prod-db' })
      await house.gateway.stop()
      const stored = Promise.withResolvers<void>()
      requests.beforeWrite = () => stored.promise
      await sim.desktop.submitView({ user: 'U0DANA', values: { [`reason-${db.metadata.uid}`]: 'INC-1 x' } })
      assert.match(shownIn(house, 'U0DANA'), 'Still storing your request')
      await sim.desktop.closeView({ user: 'U0DANA' })
      stored.resolve()
      await house.gateway.stop()
      assert.match(house.told('U0DANA').at(-1) ?? '', /^Asked for/)
    },
    [db],
    { storeDeadlineMs: 30 },
  ))

test('a trigger that ran out is said in words, with the other way', () =>
  inHouse(
    async house => {
      const { sim, requests, clock } = house
      const ts = await house.announce(request(db))
      const get = requests.get.bind(requests)
      requests.get = async ref => (clock.forward(4), get(ref))
      await sim.desktop.clickButton({ user: 'U0MO', ts, actionID: 'deny' })
      await house.gateway.stop()
      assert.match(house.told('U0MO')[0] ?? '', /form could not be opened/)
    },
    [db],
  ))

test('Ask again, from a direct message, opens the form with the words of the requester', () =>
  inHouse(
    async house => {
      const { sim, chat, requests } = house
      const ended = requests.put(request(db, { status: { phase: 'TimedOut' } }))
      await chat.tell(undefined, viewOf(ended, undefined), { news: 'timedOut' })
      const [message] = house.direct('U0DANA')
      await sim.desktop.clickButton({ user: 'U0DANA', ts: message?.ts ?? '', actionID: 'ask-again' })
      await house.gateway.stop()
      assert.match(shownIn(house, 'U0DANA'), 'replaying the failed payout batch')
    },
    [db],
  ))

test('a person who asks while Slack forbids looking people up is told so, and nothing is stored', () =>
  inHouse(
    async house => {
      house.sim.state.app.scopes = ['chat:write', 'commands']
      await house.sim.desktop.slashCommand(typed('INC-1 x'))
      assert.match(house.told('U0DANA')[0] ?? '', /areq-502/)
      assert.is(house.requests.all().length, 0)
    },
    [db],
  ))

test.run()
