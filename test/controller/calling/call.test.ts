// Who is notified of a request, by what and how often: an edit notifies nobody, so everybody who is asked later gets
// something new, once.
import * as assert from 'uvu/assert'
import { Broken, Refused } from '../../../src/domain/outcome.ts'
import { suite, table } from '../../suite.ts'
import { type Operator, operator } from '../fakes.ts'

const test = suite('the people who are asked are called')

const ana = { email: 'ana@example.com', name: 'Ana Director' }
const otto = { email: 'otto@example.com', name: 'Otto Other' }
const onCall = (op: Operator, levels: Record<number, { email: string; name: string }[]>): void => {
  op.onCall.duties['PMANAGERS'] = { name: 'Platform managers', levels }
}
async function wait(op: Operator, seconds: number): Promise<void> {
  op.clock.forward(seconds)
  await op.look()
}
const told = async (op: Operator): Promise<string[]> => ((await op.now()).status?.told ?? []).map(({ what }) => what)

type Fact = {
  before?: (op: Operator) => void
  later?: (op: Operator) => Promise<unknown>
  notified: string[]
  told: string[]
}
table<Fact>(
  test,
  {
    'who is on call is mentioned by the message': { notified: ['U0MO by message'], told: ['asked 1'] },
    'who is not in the channel gets a direct message at once': {
      before: op => op.chat.absent.add('U0MO'),
      notified: ['U0MO by direct message'],
      told: ['asked 1'],
    },
    'an escalation mentions the next level once': {
      later: async op => wait(op, 600),
      notified: ['U0MO by message', 'U0ANA by note'],
      told: ['asked 2'],
    },
    'an escalation to somebody who is not in the channel': {
      before: op => op.chat.absent.add('U0ANA'),
      later: async op => wait(op, 600),
      notified: ['U0MO by message', 'U0ANA by direct message'],
      told: ['asked 2'],
    },
    'a hand-over mentions who came on call': {
      later: async op => {
        onCall(op, { 1: [otto] })
        await wait(op, 60)
      },
      notified: ['U0MO by message', 'U0OTTO by note'],
      told: ['asked 2'],
    },
    'nobody is called again but by one reminder, however often the request is looked at': {
      before: op => op.chat.absent.add('U0ANA'),
      later: async op => {
        for (let minute = 0; minute < 28; minute++) await wait(op, 60)
      },
      notified: ['U0MO by message', 'U0MO by note', 'U0ANA by direct message'],
      told: ['reminded', 'asked 2'],
    },
    'an address that Slack does not know notifies only the requester, and keeps nothing waiting': {
      before: op => onCall(op, { 1: [{ email: 'new@example.com', name: 'New' }] }),
      notified: ['U0DANA by note'],
      told: ['asked 1', 'untagged'],
    },
    'a person who cannot be written to does not keep the others from being asked': {
      before: op => {
        onCall(op, { 1: [{ email: 'mo@example.com', name: 'Mo' }, ana] })
        op.chat.absent.add('U0MO').add('U0ANA')
        const ask = op.chat.ask.bind(op.chat)
        op.chat.ask = async id => {
          if (id === 'U0MO') throw new Refused('NobodyToTell', 'Mo cannot be written to.')
          return ask(id)
        }
      },
      notified: ['U0ANA by direct message'],
      told: ['asked 2'],
    },
    'after a decision nobody is called any more': {
      before: op => {
        op.chat.absent.add('U0MO')
        op.chat.ask = async () => Promise.reject(new Broken('Slack does not answer.'))
      },
      later: async op => {
        await op.decide('Denied')
        await op.look()
      },
      notified: ['U0DANA by note'],
      told: ['mentioned 1', 'denied'],
    },
  },
  async ({ before, later, notified, told: recorded }) => {
    const op = operator()
    before?.(op)
    await op.ask()
    await op.look()
    await later?.(op)
    assert.equal(op.chat.notified, notified)
    assert.equal(await told(op), recorded)
  },
)

const unreachable = new Refused(
  'ChannelUnreachable',
  'Hallpass cannot write to Slack channel "C0PRODACCESS": archived.',
)

/** The channel refuses posts; direct messages are taken. */
function archived(op: Operator): void {
  op.chat.post = async () => Promise.reject(unreachable)
}

test('a channel that cannot be used: the requester is told at once, and the approvers are asked directly', async () => {
  const op = operator()
  archived(op)
  await op.ask()
  await op.look()
  assert.equal(op.chat.notified.toSorted(), ['U0DANA by direct message', 'U0MO by direct message'])
  assert.equal(op.chat.told, [{ news: 'unposted', thread: undefined }])
  const { status, reason, message } = (await op.condition('Routed')) ?? {}
  assert.equal([status, reason], ['True', 'AskedDirectly'])
  assert.is(message, `${unreachable.message} Asked mo@example.com (Mo Manager) by direct message.`)
  await wait(op, 240)
  assert.is(op.chat.notified.length, 2, 'nobody is told again')
  await wait(op, 360)
  assert.equal(op.chat.notified.slice(2), ['U0ANA by direct message'], 'the next level is asked directly too')
  await op.approve()
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
})

test('a channel that can be used again gets the message, and it mentions everybody', async () => {
  const op = operator()
  const post = op.chat.post.bind(op.chat)
  archived(op)
  await op.ask()
  await op.look()
  op.chat.post = post
  await wait(op, 300)
  assert.is(op.chat.posted.length, 1)
  const { status, reason, message } = (await op.condition('Routed')) ?? {}
  assert.equal([status, reason, message], ['True', 'Asked', 'Asked mo@example.com (Mo Manager).'])
})

test('nobody who may decide can be written to: it is said once, and the request ends and is settled', async () => {
  const op = operator()
  archived(op)
  const refused = new Refused('DirectMessageRefused', 'The Messages tab of the Slack app is off.')
  op.chat.ask = async () => Promise.reject(refused)
  op.chat.tell = async () => Promise.reject(refused)
  await op.ask()
  await op.look()
  assert.equal(
    [(await op.condition('Routed'))?.status, (await op.condition('Routed'))?.message],
    ['False', unreachable.message],
  )
  assert.equal((await told(op)).toSorted(), ['asked 1', 'unposted'])
  await wait(op, 1800)
  assert.is(await op.phase(), 'TimedOut')
  assert.match(
    (await op.condition('Approved'))?.message ?? '',
    /the message that asks them could not be posted in Slack/,
  )
  assert.is((await op.now()).status?.settled, true)
})

test('nobody is said to have been asked before there is a message', async () => {
  const op = operator()
  op.chat.isSilent = true
  await op.ask()
  await op.look().catch(() => undefined)
  const before = await op.condition('Routed')
  assert.equal(
    [before?.status, before?.reason, before?.message],
    ['Unknown', 'OnCall', 'To be asked: mo@example.com (Mo Manager).'],
  )
  op.chat.isSilent = false
  await op.look()
  const after = await op.condition('Routed')
  assert.equal([after?.status, after?.reason, after?.message], ['True', 'OnCall', 'Asked mo@example.com (Mo Manager).'])
  const routed = op.auditLog.entries().filter(({ payload }) => payload['event'] === 'Routed')
  assert.not.match(JSON.stringify(routed), 'Asked ')
})

test('a level that comes while nothing could be posted is asked with the first one', async () => {
  const op = operator()
  op.chat.isSilent = true
  await op.ask()
  await op.look().catch(() => undefined)
  op.clock.forward(600)
  await op.look().catch(() => undefined)
  assert.not.match((await op.condition('Routed'))?.message ?? '', /No answer/)
  op.chat.isSilent = false
  op.clock.forward(10)
  await op.look()
  assert.equal(op.chat.notified, ['U0MO by message', 'U0ANA by message'])
  assert.match((await op.condition('Routed'))?.message ?? '', /^Asked mo@example\.com/)
})

test('a message that was deleted: who is asked later is written to directly', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  op.chat.posted.splice(0)
  await wait(op, 600)
  assert.equal(op.chat.notified, ['U0MO by message', 'U0ANA by direct message'])
})

test('a direct message whose record fails is not sent again by the same process', async () => {
  const op = operator()
  op.chat.absent.add('U0MO')
  await op.ask()
  let failures = 3
  const patchStatus = op.cluster.patchStatus.bind(op.cluster)
  op.cluster.patchStatus = async (seen, patch) => {
    if (patch.told?.some(({ what }) => what === 'asked 1') && failures-- > 0) throw new Broken('The API server: 500.')
    return patchStatus(seen, patch)
  }
  for (let i = 0; i < 5; i++) await op.look().catch(() => undefined)
  assert.equal(op.chat.notified, ['U0MO by direct message'])
  assert.equal(await told(op), ['asked 1'])
})

test('a direct message that Slack does not take at first is tried again, and the note is not', async () => {
  const op = operator()
  op.chat.absent.add('U0OTTO')
  await op.ask()
  await op.look()
  onCall(op, { 2: [ana, otto] })
  const ask = op.chat.ask.bind(op.chat)
  let failures = 1
  op.chat.ask = async id => {
    if (failures-- > 0) throw new Broken('Slack does not answer.')
    return ask(id)
  }
  await wait(op, 600)
  await op.look()
  assert.equal(op.chat.notified, ['U0MO by message', 'U0ANA by note', 'U0OTTO by direct message'])
  assert.equal(await told(op), ['asked 3'])
})

test('the plain life gets no write for it: the record is in the write of the message', async () => {
  const op = operator()
  await op.ask()
  const calls: string[] = []
  await op.start((call, moment) => void (moment === 'before' && calls.push(call))).reconcile(op.ref)
  assert.equal(
    calls.filter(call => call.startsWith('chat.')),
    ['chat.post'],
  )
  assert.is(calls.filter(call => call === 'requests.patchStatus').length, 2)
})

test.run()
