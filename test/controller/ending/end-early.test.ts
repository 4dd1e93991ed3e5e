// Access that ends before its time: what is removed with whose token, and what people and records say when it cannot be.
import * as assert from 'uvu/assert'
import type { Phase } from '../../../src/api/kinds.ts'
import { readDetailsOfGrant } from '../../../src/domain/audit/audit.ts'
import { Broken, Refused } from '../../../src/domain/outcome.ts'
import type { WriteFault } from '../../fakes/policies.ts'
import { suite, table } from '../../suite.ts'
import { type Hook, moToken, type Operator, operator, prodEu } from '../fakes.ts'

const test = suite('the controller ends access early')

const prodUs = 'projects/prod-us'
const twoProjects = {
  spec: {
    grants: [
      { resource: prodEu, role: 'roles/cloudsql.client' },
      { resource: prodUs, role: 'roles/cloudsql.client' },
    ],
  },
}
const anaToken = 'ya29.ana'
const ana = { email: 'ana@example.com', token: anaToken }

/** Dana has access that Mo approved, and Ana may write the policies too. */
async function granted(spec: Parameters<typeof operator>[0] = {}): Promise<Operator> {
  const op = operator(spec)
  for (const tokens of op.policies.admins.values()) tokens.add(anaToken)
  await op.ask()
  await op.look()
  await op.approve()
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
  op.clock.forward(300)
  return op
}

/** Looks again at once, as the queue does after something Broken. */
async function look(op: Operator, times = 3): Promise<void> {
  for (let i = 0; i < times; i++) await op.look().catch(() => undefined)
}

const states = async (op: Operator): Promise<string[]> =>
  (await op.now()).status?.grants?.map(({ state }) => state) ?? []
const reasons = async (op: Operator): Promise<string[]> =>
  (await op.now()).status?.endingsRefused?.map(({ reason }) => reason) ?? []

test('the bindings are removed with the token of the person who signed in', async () => {
  const op = await granted()
  const tokens: string[] = []
  const write = op.policies.write.bind(op.policies)
  op.policies.write = async (resource, policy, token, why) => {
    tokens.push(token.reveal())
    return write(resource, policy, token, why)
  }
  const { id } = await op.revoke({ ...ana, comment: 'the batch is through' })
  await op.look()
  assert.equal(op.ours(), [])
  assert.equal(tokens, [anaToken])
  const { status = {} } = await op.now()
  assert.is(status.phase, 'Revoked')
  assert.is(status.endedAt, '2026-11-23T14:07:00Z')
  assert.equal(await states(op), ['Removed', 'Removed'])
  assert.is((await op.condition('Provisioned'))?.message, 'Access was ended early by ana@example.com.')
  assert.is(op.sealedTokens.stored.size, 0)
  assert.is(status.settled, true)
  const { actor, details } = (op.auditLog.entries().at(-1)?.payload ?? {}) as {
    actor: string
    details: Record<string, string>
  }
  assert.is(op.log().at(-1), 'Revoked')
  assert.is(actor, 'ana@example.com')
  assert.is(details['comment'], 'the batch is through')
  assert.is(`revoked-${details['evidence']?.slice(0, 12)}`, id)
  assert.is(readDetailsOfGrant(details)?.endedAt, '2026-11-23T14:07:00Z')
  assert.equal(
    op.chat.told.map(({ news }) => news),
    ['granted', 'revoked'],
  )
  assert.is(op.chat.posted[0]?.view.state, 'revoked')
  assert.equal(op.chat.posted[0]?.view.endedBy, { email: 'ana@example.com', comment: 'the batch is through' })
})

test('a requester who has the right may end their own access', async () => {
  const op = await granted()
  op.policies.admins.get(prodEu)?.add('ya29.dana')
  await op.revoke({ email: 'dana@example.com', token: 'ya29.dana' })
  await op.look()
  assert.is(await op.phase(), 'Revoked')
  assert.equal(op.ours(), [])
  assert.is((await op.condition('Provisioned'))?.message, 'Access was ended early by dana@example.com (Dana Engineer).')
})

test('everything else in the policy stays', async () => {
  const op = await granted()
  const foreign = {
    role: 'roles/cloudsql.client',
    members: ['user:dana@example.com'],
    condition: { title: 'by hand', expression: 'true' },
  }
  const { bindings = [], ...policy } = op.policies.policy(prodEu)
  op.policies.seed(prodEu, [moToken, anaToken], { ...policy, bindings: [foreign, ...bindings] })
  await op.revoke(ana)
  await op.look()
  assert.is(await op.phase(), 'Revoked')
  assert.equal(op.policies.policy(prodEu).bindings, [foreign])
})

test('what somebody has removed by hand before is recorded as ended early', async () => {
  const op = await granted()
  op.policies.seed(prodEu, [moToken, anaToken], {})
  await op.revoke(ana)
  await op.look()
  assert.is(await op.phase(), 'Revoked')
})

table<WriteFault[]>(
  test,
  {
    'a conflict means the whole read-modify-write again': ['conflict', 'conflict'],
    'a removal whose answer is lost after it took effect is read back': ['lostAfter'],
    'a removal that was lost before it took effect is written again': ['lostBefore'],
    'a removal that Google could not take is tried again': ['unavailable'],
  },
  async faults => {
    const op = await granted()
    await op.revoke(ana)
    op.policies.faults = [...faults]
    await look(op)
    assert.is(await op.phase(), 'Revoked')
    assert.equal(op.ours(), [])
  },
)

test('somebody whom Google refuses ends nothing, and the record stays as it was', async () => {
  const op = await granted()
  op.policies.faults = ['refused']
  await op.revoke(ana)
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
  assert.equal(await states(op), ['Written', 'Written'])
  assert.equal(await reasons(op), ['NotRemoved'])
  assert.is(op.ours().length, 2)
  assert.is(op.log().at(-1), 'EndingRefused')
  assert.is(op.chat.posted[0]?.view.state, 'granted')
  assert.is((await op.condition('Complete'))?.status, 'True')
})

test('the holder is done: the approver is asked once to remove it, and can', async () => {
  const op = await granted()
  const revoke = op.chat.posted[0]?.links.revoke ?? 'no link'
  await op.done()
  await look(op)
  op.restart()
  await look(op)
  const [note, ...more] = op.chat.reminded
  assert.equal([note?.about, note?.to.slackUserID, more.length], ['done', 'U0MO', 0])
  assert.is(new URL(revoke).pathname, '/revoke')
  assert.is(await op.phase(), 'Provisioned')
  assert.is(op.ours().length, 2, 'nothing is removed by a wish')
  assert.is(op.chat.posted[0]?.view.doneAt, '2026-11-23T14:07:00Z')
  await op.revoke()
  await op.look()
  assert.is(await op.phase(), 'Revoked')
  assert.is(op.chat.reminded.length, 1)
})

test('an approver whom Slack does not know is named, and somebody who was asked is mentioned', async () => {
  const op = await granted()
  const { status = {} } = await op.now()
  op.cluster.forge(op.ref, {
    approvers: status.approvers?.map(({ email, why, at, level }) => ({ email, why, at, level })) ?? [],
  })
  await op.done()
  await look(op)
  assert.equal(
    op.chat.reminded.map(({ to }) => [to.email, to.slackUserID]),
    [['mo@example.com', undefined]],
  )
})

test('the person whose sign-in ended nothing is told once for each of them', async () => {
  const op = await granted()
  for (const nth of [1, 2]) {
    op.policies.faults = ['refused']
    await op.revoke({ ...ana, claims: { iat: Math.floor(op.clock.now().getTime() / 1000) - nth } })
    await look(op)
    const last = op.chat.reminded.at(-1)
    assert.equal([last?.about, last?.to.email, op.chat.reminded.length], ['notEnded', 'ana@example.com', nth])
  }
  assert.match(op.chat.posted[0]?.view.notEnded?.why ?? '', /refused/)
})

test('without KMS access is told without the link, and is not told later', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.approve()
  op.ticketSeal.isSealingDown = true
  await look(op)
  assert.is(op.chat.posted[0]?.view.state, 'granted')
  assert.equal(op.chat.posted[0]?.links, {})
  assert.is(op.chat.told.at(-1)?.news, 'granted')
})

test('after a refusal another person may end it', async () => {
  const op = await granted()
  op.policies.faults = ['refused']
  await op.revoke(ana)
  await op.look()
  assert.equal(await reasons(op), ['NotRemoved'])
  await op.revoke()
  await op.look()
  assert.is(await op.phase(), 'Revoked')
  assert.equal(op.ours(), [])
})

test('what is left after one of two removals is in doubt', async () => {
  const op = await granted(twoProjects)
  op.policies.admins.get(prodUs)?.delete(anaToken)
  await op.revoke(ana)
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
  assert.equal(await states(op), ['Removed', 'Unknown'])
  assert.is(op.chat.posted[0]?.view.state, 'inDoubt')
  assert.equal(op.log().slice(-2), ['EndingRefused', 'GrantInDoubt'])
  op.clock.forward(1800)
  await op.look()
  assert.is(await op.phase(), 'Expired')
})

test('a sign-in that ended before Google answered leaves the access until its time', async () => {
  const op = await granted()
  await op.revoke({ ...ana, claims: { exp: Math.floor(op.clock.now().getTime() / 1000) + 60 } })
  op.policies.isDown = true
  await look(op)
  assert.is(await op.phase(), 'Provisioned')
  op.clock.forward(61)
  await look(op)
  assert.equal(await reasons(op), ['EvidenceExpired'])
  assert.is(await op.phase(), 'Provisioned')
  op.clock.forward(3600)
  await look(op)
  assert.is(await op.phase(), 'Expired')
})

test('a sign-in that ended between two removals leaves the rest in doubt', async () => {
  const op = await granted(twoProjects)
  await op.revoke({ ...ana, claims: { exp: Math.floor(op.clock.now().getTime() / 1000) + 60 } })
  const write = op.policies.write.bind(op.policies)
  op.policies.write = async (resource, ...more) => {
    if (resource === prodUs) throw new Broken('Google did not answer.', { answered: false })
    return write(resource, ...more)
  }
  await look(op)
  assert.equal(await states(op), ['Removed', 'Written'])
  op.clock.forward(61)
  await look(op)
  assert.equal(await reasons(op), ['EvidenceExpired'])
  assert.equal(await states(op), ['Removed', 'Unknown'])
  assert.is(op.chat.posted[0]?.view.state, 'inDoubt')
  assert.equal(op.log().slice(-2), ['EndingRefused', 'GrantInDoubt'])
})

test('a key that Hallpass may not use proves nothing: it waits and says so', async () => {
  const op = await granted()
  await op.revoke(ana)
  const unseal = op.tokenSeal.unseal.bind(op.tokenSeal)
  op.tokenSeal.unseal = async () => {
    throw new Refused('AccessDenied', 'KMS refuses.')
  }
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
  assert.equal(await reasons(op), [])
  assert.ok(op.recorded.some(({ message }) => message === 'KMS refuses.'))
  op.tokenSeal.unseal = unseal
  await op.look()
  assert.is(await op.phase(), 'Revoked')
})

test('the time of the access comes first', async () => {
  const op = await granted()
  await op.revoke(ana)
  op.clock.forward(1800)
  await op.look()
  assert.is(await op.phase(), 'Expired')
  assert.is(op.sealedTokens.stored.size, 0)
})

/** Dana's request is approved, and Ana ends it at the first or second write to Google. */
async function endedDuring(write: number, ending: Parameters<Operator['revoke']>[0] = ana): Promise<Operator> {
  const op = operator(twoProjects)
  for (const tokens of op.policies.admins.values()) tokens.add(anaToken)
  await op.ask()
  await op.look()
  await op.approve()
  let writes = 0
  const hook: Hook = async (call, moment) => {
    if (call === 'policies.write' && moment === 'before' && ++writes === write) await op.revoke(ending)
  }
  await op
    .start(hook)
    .reconcile(op.ref)
    .catch(() => undefined)
  await look(op)
  return op
}

test('during the first write the second is not begun, and the first is taken out', async () => {
  const op = await endedDuring(1)
  assert.is(await op.phase(), 'Revoked')
  assert.equal([...op.ours(), ...op.ours(prodUs)], [])
  assert.equal(
    op.policies.written.map(({ resource }) => resource),
    [prodEu, prodEu],
  )
  assert.equal(await states(op), ['Removed', 'Refused'])
  assert.is(op.log().includes('Granted'), false)
  assert.is(op.sealedTokens.stored.size, 0)
})

test('during the last write both are taken out', async () => {
  const op = await endedDuring(2)
  assert.is(await op.phase(), 'Revoked')
  assert.equal([...op.ours(), ...op.ours(prodUs)], [])
  assert.equal(await states(op), ['Removed', 'Removed'])
})

test('what cannot be taken out during the grant is in doubt, and nothing more is granted', async () => {
  const op = await endedDuring(1, { email: 'otto@example.com', token: 'ya29.otto' })
  assert.is(await op.phase(), 'Provisioned')
  assert.equal(await states(op), ['Unknown', 'Refused'])
  assert.equal(op.ours(prodUs), [])
  assert.is(op.chat.posted[0]?.view.state, 'inDoubt')
})

test('a false entry during the grant delays it, and it is granted with the approval', async () => {
  const op = await endedDuring(1, { ...ana, purpose: 'approve' })
  assert.equal(await reasons(op), ['EndingNotAuthentic'])
  assert.is(await op.phase(), 'Provisioned')
  assert.equal(await states(op), ['Written', 'Written'])
  assert.is(op.ours().length + op.ours(prodUs).length, 2)
})

table<{ isDown: boolean; phase: Phase; states: string[] }>(
  test,
  {
    'the time of the access is over before Google answers': {
      isDown: true,
      phase: 'Expired',
      states: ['Unknown', 'Refused'],
    },
    'the time of the access is over when Google answers again': {
      isDown: false,
      phase: 'Failed',
      states: ['Removed', 'Refused'],
    },
  },
  async ({ isDown, phase, states: expected }) => {
    const op = operator(twoProjects)
    await op.ask()
    await op.look()
    await op.approve()
    const hook: Hook = async (call, moment) => {
      if (call !== 'policies.write' || moment === 'before') return
      op.policies.isDown = true
      await op.revoke()
    }
    await op
      .start(hook)
      .reconcile(op.ref)
      .catch(() => undefined)
    await look(op)
    assert.is(await op.phase(), 'Approved')
    op.clock.forward(1900)
    op.policies.isDown = isDown
    const opened = op.tokenSeal.opened
    await look(op, 1)
    assert.ok(op.tokenSeal.opened - opened < 5, 'KMS is not asked repeatedly')
    await look(op)
    assert.is(await op.phase(), phase)
    assert.equal(await states(op), expected)
  },
)

test('a silent Google is asked again, and nothing is concluded meanwhile', async () => {
  const op = await granted()
  await op.revoke(ana)
  op.policies.write = async () => {
    throw new Broken('Google did not answer.', { answered: false })
  }
  await look(op)
  assert.is(await op.phase(), 'Provisioned')
  assert.equal(await reasons(op), [])
  assert.equal(await states(op), ['Written', 'Written'])
})

test.run()
