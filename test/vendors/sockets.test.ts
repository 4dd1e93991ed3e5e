// Socket Mode held to what Slack publishes: what is said over a socket fits the forms of docs.slack.dev ("Using Socket
// Mode"), and what is inside, the answers in acknowledgements too, fits Slack's own types. So do later answers to
// response addresses.
import * as assert from 'uvu/assert'
import { type Exchange, type SocketMessage, watchSockets, watchTraffic } from '../../src/sim/traffic.ts'
import { mapping } from '../builders/mapping.ts'
import { request } from '../builders/request.ts'
import { start } from '../fakes/clock.ts'
import { connected, until } from '../slack/connected.ts'
import type { House } from '../slack/house.ts'
import { channel } from '../slack/workspace.ts'
import { suite } from '../suite.ts'
import { claimsOfAnswers, claimsOfSockets } from './slack-deliveries.ts'
import { distinct, misfits } from './slack-types.ts'

const test = suite('what Slack publishes about sockets and answers', { timeoutMs: 120_000 })
const db = mapping()
const dana = { user: 'U0DANA', channel }
const ana = { email: 'ana@example.com', slackUserID: 'U0ANA', level: 2, why: 'on call', at: start.toISOString() }

/** Every kind of delivery and of answer. */
async function live(house: House): Promise<void> {
  const { sim, requests } = house
  for (const text of ['30m INC-1 replaying', 'help', 'mine', '9h INC-1', ''])
    await sim.desktop.slashCommand({ ...dana, command: '/prod-db', text })
  await sim.desktop.closeView({ user: 'U0DANA' })
  const { approvers = [] } = request(db).status ?? {}
  const ts = await house.announce(request(db, { approvers: [...approvers, ana] }))
  await sim.desktop.clickButton({ user: 'U0MO', ts, actionID: 'approve' })
  await until('the first one looks', () => requests.all().some(({ status }) => status?.looking !== undefined))
  await sim.desktop.clickButton({ user: 'U0ANA', ts, actionID: 'approve' })
  await until('the second one reads of the first', () => house.told('U0ANA').length > 0)
  await sim.desktop.clickButton({ user: 'U0OTTO', ts, actionID: 'deny' })
  await until('a stranger is told why not', () => house.told('U0OTTO').length > 0)
  await sim.desktop.clickButton({ user: 'U0MO', ts, actionID: 'deny' })
  await until('the form is open', () => sim.state.openViews('U0MO').length > 0)
  await sim.desktop.submitView({ user: 'U0MO', values: { comment: 'use the replica' } })
  await sim.desktop.slashCommand({ ...dana, command: '/access' })
  await until('the form to ask is open', () => sim.state.openViews('U0DANA').length > 0)
  await sim.desktop.choose({ ...dana, blockID: 'mapping', value: db.metadata.uid })
  const id = db.metadata.uid
  await until('the form has its fields', () => JSON.stringify(sim.state.openViews('U0DANA')).includes(`reason-${id}`))
  for (const reason of ['please', 'INC-2 x'])
    await sim.desktop.submitView({ user: 'U0DANA', values: { [`reason-${id}`]: reason } })
  const asked = sim.state.ephemerals('U0DANA').find(({ blocks }) => JSON.stringify(blocks).includes('withdraw'))
  await sim.desktop.clickButton({ ...dana, ts: asked?.ts ?? '', actionID: 'withdraw' })
  await until('it is withdrawn', () =>
    requests.all().some(({ status }) => status?.decisions?.at(0)?.verdict === 'Withdrawn'),
  )
}

test('everything over sockets, and every answer to a response address, is as Slack publishes it', async () => {
  const messages: SocketMessage[] = []
  const calls: Exchange[] = []
  const stops = [watchSockets(message => void messages.push(message)), watchTraffic(call => void calls.push(call))]
  try {
    await connected(
      async house => {
        await live(house)
        house.sim.sockets.disconnect('refresh_requested')
        await until('the next one is open', () => house.sim.sockets.count > 1)
        assert.equal(house.sim.sockets.faults, [])
      },
      {},
      [db, mapping({ name: 'logs' })],
    )
  } finally {
    for (const stop of stops) stop()
  }
  const claims = [...claimsOfSockets(messages), ...claimsOfAnswers(calls)]
  const seen = new Set(claims.map(({ what }) => what))
  for (const what of [
    'hello',
    'disconnect',
    'envelope of slash_commands',
    'slash command',
    'block_actions',
    'view_submission',
    'acknowledgement',
    'answer to slash command',
    'answer to view_submission',
    'answer to a response address',
  ])
    assert.ok(seen.has(what), `the play has no ${what}`)
  assert.equal(await misfits(distinct(claims)), [])
})

test('a form that Slack does not publish is found', async () => {
  const odd = [
    ...claimsOfSockets([
      { from: 'simulator', text: '{"type":"hello","num_connections":"1"}' },
      { from: 'client', text: '{"envelope":"e"}' },
    ]),
    ...claimsOfAnswers([{ url: '/commands/T/R/x', request: '{"text":"x","response_typ":"ephemeral"}' } as Exchange]),
  ]
  assert.is(new Set((await misfits(odd)).map(line => line.split(':')[0])).size, 3)
})

test.run()
