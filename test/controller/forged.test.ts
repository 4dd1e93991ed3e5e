// Somebody with every right on status writes what never happened. It never leads to a write in IAM, and each has a
// clear outcome.
import * as assert from 'uvu/assert'
import type { Decision, RequestStatus } from '../../src/api/kinds.ts'
import { decodeSealed, encodeSealed, sealedTokenAad, sealedTokenName } from '../../src/domain/approval/sealed-token.ts'
import { attack, attacks, ending } from '../attacks.ts'
import { suite } from '../suite.ts'
import { type Operator, operator, prodEu } from './fakes.ts'

const test = suite('forged objects grant nothing')

const at = '2026-11-23T14:02:00Z'
const claims = {
  iss: 'https://accounts.google.com',
  aud: 'hallpass-client',
  sub: 'sub-mo@example.com',
  email: 'mo@example.com',
  hd: 'example.com',
  iat: Date.parse(at) / 1000,
  exp: Date.parse(at) / 1000 + 3600,
  nonce: 'n'.repeat(43),
}
const forgedDecision: Decision = {
  id: 'forged',
  verdict: 'Approved',
  who: { email: 'mo@example.com', googleSubject: 'sub-mo@example.com' },
  at,
  evidence: { hash: 'a'.repeat(64), salt: 's'.repeat(43), claims },
}
const times = { startsAt: at, expiresAt: '2026-11-23T14:32:00Z' }
const written: RequestStatus['grants'] = [{ resource: prodEu, role: 'roles/cloudsql.client', state: 'Written', at }]

async function asked(spec: Parameters<typeof operator>[0] = {}): Promise<Operator> {
  const op = operator(spec)
  await op.ask()
  await op.look()
  return op
}

const failed = 'Failed with the reason, nothing written'
/** Whatever was forged: nothing is written, and the request ends with a reason. */
async function refused(
  op: Operator,
  { message, isTampering = true }: { message: RegExp; isTampering?: boolean },
): Promise<typeof failed> {
  await op.look()
  assert.equal(op.policies.written, [], 'nothing is written in IAM')
  assert.is(await op.phase(), 'Failed')
  const { conditions = [] } = (await op.now()).status ?? {}
  const why = conditions.filter(({ status }) => status === 'False').map(condition => condition.message)
  assert.ok(
    why.some(sentence => message.test(sentence)),
    why.join('\n'),
  )
  assert.is(op.log().includes('TamperingSeen'), isTampering)
  assert.is(op.log().at(-1), 'Failed')
  assert.equal(
    op.chat.told.map(({ news }) => news),
    ['failed'],
  )
  assert.is((await op.now()).status?.settled, true)
  return failed
}

type Status = { status: Partial<RequestStatus>; message: RegExp; isTampering?: boolean }
const statuses: Record<string, Status> = {
  'Approved by hand, without any decision': {
    status: { phase: 'Approved', approvedBy: 'mo@example.com' },
    message: /nobody has approved it/,
  },
  'Approved by hand, with a decision that has no sign-in behind it': {
    status: { phase: 'Approved', approvedBy: 'mo@example.com', decisions: [forgedDecision], ...times },
    message: /sign-in is no longer there.*ask again/,
    isTampering: false,
  },
  'an approval appended by hand': {
    status: { decisions: [forgedDecision] },
    message: /sign-in is no longer there.*ask again/,
    isTampering: false,
  },
  'Provisioned by hand': { status: { phase: 'Provisioned' }, message: /marked as granted by hand/ },
  'Provisioned by hand, with times and grants but no approval': {
    status: { phase: 'Provisioned', ...times, grants: written, approvedBy: 'mo@example.com' },
    message: /marked as granted by hand/,
  },
  'Provisioned by hand until next year': {
    status: {
      phase: 'Provisioned',
      startsAt: at,
      expiresAt: '2027-11-23T14:32:00Z',
      grants: written,
      approvedBy: 'mo@example.com',
      decisions: [forgedDecision],
    },
    message: /marked as granted by hand/,
  },
}
attacks(test, ending(failed, statuses, 'somebody writes into the status: '), async ({ status, ...expected }) => {
  const op = await asked()
  op.cluster.forge(op.ref, status)
  return refused(op, expected)
})

type Forgery = { approval: Parameters<Operator['approve']>[0]; message: RegExp; isTampering?: boolean }
const approvals: Record<string, Forgery> = {
  'a sign-in for another request': {
    approval: { uid: '33333333-0000-4000-8000-000000000009' },
    message: /another request or other terms/,
  },
  'a comment that the approver never wrote': {
    approval: { comment: 'ok', decision: { comment: 'ok for a week' } },
    message: /another request or other terms/,
  },
  'a narrowing that was widened': {
    approval: { narrowing: { duration: '5m' }, decision: { narrowing: { duration: '30m' } } },
    message: /another request or other terms/,
  },
  'a narrowing that was removed': {
    approval: { narrowing: { grants: [0] }, decision: { narrowing: {} } },
    message: /another request or other terms/,
  },
  'a decision in another person’s name': {
    approval: { email: 'otto@example.com', decision: { who: { email: 'mo@example.com' } } },
    message: /names a different person/,
  },
  'a decision with another Google subject': {
    approval: { decision: { who: { email: 'mo@example.com', googleSubject: 'sub-ana' } } },
    message: /names a different person/,
  },
  'a decision dated into the window, long before the sign-in': {
    approval: { decision: { at: '2026-11-23T13:00:00Z' } },
    message: /time differs from that of the sign-in/,
  },
  'a decision dated to when the sign-in was long over': {
    approval: { decision: { at: '2026-11-23T16:00:00Z' } },
    message: /time differs from that of the sign-in/,
  },
  'a token whose sign-in was deleted': { approval: { isSealed: false }, message: /ask again/, isTampering: false },
  'somebody whom nobody asked': {
    approval: { email: 'otto@example.com' },
    message: /waits for mo@example\.com \(Mo Manager\)/,
    isTampering: false,
  },
  'the requester': {
    approval: { email: 'dana@example.com' },
    message: /you asked for it yourself/,
    isTampering: false,
  },
  'the requester by a plus address': {
    approval: { email: 'dana+mo@example.com' },
    message: /you asked for it yourself/,
    isTampering: false,
  },
  'an account outside the organisation': {
    approval: { email: 'mo@example.com', claims: { hd: 'evil.example' } },
    message: /not an account of example.com/,
    isTampering: false,
  },
  'a narrowing that leaves nothing': {
    approval: { narrowing: { grants: [7] } },
    message: /Only what was requested can be granted/,
    isTampering: false,
  },
  'a narrowing to no time at all': {
    approval: { narrowing: { duration: '0m' } },
    message: /Access can last from/,
    isTampering: false,
  },
}
attacks(test, ending(failed, approvals, 'somebody stores an approval with '), async ({ approval, ...expected }) => {
  const op = await asked()
  await op.approve(approval)
  return refused(op, expected)
})

attack(
  test,
  'somebody stores claims that differ from what Google signed … Failed with the reason, nothing written',
  async () => {
    const op = await asked()
    const { evidence } = await op.approve()
    const [decision] = (await op.now()).status?.decisions ?? []
    if (!decision || !evidence) throw new Error('no decision')
    const claims = { ...evidence.claims, sub: 'sub-ana' }
    op.cluster.forge(op.ref, { decisions: [{ ...decision, evidence: { ...evidence, claims } }] })
    return refused(op, { message: /names a different person/ })
  },
)

attack(
  test,
  'somebody puts the sealed token of another request under this one’s name … Failed with the reason, nothing written',
  async () => {
    const op = await asked()
    const { evidence } = await op.approve()
    const hash = evidence?.hash ?? ''
    const uid = (await op.now()).metadata.uid
    const sealed = await op.tokenSeal.seal('{}', sealedTokenAad('44444444-0000-4000-8000-000000000001', hash))
    await op.sealedTokens.create(sealedTokenName(uid, hash), uid, sealed)
    return refused(op, { message: /not one that Hallpass stored/ })
  },
)

for (const part of ['idToken', 'salt'] as const)
  attack(test, `somebody seals the ${part} of another approval … ${failed}`, async () => {
    const op = await asked()
    const { evidence } = await op.approve()
    const hash = evidence?.hash ?? ''
    const uid = (await op.now()).metadata.uid
    const name = sealedTokenName(uid, hash)
    const content = decodeSealed(
      await op.tokenSeal.unseal(op.sealedTokens.stored.get(name)?.sealed ?? '', sealedTokenAad(uid, hash)),
    )
    if (!content) throw new Error('nothing was sealed')
    const other = encodeSealed({ ...content, [part]: 'other' })
    await op.sealedTokens.create(name, uid, await op.tokenSeal.seal(other, sealedTokenAad(uid, hash)))
    return refused(op, { message: /belongs to another approval/ })
  })

attack(
  test,
  'somebody seals a sign-in that Google never signed … Failed with the reason, nothing written',
  async () => {
    const op = await asked()
    const { evidence } = await op.approve()
    const other = operator()
    await other.ask()
    const foreign = await other.approve()
    const uid = (await op.now()).metadata.uid
    const sealed = other.sealedTokens.stored.values().next().value?.sealed ?? ''
    const text = await other.tokenSeal.unseal(sealed, sealedTokenAad(uid, foreign.evidence?.hash ?? ''))
    const hash = foreign.evidence?.hash ?? ''
    const resealed = await op.tokenSeal.seal(text, sealedTokenAad(uid, hash))
    await op.sealedTokens.create(sealedTokenName(uid, hash), uid, resealed)
    await op.sealedTokens.delete(sealedTokenName(uid, evidence?.hash ?? ''))
    op.cluster.forge(op.ref, { decisions: [foreign] })
    return refused(op, { message: /Google did not sign it/ })
  },
)

const instants: Record<string, Partial<RequestStatus>> = {
  'an end that was pushed out by hand before the approval': { expiresAt: '2026-11-30T14:02:00Z' },
  'a start in the past by hand': { startsAt: '2026-11-22T14:02:00Z' },
  'both, consistent with each other but not with the sign-in': {
    startsAt: '2026-11-23T18:00:00Z',
    expiresAt: '2026-11-23T18:30:00Z',
  },
}
attacks(test, ending(failed, instants, 'somebody plants before the approval '), async forged => {
  const op = await asked()
  op.cluster.forge(op.ref, forged)
  await op.approve()
  return refused(op, { message: /does not fit the approval/ })
})

attack(
  test,
  'somebody exchanges the grants after they were promised … Failed with the reason, 0 bindings written',
  async () => {
    const op = await asked()
    await op.approve()
    op.policies.isDown = true
    await op.look().catch(() => undefined)
    const grants: RequestStatus['grants'] = [{ resource: prodEu, role: 'roles/owner', state: 'Pending' }]
    op.cluster.forge(op.ref, { grants })
    op.policies.isDown = false
    await op.look()
    const { message = '' } = (await op.condition('Provisioned')) ?? {}
    assert.match(message, /not the approved ones/)
    assert.ok(op.log().includes('TamperingSeen'))
    // A write that may still be under way is overtaken by one that changes nothing.
    const bindings = op.policies.written.flatMap(({ policy }) => policy.bindings ?? [])
    return `${await op.phase()} with the reason, ${bindings.length} bindings written`
  },
)

attack(
  test,
  'somebody marks grants as written that are not … Provisioned, 2 bindings written as approved',
  async () => {
    const op = await asked()
    await op.approve()
    op.policies.isDown = true
    await op.look().catch(() => undefined)
    const grants = (await op.now()).status?.grants?.map(grant => ({ ...grant, state: 'Written' as const })) ?? []
    op.cluster.forge(op.ref, { grants })
    op.policies.isDown = false
    await op.look()
    // Nobody is told that they hold what they do not.
    return `${await op.phase()}, ${op.ours().length} bindings written as approved`
  },
)

// It looks the same as a true grant whose record somebody changed in order to hide it.
attack(
  test,
  'somebody makes a request Provisioned, consistent except for its grants … TamperingSeen, GrantInDoubt, nothing written',
  async () => {
    const op = await asked()
    op.cluster.forge(op.ref, {
      phase: 'Provisioned',
      ...times,
      grants: [{ resource: prodEu, role: 'roles/cloudsql.client', state: 'Pending' }],
      approvedBy: 'mo@example.com',
      decisions: [forgedDecision],
    })
    await op.look()
    assert.equal(op.policies.written, [])
    const { status } = await op.now()
    assert.ok(status?.grants?.every(({ state }) => state === 'Unknown'))
    return `${op.log().slice(-2).join(', ')}, nothing written`
  },
)

attack(
  test,
  'somebody makes a request Approved with everything written … GrantInDoubt, told inDoubt, nothing written',
  async () => {
    const op = await asked()
    op.cluster.forge(op.ref, {
      phase: 'Approved',
      ...times,
      grants: written,
      approvedBy: 'mo@example.com',
      decisions: [forgedDecision],
    })
    await op.look()
    assert.equal(op.policies.written, [])
    return `${op.log().at(-1)}, told ${op.chat.told.map(({ news }) => news).join()}, nothing written`
  },
)

attack(test, 'somebody puts an approval in front of a denial … Failed with the reason, nothing written', async () => {
  const op = await asked()
  op.cluster.forge(op.ref, {
    decisions: [forgedDecision, { id: 'denied', verdict: 'Denied', who: { email: 'mo@example.com' }, at }],
  })
  return refused(op, { message: /ask again/, isTampering: false })
})

attack(
  test,
  'somebody names the requester as approver, who signs in … Failed with the reason, nothing written',
  async () => {
    const op = await asked()
    op.cluster.forge(op.ref, { approvers: [{ email: 'dana@example.com', level: 1, why: 'forged', at }] })
    await op.approve({ email: 'dana@example.com' })
    return refused(op, { message: /you asked for it yourself/, isTampering: false })
  },
)

attack(test, 'a sign-in after the window is dated into it … Failed with the reason, nothing written', async () => {
  const op = await asked()
  op.clock.forward(1830)
  await op.approve({ decision: { at: '2026-11-23T14:31:59Z' } })
  return refused(op, { message: /time to decide this request is over/, isTampering: false })
})

attack(
  test,
  'somebody exchanges the sealed token after the last write … Provisioned, TamperingSeen, GrantInDoubt',
  async () => {
    const op = await asked()
    await op.approve()
    let isDead = false
    const dying = op.start((call, moment) => {
      isDead ||= call === 'policies.write' && moment === 'after'
      if (isDead) throw new Error('the process died')
    })
    await dying.reconcile(op.ref).catch(() => undefined)
    assert.is(await op.phase(), 'Approved')
    const name = [...op.sealedTokens.stored.keys()][0] ?? ''
    await op.sealedTokens.create(name, '', await op.tokenSeal.seal('{}', 'hallpass/other'))
    await op.look()
    return `${await op.phase()}, ${op.log().slice(-2).join(', ')}`
  },
)

attack(
  test,
  'somebody exchanges the sealed token to hide what was written … Provisioned, TamperingSeen, in doubt',
  async () => {
    const grants = [prodEu, 'projects/prod-us'].map(resource => ({ resource, role: 'roles/cloudsql.client' }))
    const op = await asked({ spec: { grants } })
    await op.approve()
    const crashing = op.start((call, moment) => {
      if (call === 'policies.write' && moment === 'after') op.policies.isDown = true
    })
    await crashing.reconcile(op.ref).catch(() => undefined)
    assert.is(op.ours().length, 1)
    const name = [...op.sealedTokens.stored.keys()][0] ?? ''
    await op.sealedTokens.create(name, '', await op.tokenSeal.seal('{}', 'hallpass/other'))
    op.policies.isDown = false
    await op.look()
    assert.is((await op.condition('Complete'))?.status, 'False')
    const seen = op.log().includes('TamperingSeen') ? 'TamperingSeen' : 'nothing seen'
    return `${await op.phase()}, ${seen}, ${op.log().at(-1) === 'GrantInDoubt' ? 'in doubt' : 'sure'}`
  },
)

test.run()
