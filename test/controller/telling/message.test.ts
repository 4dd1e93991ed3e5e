// The one message when Slack fails in between: adopted, edited, given up, never posted twice.
import * as assert from 'uvu/assert'
import { Broken, Refused } from '../../../src/domain/outcome.ts'
import { suite } from '../../suite.ts'
import { operator } from '../fakes.ts'

const test = suite('the one message')

test('a post whose answer is lost is found again and adopted, then shows what is true', async () => {
  const op = operator()
  await op.ask()
  const losing = op.start((call, moment) => {
    if (call === 'chat.post' && moment === 'after') throw new Broken('Slack did not answer.', { answered: false })
  })
  await losing.reconcile(op.ref)
  assert.is((await op.now()).status?.message?.ts, undefined)
  op.clock.forward(600)
  await op.look()
  assert.is(op.chat.posted.length, 1)
  assert.is((await op.now()).status?.message?.ts, op.chat.posted[0]?.ts)
  assert.equal(op.chat.posted[0]?.view.approvers.length, 2, 'it was edited to what is true now')
})

test('the message says who is looking for five minutes, without a write of the controller', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.press()
  const version = (await op.now()).metadata.resourceVersion
  const next = await op.look()
  const looking = (): string[] | undefined => op.chat.posted[0]?.view.looking?.map(({ name }) => name ?? '')
  assert.equal(looking(), ['Mo Manager'])
  assert.is((await op.now()).metadata.resourceVersion, version)
  assert.ok(next && next.getTime() <= op.clock.now().getTime() + 300_000)
  op.clock.forward(300)
  await op.look()
  assert.is(looking(), undefined)
  assert.is(op.chat.posted.length, 1)
})

test('a controller that starts meanwhile removes what no longer holds', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.press()
  await op.look()
  op.clock.forward(300)
  op.restart()
  await op.look()
  assert.is(op.chat.posted[0]?.view.looking, undefined)
})

test('a post that was lost before it was said is said again', async () => {
  const op = operator()
  await op.ask()
  op.chat.isSilent = true
  await op.look()
  op.chat.isSilent = false
  await op.look()
  assert.is(op.chat.posted.length, 1)
})

test('a link that a missing right keeps from being sealed is said with its remedy, and posted half a minute after it is given', async () => {
  const op = operator()
  await op.ask()
  const seal = op.ticketSeal.seal.bind(op.ticketSeal)
  op.ticketSeal.seal = async () => Promise.reject(new Refused('KeyDenied', 'Grant the role on the key.'))
  const next = await op.look()
  assert.is(next?.getTime(), op.clock.now().getTime() + 30_000)
  assert.is((await op.condition('Routed'))?.message, 'Grant the role on the key.')
  await op.look()
  const warnings = op.recorded.filter(({ type }) => type === 'Warning')
  assert.equal(warnings, [{ type: 'Warning', reason: 'KeyDenied', message: 'Grant the role on the key.' }])
  op.ticketSeal.seal = seal
  op.clock.forward(30)
  await op.look()
  assert.is(op.chat.posted.length, 1)
  assert.is((await op.condition('Routed'))?.status, 'True')
})

test('nobody is told twice when the API server could not store that they were told', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.decide('Denied')
  let failures = 3
  const patchStatus = op.cluster.patchStatus.bind(op.cluster)
  op.cluster.patchStatus = async (seen, patch) => {
    if (patch.told && failures-- > 0) throw new Broken('The API server answered 500.')
    return patchStatus(seen, patch)
  }
  for (let i = 0; i < 5; i++) await op.look().catch(() => undefined)
  assert.ok(failures < 0)
  assert.equal(
    op.chat.told.map(({ news }) => news),
    ['denied'],
  )
  assert.equal(
    (await op.now()).status?.told?.map(({ what }) => what),
    ['asked 1', 'denied'],
  )
})

test('a message that may be there when the request ends is found and closed', async () => {
  const op = operator()
  await op.ask()
  const losing = op.start((call, moment) => {
    if (call === 'chat.post' && moment === 'after') throw new Broken('Slack did not answer.', { answered: false })
  })
  await losing.reconcile(op.ref)
  await op.decide('Withdrawn')
  await op.look()
  assert.is(op.chat.posted[0]?.view.state, 'withdrawn')
  assert.is((await op.now()).status?.settled, true)
})

test('a message that Slack dates a little earlier than we do is adopted anyway', async () => {
  const op = operator()
  await op.ask()
  const losing = op.start((call, moment) => {
    if (call === 'chat.post' && moment === 'after') throw new Broken('Slack did not answer.', { answered: false })
  })
  await losing.reconcile(op.ref)
  const [posted] = op.chat.posted
  if (posted) posted.at = new Date(posted.at.getTime() - 30_000)
  await op.look()
  assert.is(op.chat.posted.length, 1)
})

test('a message that Slack posted late, after another attempt, is removed at the end', async () => {
  const op = operator()
  await op.ask()
  op.chat.isSilent = true
  await op.look().catch(() => undefined)
  op.chat.isSilent = false
  op.clock.forward(12)
  await op.look()
  const [posted] = op.chat.posted
  await op.decide('Denied')
  const next = await op.look()
  if (posted) op.chat.posted.push({ ...posted, ts: `${posted.ts}9` })
  assert.not((await op.now()).status?.settled, 'it may still come')
  op.clock.forward(30)
  assert.is(next?.getTime(), op.clock.now().getTime())
  await op.look()
  assert.is((await op.now()).status?.settled, true)
  assert.equal(
    op.chat.posted.map(({ ts, view }) => [ts, view.state]),
    [[posted?.ts, 'denied']],
  )
})

test('a channel that cannot be read any more does not keep an ended request from being settled', async () => {
  const op = operator()
  await op.ask()
  op.chat.isSilent = true
  await op.look()
  await op.decide('Withdrawn')
  op.chat.isSilent = false
  op.chat.refusal = new Refused('ChannelUnreachable', 'Hallpass is not a member of the channel. Invite it.')
  await op.look()
  assert.is((await op.now()).status?.settled, true)
})

test('a message that was never said is given up when the request ends', async () => {
  const op = operator()
  await op.ask()
  op.chat.isSilent = true
  await op.look()
  await op.decide('Denied')
  await op.look().catch(() => undefined)
  op.chat.isSilent = false
  await op.look()
  assert.is(op.chat.posted.length, 0)
  assert.is((await op.now()).status?.message, undefined)
  assert.equal(op.chat.told, [{ news: 'denied', thread: undefined }])
  assert.is((await op.now()).status?.settled, true)
})

test('a channel that refuses the message says so on the request, and recovers once it is fixed', async () => {
  const op = operator()
  await op.ask()
  op.chat.refusal = new Refused('ChannelUnreachable', 'Hallpass is not a member of the channel. Invite it.')
  await op.look()
  assert.equal(
    [(await op.condition('Routed'))?.status, (await op.condition('Routed'))?.message],
    ['False', 'Hallpass is not a member of the channel. Invite it.'],
  )
  op.chat.refusal = undefined
  op.clock.forward(60)
  await op.look()
  assert.is(op.chat.posted.length, 1)
  assert.is((await op.condition('Routed'))?.message, 'Asked mo@example.com (Mo Manager).')
})

test('a message is edited only when what it shows has changed', async () => {
  const op = operator()
  await op.ask()
  const calls: string[] = []
  const counting = op.start((call, moment) => void (moment === 'before' && calls.push(call)))
  await counting.reconcile(op.ref)
  await counting.reconcile(op.ref)
  assert.is(calls.filter(call => call === 'chat.update').length, 0)
})

test('told is recorded after telling, also when a decision arrives in between', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.decide('Denied')
  const racing = op.start((call, moment) => {
    if (call === 'chat.tell' && moment === 'after') op.cluster.forge(op.ref, { attempts: { count: 1 } })
  })
  await racing.reconcile(op.ref)
  assert.is(op.chat.told.length, 1)
  assert.equal(
    (await op.now()).status?.told?.map(({ what }) => what),
    ['asked 1', 'denied'],
  )
})

test.run()
