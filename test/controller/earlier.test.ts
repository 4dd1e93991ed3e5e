// Asking again: what the controller finds out about earlier requests, stores, and shows to the people asked now.
import * as assert from 'uvu/assert'
import { attack, attacks } from '../attacks.ts'
import { suite } from '../suite.ts'
import { type Operator, operator } from './fakes.ts'

const test = suite('what an earlier request leaves behind')

/** Another ask of the same person, as long after the last. */
async function askAgain(op: Operator, seconds: number, email?: string): Promise<void> {
  op.clock.forward(seconds)
  op.ref.name = `prod-db-${'abcdefghijkl'.slice(-1).repeat(11)}${op.cluster.stored.size}`
  await op.ask(email ? { email } : {})
  await op.look()
}

async function denied(comment?: string): Promise<Operator> {
  const op = operator()
  await op.ask()
  await op.look()
  await op.decide('Denied', comment)
  await op.look()
  return op
}

async function withdraw(op: Operator): Promise<void> {
  await op.decide('Withdrawn')
  await op.look()
}

test('a requester who still has access asks again, and the people asked read until when', async () => {
  const op = operator({ spec: { duration: { default: '30m', max: '168h', min: '5m' } } })
  await op.ask({ seconds: 3 * 24 * 3600 })
  await op.look()
  await op.approve()
  await op.look()
  await askAgain(op, 2.5 * 24 * 3600)
  const { holding } = op.chat.posted.at(-1)?.view.earlier ?? {}
  assert.equal(holding, { until: '2026-11-26T14:02:00Z' })
})

/** What the newest message says of a denial. */
const denialShown = (op: Operator): string => {
  const { denial } = op.chat.posted.at(-1)?.view.earlier ?? {}
  return denial ? `shown as denied by ${denial.email}${denial.comment ? `: ${denial.comment}` : ''}` : 'no denial shown'
}
/** Whom the newest message mentions, of those who are asked. */
const mentioned = (op: Operator): string => {
  const { approvers = [], earlier } = op.chat.posted.at(-1)?.view ?? {}
  const called = approvers.filter(({ slackUserID = '' }) => !earlier?.called?.who.includes(slackUserID))
  return called.map(({ email }) => email).join() || 'nobody'
}

attack(test, 'a denied requester asks again at once … shown as denied by mo@example.com: use the replica', async () => {
  const op = await denied('use the replica')
  await askAgain(op, 60)
  const { earlier } = (await op.now()).status ?? {}
  assert.equal(earlier?.denial?.comment, 'use the replica', 'it is stored, so the page shows it too')
  const requested = op.auditLog.entries().filter(({ payload }) => payload['event'] === 'Requested')
  assert.match(JSON.stringify(requested.at(-1)?.payload['details']), '"deniedBeforeBy":"mo@example.com"')
  return denialShown(op)
})

attacks<number>(
  test,
  {
    'a denied requester waits for the next shift … shown as denied by mo@example.com: use the replica': 8 * 3600,
    'a denied requester waits for almost a day … shown as denied by mo@example.com: use the replica': 24 * 3600 - 1,
  },
  async seconds => {
    const op = await denied('use the replica')
    await askAgain(op, seconds)
    return denialShown(op)
  },
)

attack(test, 'a denied requester asks, withdraws and asks again … shown as denied by mo@example.com: no', async () => {
  const op = await denied('no')
  await askAgain(op, 60)
  await withdraw(op)
  await askAgain(op, 60)
  return denialShown(op)
})

attack(
  test,
  'a denied requester asks again under a listed second address … shown as denied by mo@example.com: no',
  async () => {
    const op = await denied('no')
    op.people.push(['dana@example.com', 'dana.engineer@example.com'])
    await askAgain(op, 60, 'dana.engineer@example.com')
    return denialShown(op)
  },
)

attack(test, 'a denied requester asks again over another channel … shown as denied by mo@example.com: no', async () => {
  const op = await denied('no')
  const [stored] = op.mappings.list()
  if (stored) stored.spec.channel = 'C0ELSEWHERE'
  await askAgain(op, 60)
  assert.is(op.chat.posted.at(-1)?.channel, 'C0ELSEWHERE')
  return denialShown(op)
})

attack(
  test,
  'a controller restarts between denial and second ask … shown as denied by mo@example.com: no',
  async () => {
    const op = await denied('no')
    op.ref.name = 'prod-db-restartedaaa'
    await op.ask()
    await op.start().reconcile(op.ref)
    return denialShown(op)
  },
)

test('a denial is not shown to whom somebody else asks, nor after an approval', async () => {
  const op = await denied('no')
  await askAgain(op, 60, 'otto@example.com')
  assert.is(denialShown(op), 'no denial shown')
  await askAgain(op, 60)
  await op.approve()
  await op.look()
  await askAgain(op, 3600)
  assert.is(denialShown(op), 'no denial shown')
})

attack(
  test,
  'a nagger withdraws and asks again five times within the window … nobody mentioned after the first time',
  async () => {
    const op = operator()
    await op.ask()
    await op.look()
    assert.is(mentioned(op), 'mo@example.com')
    const seen: string[] = []
    for (let round = 0; round < 5; round++) {
      await withdraw(op)
      await askAgain(op, 60)
      seen.push(mentioned(op))
      assert.equal((await op.now()).status?.approvers?.length, 1, 'the people are asked anyway')
    }
    assert.is(op.chat.posted.length, 6, 'each request is seen in the channel')
    return `${[...new Set(seen)].join()} mentioned after the first time`
  },
)

test('after the window the people asked are mentioned again, however often it was withdrawn in between', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await withdraw(op)
  await askAgain(op, 1700)
  assert.is(mentioned(op), 'nobody')
  await withdraw(op)
  await askAgain(op, 101)
  assert.is(mentioned(op), 'mo@example.com')
})

test('somebody who takes over between the two asks is mentioned', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await withdraw(op)
  op.onCall.duties['PMANAGERS'] = { name: 'Platform', levels: { 1: [{ email: 'ana@example.com', name: 'Ana' }] } }
  await askAgain(op, 60)
  assert.is(mentioned(op), 'ana@example.com')
})

test('a message that was never posted has mentioned nobody', async () => {
  const op = operator()
  op.chat.isSilent = true
  await op.ask()
  await op.look().catch(() => undefined)
  await withdraw(op).catch(() => undefined)
  op.chat.isSilent = false
  await op.look()
  await askAgain(op, 60)
  assert.is(mentioned(op), 'mo@example.com')
})

test.run()
