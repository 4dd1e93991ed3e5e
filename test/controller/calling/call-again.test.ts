// The people who were asked and are silent are reminded: once, before others are asked, and not after somebody has looked.
import * as assert from 'uvu/assert'
import { Broken, Refused } from '../../../src/domain/outcome.ts'
import { suite, table } from '../../suite.ts'
import { type Operator, operator } from '../fakes.ts'

const test = suite('a reminder')

async function wait(op: Operator, seconds: number): Promise<void> {
  op.clock.forward(seconds)
  await op.look().catch(() => undefined)
}

type Fact = { before?: (op: Operator) => void; silence?: (op: Operator) => Promise<unknown>; notified: string[] }
table<Fact>(
  test,
  {
    'a note reminds who is in the channel': { notified: ['U0MO by message', 'U0MO by note'] },
    'a direct message reminds who is not': {
      before: op => op.chat.absent.add('U0MO'),
      notified: ['U0MO by direct message', 'U0MO by direct message'],
    },
    'once, however long it takes, and before the next level': {
      silence: async op => {
        for (let minute = 0; minute < 6; minute += 1) await wait(op, 60)
      },
      notified: ['U0MO by message', 'U0MO by note', 'U0ANA by note'],
    },
    'without the thread they get a direct message': {
      silence: async () => undefined,
      before: op => (op.chat.callAgain = async () => false),
      notified: ['U0MO by message', 'U0MO by direct message'],
    },
    'a person who cannot be written to keeps nothing waiting': {
      before: op => {
        op.chat.absent.add('U0MO')
        op.chat.callAgainDirectly = async () => Promise.reject(new Refused('DirectMessageRefused', 'The tab is off.'))
      },
      silence: async op => {
        await op.decide('Denied')
        await op.look()
        assert.is((await op.now()).status?.settled, true)
      },
      notified: ['U0MO by direct message', 'U0DANA by note'],
    },
  },
  async ({ before, silence = async () => undefined, notified }) => {
    const op = operator()
    before?.(op)
    await op.ask()
    await op.look()
    await wait(op, 299)
    await wait(op, 1)
    await silence(op)
    assert.equal(op.chat.notified, notified)
  },
)

table<(op: Operator) => Promise<unknown>>(
  test,
  {
    'nobody is reminded after a press of Approve': op => op.press(),
    'nobody is reminded after a decision': op => op.decide('Denied'),
    'nobody is reminded after the withdrawal': op => op.decide('Withdrawn'),
  },
  async happens => {
    const op = operator()
    await op.ask()
    await op.look()
    await happens(op)
    await op.look()
    await wait(op, 300)
    assert.equal(
      op.chat.notified.filter(one => one.startsWith('U0MO')),
      ['U0MO by message'],
    )
  },
)

test('nobody is reminded when the next level is asked at the same moment', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await wait(op, 600)
  await wait(op, 60)
  assert.equal(op.chat.notified, ['U0MO by message', 'U0ANA by note'])
})

test('a crash before the record may repeat it, a crash after it does not, and silence of Slack only delays it', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  op.chat.isSilent = true
  await wait(op, 300)
  op.restart()
  op.chat.isSilent = false
  await wait(op, 30)
  op.restart()
  await wait(op, 30)
  assert.equal(op.chat.notified, ['U0MO by message', 'U0MO by note'])
  const fails = operator()
  await fails.ask()
  await fails.look()
  const patch = fails.cluster.patchStatus.bind(fails.cluster)
  fails.clock.forward(300)
  fails.cluster.patchStatus = async () => Promise.reject(new Broken('The API server does not answer.'))
  await fails.look().catch(() => undefined)
  fails.cluster.patchStatus = patch
  await fails.look()
  assert.equal(fails.chat.notified, ['U0MO by message', 'U0MO by note'], 'the same process only repeats the record')
})

test.run()
