// The story of a request as the controller tells it: every transition, what people see, and the policy.
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { operator, prodEu } from './fakes.ts'
import { detailsOfGrant, readDetailsOfGrant } from '../../src/domain/audit/audit.ts'
import { decodeTicket, ticketAad } from '../../src/domain/approval/ticket.ts'

const test = suite('the controller tells the story')

test('a request is asked, posted once, approved, granted, warned of, ended and settled', async () => {
  const op = operator()
  await op.ask()
  const deadline = await op.look()
  const asked = await op.now()
  assert.is(asked.status?.phase, 'Pending')
  assert.equal(asked.status?.grantSummary, { resources: prodEu, roles: 'roles/cloudsql.client, roles/logging.viewer' })
  assert.equal(
    asked.status?.approvers?.map(({ email, slackUserID }) => [email, slackUserID]),
    [['mo@example.com', 'U0MO']],
  )
  assert.is(op.chat.posted.length, 1)
  assert.is(op.chat.posted[0]?.view.state, 'asking')
  assert.is((await op.condition('Routed'))?.message, 'Asked mo@example.com (Mo Manager).')
  assert.is(deadline?.toISOString(), '2026-11-23T14:03:00.000Z', 'the on-call is looked at again in a minute')

  op.clock.forward(180)
  await op.approve()
  await op.look()
  const granted = await op.now()
  assert.is(granted.status?.phase, 'Provisioned')
  assert.is(granted.status?.approvedBy, 'mo@example.com')
  assert.is(granted.status?.startsAt, '2026-11-23T14:05:00Z')
  assert.is(granted.status?.expiresAt, '2026-11-23T14:35:00Z')
  assert.equal(
    granted.status?.grants?.map(({ state }) => state),
    ['Written', 'Written'],
  )
  assert.equal(
    op.ours().map(({ role, members, condition }) => [role, members, condition?.expression]),
    ['roles/cloudsql.client', 'roles/logging.viewer'].map(role => [
      role,
      ['user:dana@example.com'],
      'request.time >= timestamp("2026-11-23T14:05:00Z") && request.time < timestamp("2026-11-23T14:35:00Z")',
    ]),
  )
  assert.is(op.policies.written[0]?.requestReason, `hallpass ${granted.metadata.uid}`)
  assert.is(op.sealedTokens.stored.size, 0, 'the token is dropped')
  assert.is(op.chat.posted[0]?.view.state, 'granted')
  const links = op.chat.posted[0]?.links ?? {}
  assert.equal(Object.keys(links), ['revoke'], 'the approve button has gone')
  assert.equal(op.chat.told[0]?.links, links)
  const ending = new URL(links.revoke ?? '')
  const ticket = decodeTicket(await op.ticketSeal.unseal(ending.searchParams.get('t') ?? '', ticketAad('revoke')))
  assert.is(ending.pathname, '/revoke')
  assert.equal([ticket?.uid, ticket?.purpose], [granted.metadata.uid, 'revoke'])
  assert.is(ticket?.expiresAt.toISOString(), '2026-11-23T14:35:00.000Z')
  assert.equal(
    op.chat.told.map(({ news }) => news),
    ['granted'],
  )

  op.clock.set(new Date('2026-11-23T14:25:00Z'))
  const end = await op.look()
  assert.is(end?.toISOString(), '2026-11-23T14:35:00.000Z')
  op.clock.set(new Date('2026-11-23T14:35:00Z'))
  assert.is(await op.look(), undefined)
  const ended = await op.now()
  assert.is(ended.status?.phase, 'Expired')
  assert.is(ended.status?.endedAt, '2026-11-23T14:35:00Z')
  assert.is(ended.status?.settled, true)
  assert.equal(ended.metadata.finalizers, [])
  assert.equal(
    op.chat.told.map(({ news }) => news),
    ['granted', 'endingSoon', 'ended'],
  )
  assert.is(op.chat.posted[0]?.view.state, 'expired')
  assert.equal(op.log(), ['Requested', 'Routed', 'Approved', 'GrantStarted', 'Granted', 'Expired'])
  const { audit, routing, message } = ended.status ?? {}
  assert.equal([audit, routing, message?.shown], [undefined, undefined, undefined], 'only the work needed them')
  assert.ok(message?.ts, 'the address of the message stays')
  assert.is((await op.condition('Accounted'))?.status, 'True')
})

test('the log alone answers who held what, from when until when, and who said yes', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.approve({ narrowing: { duration: '10m', grants: [1] } })
  await op.look()
  const granted = op.auditLog.entries().find(({ payload }) => payload['event'] === 'Granted')
  const facts = readDetailsOfGrant(granted?.payload['details'] as Record<string, string>)
  assert.is(facts?.approvedBy, 'mo@example.com')
  assert.is(facts?.startsAt, '2026-11-23T14:02:00Z')
  assert.is(facts?.expiresAt, '2026-11-23T14:12:00Z')
  assert.equal(
    facts?.grants.map(({ role, state }) => [role, state]),
    [['roles/logging.viewer', 'Written']],
  )
  assert.is(op.ours().length, 1, 'only what the approver left')
  assert.ok(detailsOfGrant((await op.now()).status ?? {}))
})

test('the approve link carries a ticket for this request that ends with the window, sealed once', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  const link = new URL(op.chat.posted[0]?.links.approve ?? '')
  assert.is(`${link.origin}${link.pathname}`, 'https://hallpass.example.com/approve')
  const ticket = decodeTicket(await op.ticketSeal.unseal(link.searchParams.get('t') ?? '', ticketAad('approve')))
  assert.is(ticket?.uid, (await op.now()).metadata.uid)
  assert.is(ticket?.expiresAt.toISOString(), '2026-11-23T14:32:00.000Z')
  op.clock.forward(601)
  await op.look()
  assert.is(op.chat.posted[0]?.links.approve, link.href)
  assert.equal(
    op.chat.posted[0]?.view.approvers.map(({ name }) => name),
    ['Mo Manager', 'Ana Director'],
  )
})

test('a narrowed approval is told as what it grants: in the message, the columns and the event', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  assert.is((await op.now()).status?.decidedBy, undefined)
  await op.approve({ comment: 'reads are enough', narrowing: { duration: '20m', grants: [1] } })
  await op.look()
  const { status } = await op.now()
  assert.equal(status?.grantSummary, { resources: prodEu, roles: 'roles/logging.viewer' })
  assert.is(status?.decidedBy, 'mo@example.com')
  const told = 'dana@example.com has been granted part of "prod-db" for 20 minutes: roles/logging.viewer.'
  assert.is((await op.condition('Provisioned'))?.message, told)
  const { comment, narrowed } = op.chat.posted[0]?.view ?? {}
  assert.is(comment, 'reads are enough')
  assert.equal(narrowed, { without: [{ resource: prodEu, role: 'roles/cloudsql.client' }], insteadOf: 1800 })
})

test('a denial closes the request with the comment, and nothing is written', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.decide('Denied', 'use the replica')
  assert.is(await op.look(), undefined)
  const denied = await op.now()
  assert.is(denied.status?.phase, 'Denied')
  assert.is(denied.status?.settled, true)
  assert.is(denied.status?.decidedBy, 'mo@example.com')
  assert.is(op.chat.posted[0]?.view.comment, 'use the replica')
  assert.equal(
    op.chat.told.map(({ news }) => news),
    ['denied'],
  )
  assert.equal(op.log(), ['Requested', 'Routed', 'Denied'])
  assert.equal(op.policies.written, [])
})

test('a withdrawal closes it without telling the person who withdrew', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.decide('Withdrawn')
  await op.look()
  assert.is(await op.phase(), 'Withdrawn')
  assert.equal(op.chat.told, [])
  assert.is(op.chat.posted[0]?.view.state, 'withdrawn')
})

test('silence becomes TimedOut at the end of the window', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  op.clock.forward(1800)
  await op.look()
  assert.is(await op.phase(), 'TimedOut')
  assert.equal(
    op.chat.told.map(({ news }) => news),
    ['timedOut'],
  )
})

test('a pending request that is deleted is withdrawn, accounted for, and then goes', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.cluster.delete(await op.now())
  assert.is(await op.look(), undefined)
  assert.is(await op.cluster.get(op.ref), undefined)
  assert.equal(op.log(), ['Requested', 'Routed', 'Withdrawn'])
  assert.is(op.chat.posted[0]?.view.state, 'withdrawn')
})

test('an approval of a request that is being deleted grants nothing', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.cluster.delete(await op.now())
  await op.approve()
  await op.look()
  assert.equal(op.policies.written, [])
  assert.is(op.log().at(-1), 'Withdrawn')
  assert.is(op.sealedTokens.stored.size, 0)
})

test('a granted request that is deleted stays until its access has ended', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.approve()
  await op.look()
  await op.cluster.delete(await op.now())
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
  op.clock.forward(1800)
  await op.look()
  assert.is(await op.cluster.get(op.ref), undefined)
  assert.is(op.log().at(-1), 'Expired')
})

test('a start in the future is written now, with its start in the condition', async () => {
  const op = operator()
  await op.ask({ notBefore: '2026-11-23T20:00:00Z' })
  await op.look()
  await op.approve()
  await op.look()
  const expected =
    'request.time >= timestamp("2026-11-23T20:00:00Z") && request.time < timestamp("2026-11-23T20:30:00Z")'
  assert.is(op.ours()[0]?.condition?.expression, expected)
})

test('a Slack outage delays neither grant, nor expiry, nor audit, and is made up for afterwards', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  op.chat.isSilent = true
  await op.approve()
  const again = await op.look()
  assert.is(await op.phase(), 'Provisioned')
  assert.is(op.log().at(-1), 'Granted')
  assert.ok(again && again.getTime() - op.clock.now().getTime() < 10_000, 'it is tried again within seconds')
  op.clock.forward(1800)
  await op.look().catch(() => undefined)
  assert.is(await op.phase(), 'Expired')
  assert.is(op.log().at(-1), 'Expired')
  assert.is.not((await op.now()).status?.settled, true, 'people must still be told the news')
  op.chat.isSilent = false
  await op.look()
  assert.equal(
    op.chat.told.map(({ news }) => news),
    ['ended'],
  )
  assert.is((await op.now()).status?.settled, true)
})

test('an outage of the log keeps nothing from happening, and no event is lost', async () => {
  const op = operator()
  op.auditLog.failsBefore = 1000
  await op.ask()
  await op.look().catch(() => undefined)
  await op.approve()
  await op.look().catch(() => undefined)
  op.clock.forward(1800)
  await op.look().catch(() => undefined)
  assert.is(await op.phase(), 'Expired')
  assert.is((await op.condition('Accounted'))?.reason, 'LogUnavailable')
  assert.is.not((await op.now()).status?.settled, true)
  op.auditLog.failsBefore = 0
  await op.look()
  assert.equal(op.log(), ['Requested', 'Routed', 'Approved', 'GrantStarted', 'Granted', 'Expired'])
  assert.is((await op.now()).status?.settled, true)
})

test('an event that joins the outbox while it is delivered is delivered next', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.decide('Withdrawn')
  const late = { seq: 9, event: 'Routed', at: '2026-11-23T14:02:00Z' }
  let isFirst = true
  const racing = op.start((call, moment) => {
    if (call !== 'auditLog.write' || moment !== 'after' || !isFirst) return
    isFirst = false
    const audit = op.cluster.stored.get('hallpass/prod-db-aaaabbbbcccc')?.status?.audit ?? []
    op.cluster.forge(op.ref, { audit: [...audit, late] })
  })
  await racing.reconcile(op.ref)
  assert.equal(
    op.auditLog.entries().map(({ payload }) => payload['seq']),
    [1, 2, 3, 9],
  )
})

test('if others write first each time, the controller pauses, and no service is called repeatedly', async () => {
  const op = operator()
  await op.ask()
  const asked: string[] = []
  op.cluster.beforePatch = () => op.cluster.forge(op.ref, {})
  const watching = op.start((call, moment) => void (moment === 'before' && asked.push(call)))
  const failed = await watching.reconcile(op.ref).catch((error: unknown) => error)
  assert.match(String(failed), /"hallpass\/prod-db-aaaabbbbcccc" is changed by other writers repeatedly/)
  assert.is(asked.filter(call => call === 'requests.patchStatus').length, 5)
  op.cluster.beforePatch = () => undefined
  await op.look()
  assert.is(await op.phase(), 'Pending')
  assert.is(op.chat.posted.length, 1)
})

test('the finalizer goes before the request leaves the watch, so that it can always be deleted', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.decide('Withdrawn')
  const orders: string[] = []
  const watching = op.start((call, moment) => {
    const { status, metadata } = op.cluster.stored.get('hallpass/prod-db-aaaabbbbcccc') ?? {}
    if (call.startsWith('requests.patch') && moment === 'after')
      orders.push(`settled ${status?.settled ?? false}, held ${metadata?.finalizers?.length ?? 0}`)
  })
  await watching.reconcile(op.ref)
  assert.equal(orders.slice(-2), ['settled false, held 0', 'settled true, held 0'])
})

test('a full outbox holds up the step that does not fit, until the log takes events again', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  const waiting = Array.from({ length: 20 }, (_, i) => ({ seq: i + 3, event: 'Routed', at: '2026-11-23T14:02:00Z' }))
  op.cluster.forge(op.ref, { audit: waiting, auditSeq: 22 })
  await op.decide('Denied')
  op.auditLog.failsBefore = 1
  await op.look().catch(() => undefined)
  assert.is(await op.phase(), 'Pending')
  await op.look()
  assert.is(await op.phase(), 'Denied')
  assert.is(op.log().at(-1), 'Denied')
  assert.is((await op.now()).status?.settled, true)
})

test('a person whom Slack refuses to reach, and a message that was deleted, do not keep a request from being settled', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  op.chat.posted.length = 0
  await op.decide('Denied')
  await op.look()
  assert.is((await op.now()).status?.settled, true)
  assert.ok(op.recorded.some(({ reason }) => reason === 'MessageGone'))
})

test('a process that no longer leads changes nothing', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.approve()
  op.outside.leads = false
  const before = await op.now()
  await op.look().catch(() => undefined)
  assert.equal(await op.now(), before)
  assert.equal(op.policies.written, [])
})

const changing = /^(requests\.patch|chat\.(post|update|tell)|policies\.write|sealedTokens\.delete|auditLog\.write)/

test('from the moment a process no longer leads it makes no changing call, wherever that is', async () => {
  const tell = async (lastCall: number): Promise<{ calls: number; wrongs: string[] }> => {
    const op = operator()
    let calls = 0
    const wrongs: string[] = []
    const hook = (call: string, moment: 'before' | 'after'): void => {
      if (moment === 'before' && !op.outside.leads && changing.test(call)) wrongs.push(call)
      if (moment === 'after' && ++calls === lastCall) op.outside.leads = false
    }
    await op.ask()
    for (const act of [async () => undefined, op.approve, async () => op.clock.forward(1800)]) {
      await act()
      await op
        .start(hook)
        .reconcile(op.ref)
        .catch(() => undefined)
    }
    return { calls, wrongs }
  }
  const { calls } = await tell(Infinity)
  assert.ok(calls > 25, String(calls))
  for (let k = 1; k <= calls; k++) assert.equal((await tell(k)).wrongs, [], `after call ${k}`)
})

test('a process that stops leading between read and write does not write', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.approve()
  const stale = op.start((call, moment) => {
    if (call === 'policies.read' && moment === 'after') op.outside.leads = false
  })
  await stale.reconcile(op.ref).catch(() => undefined)
  assert.equal(op.policies.written, [])
})

test('a reconcile of what is gone does nothing', async () => {
  const op = operator()
  assert.is(await op.look(), undefined)
})

test('looking again changes nothing when nothing is due', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  const before = await op.now()
  await op.look()
  assert.equal(await op.now(), before)
})

test.run()
