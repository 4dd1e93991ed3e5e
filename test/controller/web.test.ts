// Requests from the second door: people are asked while Slack is away, the message follows when it is back, and what
// replaces Slack's word about the requester.
import * as assert from 'uvu/assert'
import type { AccessRequest, RequestSpec } from '../../src/api/kinds.ts'
import { attacks } from '../attacks.ts'
import { suite } from '../suite.ts'
import { type Operator, operator } from './fakes.ts'

const test = suite('requests from the web')
const dana = { email: 'dana@example.com', googleSubject: 'sub-dana@example.com' }
/** What auth stores for Dana. */
const onTheWeb = (requester: Partial<RequestSpec['requester']> = {}): { forged: Partial<RequestSpec> } => ({
  forged: { origin: 'web', requester: { ...dana, ...requester }, slack: undefined } as never,
})

/** Dana asks on the web while Slack is away. */
async function away(spec?: Parameters<typeof operator>[0]): Promise<Operator> {
  const op = operator(spec)
  op.directory.isSilent = true
  op.chat.isSilent = true
  await op.ask(onTheWeb())
  await works(op)
  return op
}

/** As the queue does it: what breaks is tried again. */
async function works(op: Operator): Promise<void> {
  await op.look().catch(() => undefined)
}

/** Slack is back. */
async function back(op: Operator): Promise<void> {
  op.directory.isSilent = false
  op.chat.isSilent = false
  op.clock.forward(10)
  await works(op)
}

const askedOf = ({ status }: AccessRequest): string[] =>
  status?.approvers?.map(({ email, slackUserID = 'no account' }) => `${email} ${slackUserID}`) ?? []

test('while Slack is away, the person on call is known by the address that PagerDuty names', async () => {
  const op = await away()
  assert.equal(askedOf(await op.now()), ['mo@example.com no account'])
  assert.equal(op.chat.posted, [])
})

test('the approver approves meanwhile, and the access is granted with nobody told', async () => {
  const op = await away()
  await op.approve()
  await works(op)
  assert.equal([await op.phase(), op.ours().length], ['Provisioned', 2])
  assert.equal(op.chat.notified, [])
})

test('when Slack is back, the message follows and mentions the people once, and the requester is told', async () => {
  const op = await away()
  await back(op)
  assert.equal(askedOf(await op.now()), ['mo@example.com U0MO'])
  assert.equal(op.chat.notified, ['U0MO by message'])
  assert.is(op.chat.posted[0]?.view.isFromWeb, true)
  await op.approve()
  await works(op)
  assert.equal(op.chat.notified, ['U0MO by message', 'U0DANA by note'])
  assert.equal(
    op.chat.told.map(({ news }) => news),
    ['granted'],
  )
})

test('access that was granted while Slack was away is told when it is back', async () => {
  const op = await away()
  await op.approve()
  await works(op)
  await back(op)
  assert.is(op.chat.posted.length, 1)
  assert.is(op.chat.posted[0]?.view.state, 'granted')
  assert.equal(
    op.chat.told,
    [{ news: 'granted', thread: op.chat.posted[0]?.ts }].map(one => ({ ...op.chat.told[0], ...one })),
  )
  assert.ok(op.chat.notified.includes('U0DANA by note'))
})

test('while Slack and PagerDuty are away, the fallback of the mapping is asked', async () => {
  const approval = { onCall: { escalationPolicy: 'PMANAGERS' }, fallback: { emails: ['ana@example.com'] } }
  const op = operator({ spec: { approval } })
  Object.assign(op.onCall, { isSilent: true })
  op.directory.isSilent = true
  op.chat.isSilent = true
  await op.ask(onTheWeb())
  await works(op)
  op.clock.forward(21)
  await works(op)
  assert.equal(askedOf(await op.now()), ['ana@example.com no account'])
})

test('a request from Slack waits for Slack as before', async () => {
  const op = operator()
  op.directory.isSilent = true
  await op.ask()
  await works(op)
  assert.equal(askedOf(await op.now()), [])
})

test('whom Slack no longer lets take part is not mentioned, and the requester is told that nobody was', async () => {
  const op = await away()
  op.directory.change('U0MO', { unfit: 'deactivated' })
  await back(op)
  assert.equal(askedOf(await op.now()), ['mo@example.com no account'])
  assert.equal([op.chat.posted.length, op.chat.notified], [1, ['U0DANA by note']])
  assert.is(op.chat.told[0]?.news, 'untagged')
})

attacks<[requester: Partial<RequestSpec['requester']>, approver: Parameters<Operator['approve']>[0]]>(
  test,
  {
    'the requester approves with another address of the same Google account … Failed SelfApproval, 0 bindings': [
      {},
      { email: 'mo@example.com', claims: { sub: dana.googleSubject } },
    ],
    'a request from the web does not say which account asked … Failed UnknownRequester, 0 bindings': [
      { googleSubject: undefined } as never,
      {},
    ],
    'a request from the web claims the Slack account of somebody else … Failed RequesterChanged, 0 bindings': [
      { slackUserID: 'U0MO' },
      { email: 'ana@example.com' },
    ],
  },
  async ([requester, approver]) => {
    const op = operator({
      spec: { approval: { allowed: { emails: ['ana@example.com'] }, onCall: { escalationPolicy: 'PMANAGERS' } } },
    })
    await op.ask(onTheWeb(requester))
    await works(op)
    await op.approve(approver)
    await works(op)
    const failed = (await op.now()).status?.conditions?.find(
      ({ status, type }) => status === 'False' && type === 'Approved',
    )
    return `${(await op.phase()) ?? ''} ${failed?.reason ?? ''}, ${op.ours().length} bindings`
  },
)

test.run()
